//! A vector seen where it is.

use std::{borrow::Cow, fmt};

/// A vector's components: in place when aligned, else as little-endian bytes.
#[derive(Clone, Copy)]
pub enum VectorRef<'a> {
    /// Components in memory.
    Slice(&'a [f32]),
    /// Little-endian f32 bytes of any alignment; the length is a multiple of four.
    Packed(&'a [u8]),
}

impl<'a> VectorRef<'a> {
    /// The number of components.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Packed(bytes) => bytes.len() / 4,
        }
    }

    /// Whether there are no components.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The components one by one, nothing copied.
    pub fn iter(self) -> impl Iterator<Item = f32> + 'a {
        let (slice, bytes): (&[f32], &[u8]) = match self {
            Self::Slice(slice) => (slice, &[]),
            Self::Packed(bytes) => (&[], bytes),
        };
        slice.iter().copied().chain(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])))
    }

    /// The components as a slice, copied only when they are not aligned in memory.
    #[must_use]
    pub fn components(self) -> Cow<'a, [f32]> {
        match self {
            Self::Slice(slice) => Cow::Borrowed(slice),
            Self::Packed(bytes) => match zerocopy::FromBytes::ref_from_bytes(bytes) {
                Ok(slice) if cfg!(target_endian = "little") => Cow::Borrowed(slice),
                _ => self.iter().collect(),
            },
        }
    }
}

impl fmt::Debug for VectorRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
