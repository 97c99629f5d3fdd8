//! What are the components of a vector stored as?

use std::fmt;

/// The largest dimension of vectors of numbers.
pub const MAX_DIMENSION: usize = 4096;

/// The largest dimension of vectors of bits: 8 KiB each.
pub const MAX_BITS: usize = 65_536;

/// What the components of a stored vector are. Numbers of fewer bits take less room; distances are measured on what is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Element {
    /// 32-bit floating point.
    #[default]
    F32,
    /// 16-bit floating point of IEEE 754: 11 significant bits, up to 65,504.
    F16,
    /// The upper half of an f32: its range with 8 significant bits.
    Bf16,
    /// Whole numbers from -128 to 127.
    I8,
    /// Bits, eight a byte.
    Binary,
}

/// An element type's name that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown element type '{0}': expected one of f32, f16, bf16, i8, binary")]
pub struct UnknownElement(pub String);

impl Element {
    /// Every element type.
    pub const ALL: [Self; 5] = [Self::F32, Self::F16, Self::Bf16, Self::I8, Self::Binary];

    /// The name in options and on disk: `f32`, `f16`, `bf16`, `i8`, `binary`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::I8 => "i8",
            Self::Binary => "binary",
        }
    }

    /// The element type of a name, as [`Element::name`] gives it.
    pub fn parse(name: &str) -> Result<Self, UnknownElement> {
        Self::ALL.into_iter().find(|element| element.name() == name).ok_or_else(|| UnknownElement(name.to_owned()))
    }

    /// The largest dimension that a vector index takes of it.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Binary => MAX_BITS,
            _ => MAX_DIMENSION,
        }
    }

    /// The bits of one component.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::F32 => 32,
            Self::F16 | Self::Bf16 => 16,
            Self::I8 => 8,
            Self::Binary => 1,
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What vectors of one field have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VectorType {
    /// What the components are.
    pub element: Element,
    /// How many there are.
    pub dimension: usize,
}

impl VectorType {
    /// The bytes of one vector.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.dimension.saturating_mul(self.element.bits()).div_ceil(8)
    }
}

/// `384 components`, `384 components of f16`, `1024 bits`.
impl fmt::Display for VectorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.element {
            Element::F32 => write!(f, "{} components", self.dimension),
            Element::Binary => write!(f, "{} bits", self.dimension),
            element => write!(f, "{} components of {element}", self.dimension),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_and_others_are_refused() {
        for element in Element::ALL {
            assert_eq!(Element::parse(element.name()), Ok(element));
        }
        assert!(Element::parse("float16").unwrap_err().to_string().contains("'float16': expected one of f32, f16"));
    }

    #[test]
    fn bits_are_packed() {
        let bytes = |element, dimension| VectorType { element, dimension }.bytes();
        assert_eq!((bytes(Element::Binary, 0), bytes(Element::Binary, 9), bytes(Element::Binary, 16)), (0, 2, 2));
        assert_eq!((bytes(Element::F16, 3), bytes(Element::I8, 3), bytes(Element::F32, 3)), (6, 3, 12));
    }
}
