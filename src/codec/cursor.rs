//! Reading fixed little-endian fields from bytes that may be anything.

use super::CodecError;

/// Reads fields one after the other; running out of bytes is damage at a known position, never a panic.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    file: &'a str,
    bytes: &'a [u8],
    /// The position in the file of the next byte.
    position: u64,
}

impl<'a> Cursor<'a> {
    /// Starts at the first of `bytes`, which lie at `position` of `file`.
    #[must_use]
    pub const fn new(file: &'a str, position: u64, bytes: &'a [u8]) -> Self {
        Self { file, bytes, position }
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let Some((taken, rest)) = self.bytes.split_at_checked(count) else {
            return Err(self.damaged(format!("{count} more bytes are needed, {} are left", self.bytes.len())));
        };
        self.bytes = rest;
        self.position += count as u64;
        Ok(taken)
    }

    /// The next bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next two bytes as a number.
    pub fn u16(&mut self) -> Result<u16, CodecError> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next four bytes as a number.
    pub fn u32(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes as a number.
    pub fn u64(&mut self) -> Result<u64, CodecError> {
        self.array().map(u64::from_le_bytes)
    }

    /// What has not been read.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The position in the file of the next byte.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Damage at the next byte.
    #[must_use]
    pub fn damaged(&self, what: impl Into<String>) -> CodecError {
        CodecError::Damaged { file: self.file.to_owned(), position: self.position, what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_runs_out() {
        let mut cursor = Cursor::new("some", 100, &[1, 0, 2, 0, 0, 0, 9]);
        assert_eq!((cursor.u16().unwrap(), cursor.u32().unwrap(), cursor.position()), (1, 2, 106));
        let error = cursor.u64().unwrap_err().to_string();
        assert_eq!(error, "some: damaged at position 106: 8 more bytes are needed, 1 are left");
        assert_eq!(cursor.rest(), [9]);
    }
}
