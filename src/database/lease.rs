//! Which offsets are this handle's to give out?

use crate::{
    codec::sync::{Mutex, MutexGuard},
    storage::Lease,
};

use super::locked::lock;

/// Offsets that a handle leases at its first insert, and again when it runs low.
pub(super) const LEASE: u64 = 65_536;

/// Below this many, the next commit takes another lease along.
const LOW: u64 = LEASE / 4;

/// The offsets leased to this handle and not given out yet. Segment numbers come from here too.
#[derive(Debug, Default)]
pub(super) struct Allocator(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// Leased ranges in ascending order; offsets are given out from the first.
    ranges: Vec<Lease>,
    /// Whether this handle has given out anything: a handle that only reads or updates leases nothing.
    used: bool,
}

impl Allocator {
    /// `count` offsets in a row, or `None` when no leased range has so many left.
    pub fn take(&self, count: u64) -> Option<u64> {
        let mut held = self.held();
        held.used = true;
        let range = held.ranges.iter_mut().find(|range| range.count >= count)?;
        let first = range.first;
        range.first += count;
        range.count -= count;
        held.ranges.retain(|range| range.count > 0);
        Some(first)
    }

    /// A lease that has become durable.
    pub fn add(&self, lease: Lease) {
        self.held().ranges.push(lease);
    }

    /// How many offsets the next commit should lease: none as long as there are enough, or nothing was ever inserted here.
    pub fn wanted(&self) -> u64 {
        let held = self.held();
        let left: u64 = held.ranges.iter().map(|range| range.count).sum();
        if held.used && left < LOW { LEASE } else { 0 }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        lock(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_ascend_and_a_long_run_does_not_straddle_leases() {
        let allocator = Allocator::default();
        assert_eq!(allocator.wanted(), 0, "a handle that never inserted leases nothing");
        assert_eq!(allocator.take(1), None);
        assert_eq!(allocator.wanted(), LEASE);
        allocator.add(Lease { first: 10, count: 3 });
        allocator.add(Lease { first: 100, count: LEASE });
        assert_eq!(allocator.take(2), Some(10));
        assert_eq!(allocator.take(2), Some(100));
        assert_eq!(allocator.take(1), Some(12));
        assert_eq!(allocator.take(1), Some(102));
        assert_eq!(allocator.wanted(), 0);
    }
}
