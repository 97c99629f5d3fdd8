//! One checksum for everything: crc32c (Castagnoli), bound to where the bytes belong.

/// A crc32c under construction. Numbers are fed as eight little-endian bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksum(u32);

impl Checksum {
    /// The checksum of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// Continues with some bytes.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        Self(crc32c::crc32c_append(self.0, bytes))
    }

    /// Continues with a number.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// The value.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_castagnoli_and_continues() {
        assert_eq!(Checksum::new().bytes(b"123456789").value(), 0xe306_9283);
        assert_eq!(Checksum::new().bytes(b"1234").bytes(b"56789").value(), 0xe306_9283);
        assert_eq!(Checksum::new().number(1), Checksum::new().bytes(&[1, 0, 0, 0, 0, 0, 0, 0]));
    }
}
