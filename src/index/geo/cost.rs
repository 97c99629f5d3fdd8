//! Which way a nearest search goes: measured costs, and the one function that decides by them.
//!
//! Measured with `benches/geo.rs` on one core of the reference machine, 170,391 cities and 2 M points.

/// Nanoseconds to measure one accepted slot on its own: its position and its coordinates are two reads at random.
pub(super) const SCAN_SLOT: f64 = 6.0;

/// Nanoseconds to look at one leaf on the way, with its share of nodes.
pub(super) const VISIT_LEAF: f64 = 40.0;

/// Nanoseconds to put one accepted slot into leaf order.
pub(super) const MASK_SLOT: f64 = 2.5;

/// Nanoseconds to look up one point's slot in the accept set.
const PROBE_POINT: f64 = 4.0;

/// Nanoseconds for a traversal that has nothing to skip, and for every box, radius or region to get going.
const TRAVERSE: f64 = 400.0;

/// Leaves that an unfiltered search visits beside those that hold its hits.
const LEAVES_BESIDE: f64 = 4.0;

/// A traversal gives up after this many times the leaves it was expected to visit...
const PATIENCE: f64 = 4.0;
/// ... and never after fewer than these, nor more.
const BUDGET: std::ops::RangeInclusive<f64> = 32.0..=256.0;

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// Measure every accepted slot.
    Scan,
    /// Traverse the tree; every point is accepted.
    Traverse,
    /// Traverse and look up near points in the accept set; after so many leaves, start again with the set in leaf order.
    Probe {
        /// The most leaves to visit.
        leaves: usize,
    },
}

/// Decides by the number of points, of accepted slots, and of wanted hits.
pub(super) fn choose(points: usize, accepted: usize, slots: usize, k: usize) -> Way {
    if accepted == slots {
        return Way::Traverse;
    }
    let share = accepted as f64 / slots.max(1) as f64;
    let wanted = k.min(accepted) as f64;
    let leaves = (LEAVES_BESIDE + wanted / (16.0 * share.max(1e-12))).min(points as f64 / 16.0);
    let probe = TRAVERSE + leaves * (VISIT_LEAF + 4.0 * PROBE_POINT);
    let mask = TRAVERSE + accepted as f64 * MASK_SLOT + (LEAVES_BESIDE + wanted) * VISIT_LEAF;
    let scan = accepted as f64 * SCAN_SLOT;
    if scan <= probe.min(mask) {
        return Way::Scan;
    }
    let budget = (leaves * PATIENCE).clamp(*BUDGET.start(), *BUDGET.end());
    // An expectation above the budget is known to fail: no leaf is visited in vain.
    Way::Probe { leaves: if leaves > *BUDGET.end() { 0 } else { budget as usize } }
}

/// Nanoseconds to make candidates: nodes on the border, points inside.
pub(super) fn candidates(border_nodes: usize, expected: u64) -> f64 {
    TRAVERSE + border_nodes as f64 * VISIT_LEAF + expected as f64 * 4.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_scanned_many_are_traversed() {
        assert_eq!(choose(170_000, 170_000, 170_000, 10), Way::Traverse);
        assert_eq!(choose(170_000, 20, 170_000, 10), Way::Scan);
        assert!(matches!(choose(170_000, 85_000, 170_000, 10), Way::Probe { leaves: 1.. }));
        assert!(matches!(choose(2_000_000, 20_000, 2_000_000, 1000), Way::Probe { leaves: 0 }));
    }
}
