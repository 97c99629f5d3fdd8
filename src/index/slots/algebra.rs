//! Intersection, union and difference.

use std::cmp::Ordering;

use super::{
    Repr, SlotSet,
    kernels::{MARK_LEAST, intersect},
    sink::{Counter, Sink, Words, is_dense},
    view::{CHUNK, View},
};
use crate::index::Work;

impl SlotSet {
    /// The slots of both sets.
    #[must_use]
    pub fn and(&self, other: &Self, work: &mut Work) -> Self {
        if let Some(known) = self.and_if_covered(other) {
            return known;
        }
        let (first, last) = self.overlap(other);
        let most = self.len().min(other.len()).min(u64::from(last.saturating_sub(first)) + 1);
        if is_dense(most, first, last) {
            let mut words = Words::spanning(first, last);
            self.and_into(other, &mut words, work);
            words.finish()
        } else {
            let mut slots = Vec::new();
            self.and_into(other, &mut slots, work);
            Self::from_ascending(slots)
        }
    }

    /// The number of slots in both sets, without making the set.
    #[must_use]
    pub fn and_len(&self, other: &Self, work: &mut Work) -> u64 {
        if let Some(known) = self.and_if_covered(other) {
            return known.len();
        }
        let mut counter = Counter::default();
        self.and_into(other, &mut counter, work);
        counter.0
    }

    /// The slots of all sets, smallest set first; all of `0..slots` would be the answer for no set, which only the caller knows.
    #[must_use]
    pub fn and_all(sets: &[&Self], work: &mut Work) -> Option<Self> {
        let (last, rest) = Self::by_size(sets)?;
        Some(rest.into_iter().fold(last.clone(), |both, set| both.and(set, work)))
    }

    /// The number of slots in all sets; `None` for no set.
    #[must_use]
    pub fn and_all_len(sets: &[&Self], work: &mut Work) -> Option<u64> {
        let (smallest, mut rest) = Self::by_size(sets)?;
        let Some(largest) = rest.pop() else { return Some(smallest.len()) };
        let both = rest.into_iter().fold(smallest.clone(), |both, set| both.and(set, work));
        Some(both.and_len(largest, work))
    }

    /// The smallest set, and the others from small to large.
    fn by_size<'a>(sets: &[&'a Self]) -> Option<(&'a Self, Vec<&'a Self>)> {
        let mut sets = sets.to_vec();
        sets.sort_by_key(|set| set.len());
        (!sets.is_empty()).then(|| (sets.remove(0), sets))
    }

    /// The slots of either set.
    #[must_use]
    pub fn or(&self, other: &Self, work: &mut Work) -> Self {
        Self::or_all(&[self, other], work)
    }

    /// The slots of any of the sets.
    #[must_use]
    pub fn or_all(sets: &[&Self], work: &mut Work) -> Self {
        let sets: Vec<&Self> = sets.iter().copied().filter(|set| !set.is_empty()).collect();
        let (Some(first), Some(last)) =
            (sets.iter().map(|set| set.lowest()).min(), sets.iter().map(|set| set.highest()).max())
        else {
            return Self::empty();
        };
        let span = u64::from(last.saturating_sub(first)) + 1;
        if let Some(whole) = sets.iter().find(|set| set.len() == span) {
            return (*whole).clone();
        }
        if let [one] = sets[..] {
            return one.clone();
        }
        let count = sets.iter().map(|set| set.len()).sum();
        // Many short lists far apart would make a merge tree of many rounds; a bitmap takes them in one.
        if is_dense(count, first, last) || sets.len() > 8 && is_dense(count.saturating_mul(8), first, last) {
            let mut words = Words::spanning(first, last);
            for set in sets {
                work.visited += set.cursor().fill(&mut words);
            }
            return words.finish();
        }
        merge_tree(&sets, work)
    }

    /// The number of slots in either set, without making the set.
    #[must_use]
    pub fn or_len(&self, other: &Self, work: &mut Work) -> u64 {
        self.len() + other.len() - self.and_len(other, work)
    }

    /// The slots of this set that are not in the other.
    #[must_use]
    pub fn and_not(&self, other: &Self, work: &mut Work) -> Self {
        if self.is_empty() || other.is_empty() || self.is_apart(other) {
            return self.clone();
        }
        if other.covers(self) {
            return Self::empty();
        }
        let (first, last) = (self.lowest(), self.highest());
        if is_dense(self.len(), first, last) {
            let mut words = Words::spanning(first, last);
            work.visited += self.cursor().fill(&mut words);
            let mut others = other.cursor();
            others.seek(first / CHUNK);
            while others.key().is_some_and(|key| key <= last / CHUNK) {
                let Some((key, view)) = others.next() else { break };
                work.visited += words.clear_view(key * CHUNK, view);
            }
            return words.finish();
        }
        self.and_not_sparse(other, work)
    }

    /// The number of slots of this set that are not in the other.
    #[must_use]
    pub fn and_not_len(&self, other: &Self, work: &mut Work) -> u64 {
        self.len() - self.and_len(other, work)
    }

    /// Whether this is a range that holds every slot of the other.
    fn covers(&self, other: &Self) -> bool {
        matches!(self.0, Repr::Range(first, last) if first <= other.lowest() && other.highest() <= last)
    }

    /// Whether all slots of one set lie before those of the other.
    fn is_apart(&self, other: &Self) -> bool {
        self.highest() < other.lowest() || other.highest() < self.lowest()
    }

    /// The intersection where it takes no look at any element.
    fn and_if_covered(&self, other: &Self) -> Option<Self> {
        if self.is_empty() || other.is_empty() || self.is_apart(other) {
            Some(Self::empty())
        } else if other.covers(self) {
            Some(self.clone())
        } else if self.covers(other) {
            Some(other.clone())
        } else {
            None
        }
    }

    /// The span in which both sets have slots; both must have some, and they must not be apart.
    fn overlap(&self, other: &Self) -> (u32, u32) {
        (self.lowest().max(other.lowest()), self.highest().min(other.highest()))
    }

    fn and_into(&self, other: &Self, sink: &mut impl Sink, work: &mut Work) {
        if let (Repr::Array(left), Repr::Array(right)) = (&self.0, &other.0)
            && (is_thin(left) || is_thin(right))
        {
            work.visited += merge_arrays(left, right, sink);
            return;
        }
        let (mut left, mut right) = (self.cursor(), other.cursor());
        while let (Some(a), Some(b)) = (left.key(), right.key()) {
            match a.cmp(&b) {
                Ordering::Less => left.seek(b),
                Ordering::Greater => right.seek(a),
                Ordering::Equal => {
                    let (Some((key, left)), Some((_, right))) = (left.next(), right.next()) else { break };
                    work.visited += intersect(key * CHUNK, left, right, sink);
                }
            }
        }
    }

    /// The difference for a set with few slots: each looks itself up in the chunk of the other set.
    fn and_not_sparse(&self, other: &Self, work: &mut Work) -> Self {
        let (mut mine, mut others) = (self.cursor(), other.cursor());
        let mut slots: Vec<u32> = Vec::new();
        let mut shared: Vec<u32> = Vec::new();
        while let Some((key, view)) = mine.next() {
            others.seek(key);
            if others.key() != Some(key) {
                work.visited += slots.push_view(key * CHUNK, view);
                continue;
            }
            let Some((_, hidden)) = others.next() else { break };
            shared.clear();
            work.visited += intersect(key * CHUNK, view, hidden, &mut shared);
            push_without(key * CHUNK, view, &shared, &mut slots);
        }
        Self::from_ascending(slots)
    }
}

