//! The best k so far.

use crate::index::Slot;

/// The nearest slots found, nearest first, ties by slot.
#[derive(Debug)]
pub(super) struct Hits {
    k: usize,
    /// Hits farther than this are not wanted.
    bound: f64,
    found: Vec<(f64, Slot)>,
}

impl Hits {
    /// No hits yet.
    pub(super) fn new(k: usize, bound: f64) -> Self {
        Self { k, bound, found: Vec::with_capacity(k.min(1024) + 1) }
    }

    /// Takes a slot if it is among the nearest k so far.
    #[inline]
    pub(super) fn offer(&mut self, distance: f64, slot: Slot) {
        let hit = (distance, slot);
        if distance > self.bound || self.is_full() && self.found.last().is_some_and(|last| !before(&hit, last)) {
            return;
        }
        let at = self.found.partition_point(|known| before(known, &hit));
        self.found.insert(at, hit);
        self.found.truncate(self.k);
    }

    /// A slot at a greater distance than this is no hit any more.
    pub(super) fn limit(&self) -> f64 {
        match self.found.last() {
            Some((distance, _)) if self.is_full() => *distance,
            _ => self.bound,
        }
    }

    /// Whether there are k.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.k
    }

    /// How many are wanted.
    pub(super) fn wanted(&self) -> usize {
        self.k
    }

    /// No hits yet, for the same question.
    pub(super) fn like(&self) -> Self {
        Self::new(self.k, self.bound)
    }

    /// Takes the hits of another part of the same search.
    pub(super) fn merge(mut self, other: Self) -> Self {
        other.found.into_iter().for_each(|(distance, slot)| self.offer(distance, slot));
        self
    }

    /// The hits as the contract wants them.
    pub(super) fn into_pairs(self) -> Vec<(Slot, f64)> {
        self.found.into_iter().map(|(distance, slot)| (slot, distance)).collect()
    }
}

fn before(a: &(f64, Slot), b: &(f64, Slot)) -> bool {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).is_lt()
}
