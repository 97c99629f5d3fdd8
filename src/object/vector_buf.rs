//! A vector of its own, in any element type.

use std::{fmt, sync::Arc};

use zerocopy::IntoBytes;

use crate::metric::{Bf16, Element, F16, VectorRef, VectorType, pack};

use super::ObjectError;

/// The components of a vector in their element type. Cheap to clone.
///
/// Made of f32 slices it holds f32. [`VectorBuf::f16`] and [`VectorBuf::bf16`] round to the nearest number of 16 bits; [`VectorBuf::i8`]
/// takes whole numbers, [`VectorBuf::bits`] truth values and [`VectorBuf::packed_bits`] what `numpy.packbits` gives. Equal are vectors of equal components,
/// whatever they are stored in.
///
/// ```
/// use protobase::object::{Element, VectorBuf};
///
/// let vector = VectorBuf::from(&[0.5, 2.0, 0.0]);
/// assert_eq!(vector.to_element(Element::I8).unwrap_err().to_string(),
///     "component 0 of the vector is 0.5: expected a whole number from -128 to 127, which is what i8 holds");
/// assert_eq!(VectorBuf::bits(&[true, false, true]).components()[..], [1.0, 0.0, 1.0]);
/// ```
#[derive(Clone)]
pub struct VectorBuf(Held);

#[derive(Clone)]
enum Held {
    Wide(Arc<[f32]>),
    /// Stored bytes that [`VectorRef::new`] takes.
    Stored(VectorType, Arc<[u8]>),
}

impl VectorBuf {
    /// 16-bit floats, each the nearest to a component. What is beyond 65,519 becomes infinite, and cannot be stored.
    #[must_use]
    pub fn f16(components: &[f32]) -> Self {
        let halves: Vec<F16> = components.iter().map(|x| F16::nearest(*x)).collect();
        Self::stored(Element::F16, components.len(), halves.as_bytes())
    }

    /// bfloat16 numbers, each the nearest to a component.
    #[must_use]
    pub fn bf16(components: &[f32]) -> Self {
        let halves: Vec<Bf16> = components.iter().map(|x| Bf16::nearest(*x)).collect();
        Self::stored(Element::Bf16, components.len(), halves.as_bytes())
    }

    /// Whole numbers.
    #[must_use]
    pub fn i8(components: &[i8]) -> Self {
        Self::stored(Element::I8, components.len(), components.as_bytes())
    }

    /// Bits.
    #[must_use]
    pub fn bits(bits: &[bool]) -> Self {
        Self::stored(Element::Binary, bits.len(), &pack(bits.iter().copied()))
    }

    /// Eight bits a byte, the first one highest; the rest of the last byte is zero. `None` when it is not, or the bytes are more or fewer
    /// than so many bits fill.
    #[must_use]
    pub fn packed_bits(dimension: usize, bytes: &[u8]) -> Option<Self> {
        Self::from_stored(VectorType { element: Element::Binary, dimension }, bytes)
    }

    /// A vector of this type from what [`VectorRef::stored`] gives; `None` when that does not fit.
    #[must_use]
    pub fn from_stored(of: VectorType, bytes: &[u8]) -> Option<Self> {
        VectorRef::new(of, bytes).map(Self::from)
    }

    fn stored(element: Element, dimension: usize, bytes: &[u8]) -> Self {
        Self(Held::Stored(VectorType { element, dimension }, bytes.into()))
    }

    /// This vector, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> VectorRef<'_> {
        match &self.0 {
            Held::Wide(components) => VectorRef::Slice(components),
            // Bytes were checked, or made here, when the vector was.
            Held::Stored(of, bytes) => VectorRef::new(*of, bytes).unwrap_or(VectorRef::Slice(&[])),
        }
    }

    /// The components as f32, bits as 0 and 1; copied only when they are not stored so.
    #[must_use]
    pub fn components(&self) -> std::borrow::Cow<'_, [f32]> {
        self.as_ref().components()
    }

    /// The number of components.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_ref().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the components are.
    #[must_use]
    pub fn element(&self) -> Element {
        self.as_ref().element()
    }

    /// The same vector in another element type: the one conversion, of what is imported and of what is written to a field whose vector index
    /// declares an element type. f16 and bf16 are rounded to the nearest; anything else must be a number that the type holds. Numbers 0 and 1
    /// become bits, but bits become no numbers.
    ///
    /// # Errors
    /// [`ObjectError::NotElement`], naming the first component that does not fit.
    pub fn to_element(&self, element: Element) -> Result<Self, ObjectError> {
        let from = self.element();
        if from == element {
            return Ok(self.clone());
        }
        let components = self.components();
        let refuse = |at: usize, expected: &'static str| ObjectError::NotElement {
            field: String::new(),
            component: at,
            value: components[at].into(),
            element,
            expected,
        };
        let first_not = |fits: fn(f32) -> bool| components.iter().position(|component| !fits(*component));
        if from == Element::Binary {
            return match components.is_empty() {
                true => Ok(Self::from(&components[..]).to_element(element)?),
                false => Err(refuse(0, "a number, not a bit")),
            };
        }
        let (fits, expected): (fn(f32) -> bool, _) = match element {
            Element::F32 | Element::Bf16 => (f32::is_finite, "a finite number"),
            Element::F16 => (|x| x.abs() < 65_520.0, "a number from -65504 to 65504"),
            Element::I8 => (|x| x.fract() == 0.0 && (-128.0..=127.0).contains(&x), "a whole number from -128 to 127"),
            Element::Binary => (|x| x == 0.0 || x == 1.0, "0 or 1"),
        };
        if let Some(at) = first_not(fits) {
            return Err(refuse(at, expected));
        }
        let converted = match element {
            Element::F32 => Self::from(&components[..]),
            Element::F16 => Self::f16(&components),
            Element::Bf16 => Self::bf16(&components),
            Element::I8 => Self::i8(&components.iter().map(|x| *x as i8).collect::<Vec<_>>()),
            Element::Binary => Self::bits(&components.iter().map(|x| *x == 1.0).collect::<Vec<_>>()),
        };
        // The largest bfloat16 is below the largest f32: what is between them rounds to infinity.
        let infinite = converted.as_ref().iter().position(|x| !x.is_finite());
        match infinite {
            Some(at) => Err(refuse(at, "a number from -3.39e38 to 3.39e38")),
            None => Ok(converted),
        }
    }
}

