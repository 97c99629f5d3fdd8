//! Gathering the terms of all texts and writing them.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3Builder;
use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    index::{Columns, IndexBuilder, IndexError, Slot, SlotSet, lexicon::Lexicon, search::damaged},
    object::ValueRef,
    text::Analysis,
};

use super::{NAME, positions::PositionsWriter, terms::Entry};

/// The slots of one term and where it stands in each.
#[derive(Default)]
struct Postings {
    slots: Vec<u32>,
    positions: PositionsWriter,
}

pub(super) struct TextBuilder {
    analysis: Analysis,
    terms: HashMap<Box<str>, Postings, Xxh3Builder>,
    next: u32,
}

impl TextBuilder {
    pub fn new(analysis: Analysis) -> Self {
        Self { analysis, terms: HashMap::default(), next: 0 }
    }

    fn push(&mut self, slot: u32, text: &str) {
        let mut positions: HashMap<String, Vec<u32>, Xxh3Builder> = HashMap::default();
        for term in self.analysis.terms(text) {
            positions.entry(term.text).or_default().push(term.position);
        }
        for (term, positions) in positions {
            let postings = match self.terms.get_mut(&*term) {
                Some(postings) => postings,
                None => self.terms.entry(term.into()).or_default(),
            };
            postings.slots.push(slot);
            postings.positions.push(&positions);
        }
    }
}

impl IndexBuilder for TextBuilder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        if slot.0 < self.next {
            return Err(damaged(NAME, format!("slot {} came after slot {}", slot.0, self.next)));
        }
        self.next = slot.0 + 1;
        if let Some(ValueRef::String(text)) = values.first().copied().flatten() {
            self.push(slot.0, text);
        }
        Ok(())
    }

    fn finish(
        self: Box<Self>,
        _columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        if self.next > slots {
            return Err(damaged(NAME, "a slot past the segment's end"));
        }
        let mut sorted: Vec<(Box<str>, Postings)> = self.terms.into_iter().collect();
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        out.put("terms", &Lexicon::write(sorted.iter().map(|(term, _)| &**term))?)?;
        let (mut entries, mut postings, mut positions) = (Vec::with_capacity(sorted.len()), Vec::new(), Vec::new());
        for (_, of_term) in sorted {
            let count = of_term.slots.len() as u32;
            let (place, bytes) = match of_term.slots[..] {
                [slot] => (u64::from(slot), Vec::new()),
                _ => (postings.len() as u64, SlotSet::from_sorted(of_term.slots).to_postings()),
            };
            let places = of_term.positions.finish()?;
            let length = u32::try_from(bytes.len()).map_err(|_| damaged(NAME, "postings of 4 GiB"))?;
            let (from, extent) = (positions.len() as u64, places.len() as u32);
            entries.push(Entry { place, positions: from, count, length, extent, unused: 0 });
            postings.extend(bytes);
            positions.extend(places);
        }
        out.put("entries", entries.as_bytes())?;
        out.put("postings", &postings)?;
        out.put("positions", &positions)?;
        Ok(())
    }
}
