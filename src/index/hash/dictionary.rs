//! The dictionary on disk: looking up and checking.

use std::cmp::Ordering;

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, Section},
    index::{
        IndexError, Slot, SlotSet, Work,
        search::{damaged, partition_point},
    },
    object::{ValueRef, write_key},
};

use super::NAME;

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// The field's value.
    Value = 0,
    /// An element of the list in the field.
    Element = 1,
    /// The field is missing; the key of null goes with it.
    Missing = 2,
}

impl Domain {
    /// The dictionary's key for a value.
    pub fn key(self, value: ValueRef<'_>) -> Vec<u8> {
        let mut key = vec![self as u8];
        write_key(value, &mut key);
        key
    }
}

/// One key's entry as it lies on disk.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Entry {
    pub hash: u64,
    pub key: u64,
    pub place: u64,
    pub count: u32,
    pub length: u32,
}

/// An entry that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub number: usize,
    pub count: u32,
    place: u64,
    length: u32,
}

/// The hash that a key is sorted by.
pub(super) fn hash(key: &[u8]) -> u64 {
    xxh3_64(key)
}

#[derive(Debug)]
pub(super) struct Dictionary {
    entries: Section,
    keys: Section,
    postings: Section,
    slots: u32,
}

impl Dictionary {
    pub fn open(part: &Container, slots: u32) -> Result<Self, IndexError> {
        let (entries, keys, postings) = (part.section("entries")?, part.section("keys")?, part.section("postings")?);
        if entries.len() % size_of::<Entry>() != 0 {
            return Err(damaged(NAME, "a broken entry"));
        }
        Ok(Self { entries, keys, postings, slots })
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.entries.len() / size_of::<Entry>()
    }

    /// The entry of a value.
    pub fn find(&self, domain: Domain, value: ValueRef<'_>) -> Result<Option<Found>, IndexError> {
        let key = domain.key(value);
        let hash = hash(&key);
        let mut number = partition_point(self.len(), |at| Ok(self.entry(at)?.hash < hash))?;
        while number < self.len() {
            let entry = self.entry(number)?;
            if entry.hash != hash {
                break;
            }
            if self.key(&entry)? == key {
                let Entry { count, place, length, .. } = entry;
                return Ok(Some(Found { number, count, place, length }));
            }
            number += 1;
        }
        Ok(None)
    }

    /// The slots of a key.
    pub fn slots_of(&self, found: &Found) -> Result<SlotSet, IndexError> {
        if found.count != 1 {
            return SlotSet::from_postings(&self.postings, found.place, found.length.into(), self.slots);
        }
        match u32::try_from(found.place) {
            Ok(slot) if slot < self.slots => Ok(SlotSet::range(slot, slot + 1)),
            _ => Err(damaged(NAME, "a slot past the segment's end")),
        }
    }

    fn entry(&self, at: usize) -> Result<Entry, IndexError> {
        match self.entries.array::<Entry>(at..at + 1)? {
            [entry] => Ok(*entry),
            _ => Err(damaged(NAME, "an entry past the end")),
        }
    }

    fn key(&self, entry: &Entry) -> Result<&[u8], IndexError> {
        let start = usize::try_from(entry.key).map_err(|_| damaged(NAME, "a key past the address space"))?;
        let body = start.saturating_add(4);
        let length = self.keys.get(start..body)?;
        let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
        Ok(self.keys.get(body..body.saturating_add(length))?)
    }

    /// Checks that keys ascend, that postings hold, and that each slot has exactly one value or is missing.
    pub fn verify(&self, slots: u32) -> Result<(), IndexError> {
        let mut seen = SlotSet::empty();
        let mut last: Option<(u64, &[u8])> = None;
        let mut batch = Vec::new();
        let mut total = 0;
        for number in 0..self.len() {
            let entry = self.entry(number)?;
            let key = self.key(&entry)?;
            if last.is_some_and(|last| last.cmp(&(entry.hash, key)) != Ordering::Less) || hash(key) != entry.hash {
                return Err(damaged(NAME, "keys that do not ascend by hash"));
            }
            last = Some((entry.hash, key));
            let Entry { count, place, length, .. } = entry;
            let set = self.slots_of(&Found { number, count, place, length })?;
            set.verify()?;
            if set.len() != u64::from(count) {
                return Err(damaged(NAME, "a count that is not the postings' length"));
            }
            if key.first() != Some(&(Domain::Element as u8)) {
                total += set.len();
                batch.push(set);
            }
            if batch.len() == 4096 || number + 1 == self.len() {
                seen = SlotSet::or_all(&batch.iter().chain([&seen]).collect::<Vec<_>>(), &mut Work::default());
                batch.clear();
            }
        }
        if seen.len() != total || seen.last() > Some(Slot(slots)) {
            return Err(damaged(NAME, "a slot with two values"));
        }
        Ok(())
    }
}
