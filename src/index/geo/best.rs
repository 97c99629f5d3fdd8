//! The nearest points so far.

use super::grid::no_farther_than;

/// Collects positions whose grid distance may be among the k smallest.
///
/// Everything that the grid cannot tell from the k-th stays in, so the exact distances have the last word.
#[derive(Debug)]
pub(super) struct Best {
    k: usize,
    /// No wanted point has a greater square.
    limit: f32,
    found: Vec<(f32, u32)>,
    /// When so many are found, the limit is lowered and the list cut.
    cut_at: usize,
}

impl Best {
    /// Of points whose square is at most `limit`, the k smallest. `k` is not zero.
    pub(super) fn new(k: usize, limit: f32) -> Self {
        let k = k.max(1);
        let cut_at = next_cut(k);
        Self { k, limit, found: Vec::with_capacity(cut_at.min(64) + 16), cut_at }
    }

    #[inline]
    pub(super) fn limit(&self) -> f32 {
        self.limit
    }

    #[inline]
    pub(super) fn offer(&mut self, square: f32, position: usize) {
        if square <= self.limit {
            self.found.push((square, position as u32));
        }
    }

    /// Lowers the limit when enough has been offered since. Call after every leaf.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.found.len() >= self.cut_at {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.found.len() < self.k {
            return;
        }
        let (_, &mut (kth, _), _) = self.found.select_nth_unstable_by(self.k - 1, |a, b| a.0.total_cmp(&b.0));
        self.limit = self.limit.min(no_farther_than(kth));
        let limit = self.limit;
        self.found.retain(|&(square, _)| square <= limit);
        // Amortized also when thousands of points are equally near.
        self.cut_at = next_cut(self.found.len().max(self.k));
    }

    /// The positions that may be among the k nearest: at least min(k, offered within the limit).
    pub(super) fn finish(mut self) -> Vec<(f32, u32)> {
        self.cut();
        self.found
    }
}

fn next_cut(kept: usize) -> usize {
    kept.saturating_add(kept / 4 + 1)
}
