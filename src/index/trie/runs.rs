//! The slots of each text, side by side in the order of the texts.

use std::ops::Range;

use crate::{
    codec::{Container, Section},
    index::{
        IndexError, SlotSet, Work,
        search::{damaged, slot_set},
    },
};

use super::NAME;

/// Runs of slots by the numbers of texts.
#[derive(Debug)]
pub(super) struct Runs {
    starts: Section,
    slots: Section,
    /// The slots of the segment.
    segment: u32,
}

impl Runs {
    /// Opens the sections; reads none.
    pub fn open(part: &Container, segment: u32) -> Result<Self, IndexError> {
        let runs = Self { starts: part.section("starts")?, slots: part.section("slots")?, segment };
        let (starts, slots) = (runs.starts.len(), runs.slots.len());
        if starts < 4 || !starts.is_multiple_of(4) || !slots.is_multiple_of(4) || runs.all() > segment {
            return Err(damaged(NAME, "sections whose lengths do not fit the number of slots"));
        }
        Ok(runs)
    }

    /// The number of texts.
    pub fn texts(&self) -> usize {
        self.starts.len() / 4 - 1
    }

    /// The number of slots that have a text.
    pub fn all(&self) -> u32 {
        u32::try_from(self.slots.len() / 4).unwrap_or(u32::MAX)
    }

    /// Where the slots of some texts stand.
    pub fn run(&self, texts: Range<usize>) -> Result<Range<usize>, IndexError> {
        let start = |at: usize| match self.starts.array::<u32>(at..at + 1)? {
            [start] => Ok(*start as usize),
            _ => Err(damaged(NAME, "a text past the end")),
        };
        let run = start(texts.start)?..start(texts.end)?;
        if run.start > run.end || run.end > self.slots.len() / 4 {
            return Err(damaged(NAME, "a run past the last slot"));
        }
        Ok(run)
    }

    fn slots(&self, texts: Range<usize>) -> Result<&[u32], IndexError> {
        let slots = self.slots.array::<u32>(self.run(texts)?)?;
        match slots.iter().all(|slot| *slot < self.segment) {
            true => Ok(slots),
            false => Err(damaged(NAME, "a slot past the segment's end")),
        }
    }

    /// The slots of some texts that lie side by side.
    pub fn slots_of_range(&self, texts: Range<usize>, work: &mut Work) -> Result<SlotSet, IndexError> {
        if texts.len() == self.texts() && self.all() == self.segment {
            return Ok(SlotSet::all(self.segment));
        }
        let slots = self.slots(texts)?;
        work.visited += slots.len() as u64;
        Ok(slot_set(slots.to_vec(), work))
    }

    /// The slots of some texts by their numbers, which ascend.
    pub fn slots_of(&self, texts: &[usize], work: &mut Work) -> Result<SlotSet, IndexError> {
        let mut found = Vec::new();
        for beside in texts.chunk_by(|a, b| a + 1 == *b) {
            found.extend_from_slice(self.slots(beside[0]..beside[beside.len() - 1] + 1)?);
        }
        work.visited += found.len() as u64;
        Ok(slot_set(found, work))
    }

    /// Checks that each text has slots, which ascend, and that no slot has two texts.
    pub fn verify(&self) -> Result<(), IndexError> {
        let mut seen = vec![false; self.segment as usize];
        for text in 0..self.texts() {
            let slots = self.slots(text..text + 1)?;
            if slots.is_empty() || slots.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(damaged(NAME, "a text without slots, or slots that do not ascend"));
            }
            for slot in slots {
                if std::mem::replace(&mut seen[*slot as usize], true) {
                    return Err(damaged(NAME, "a slot with two texts"));
                }
            }
        }
        if self.run(0..self.texts())? == (0..self.all() as usize) {
            Ok(())
        } else {
            Err(damaged(NAME, "slots of no text"))
        }
    }
}
