//! Which slots of a segment are meant?
//!
//! A [`SlotSet`] is what candidate sets and accept sets are made of: a sorted set of slots that is cheap to clone and never changes. It
//! picks its own representation, and the algebra works on any pair of them:
//!
//! | representation | when |
//! | --- | --- |
//! | nothing | no slot |
//! | range | consecutive slots (all of a segment, one owner's run) |
//! | array | few slots: sorted u32 |
//! | bitmap | many slots: one bit for each slot from the first to the last |
//! | postings | read in place from an index part: per 65,536 slots an array of u16, runs, or a bitset |
//!
//! Making one: [`SlotSet::empty`], [`SlotSet::all`], [`SlotSet::range`], [`SlotSet::from_sorted`], [`SlotSet::from_bitmap`],
//! [`SlotSet::from_roaring`], [`SlotSet::collect`]; on disk: [`SlotSet::to_postings`] and [`SlotSet::from_postings`]. Asking: `len`,
//! `is_empty`, `first`, `last`, `contains`, `iter`, `iter_range`. Combining: `and`, `or`, `and_not`, `and_all`, `or_all`, and without
//! making a set `and_len`, `and_all_len`, `or_len`, `and_not_len`. [`SlotSet::for_probing`] gives the same set in a form whose `contains` takes constant time.
//!
//! Every operation adds what it looked at to [`Work::visited`](super::Work): at most the elements of both sides together (a bitmap's
//! word counts as one, and it has fewer words than elements), nothing when a side is empty. Nothing is sorted, ever.

mod algebra;
mod bitmap;
mod cursor;
mod iter;
mod kernels;
mod postings;
mod sink;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use bitmap::Bitmap;
pub use iter::SlotIter;
use postings::Chunked;

/// A dense number of an object version inside one segment, in the segment's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// An immutable set of slots, ascending. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SlotSet(Repr);

/// How the slots are kept. Every variant but `Nothing` holds at least one slot.
#[derive(Clone, Debug, Default)]
enum Repr {
    #[default]
    Nothing,
    /// First and last slot, both inside.
    Range(u32, u32),
    /// Strictly ascending.
    Array(Arc<[u32]>),
    Bitmap(Bitmap),
    Chunked(Chunked),
}

