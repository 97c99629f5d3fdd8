//! The terms of a part: found, counted and checked.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, Section},
    index::{IndexError, SlotSet, lexicon::Lexicon, search::damaged},
};

use super::{NAME, positions::PositionsReader};

/// One term's entry as it lies on disk.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Entry {
    pub place: u64,
    pub positions: u64,
    pub count: u32,
    pub length: u32,
    pub extent: u32,
    pub unused: u32,
}

#[derive(Debug)]
pub(super) struct Terms {
    lexicon: Lexicon,
    entries: Section,
    postings: Section,
    positions: Section,
    slots: u32,
}

impl Terms {
    /// Opens the sections; reads none.
    pub fn open(part: &Container, slots: u32) -> Result<Self, IndexError> {
        let entries = part.section("entries")?;
        if !entries.len().is_multiple_of(size_of::<Entry>()) {
            return Err(damaged(NAME, "a broken entry"));
        }
        let lexicon = Lexicon::open(part, "terms", entries.len() / size_of::<Entry>())?;
        let (postings, positions) = (part.section("postings")?, part.section("positions")?);
        Ok(Self { lexicon, entries, postings, positions, slots })
    }

    /// The number of terms.
    pub fn len(&self) -> usize {
        self.lexicon.len()
    }

    /// The entry of a term.
    pub fn find(&self, term: &str) -> Result<Option<Entry>, IndexError> {
        self.lexicon.find(term)?.map(|number| self.entry(number)).transpose()
    }

    fn entry(&self, number: usize) -> Result<Entry, IndexError> {
        match self.entries.array::<Entry>(number..number + 1)? {
            [entry] if entry.count > 0 && entry.count <= self.slots => Ok(*entry),
            _ => Err(damaged(NAME, "a term of no slots, or of too many")),
        }
    }

    /// The slots of a term.
    pub fn slots_of(&self, entry: &Entry) -> Result<SlotSet, IndexError> {
        if entry.count != 1 {
            return SlotSet::from_postings(&self.postings, entry.place, entry.length.into(), self.slots);
        }
        match u32::try_from(entry.place) {
            Ok(slot) if slot < self.slots => Ok(SlotSet::range(slot, slot + 1)),
            _ => Err(damaged(NAME, "a slot past the segment's end")),
        }
    }

    /// Where a term stands in each of its slots.
    pub fn positions_of<'a>(&'a self, entry: &Entry, slots: &'a SlotSet) -> Result<PositionsReader<'a>, IndexError> {
        let start = usize::try_from(entry.positions).map_err(|_| damaged(NAME, "positions past the address space"))?;
        PositionsReader::new(slots, self.positions.get(start..start.saturating_add(entry.extent as usize))?)
    }

    /// Checks that terms are numbered in order, that their counts are right and their positions ascend.
    pub fn verify(&self) -> Result<(), IndexError> {
        self.lexicon.verify()?;
        for number in 0..self.len() {
            let entry = self.entry(number)?;
            let slots = self.slots_of(&entry)?;
            slots.verify()?;
            if slots.len() != u64::from(entry.count) || slots.last().is_none_or(|last| last.0 >= self.slots) {
                return Err(damaged(NAME, "a count that is not the postings' length"));
            }
            self.positions_of(&entry, &slots)?.verify()?;
        }
        Ok(())
    }
}
