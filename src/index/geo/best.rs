//! The nearest points so far.

use std::collections::BinaryHeap;

use super::grid::no_farther_than;

/// Collects positions whose grid distance may be among the k smallest.
///
/// Everything that the grid cannot tell from the k-th stays in, so the exact distances have the last word.
#[derive(Debug)]
pub(super) struct Best {
    k: usize,
    /// No wanted point has a greater square.
    limit: f32,
    /// The k smallest squares, the greatest on top, as bits: they order as squares do, which are not negative.
    smallest: BinaryHeap<u32>,
    found: Vec<(f32, u32)>,
    /// When so many are found, those beyond the limit are dropped.
    cut_at: usize,
}

impl Best {
    /// Of points whose square is at most `limit`, the k smallest. `k` is not zero.
    pub(super) fn new(k: usize, limit: f32) -> Self {
        let (k, room) = (k.max(1), k.clamp(8, 1_024));
        let (smallest, found) = (BinaryHeap::with_capacity(room), Vec::with_capacity(4 * room));
        Self { k, limit, smallest, found, cut_at: next_cut(k) }
    }

    #[inline(always)]
    pub(super) fn limit(&self) -> f32 {
        self.limit
    }

    #[inline(always)]
    pub(super) fn offer(&mut self, square: f32, position: usize) {
        if square > self.limit {
            return;
        }
        self.found.push((square, position as u32));
        let square = square.to_bits();
        if self.smallest.len() < self.k {
            self.smallest.push(square);
        } else if let Some(mut kth) = self.smallest.peek_mut()
            && square < *kth
        {
            *kth = square;
        }
    }

    /// Lowers the limit by what has been offered since. Call after every leaf that something was offered of.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        if self.smallest.len() < self.k {
            return;
        }
        if let Some(kth) = self.smallest.peek() {
            self.limit = self.limit.min(no_farther_than(f32::from_bits(*kth)));
        }
        if self.found.len() >= self.cut_at {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let limit = self.limit;
        self.found.retain(|&(square, _)| square <= limit);
        // Amortized also when thousands of points are equally near.
        self.cut_at = next_cut(self.found.len().max(self.k));
    }

    /// The positions that may be among the k nearest: at least min(k, offered within the limit).
    pub(super) fn finish(mut self) -> Vec<(f32, u32)> {
        self.settle();
        self.cut();
        self.found
    }
}

fn next_cut(kept: usize) -> usize {
    kept.saturating_mul(4).saturating_add(16)
}
