//! Many slots in memory: one bit a slot, from the first word that has one to the last.

use std::sync::Arc;

/// Bits of the slots from `first_word * 64` on. At least one bit is set in the first word and in the last.
#[derive(Clone, Debug)]
pub(super) struct Bitmap {
    first_word: u32,
    count: u64,
    words: Arc<Vec<u64>>,
}

impl Bitmap {
    /// A bitmap over words whose first and last are not zero, and that hold `count` bits.
    pub fn new(first_word: u32, words: Vec<u64>, count: u64) -> Self {
        debug_assert!(words.first().is_some_and(|word| *word != 0) && words.last().is_some_and(|word| *word != 0));
        Self { first_word, count, words: Arc::new(words) }
    }

    /// Whether both share one memory.
    pub fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.words, &other.words)
    }

    pub fn len(&self) -> u64 {
        self.count
    }

    pub fn first_word(&self) -> u32 {
        self.first_word
    }

    pub fn words(&self) -> &[u64] {
        &self.words
    }

    pub fn first(&self) -> u32 {
        self.first_word * 64 + self.words.first().map_or(0, |word| word.trailing_zeros())
    }

    pub fn last(&self) -> u32 {
        let words = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        (self.first_word + words - 1) * 64 + self.words.last().map_or(0, |word| 63 - word.leading_zeros())
    }

    #[inline]
    pub fn contains(&self, slot: u32) -> bool {
        let word = (slot >> 6).wrapping_sub(self.first_word) as usize;
        self.words.get(word).is_some_and(|word| word >> (slot & 63) & 1 == 1)
    }
}
