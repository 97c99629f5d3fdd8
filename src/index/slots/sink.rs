//! Where the result of an operation goes: into a count, an array or a bitmap.

use super::{
    Repr, SlotSet,
    bitmap::Bitmap,
    view::{Low, View},
};

/// Whether so many slots between two are better kept as a bitmap: it is then at most as large as an array, and its words are fewer
/// than its elements.
pub(super) const fn is_dense(count: u64, first: u32, last: u32) -> bool {
    count >= 64 && count * 32 >= last.saturating_sub(first) as u64
}

/// Takes slots in ascending order.
pub(super) trait Sink {
    /// One slot, if `keep`: written so that no branch is needed.
    fn push_if(&mut self, slot: u32, keep: bool);
    /// The slots `first..=last`.
    fn push_run(&mut self, first: u32, last: u32);
    /// The set bits of a word, the lowest of which stands for slot `base` (a multiple of 64).
    fn push_word(&mut self, base: u32, word: u64);

    /// One slot.
    #[inline]
    fn push(&mut self, slot: u32) {
        self.push_if(slot, true);
    }

    /// A whole chunk that starts at slot `base`; returns what was visited.
    fn push_view(&mut self, base: u32, view: View<'_>) -> u64 {
        match view {
            View::Narrow(slots) => {
                slots.iter().for_each(|low| self.push(base | u32::from(*low)));
                slots.len() as u64
            }
            View::Wide(slots) => {
                slots.iter().for_each(|slot| self.push(*slot));
                slots.len() as u64
            }
            View::Run(run) => {
                self.push_run(base | u32::from(run.start), base | u32::from(run.last));
                1
            }
            View::Runs(runs) => {
                runs.iter().for_each(|run| self.push_run(base | u32::from(run.start), base | u32::from(run.last)));
                runs.len() as u64
            }
            View::Bits { first, words } => {
                words.iter().zip(first..).for_each(|(word, at)| self.push_word(base + word_base(at), *word));
                words.len() as u64
            }
        }
    }
}

/// The slot, counted from its chunk's first, that a word of a chunk's bitset starts with.
#[allow(clippy::cast_possible_truncation, reason = "a chunk has 1,024 words")]
pub(super) const fn word_base(word: usize) -> u32 {
    (word as u32) << 6
}

/// Counts.
#[derive(Debug, Default)]
pub(super) struct Counter(pub u64);

impl Sink for Counter {
    #[inline]
    fn push_if(&mut self, _slot: u32, keep: bool) {
        self.0 += u64::from(keep);
    }
    #[inline]
    fn push_run(&mut self, first: u32, last: u32) {
        self.0 += u64::from(last.saturating_sub(first)) + 1;
    }
    #[inline]
    fn push_word(&mut self, _base: u32, word: u64) {
        self.0 += u64::from(word.count_ones());
    }
}

impl Sink for Vec<u32> {
    #[inline]
    fn push_if(&mut self, slot: u32, keep: bool) {
        if keep {
            self.push(slot);
        }
    }
    #[inline]
    fn push_run(&mut self, first: u32, last: u32) {
        self.extend(first..=last);
    }
    #[inline]
    fn push_word(&mut self, base: u32, mut word: u64) {
        while word != 0 {
            self.push(base + word.trailing_zeros());
            word &= word - 1;
        }
    }
}

/// A bitmap under construction. Slots may come in any order, more than once.
#[derive(Debug)]
pub(super) struct Words {
    first_word: u32,
    words: Vec<u64>,
}

impl Words {
    /// No slot yet, room for `first..=last`.
    pub fn spanning(first: u32, last: u32) -> Self {
        Self { first_word: first >> 6, words: vec![0; (last >> 6).saturating_sub(first >> 6) as usize + 1] }
    }

    /// These words, the first of which stands for slot `first_word * 64`.
    pub fn of(first_word: u32, words: Vec<u64>) -> Self {
        Self { first_word, words }
    }

    /// Adds a slot of the span.
    #[inline]
    pub fn insert(&mut self, slot: u32) {
        if let Some(word) = self.words.get_mut((slot >> 6).wrapping_sub(self.first_word) as usize) {
            *word |= 1 << (slot & 63);
        }
    }

