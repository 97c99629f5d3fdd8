//! From ranks to slots: collecting a short run, putting a long one together from prefix bitmaps.

use std::ops::Range;

use crate::index::{
    IndexError, Slot, SlotSet, Work,
    search::{damaged, sort_slots},
};

use super::{
    NAME,
    field::{Answer, SortedField},
};

/// A rank that says that the slot has no value.
pub(super) const NO_RANK: u32 = u32::MAX;
/// Words that cost as much to look at as one slot costs to collect and sort.
const WORDS_PER_SLOT: usize = 8;

/// How a run of ranks becomes a set of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Copy the slots and sort them.
    Collect,
    /// Set a bit for each.
    SetBits,
    /// Start from the difference of two prefix bitmaps (0 is the empty one) and correct both ends.
    Prefixes(u32, u32),
}

impl SortedField {
    /// The slots of an answer.
    pub fn slots_of(&self, answer: &Answer, work: &mut Work) -> Result<SlotSet, IndexError> {
        match answer {
            Answer::Ranks(runs, _) => {
                let sets: Result<Vec<SlotSet>, IndexError> =
                    runs.iter().map(|run| self.slots_of_run(run.clone(), work)).collect();
                Ok(SlotSet::or_all(&sets?.iter().collect::<Vec<_>>(), work))
            }
            Answer::Missing => {
                let ranked = self.slots_of_run(0..self.ranked(), work)?;
                Ok(SlotSet::all(self.slots).and_not(&ranked, work))
            }
        }
    }

    /// Those of `within` that are in an answer, when looking at their ranks is cheaper than making the answer.
    pub fn slots_within(
        &self,
        answer: &Answer,
        within: &SlotSet,
        work: &mut Work,
    ) -> Result<Option<SlotSet>, IndexError> {
        #[allow(clippy::cast_precision_loss, reason = "a cost is a rough number")]
        let cost_here = within.len() as f64 * 4.0;
        if cost_here > self.cost(answer) {
            return Ok(None);
        }
        work.visited += within.len();
        let mut kept = Vec::new();
        for slot in within.iter().filter(|slot| slot.0 < self.slots) {
            let rank = self.rank(slot)?;
            let inside = match answer {
                Answer::Ranks(runs, _) => {
                    let after = runs.partition_point(|run| run.end <= rank);
                    runs.get(after).is_some_and(|run| run.contains(&rank))
                }
                Answer::Missing => rank == NO_RANK,
            };
            if inside {
                kept.push(slot.0);
            }
        }
        Ok(Some(SlotSet::from_ascending(kept)))
    }

    /// Nanoseconds to make the slots of an answer, roughly.
    #[allow(clippy::cast_precision_loss, reason = "a cost is a rough number")]
    pub fn cost(&self, answer: &Answer) -> f64 {
        match answer {
            Answer::Ranks(runs, _) => runs.iter().map(|run| self.run_cost(run)).sum(),
            Answer::Missing => self.run_cost(&(0..self.ranked())) + self.bitmap_words() as f64,
        }
    }

    /// Nanoseconds to make the slots of a run, roughly.
    #[allow(clippy::cast_precision_loss, reason = "a cost is a rough number")]
    pub fn run_cost(&self, run: &Range<u32>) -> f64 {
        let (words, length) = (self.bitmap_words() as f64, f64::from(run.end - run.start));
        match self.way(run) {
            Way::Collect => 100.0 + 15.0 * length,
            Way::SetBits => 200.0 + words + 2.0 * length,
            Way::Prefixes(from, to) => {
                let corrections = run.start.abs_diff(self.boundary(from)) + run.end.abs_diff(self.boundary(to));
                200.0 + words + 2.0 * f64::from(corrections)
            }
        }
    }

    /// The rank of a slot.
    pub fn rank(&self, slot: Slot) -> Result<u32, IndexError> {
        let at = slot.0 as usize;
        match self.ranks.array::<u32>(at..at + 1)? {
            [rank] => Ok(*rank),
            _ => Err(damaged(NAME, "a slot past the end")),
        }
    }

    /// The slots of some ranks, in rank order.
    pub fn by_rank(&self, run: Range<u32>) -> Result<&[u32], IndexError> {
        Ok(self.by_rank.array::<u32>(run.start as usize..run.end as usize)?)
    }

