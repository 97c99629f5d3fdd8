//! The slots of a set, one by one.

use super::{
    Slot, SlotSet,
    cursor::{Cursor, gallop},
    sink::word_base,
    view::{CHUNK, Low, Run, View},
};

/// Ascending slots of a [`SlotSet`].
#[derive(Clone, Debug)]
pub struct SlotIter<'a> {
    chunks: Cursor<'a>,
    base: u32,
    left: Left<'a>,
}

/// What is left of the current chunk.
#[derive(Clone, Debug)]
enum Left<'a> {
    Narrow(&'a [u16]),
    Wide(&'a [u32]),
    /// The current run, then others. A run whose start is past its end is used up.
    Runs(u32, u32, &'a [Run]),
    /// The rest of a word, the number of the word after it, and the words from there on.
    Bits(u64, usize, &'a [u64]),
}

impl<'a> SlotIter<'a> {
    pub(super) fn new(set: &'a SlotSet) -> Self {
        Self { chunks: set.cursor(), base: 0, left: Left::Narrow(&[]) }
    }

    /// Skips all slots below `slot`, by whole chunks and then inside of one.
    pub fn skip_to(&mut self, slot: u32) {
        let (key, low) = (slot / CHUNK, slot.low());
        if self.base / CHUNK < key || self.left.is_empty() {
            self.left = Left::Narrow(&[]);
            self.chunks.seek(key);
            if !self.load() {
                return;
            }
        }
        if self.base / CHUNK == key {
            self.left.skip_to(low);
        }
    }

    /// Takes up to `count` slots into a list, in less time than one by one. Fewer only at the end.
    pub fn take_into(&mut self, count: usize, taken: &mut Vec<Slot>) {
        let mut left = count;
        while left > 0 {
            let before = taken.len();
            self.left.take_into(self.base, left, taken);
            left -= taken.len() - before;
            if taken.len() == before && !self.load() {
                return;
            }
        }
    }

    /// Takes up the next chunk.
    fn load(&mut self) -> bool {
        let Some((key, view)) = self.chunks.next() else { return false };
        self.base = key * CHUNK;
        self.left = match view {
            View::Narrow(slots) => Left::Narrow(slots),
            View::Wide(slots) => Left::Wide(slots),
            View::Run(run) => Left::Runs(u32::from(run.start), u32::from(run.last), &[]),
            View::Runs(runs) => Left::Runs(1, 0, runs),
            View::Bits { first, words } => Left::Bits(0, first, words),
        };
        true
    }
}

impl Iterator for SlotIter<'_> {
    type Item = Slot;

    #[inline]
    fn next(&mut self) -> Option<Slot> {
        loop {
            if let Some(low) = self.left.next() {
                return Some(Slot(self.base | low));
            }
            if !self.load() {
                return None;
            }
        }
    }
}

impl Left<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::Narrow(slots) => slots.is_empty(),
            Self::Wide(slots) => slots.is_empty(),
            Self::Runs(start, last, runs) => start > last && runs.is_empty(),
            Self::Bits(word, _, words) => *word == 0 && words.is_empty(),
        }
    }

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Narrow(slots) => {
                let (first, rest) = slots.split_first()?;
                *slots = rest;
                Some(u32::from(*first))
            }
            Self::Wide(slots) => {
                let (first, rest) = slots.split_first()?;
                *slots = rest;
                Some(u32::from(first.low()))
            }
            Self::Runs(start, last, runs) => {
                if start > last {
                    let (run, rest) = runs.split_first()?;
                    (*start, *last, *runs) = (u32::from(run.start), u32::from(run.last), rest);
                }
                *start += 1;
                Some(*start - 1)
            }
            Self::Bits(word, next, words) => {
                while *word == 0 {
                    let (first, rest) = words.split_first()?;
                    (*word, *words) = (*first, rest);
                    *next += 1;
                }
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                Some(word_base(*next - 1) + bit)
            }
        }
    }

    fn take_into(&mut self, base: u32, count: usize, taken: &mut Vec<Slot>) {
        match self {
            Self::Narrow(slots) => {
                let (first, rest) = slots.split_at(count.min(slots.len()));
                taken.extend(first.iter().map(|low| Slot(base | u32::from(*low))));
                *slots = rest;
            }
            Self::Wide(slots) => {
                let (first, rest) = slots.split_at(count.min(slots.len()));
                taken.extend(first.iter().map(|slot| Slot(base | u32::from(slot.low()))));
                *slots = rest;
            }
            Self::Runs(start, last, _) if *start <= *last => {
                let end = (*last + 1).min(start.saturating_add(u32::try_from(count).unwrap_or(u32::MAX)));
                taken.extend((*start..end).map(|low| Slot(base | low)));
                *start = end;
            }
            Self::Bits(word, next, _) if *word != 0 && word.count_ones() as usize <= count => {
                let base = base | word_base(*next - 1);
                while *word != 0 {
                    taken.push(Slot(base + word.trailing_zeros()));
                    *word &= *word - 1;
                }
            }
            Self::Runs(..) | Self::Bits(..) => taken.extend(self.next().map(|low| Slot(base | low))),
        }
    }

    fn skip_to(&mut self, low: u16) {
        match self {
            Self::Narrow(slots) => *slots = &slots[gallop(slots, |slot| slot < low)..],
            Self::Wide(slots) => *slots = &slots[gallop(slots, |slot| slot.low() < low)..],
            Self::Runs(start, last, runs) => {
                if *last < u32::from(low) || start > last {
                    *runs = &runs[gallop(runs, |run| run.last < low)..];
                    (*start, *last) = (1, 0);
                    if let Some((run, rest)) = runs.split_first() {
                        (*start, *last, *runs) = (u32::from(run.start), u32::from(run.last), rest);
                    }
                }
                if *start <= *last {
                    *start = (*start).max(u32::from(low));
                }
            }
            Self::Bits(word, next, words) => {
                let target = usize::from(low >> 6);
                if target >= *next {
                    let skipped = (target - *next).min(words.len());
                    *words = &words[skipped..];
                    *next += skipped;
                    *word = 0;
                    let Some((first, rest)) = words.split_first() else { return };
                    (*word, *words) = (*first, rest);
                    *next += 1;
                }
                if *next == target + 1 {
                    *word &= u64::MAX << (low & 63);
                }
            }
        }
    }
}