/// Pushes a chunk's slots except for some of them.
fn push_without(base: u32, view: View<'_>, except: &[u32], slots: &mut Vec<u32>) {
    let from = slots.len();
    slots.push_view(base, view);
    let mut except = except.iter().peekable();
    let mut kept = from;
    for at in from..slots.len() {
        if except.next_if(|slot| **slot == slots[at]).is_none() {
            slots[kept] = slots[at];
            kept += 1;
        }
    }
    slots.truncate(kept);
}

/// Whether an array has so few slots in each chunk that going chunk by chunk is not worth it.
fn is_thin(slots: &[u32]) -> bool {
    let chunks =
        slots.first().zip(slots.last()).map_or(1, |(first, last)| (last / CHUNK).saturating_sub(first / CHUNK) + 1);
    slots.len() < MARK_LEAST * chunks as usize
}

/// Intersects whole arrays: 32-bit slots need no chunks.
fn merge_arrays(left: &[u32], right: &[u32], sink: &mut impl Sink) -> u64 {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    if short.len() * 16 < long.len() {
        let (mut rest, mut visited) = (long, 0);
        for slot in short {
            let skipped = super::cursor::gallop(rest, |other| other < *slot);
            rest = &rest[skipped..];
            visited += 1 + u64::from((skipped + 1).ilog2());
            let Some(other) = rest.first() else { break };
            sink.push_if(*slot, other == slot);
        }
        return visited;
    }
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i], right[j]);
        sink.push_if(a, a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    (i + j) as u64
}

/// Unites sets that are far from dense: pairs, then pairs of pairs, so that k sets take log k rounds.
fn merge_tree(sets: &[&SlotSet], work: &mut Work) -> SlotSet {
    match sets {
        [] => SlotSet::empty(),
        [one] => (*one).clone(),
        [left, right] => merge_two(left, right, work),
        _ => {
            let (left, right) = sets.split_at(sets.len() / 2);
            let (left, right) = (merge_tree(left, work), merge_tree(right, work));
            merge_two(&left, &right, work)
        }
    }
}

fn merge_two(left: &SlotSet, right: &SlotSet, work: &mut Work) -> SlotSet {
    work.visited += left.len() + right.len();
    let mut slots = Vec::with_capacity(usize::try_from(left.len() + right.len()).unwrap_or(0));
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let (a, b) = (*a, *b);
        slots.push(a.min(b).0);
        left.next_if(|slot| *slot <= b);
        right.next_if(|slot| *slot <= a);
    }
    slots.extend(left.chain(right).map(|slot| slot.0));
    SlotSet::from_ascending(slots)
}