    /// The slots of a run of ranks.
    pub fn slots_of_run(&self, run: Range<u32>, work: &mut Work) -> Result<SlotSet, IndexError> {
        if run.start == 0 && run.end == self.slots {
            return Ok(SlotSet::all(self.slots));
        }
        match self.way(&run) {
            Way::Collect => self.collect(run, work),
            Way::SetBits => {
                let mut words = vec![0; self.bitmap_words()];
                work.visited += words.len() as u64;
                self.correct(&mut words, run, true, work)?;
                Ok(SlotSet::from_bitmap(words))
            }
            Way::Prefixes(from, to) => self.by_prefixes(run, from, to, work),
        }
    }

    fn way(&self, run: &Range<u32>) -> Way {
        let length = (run.end - run.start) as usize;
        if length * WORDS_PER_SLOT < self.bitmap_words() || length < 64 {
            return Way::Collect;
        }
        let Some(step) = self.step() else { return Way::SetBits };
        let nearest = |rank: u32| ((rank + step / 2) / step).min(self.prefix_count());
        let (from, to) =
            (nearest(run.start), if run.end == self.ranked() { self.prefix_count() } else { nearest(run.end) });
        if from < to { Way::Prefixes(from, to) } else { Way::SetBits }
    }

    /// Copies slots; those of one value already ascend.
    fn collect(&self, run: Range<u32>, work: &mut Work) -> Result<SlotSet, IndexError> {
        let mut slots = self.by_rank(run)?.to_vec();
        work.visited += slots.len() as u64;
        sort_slots(&mut slots, work);
        if slots.last().is_some_and(|last| *last >= self.slots) || slots.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(damaged(NAME, "slots past the segment's end, or twice"));
        }
        Ok(SlotSet::from_sorted(slots))
    }

    fn by_prefixes(&self, run: Range<u32>, from: u32, to: u32, work: &mut Work) -> Result<SlotSet, IndexError> {
        let mut words = self.prefix_bitmap(to)?.to_vec();
        work.visited += words.len() as u64;
        if from > 0 {
            work.visited += words.len() as u64;
            for (word, without) in words.iter_mut().zip(self.prefix_bitmap(from)?) {
                *word &= !without;
            }
        }
        let (start, end) = (self.boundary(from), self.boundary(to));
        // At either end the boundary lies inside of the run, and slots are added, or outside, and slots are taken away.
        self.correct(&mut words, start..run.start, false, work)?;
        self.correct(&mut words, run.start..start, true, work)?;
        self.correct(&mut words, run.end..end, false, work)?;
        self.correct(&mut words, end..run.end, true, work)?;
        Ok(SlotSet::from_bitmap(words))
    }

    /// Sets or clears the bits of some ranks' slots; nothing for a reversed range.
    fn correct(&self, words: &mut [u64], ranks: Range<u32>, set: bool, work: &mut Work) -> Result<(), IndexError> {
        if ranks.is_empty() {
            return Ok(());
        }
        let slots = self.by_rank(ranks)?;
        work.visited += slots.len() as u64;
        for slot in slots {
            let bit = 1u64 << (slot & 63);
            match words.get_mut((slot >> 6) as usize) {
                Some(word) if set => *word |= bit,
                Some(word) => *word &= !bit,
                None => return Err(damaged(NAME, "a slot past the segment's end")),
            }
        }
        Ok(())
    }

    /// The number of prefix bitmaps.
    pub fn prefix_count(&self) -> u32 {
        let bytes = (self.bitmap_words() * 8).max(1);
        u32::try_from(self.prefixes.len() / bytes).unwrap_or(0)
    }

    /// Ranks from one prefix bitmap to the next; `None` when there are none.
    fn step(&self) -> Option<u32> {
        let count = self.prefix_count();
        (count > 0).then(|| self.ranked().div_ceil(count).max(1))
    }

    /// The ranks that a prefix bitmap holds are those below this one.
    pub(super) fn boundary(&self, prefix: u32) -> u32 {
        self.step().map_or(0, |step| step.saturating_mul(prefix)).min(self.ranked())
    }

    /// A prefix bitmap, from 1.
    pub(super) fn prefix_bitmap(&self, prefix: u32) -> Result<&[u64], IndexError> {
        let words = self.bitmap_words();
        let end = prefix as usize * words;
        Ok(self.prefixes.array::<u64>(end - words..end)?)
    }
}