impl From<VectorRef<'_>> for VectorBuf {
    fn from(vector: VectorRef<'_>) -> Self {
        match vector {
            VectorRef::Slice(components) => Self(Held::Wide(components.into())),
            VectorRef::Packed(_) => Self(Held::Wide(vector.iter().collect())),
            other => Self(Held::Stored(other.of(), other.stored().into())),
        }
    }
}

impl From<Arc<[f32]>> for VectorBuf {
    fn from(components: Arc<[f32]>) -> Self {
        Self(Held::Wide(components))
    }
}

impl From<Vec<f32>> for VectorBuf {
    fn from(components: Vec<f32>) -> Self {
        Self(Held::Wide(components.into()))
    }
}

impl From<&Vec<f32>> for VectorBuf {
    fn from(components: &Vec<f32>) -> Self {
        components.as_slice().into()
    }
}

impl From<&[f32]> for VectorBuf {
    fn from(components: &[f32]) -> Self {
        Self(Held::Wide(components.into()))
    }
}

impl<const N: usize> From<[f32; N]> for VectorBuf {
    fn from(components: [f32; N]) -> Self {
        components.as_slice().into()
    }
}

impl<const N: usize> From<&[f32; N]> for VectorBuf {
    fn from(components: &[f32; N]) -> Self {
        components.as_slice().into()
    }
}

impl From<&Self> for VectorBuf {
    fn from(vector: &Self) -> Self {
        vector.clone()
    }
}

impl<'a> From<&'a VectorBuf> for VectorRef<'a> {
    fn from(vector: &'a VectorBuf) -> Self {
        vector.as_ref()
    }
}

impl FromIterator<f32> for VectorBuf {
    fn from_iter<I: IntoIterator<Item = f32>>(components: I) -> Self {
        Self(Held::Wide(components.into_iter().collect()))
    }
}

impl Default for VectorBuf {
    fn default() -> Self {
        Self(Held::Wide(Arc::default()))
    }
}

impl PartialEq for VectorBuf {
    fn eq(&self, other: &Self) -> bool {
        self.components() == other.components()
    }
}

impl fmt::Debug for VectorBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.element() {
            Element::F32 => self.as_ref().fmt(f),
            element => write!(f, "{element}{:?}", self.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_what_holds_them_and_others_are_named() {
        let of = |numbers: &[f32], element| VectorBuf::from(numbers).to_element(element);
        let refused = |numbers: &[f32], element| of(numbers, element).unwrap_err().in_field("v").to_string();
        assert_eq!(of(&[0.1, -65_519.0], Element::F16).unwrap().components()[..], [0.099_975_586, -65_504.0]);
        assert!(
            refused(&[0.0, 65_520.0], Element::F16).starts_with("v: component 1 of the vector is 65520.0: expected a")
        );
        assert_eq!(of(&[0.1, 3e38], Element::Bf16).unwrap().components()[..], [0.100_097_656, 3.004_055_3e38]);
        assert!(refused(&[f32::MAX], Element::Bf16).contains("3.39e38"));
        assert_eq!(of(&[-128.0, 127.0, -0.0], Element::I8).unwrap().components()[..], [-128.0, 127.0, 0.0]);
        for bad in [128.0, -129.0, 0.5] {
            assert!(refused(&[1.0, bad], Element::I8).contains("component 1"), "{bad}");
        }
        assert_eq!(of(&[1.0, 0.0, 1.0], Element::Binary).unwrap(), VectorBuf::bits(&[true, false, true]));
        assert!(refused(&[1.0, -1.0], Element::Binary).contains("component 1 of the vector is -1.0: expected 0 or 1"));
        for element in [Element::F32, Element::F16, Element::Bf16, Element::I8] {
            if element != Element::F32 {
                assert!(refused(&[0.0, f32::NAN], element).contains("component 1"));
            }
            assert!(VectorBuf::bits(&[true]).to_element(element).unwrap_err().to_string().contains("not a bit"));
            let narrow = of(&[3.0, -5.0], element).unwrap();
            assert_eq!(narrow.to_element(Element::F32).unwrap().components()[..], [3.0, -5.0]);
            assert_eq!((narrow.element(), narrow.len()), (element, 2));
        }
    }

    #[test]
    fn stored_bytes_come_back() {
        for vector in [
            VectorBuf::from([0.5, -1.0]),
            VectorBuf::f16(&[0.5, -1.0]),
            VectorBuf::bf16(&[]),
            VectorBuf::i8(&[1, -7, 3]),
            VectorBuf::bits(&[true; 13]),
        ] {
            let stored = vector.as_ref().stored().into_owned();
            let back = VectorBuf::from_stored(vector.as_ref().of(), &stored).unwrap();
            assert_eq!((back.element(), &back), (vector.element(), &vector));
        }
        assert!(VectorBuf::packed_bits(13, &[0xff, 0xff]).is_none());
    }
}
