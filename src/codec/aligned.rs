//! Memory that starts on a 64-byte boundary, so that a container in memory is read in place just like a mapped one.

use std::io::{self, Write};

use bytes::Bytes;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

use super::ALIGNMENT;

/// A growing buffer whose bytes start on a 64-byte boundary. Write a container into it, then turn it into [`Bytes`].
#[derive(Clone, Debug, Default)]
pub struct AlignedBuffer {
    lines: Vec<Line>,
    len: usize,
}

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
struct Line([u8; ALIGNMENT]);

impl AlignedBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of some bytes.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        let mut buffer = Self::new();
        buffer.extend(bytes);
        buffer
    }

    /// Appends bytes.
    pub fn extend(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        let lines = end.div_ceil(ALIGNMENT);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line::new_zeroed());
        }
        self.lines.as_mut_bytes()[self.len..end].copy_from_slice(bytes);
        self.len = end;
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }

    /// The same bytes on a 64-byte boundary; copied only when they are not on one.
    #[must_use]
    pub fn aligned(bytes: Bytes) -> Bytes {
        if bytes.is_empty() || bytes.as_ptr().addr().is_multiple_of(ALIGNMENT) {
            bytes
        } else {
            Self::copy_of(&bytes).into_bytes()
        }
    }
}

impl AsRef<[u8]> for AlignedBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.lines.as_bytes()[..self.len]
    }
}

impl Write for AlignedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_stays_aligned() {
        let mut buffer = AlignedBuffer::new();
        let mut twin = Vec::new();
        for n in 0..300_usize {
            let piece = vec![u8::try_from(n % 251).unwrap(); n % 7];
            buffer.extend(&piece);
            twin.extend(&piece);
        }
        assert_eq!(buffer.as_ref(), twin);
        let bytes = buffer.into_bytes();
        assert_eq!(bytes.as_ptr().addr() % ALIGNMENT, 0);
        let moved = AlignedBuffer::aligned(bytes.slice(1..));
        assert_eq!((&moved[..], moved.as_ptr().addr() % ALIGNMENT), (&twin[1..], 0));
    }
}
