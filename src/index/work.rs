//! Counting what an answer cost.

use std::ops::AddAssign;

/// What one plan node did, so that tests bound work and `analyze` shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Elements of slot sets, tree nodes and graph nodes visited.
    pub visited: u64,
    /// Distances computed, on codes or originals.
    pub distances: u64,
    /// Objects whose bytes were read.
    pub fetched: u64,
    /// Slots that were put into order by comparing them: by an index that keeps them in another order, never by what merges them.
    pub sorted: u64,
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        self.visited += other.visited;
        self.distances += other.distances;
        self.fetched += other.fetched;
        self.sorted += other.sorted;
    }
}
