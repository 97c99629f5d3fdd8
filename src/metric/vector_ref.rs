//! A vector seen where it is.

use std::{borrow::Cow, fmt};

use zerocopy::{FromBytes, IntoBytes};

use super::{
    bits::BitsRef,
    element::{Element, VectorType},
    halves::{Bf16, F16},
    stored::Stored,
};

/// A vector's components in their element type; f32 in place when aligned, else as little-endian bytes.
#[derive(Clone, Copy)]
pub enum VectorRef<'a> {
    /// f32 components in memory.
    Slice(&'a [f32]),
    /// Little-endian f32 bytes of any alignment; the length is a multiple of four.
    Packed(&'a [u8]),
    /// 16-bit floats.
    F16(&'a [F16]),
    /// bfloat16.
    Bf16(&'a [Bf16]),
    /// Whole numbers.
    I8(&'a [i8]),
    /// Bits.
    Bits(BitsRef<'a>),
}

impl<'a> VectorRef<'a> {
    /// A vector of this type in its stored bytes; `None` when they are too many, too few, or bits with padding that is not zero.
    #[must_use]
    pub fn new(of: VectorType, bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() != of.bytes() {
            return None;
        }
        Some(match of.element {
            Element::F32 => match <[f32]>::ref_from_bytes(bytes) {
                Ok(slice) if cfg!(target_endian = "little") => Self::Slice(slice),
                _ => Self::Packed(bytes),
            },
            Element::F16 => Self::F16(<[F16]>::ref_from_bytes(bytes).ok()?),
            Element::Bf16 => Self::Bf16(<[Bf16]>::ref_from_bytes(bytes).ok()?),
            Element::I8 => Self::I8(<[i8]>::ref_from_bytes(bytes).ok()?),
            Element::Binary => Self::Bits(BitsRef::new(of.dimension, bytes)?),
        })
    }

    /// What the components are.
    #[must_use]
    pub const fn element(self) -> Element {
        match self {
            Self::Slice(_) | Self::Packed(_) => Element::F32,
            Self::F16(_) => Element::F16,
            Self::Bf16(_) => Element::Bf16,
            Self::I8(_) => Element::I8,
            Self::Bits(_) => Element::Binary,
        }
    }

    /// Element type and dimension.
    #[must_use]
    pub const fn of(self) -> VectorType {
        VectorType { element: self.element(), dimension: self.len() }
    }

    /// The number of components.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Packed(bytes) => bytes.len() / 4,
            Self::F16(slice) => slice.len(),
            Self::Bf16(slice) => slice.len(),
            Self::I8(slice) => slice.len(),
            Self::Bits(bits) => bits.len(),
        }
    }

    /// Whether there are no components.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// One component; bits are 0 and 1.
    fn at(self, at: usize) -> Option<f32> {
        Some(match self {
            Self::Slice(slice) => *slice.get(at)?,
            Self::Packed(bytes) => f32::from_le_bytes(*bytes.as_chunks::<4>().0.get(at)?),
            Self::F16(slice) => slice.get(at)?.widen(),
            Self::Bf16(slice) => slice.get(at)?.widen(),
            Self::I8(slice) => slice.get(at)?.widen(),
            Self::Bits(bits) => (at < bits.len()).then(|| f32::from(u8::from(bits.at(at))))?,
        })
    }

    /// The components one by one, nothing copied; bits as 0 and 1.
    pub fn iter(self) -> impl Iterator<Item = f32> + 'a {
        (0..self.len()).map_while(move |at| self.at(at))
    }

    /// The components as f32, without rounding, bits as 0 and 1; copied only when they are not f32 aligned in memory.
    #[must_use]
    pub fn components(self) -> Cow<'a, [f32]> {
        match self {
            Self::Slice(slice) => Cow::Borrowed(slice),
            Self::Packed(bytes) => match <[f32]>::ref_from_bytes(bytes) {
                Ok(slice) if cfg!(target_endian = "little") => Cow::Borrowed(slice),
                _ => self.iter().collect(),
            },
            Self::F16(slice) => Cow::Owned(Stored::widen_all(slice)),
            Self::Bf16(slice) => Cow::Owned(Stored::widen_all(slice)),
            Self::I8(slice) => Cow::Owned(Stored::widen_all(slice)),
            Self::Bits(_) => self.iter().collect(),
        }
    }

    /// The bytes that it is stored in: components one after the other, little-endian; eight bits a byte.
    #[must_use]
    pub fn stored(self) -> Cow<'a, [u8]> {
        Cow::Borrowed(match self {
            Self::Slice(slice) if cfg!(target_endian = "little") => slice.as_bytes(),
            Self::Slice(slice) => return slice.iter().flat_map(|component| component.to_le_bytes()).collect(),
            Self::Packed(bytes) => bytes,
            Self::F16(slice) => slice.as_bytes(),
            Self::Bf16(slice) => slice.as_bytes(),
            Self::I8(slice) => slice.as_bytes(),
            Self::Bits(bits) => bits.bytes(),
        })
    }

    /// The memory that it lies in.
    #[inline(always)]
    #[must_use]
    pub fn memory(self) -> &'a [u8] {
        match self {
            Self::Slice(slice) => slice.as_bytes(),
            Self::Packed(bytes) => bytes,
            Self::F16(slice) => slice.as_bytes(),
            Self::Bf16(slice) => slice.as_bytes(),
            Self::I8(slice) => slice.as_bytes(),
            Self::Bits(bits) => bits.bytes(),
        }
    }
}

impl<'a> From<&'a [f32]> for VectorRef<'a> {
    fn from(components: &'a [f32]) -> Self {
        Self::Slice(components)
    }
}

impl<'a> From<&'a Vec<f32>> for VectorRef<'a> {
    fn from(components: &'a Vec<f32>) -> Self {
        Self::Slice(components)
    }
}

impl<'a, const N: usize> From<&'a [f32; N]> for VectorRef<'a> {
    fn from(components: &'a [f32; N]) -> Self {
        Self::Slice(components)
    }
}

impl fmt::Debug for VectorRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