impl SlotSet {
    /// No slot.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Repr::Nothing)
    }

    /// All slots of a segment: `0..slots`.
    #[must_use]
    pub const fn all(slots: u32) -> Self {
        Self::range(0, slots)
    }

    /// The slots `low..high`; empty when reversed.
    #[must_use]
    pub const fn range(low: u32, high: u32) -> Self {
        if low < high { Self(Repr::Range(low, high - 1)) } else { Self::empty() }
    }

    /// The slots of an array. It must ascend strictly; what does not is dropped in debug builds by an assertion.
    #[must_use]
    pub fn from_sorted(slots: Vec<u32>) -> Self {
        debug_assert!(slots.windows(2).all(|pair| pair[0] < pair[1]), "slots must ascend strictly");
        Self::from_ascending(slots)
    }

    /// [`SlotSet::from_sorted`] for what comes of other sets: it ascends if they do, which damaged postings need not.
    pub(crate) fn from_ascending(slots: Vec<u32>) -> Self {
        match (slots.first(), slots.last()) {
            (Some(&first), Some(&last))
                if last.checked_sub(first).map(|more| more as usize + 1) == Some(slots.len()) =>
            {
                Self(Repr::Range(first, last))
            }
            (Some(_), Some(_)) => Self(Repr::Array(slots.into())),
            _ => Self::empty(),
        }
    }

    /// The slots whose bit is set: bit `i % 64` of word `i / 64` is slot `i`.
    #[must_use]
    pub fn from_bitmap(words: Vec<u64>) -> Self {
        sink::Words::of(0, words).finish()
    }

    /// The slots of a roaring bitmap.
    #[must_use]
    pub fn from_roaring(slots: &roaring::RoaringBitmap) -> Self {
        let (Some(first), Some(last)) = (slots.min(), slots.max()) else { return Self::empty() };
        if slots.len() == u64::from(last - first) + 1 {
            return Self(Repr::Range(first, last));
        }
        if sink::is_dense(slots.len(), first, last) {
            let mut words = sink::Words::spanning(first, last);
            slots.iter().for_each(|slot| words.insert(slot));
            return words.finish();
        }
        Self::from_sorted(slots.iter().collect())
    }

    /// The slots of an iterator, which must ascend strictly.
    #[must_use]
    pub fn collect(slots: impl IntoIterator<Item = Slot>) -> Self {
        Self::from_sorted(slots.into_iter().map(|slot| slot.0).collect())
    }

    /// The number of slots. Counts nothing: it is known.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.0 {
            Repr::Nothing => 0,
            Repr::Range(first, last) => u64::from(last - first) + 1,
            Repr::Array(slots) => slots.len() as u64,
            Repr::Bitmap(bitmap) => bitmap.len(),
            Repr::Chunked(chunked) => chunked.len(),
        }
    }

    /// Whether there is no slot.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.0, Repr::Nothing)
    }

    /// The smallest slot.
    #[must_use]
    pub fn first(&self) -> Option<Slot> {
        match &self.0 {
            Repr::Nothing => None,
            Repr::Range(first, _) => Some(Slot(*first)),
            Repr::Array(slots) => slots.first().map(|slot| Slot(*slot)),
            Repr::Bitmap(bitmap) => Some(Slot(bitmap.first())),
            Repr::Chunked(chunked) => chunked.first().map(Slot),
        }
    }

    /// The greatest slot.
    #[must_use]
    pub fn last(&self) -> Option<Slot> {
        match &self.0 {
            Repr::Nothing => None,
            Repr::Range(_, last) => Some(Slot(*last)),
            Repr::Array(slots) => slots.last().map(|slot| Slot(*slot)),
            Repr::Bitmap(bitmap) => Some(Slot(bitmap.last())),
            Repr::Chunked(chunked) => chunked.last().map(Slot),
        }
    }

    /// Whether a slot is in the set. Constant time for ranges and bitmaps, logarithmic for arrays.
    #[must_use]
    #[inline]
    pub fn contains(&self, slot: Slot) -> bool {
        match &self.0 {
            Repr::Nothing => false,
            Repr::Range(first, last) => *first <= slot.0 && slot.0 <= *last,
            Repr::Array(slots) => slots.binary_search(&slot.0).is_ok(),
            Repr::Bitmap(bitmap) => bitmap.contains(slot.0),
            Repr::Chunked(chunked) => chunked.contains(slot.0),
        }
    }

    /// Whether the set holds every slot of `0..slots`.
    #[must_use]
    pub fn is_all(&self, slots: u32) -> bool {
        self.len() == u64::from(slots)
    }

    /// Whether this is a clone of a set, or reads the same memory: then it is equal. In constant time; equal sets may say no.
    #[must_use]
    pub fn is_clone_of(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Nothing, Repr::Nothing) => true,
            (Repr::Range(first, last), Repr::Range(other_first, other_last)) => {
                (first, last) == (other_first, other_last)
            }
            (Repr::Array(slots), Repr::Array(others)) => Arc::ptr_eq(slots, others),
            (Repr::Bitmap(bitmap), Repr::Bitmap(other)) => bitmap.is_clone_of(other),
            (Repr::Chunked(chunked), Repr::Chunked(other)) => chunked.is_clone_of(other),
            _ => false,
        }
    }

    /// The same set, kept so that [`SlotSet::contains`] takes constant time: for callers that probe at random, many times.
    #[must_use]
    pub fn for_probing(&self) -> Self {
        match &self.0 {
            Repr::Array(_) | Repr::Chunked(_) => {
                let mut words = sink::Words::spanning(self.lowest(), self.highest());
                self.cursor().fill(&mut words);
                words.finish_as_bitmap()
            }
            _ => self.clone(),
        }
    }

    /// The slots in ascending order.
    #[must_use]
    pub fn iter(&self) -> SlotIter<'_> {
        SlotIter::new(self)
    }

    /// The slots of `low..high` in ascending order, without touching those before.
    pub fn iter_range(&self, low: u32, high: u32) -> impl Iterator<Item = Slot> + '_ {
        let mut slots = self.iter();
        slots.skip_to(low);
        slots.take_while(move |slot| slot.0 < high)
    }

    /// `first` as a number, 0 when empty.
    fn lowest(&self) -> u32 {
        self.first().map_or(0, |slot| slot.0)
    }

    /// `last` as a number, 0 when empty.
    fn highest(&self) -> u32 {
        self.last().map_or(0, |slot| slot.0)
    }
}

impl PartialEq for SlotSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for SlotSet {}

impl<'a> IntoIterator for &'a SlotSet {
    type Item = Slot;
    type IntoIter = SlotIter<'a>;
    fn into_iter(self) -> SlotIter<'a> {
        self.iter()
    }
}

impl FromIterator<Slot> for SlotSet {
    /// The iterator must ascend strictly.
    fn from_iter<I: IntoIterator<Item = Slot>>(slots: I) -> Self {
        Self::collect(slots)
    }
}
