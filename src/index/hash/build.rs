//! Building the dictionary in memory and writing it.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3Builder;
use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    index::{Columns, IndexBuilder, IndexError, Slot, SlotSet, search::damaged},
    object::{ValueRef, order},
};

use super::{
    NAME,
    dictionary::{Domain, Entry, hash},
};

/// The slots of one key. Most keys of a unique field have one.
enum Slots {
    One(u32),
    Many(Vec<u32>),
}

impl Slots {
    /// Adds a slot that is not less than the last; the same one only once.
    fn push(&mut self, slot: u32) {
        match self {
            Self::One(known) if *known == slot => {}
            Self::One(known) => *self = Self::Many(vec![*known, slot]),
            Self::Many(slots) if slots.last() == Some(&slot) => {}
            Self::Many(slots) => slots.push(slot),
        }
    }
}

#[derive(Default)]
pub(super) struct HashBuilder {
    keys: HashMap<Box<[u8]>, Slots, Xxh3Builder>,
    next: u32,
}

impl HashBuilder {
    fn push(&mut self, domain: Domain, value: ValueRef<'_>, slot: u32) {
        // What does not equal itself is never asked for.
        if !order::equals(value, value) {
            return;
        }
        let key = domain.key(value);
        match self.keys.get_mut(&key[..]) {
            Some(slots) => slots.push(slot),
            None => {
                self.keys.insert(key.into(), Slots::One(slot));
            }
        }
    }

    /// Slots that were not added have no value.
    fn push_missing(&mut self, until: u32) {
        for slot in self.next..until {
            self.push(Domain::Missing, ValueRef::Null, slot);
        }
    }
}

impl IndexBuilder for HashBuilder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        if slot.0 < self.next {
            return Err(damaged(NAME, format!("slot {} came after slot {}", slot.0, self.next)));
        }
        self.push_missing(slot.0);
        self.next = slot.0 + 1;
        let Some(value) = values.first().copied().flatten() else {
            self.push(Domain::Missing, ValueRef::Null, slot.0);
            return Ok(());
        };
        self.push(Domain::Value, value, slot.0);
        if let ValueRef::List(list) = value {
            list.iter().for_each(|element| self.push(Domain::Element, element, slot.0));
        }
        Ok(())
    }

    fn finish(
        mut self: Box<Self>,
        _columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        self.push_missing(slots);
        let mut sorted: Vec<(u64, Box<[u8]>, Slots)> =
            self.keys.into_iter().map(|(key, slots)| (hash(&key), key, slots)).collect();
        sorted.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let (mut entries, mut keys, mut postings) = (Vec::with_capacity(sorted.len()), Vec::new(), Vec::new());
        for (hash, key, slots) in sorted {
            let (count, place, length) = write_slots(slots, &mut postings)?;
            entries.push(Entry { hash, key: keys.len() as u64, place, count, length });
            let length = u32::try_from(key.len()).map_err(|_| damaged(NAME, "a value of 4 GiB"))?;
            keys.extend_from_slice(&length.to_le_bytes());
            keys.extend_from_slice(&key);
        }
        out.put("entries", entries.as_bytes())?;
        out.put("keys", &keys)?;
        out.put("postings", &postings)?;
        Ok(())
    }
}

/// Writes the slots of one key: their number, their place and the postings' length.
fn write_slots(slots: Slots, postings: &mut Vec<u8>) -> Result<(u32, u64, u32), IndexError> {
    match slots {
        Slots::One(slot) => Ok((1, slot.into(), 0)),
        Slots::Many(slots) => {
            let (count, place) = (slots.len(), postings.len() as u64);
            let bytes = SlotSet::from_sorted(slots).to_postings();
            postings.extend_from_slice(&bytes);
            let number = |length| u32::try_from(length).map_err(|_| damaged(NAME, "postings of 4 GiB"));
            Ok((number(count)?, place, number(bytes.len())?))
        }
    }
}