    /// Removes all slots of a chunk that starts at slot `base`; returns what was visited.
    pub fn clear_view(&mut self, base: u32, view: View<'_>) -> u64 {
        match view {
            View::Narrow(slots) => slots.iter().for_each(|low| self.mask(base | u32::from(*low), !(1 << (low & 63)))),
            View::Wide(slots) => slots.iter().for_each(|slot| self.mask(*slot, !(1 << (slot & 63)))),
            View::Run(run) => self.clear_run(base | u32::from(run.start), base | u32::from(run.last)),
            View::Runs(runs) => {
                for run in runs {
                    self.clear_run(base | u32::from(run.start), base | u32::from(run.last));
                }
            }
            View::Bits { first, words } => {
                words.iter().zip(first..).for_each(|(word, at)| self.mask(base + word_base(at), !word));
            }
        }
        match view {
            View::Narrow(slots) => slots.len() as u64,
            View::Wide(slots) => slots.len() as u64,
            View::Run(_) => 1,
            View::Runs(runs) => runs.len() as u64,
            View::Bits { words, .. } => words.len() as u64,
        }
    }

    fn clear_run(&mut self, first: u32, last: u32) {
        for_words_of_run(first, last, |slot, bits| self.mask(slot, !bits));
    }

    /// ANDs the word of a slot with a mask; a word outside of the span stays out.
    #[inline]
    fn mask(&mut self, slot: u32, mask: u64) {
        if let Some(word) = self.words.get_mut((slot >> 6).wrapping_sub(self.first_word) as usize) {
            *word &= mask;
        }
    }

    /// The set, in the representation that suits it.
    pub fn finish(self) -> SlotSet {
        let count: u64 = self.words.iter().map(|word| u64::from(word.count_ones())).sum();
        let Some((low, high)) = self.nonzero() else { return SlotSet::empty() };
        let bitmap = self.bitmap(low, high, count);
        let (first, last) = (bitmap.first(), bitmap.last());
        if count == u64::from(last - first) + 1 {
            SlotSet(Repr::Range(first, last))
        } else if is_dense(count, first, last) {
            SlotSet(Repr::Bitmap(bitmap))
        } else {
            let set = SlotSet(Repr::Bitmap(bitmap));
            SlotSet(Repr::Array(set.iter().map(|slot| slot.0).collect()))
        }
    }

    /// The set as a bitmap even where another representation would be smaller.
    pub fn finish_as_bitmap(self) -> SlotSet {
        let count = self.words.iter().map(|word| u64::from(word.count_ones())).sum();
        let Some((low, high)) = self.nonzero() else { return SlotSet::empty() };
        SlotSet(Repr::Bitmap(self.bitmap(low, high, count)))
    }

    fn nonzero(&self) -> Option<(usize, usize)> {
        let low = self.words.iter().position(|word| *word != 0)?;
        let high = self.words.iter().rposition(|word| *word != 0)?;
        Some((low, high))
    }

    fn bitmap(mut self, low: usize, high: usize, count: u64) -> Bitmap {
        self.words.truncate(high + 1);
        let first_word = self.first_word + u32::try_from(low).unwrap_or(u32::MAX);
        self.words.drain(..low);
        Bitmap::new(first_word, self.words, count)
    }
}

impl Sink for Words {
    #[inline]
    fn push_if(&mut self, slot: u32, keep: bool) {
        if let Some(word) = self.words.get_mut((slot >> 6).wrapping_sub(self.first_word) as usize) {
            *word |= u64::from(keep) << (slot & 63);
        }
    }
    fn push_run(&mut self, first: u32, last: u32) {
        for_words_of_run(first, last, |slot, bits| self.push_word(slot, bits));
    }
    #[inline]
    fn push_word(&mut self, base: u32, bits: u64) {
        if let Some(word) = self.words.get_mut((base >> 6).wrapping_sub(self.first_word) as usize) {
            *word |= bits;
        }
    }
}

/// The words that a run of slots covers: a slot of each, and the run's bits in it.
#[inline]
pub(super) fn for_words_of_run(first: u32, last: u32, mut visit: impl FnMut(u32, u64)) {
    for word in first >> 6..=last >> 6 {
        let mut bits = u64::MAX;
        if word == first >> 6 {
            bits &= u64::MAX << (first & 63);
        }
        if word == last >> 6 {
            bits &= u64::MAX >> (63 - (last & 63));
        }
        visit(word << 6, bits);
    }
}

/// The low half of a word's first slot.
#[inline]
pub(super) fn low_of_word(word: usize) -> u16 {
    word_base(word).low()
}
