//! Numbers of a part, each block verified when it is first looked at.
//!
//! A search touches a small share of a large part, so it should not pay for verifying all of it. The inner loops of a search
//! return no errors: a block that turns out to be damaged reads as nothing and is noted in the part's [`Fault`], and
//! whoever answers asks it before the answer leaves the part.

use std::{ops::Range, sync::OnceLock};

use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::codec::{CodecError, Section};

/// An array of a build, or of a part.
#[derive(Clone, Copy, Debug)]
pub(super) enum Array<'a, T> {
    /// All of it is known to be sound.
    Plain(&'a [T]),
    /// A run of a stored section.
    Stored {
        section: &'a Section,
        fault: &'a Fault,
        /// The first element in the section.
        start: usize,
        len: usize,
    },
}

/// The first damage that reading came upon.
#[derive(Debug, Default)]
pub(super) struct Fault(OnceLock<CodecError>);

impl<T> Array<'_, T> {
    /// The number of elements.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Plain(all) => all.len(),
            Self::Stored { len, .. } => *len,
        }
    }

    /// Whether there is no element.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a, T: FromBytes + Immutable + KnownLayout + Copy> Array<'a, T> {
    /// A whole section, verified as it is read; plain when that has been done.
    pub(super) fn of(section: &'a Section, fault: &'a Fault) -> Result<Self, CodecError> {
        if section.is_verified() {
            return section.whole_array().map(Self::Plain);
        }
        Ok(Self::Stored { section, fault, start: 0, len: section.len() / size_of::<T>() })
    }

    /// Some elements; `None` past the end, and where they are damaged.
    #[inline(always)]
    pub(super) fn get(&self, range: Range<usize>) -> Option<&'a [T]> {
        match *self {
            Self::Plain(all) => all.get(range),
            Self::Stored { section, fault, start, len } => {
                if range.start > range.end || range.end > len {
                    return None;
                }
                match section.array(start + range.start..start + range.end) {
                    Ok(elements) => Some(elements),
                    Err(error) => fault.note(error),
                }
            }
        }
    }

    /// One element in place; `None` past the end, and where it is damaged.
    #[inline(always)]
    pub(super) fn one(&self, at: usize) -> Option<&'a T> {
        match *self {
            Self::Plain(all) => all.get(at),
            Self::Stored { .. } => self.get(at..at.checked_add(1)?)?.first(),
        }
    }

    /// One element; `None` past the end, and where it is damaged.
    #[inline(always)]
    pub(super) fn at(&self, at: usize) -> Option<T> {
        self.one(at).copied()
    }

    /// A run of the array, as far as there are elements; reads nothing.
    pub(super) fn run(&self, range: Range<usize>) -> Self {
        let end = range.end.min(self.len());
        let from = range.start.min(end);
        match *self {
            Self::Plain(all) => Self::Plain(&all[from..end]),
            Self::Stored { section, fault, start, .. } => {
                Self::Stored { section, fault, start: start + from, len: end - from }
            }
        }
    }
}

impl Fault {
    /// Fails with the first damage that was found.
    pub(super) fn check(&self) -> Result<(), CodecError> {
        self.0.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    #[cold]
    fn note<T>(&self, error: CodecError) -> Option<T> {
        // The first damage is reported; more of it says nothing new.
        let _ = self.0.set(error);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::codec::{BLOCK, Container, ContainerWriter, bytes_verified};

    const KIND: [u8; 8] = *b"TESTTEST";
    const COUNT: u32 = 10 * BLOCK as u32 / 4;

    fn container(damaged: Option<usize>) -> Container {
        let mut bytes = Vec::new();
        let mut out = ContainerWriter::new(&mut bytes, KIND).unwrap();
        out.put("numbers", &(0..COUNT).flat_map(u32::to_le_bytes).collect::<Vec<u8>>()).unwrap();
        out.finish().unwrap();
        if let Some(at) = damaged {
            bytes[64 + at] ^= 4;
        }
        Container::open("test", KIND, bytes.into()).unwrap()
    }

    #[test]
    fn reads_what_is_looked_at_and_no_more() {
        let section = container(None).section("numbers").unwrap();
        let fault = Fault::default();
        let array = Array::<u32>::of(&section, &fault).unwrap();
        let before = bytes_verified();
        assert_eq!(array.get(2_047..2_050), Some(&[2_047, 2_048, 2_049][..]));
        // Two blocks and the table of checksums; other tests of this process verify something too, but not less.
        assert!(bytes_verified() - before >= 2 * BLOCK as u64);
        assert!(!section.is_verified());
        let run = array.run(5_000..usize::MAX);
        assert_eq!((run.len(), run.at(0), run.at(run.len())), (COUNT as usize - 5_000, Some(5_000), None));
        assert_eq!(array.get(0..COUNT as usize).map(<[u32]>::len), Some(COUNT as usize));
        assert!(section.is_verified() && matches!(Array::<u32>::of(&section, &fault), Ok(Array::Plain(_))));
        assert!(array.at(usize::MAX).is_none() && fault.check().is_ok());
    }

    #[test]
    fn damage_reads_as_nothing_and_is_noted() {
        let section = container(Some(3 * BLOCK + 7)).section("numbers").unwrap();
        let fault = Fault::default();
        let array = Array::<u32>::of(&section, &fault).unwrap();
        assert_eq!(array.at(0), Some(0));
        assert!(fault.check().is_ok());
        assert_eq!(array.at(3 * BLOCK / 4), None);
        let error = fault.check().unwrap_err().to_string();
        assert!(error.contains(&format!("position {}", 64 + 3 * BLOCK)), "{error}");
    }
}
