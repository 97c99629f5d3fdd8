//! A vector of bits, eight a byte.

/// Bits seen where they are: the first one is the highest of the first byte, as in `numpy.packbits` and in bit strings. What the last byte
/// has more than there are bits is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitsRef<'a> {
    dimension: usize,
    bytes: &'a [u8],
}

impl<'a> BitsRef<'a> {
    /// So many bits; `None` when the bytes are more or fewer than they fill, or the rest of the last one is not zero.
    #[must_use]
    pub fn new(dimension: usize, bytes: &'a [u8]) -> Option<Self> {
        let padding = (bytes.len() * 8).checked_sub(dimension).filter(|padding| *padding < 8)?;
        let padded = bytes.last().copied().unwrap_or(0) & ((1 << padding) - 1);
        (padded == 0).then_some(Self { dimension, bytes })
    }

    /// The number of bits.
    #[must_use]
    pub const fn len(self) -> usize {
        self.dimension
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.dimension == 0
    }

    /// The packed bits.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// One bit; false past the end.
    #[must_use]
    pub fn at(self, at: usize) -> bool {
        self.bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
    }

    /// All bits.
    pub fn iter(self) -> impl Iterator<Item = bool> + 'a {
        (0..self.dimension).map(move |at| self.at(at))
    }
}

/// Packs bits as [`BitsRef`] reads them.
#[must_use]
pub fn pack(bits: impl ExactSizeIterator<Item = bool>) -> Vec<u8> {
    let mut bytes = vec![0; bits.len().div_ceil(8)];
    for (at, bit) in bits.enumerate() {
        bytes[at / 8] |= u8::from(bit) << (7 - at % 8);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back_and_padding_is_checked() {
        for length in [0, 1, 7, 8, 9, 64, 65] {
            let bits: Vec<bool> = (0..length).map(|i| i % 3 == 0).collect();
            let bytes = pack(bits.iter().copied());
            let packed = BitsRef::new(length, &bytes).unwrap();
            assert_eq!(packed.iter().collect::<Vec<_>>(), bits);
        }
        assert_eq!(pack([true, false, true].into_iter()), [0b1010_0000]);
        assert!(BitsRef::new(3, &[0b1011_0000]).is_none() && BitsRef::new(3, &[0, 0]).is_none());
        assert!(BitsRef::new(9, &[0]).is_none() && BitsRef::new(0, &[0]).is_none());
    }
}
