//! A walk down a tree of boxes, the nearest child of each node first.

use super::{
    kernel::{Squares, nearest_of},
    tree::FANOUT,
};

/// A tree of 2^32 points or pieces has no more levels above its leaves.
pub(super) const MOST_LEVELS: usize = 8;

/// A node on the way down, and which of its children are still to be visited.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    pub level: usize,
    pub number: usize,
    pub open: u16,
    pub squares: Squares,
}

impl Step {
    /// The number of the next child, on the level below; `None` when what is left is farther than the limit.
    #[inline(always)]
    pub(super) fn next(&mut self, limit: f32) -> Option<usize> {
        if self.open == 0 {
            return None;
        }
        let (child, bound) = nearest_of(&self.squares, self.open);
        if bound > limit {
            return None;
        }
        self.open &= !(1 << child);
        Some(self.number * FANOUT + child)
    }
}
