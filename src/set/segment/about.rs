//! What an object file says about itself: enough to know whose objects it holds when neither checkpoint nor log can be read.

use std::io;

use bytes::Bytes;
use rmp::{decode, encode};

use crate::{
    codec::{CodecError, Section},
    object::{FamilyId, Sequence},
    storage::SegmentId,
};

/// The section's name.
pub(super) const ABOUT: &str = "segment";

/// What an object file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::set) struct About {
    pub id: SegmentId,
    pub family: FamilyId,
    /// It holds the newest version of each of its offsets at this sequence.
    pub sequence: Sequence,
    /// The family's declaration, encoded, as it was then.
    pub declaration: Bytes,
}

impl About {
    /// One MessagePack array.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        encode::write_array_len(&mut out, 4)?;
        for number in [self.id.0, self.family.0.into(), self.sequence.0] {
            encode::write_uint(&mut out, number)?;
        }
        let length = self.declaration.len();
        u32::try_from(length).map_err(|_| io::Error::other(format!("a declaration of {length} bytes")))?;
        encode::write_bin(&mut out, &self.declaration)?;
        Ok(out)
    }

    pub(super) fn decode(section: &Section) -> Result<Self, CodecError> {
        let bytes = section.slice(0..section.len())?;
        match Self::read(&bytes) {
            Some((about, length)) if length == bytes.len() => Ok(about),
            _ => Err(section.damaged(0, "it does not say whose objects these are")),
        }
    }

    /// Reads the array that some bytes start with, and how long it is.
    pub(super) fn read(bytes: &Bytes) -> Option<(Self, usize)> {
        let mut rest = &bytes[..];
        if !matches!(decode::read_array_len(&mut rest), Ok(4)) {
            return None;
        }
        let mut number = || decode::read_int::<u64, _>(&mut rest).ok();
        let (id, family, sequence) = (SegmentId(number()?), FamilyId(number()?.try_into().ok()?), Sequence(number()?));
        let length = decode::read_bin_len(&mut rest).ok()? as usize;
        let start = bytes.len() - rest.len();
        let end = start.checked_add(length).filter(|end| *end <= bytes.len())?;
        Some((Self { id, family, sequence, declaration: bytes.slice(start..end) }, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_and_garbage_is_refused() {
        let (id, family, sequence) = (SegmentId(u64::MAX), FamilyId(7), Sequence(300));
        let about = About { id, family, sequence, declaration: Bytes::from_static(b"things") };
        let bytes = about.encode().unwrap();
        assert_eq!(About::decode(&Section::in_memory(bytes.clone())).unwrap(), about);
        for length in 0..bytes.len() {
            assert!(About::decode(&Section::in_memory(bytes[..length].to_vec())).is_err(), "{length}");
        }
    }
}
