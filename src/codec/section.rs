//! One named run of bytes in a container, checked block by block on first touch.

use std::{fmt, ops::Range, sync::Arc};

use bytes::Bytes;
use zerocopy::{FromBytes, Immutable, KnownLayout};

use super::{AlignedBuffer, CodecError, verified::Verified};

/// A section's bytes, in memory or mapped. Cheap to clone; clones share what has been verified.
#[derive(Clone)]
pub struct Section {
    /// The section's bytes; in a file followed by padding up to a multiple of 64.
    stored: Bytes,
    len: usize,
    /// `None` for bytes that were never on disk.
    verified: Option<Arc<Verified>>,
}

impl Section {
    /// Bytes that were never on disk and need no check. They are copied when they do not start on a 64-byte boundary.
    #[must_use]
    pub fn in_memory(bytes: Vec<u8>) -> Self {
        let stored = AlignedBuffer::aligned(bytes.into());
        Self { len: stored.len(), stored, verified: None }
    }

    pub(super) fn stored(stored: Bytes, len: usize, verified: Verified) -> Self {
        Self { stored, len, verified: Some(Arc::new(verified)) }
    }

    pub(super) fn verified(&self) -> Option<&Verified> {
        self.verified.as_deref()
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the section holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether every byte has been verified, so that reading costs no more than memory.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified.as_ref().is_none_or(|verified| verified.all())
    }

    /// Some bytes, after their blocks have been verified. A range past the end is damage, not a panic.
    #[inline]
    pub fn get(&self, range: Range<usize>) -> Result<&[u8], CodecError> {
        if range.end <= self.len && range.start <= range.end && self.covers(range.start, range.end) {
            Ok(&self.stored[range])
        } else {
            self.get_unverified(range)
        }
    }

    /// All bytes, verified.
    pub fn all(&self) -> Result<&[u8], CodecError> {
        self.get(0..self.len)
    }

    /// Some bytes as a view of their own that stays valid without this section, after their blocks have been verified.
    pub fn slice(&self, range: Range<usize>) -> Result<Bytes, CodecError> {
        self.get(range.clone())?;
        Ok(self.stored.slice(range))
    }

    /// Some bytes read as `T`s, `range` counted in elements; the section starts 64-byte aligned.
    #[inline]
    pub fn array<T: FromBytes + Immutable + KnownLayout>(&self, range: Range<usize>) -> Result<&[T], CodecError> {
        const { assert!(size_of::<T>() > 0, "elements have a size") };
        let size = size_of::<T>();
        let (Some(start), Some(end)) = (range.start.checked_mul(size), range.end.checked_mul(size)) else {
            return Err(self.out_of_bounds(&range, size));
        };
        match <[T]>::ref_from_bytes(self.get(start..end)?) {
            Ok(array) => Ok(array),
            Err(_) => Err(self.damaged(start, "misaligned")),
        }
    }

    /// The whole section read as `T`s. A length that is no multiple of the element's is damage.
    pub fn whole_array<T: FromBytes + Immutable + KnownLayout>(&self) -> Result<&[T], CodecError> {
        if !self.len.is_multiple_of(size_of::<T>().max(1)) {
            let what = format!("{} bytes are no whole number of {}-byte elements", self.len, size_of::<T>());
            return Err(self.damaged(0, &what));
        }
        self.array(0..self.len / size_of::<T>().max(1))
    }

    #[inline]
    fn covers(&self, start: usize, end: usize) -> bool {
        match &self.verified {
            None => true,
            Some(verified) => verified.all() || start == end || verified.covers(start, end),
        }
    }

    #[cold]
    fn get_unverified(&self, range: Range<usize>) -> Result<&[u8], CodecError> {
        if range.end > self.len || range.start > range.end {
            return Err(self.out_of_bounds(&range, 1));
        }
        if let Some(verified) = &self.verified {
            verified.verify(&self.stored, range.start, range.end)?;
        }
        Ok(&self.stored[range])
    }

    #[cold]
    fn out_of_bounds(&self, range: &Range<usize>, size: usize) -> CodecError {
        let Range { start, end } = range;
        let what = format!("elements {start}..{end} of {size} bytes are outside of its {} bytes", self.len);
        self.damaged(start.saturating_mul(size).min(self.len), &what)
    }

    /// Damage at a byte of this section, for readers that find its content impossible.
    #[cold]
    #[must_use]
    pub fn damaged(&self, start: usize, what: &str) -> CodecError {
        match &self.verified {
            Some(verified) => verified.damaged(start, what),
            None => CodecError::Damaged { file: "memory".to_owned(), position: start as u64, what: what.to_owned() },
        }
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.verified.as_ref().map_or("in memory", |verified| &verified.name);
        write!(f, "Section({name}, {} bytes)", self.len)
    }
}

#[cfg(test)]
impl Section {
    /// Where the section lies in memory.
    pub(super) fn stored_address(&self) -> usize {
        self.stored.as_ptr().addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_bounds_checked() {
        let section = Section::in_memory((0_u32..8).flat_map(u32::to_le_bytes).collect());
        assert_eq!(section.array::<u32>(2..4).unwrap(), [2, 3]);
        assert_eq!(section.array::<u32>(8..8).unwrap(), [0_u32; 0]);
        assert_eq!(section.whole_array::<u64>().unwrap().len(), 4);
        for range in [0..9, 9..9, usize::MAX - 1..usize::MAX, Range { start: 5, end: 4 }] {
            assert!(section.array::<u32>(range.clone()).is_err(), "{range:?}");
            assert!(section.get(range.start..range.end.max(33)).is_err(), "{range:?}");
        }
        assert!(Section::in_memory(vec![0; 10]).whole_array::<u32>().is_err());
        assert_eq!(section.slice(4..8).unwrap(), &1_u32.to_le_bytes()[..]);
    }
}
