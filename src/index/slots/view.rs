//! One chunk of 65,536 slots, whatever set it comes from.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Slots in one chunk.
pub(super) const CHUNK: u32 = 1 << 16;
/// Words of one chunk's bitset.
pub(super) const CHUNK_WORDS: usize = 1 << 10;

/// Consecutive slots of one chunk, both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Run {
    pub start: u16,
    pub last: u16,
}

/// The slots of one chunk by their low halves. Never empty, except for bits.
#[derive(Clone, Copy, Debug)]
pub(super) enum View<'a> {
    /// Ascending low halves.
    Narrow(&'a [u16]),
    /// Ascending whole slots, all of this chunk.
    Wide(&'a [u32]),
    /// One run.
    Run(Run),
    /// Ascending runs that neither overlap nor touch.
    Runs(&'a [Run]),
    /// Words of the chunk's bitset; `words[0]` is its word number `first`.
    Bits { first: usize, words: &'a [u64] },
}

/// A slot or a low half: what an array's element says about its place in the chunk.
pub(super) trait Low: Copy {
    /// The low sixteen bits.
    fn low(self) -> u16;
}

impl Low for u16 {
    #[inline]
    fn low(self) -> u16 {
        self
    }
}

impl Low for u32 {
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
    fn low(self) -> u16 {
        self as u16
    }
}

impl View<'_> {
    /// Whether a low half is in the chunk.
    #[inline]
    pub fn contains(&self, low: u16) -> bool {
        match self {
            Self::Narrow(slots) => slots.binary_search(&low).is_ok(),
            Self::Wide(slots) => slots.binary_search_by_key(&low, |slot| slot.low()).is_ok(),
            Self::Run(run) => run.start <= low && low <= run.last,
            Self::Runs(runs) => {
                let after = runs.partition_point(|run| run.start <= low);
                after > 0 && low <= runs[after - 1].last
            }
            Self::Bits { first, words } => bit(words, *first, low),
        }
    }

    /// The smallest low half.
    pub fn first(&self) -> Option<u16> {
        match self {
            Self::Narrow(slots) => slots.first().copied(),
            Self::Wide(slots) => slots.first().map(|slot| slot.low()),
            Self::Run(run) => Some(run.start),
            Self::Runs(runs) => runs.first().map(|run| run.start),
            Self::Bits { first, words } => {
                let at = words.iter().position(|word| *word != 0)?;
                Some(low_of(first + at, words[at].trailing_zeros()))
            }
        }
    }

    /// The greatest low half.
    pub fn last(&self) -> Option<u16> {
        match self {
            Self::Narrow(slots) => slots.last().copied(),
            Self::Wide(slots) => slots.last().map(|slot| slot.low()),
            Self::Run(run) => Some(run.last),
            Self::Runs(runs) => runs.last().map(|run| run.last),
            Self::Bits { first, words } => {
                let at = words.iter().rposition(|word| *word != 0)?;
                Some(low_of(first + at, words[at].ilog2()))
            }
        }
    }
}

/// Whether a bit is set in a part of a chunk's bitset.
#[inline]
pub(super) fn bit(words: &[u64], first: usize, low: u16) -> bool {
    let word = usize::from(low >> 6).wrapping_sub(first);
    words.get(word).is_some_and(|word| word >> (low & 63) & 1 == 1)
}

/// The low half that a bit of a chunk's bitset stands for.
#[allow(clippy::cast_possible_truncation, reason = "a chunk has 1,024 words")]
fn low_of(word: usize, bit: u32) -> u16 {
    (word as u16) << 6 | bit as u16
}
