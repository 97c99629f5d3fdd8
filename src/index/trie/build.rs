//! Gathering texts and writing them.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3Builder;
use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    index::{Columns, IndexBuilder, IndexError, Slot, lexicon::Lexicon, search::damaged},
    object::ValueRef,
};

use super::NAME;

#[derive(Default)]
pub(super) struct TrieBuilder {
    texts: HashMap<Box<str>, Vec<u32>, Xxh3Builder>,
    next: u32,
}

impl IndexBuilder for TrieBuilder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        if slot.0 < self.next {
            return Err(damaged(NAME, format!("slot {} came after slot {}", slot.0, self.next)));
        }
        self.next = slot.0 + 1;
        if let Some(ValueRef::String(text)) = values.first().copied().flatten() {
            match self.texts.get_mut(text) {
                Some(slots) => slots.push(slot.0),
                None => {
                    self.texts.insert(text.into(), vec![slot.0]);
                }
            }
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
        let mut sorted: Vec<(Box<str>, Vec<u32>)> = self.texts.into_iter().collect();
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let (mut starts, mut by_text) = (vec![0u32], Vec::new());
        for (_, slots) in &sorted {
            by_text.extend_from_slice(slots);
            starts.push(by_text.len() as u32);
        }
        out.put("texts", &Lexicon::write(sorted.iter().map(|(text, _)| &**text))?)?;
        out.put("starts", starts.as_bytes())?;
        out.put("slots", by_text.as_bytes())?;
        Ok(())
    }
}
