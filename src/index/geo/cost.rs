//! Which way a nearest search goes: measured costs, and the one function that decides by them.
//!
//! Measured with `benches/geo.rs` on one core of the reference machine, over 170,391 cities, in nanoseconds.

/// Measuring one accepted slot on its own: its position and its coordinates are two reads at random.
const SCAN_SLOT: f64 = 12.0;

/// Looking at one leaf on the way, with its share of nodes.
const VISIT_LEAF: f64 = 50.0;

/// Putting one accepted slot into leaf order.
const MASK_SLOT: f64 = 4.0;

/// Clearing one leaf of a mask.
const MASK_LEAF: f64 = 0.1;

/// Looking up the points of one leaf in the accept set.
const PROBE_LEAF: f64 = 100.0;

/// Getting going.
const START: f64 = 300.0;

/// Leaves that an unfiltered search visits beside those that hold its hits.
const LEAVES_BESIDE: f64 = 4.0;

/// A probe is given up after this many times the leaves that it was expected to visit.
const PATIENCE: f64 = 4.0;

/// The distance to the middle of one shape's disc.
const LOOK_AT_DISC: f64 = 15.0;

/// The distance to one line or area of some ten edges, decoded.
const MEASURE_SHAPE: f64 = 2_000.0;

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// Measure every accepted slot.
    Scan,
    /// Traverse the tree; every point is accepted.
    Traverse,
    /// Traverse and look up near points in the accept set; after so many leaves, start again as `Mask`.
    Probe {
        /// The most leaves to visit.
        leaves: usize,
    },
    /// Put the accept set into leaf order, then traverse what holds an accepted point.
    Mask,
}

/// Whether the accept set has to be put into leaf order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum MaskCost {
    Making,
    Made,
}

/// Decides by the number of points, of slots, of accepted slots, of wanted hits, and by what a mask costs.
pub(super) fn choose(points: usize, slots: usize, accepted: usize, k: usize, mask: MaskCost) -> Way {
    if accepted == slots {
        return Way::Traverse;
    }
    let wanted = k.min(accepted) as f64;
    let all_leaves = points as f64 / 16.0;
    let spread = all_leaves.min(LEAVES_BESIDE + wanted * slots as f64 / (16.0 * accepted.max(1) as f64));
    let scan = accepted as f64 * SCAN_SLOT;
    let probe = START + spread * (VISIT_LEAF + PROBE_LEAF);
    // In the mask every leaf that is visited holds an accepted point; at worst, each holds one hit.
    let making = match mask {
        MaskCost::Making => accepted as f64 * MASK_SLOT + all_leaves * MASK_LEAF,
        MaskCost::Made => 0.0,
    };
    let mask = START + making + all_leaves.min(LEAVES_BESIDE + wanted) * VISIT_LEAF;
    if scan <= probe.min(mask) {
        Way::Scan
    } else if mask <= probe {
        Way::Mask
    } else {
        // Accepted points may be far from the target, all together: when probing takes much longer than it would were they
        // spread evenly, or as long as the mask, it is given up.
        let leaves = (spread * PATIENCE).min(mask / (VISIT_LEAF + PROBE_LEAF));
        Way::Probe { leaves: leaves as usize }
    }
}

/// Making candidates: nodes on the border, points inside.
pub(super) fn candidates(border_nodes: usize, expected: u64) -> f64 {
    START + border_nodes as f64 * VISIT_LEAF + expected as f64 * 4.0
}

/// Looking at the discs of so many shapes, and measuring about so many of them.
pub(super) fn shapes(discs: usize, measured: u64) -> f64 {
    let measured = (measured as f64).min(discs as f64);
    discs as f64 * LOOK_AT_DISC + measured * MEASURE_SHAPE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_scanned_many_are_traversed() {
        let way = |accepted, k| choose(2_000_000, 2_000_000, accepted, k, MaskCost::Making);
        assert_eq!(way(2_000_000, 10), Way::Traverse);
        assert_eq!(way(20, 10), Way::Scan);
        assert_eq!(way(2_000, 1_000), Way::Scan);
        assert!(matches!(way(1_000_000, 10), Way::Probe { leaves: 16.. }));
        assert!(matches!(choose(170_000, 170_000, 3_000, 100, MaskCost::Making), Way::Mask));
    }

    #[test]
    fn a_probe_never_costs_more_than_the_mask() {
        for accepted in (1..1_000).map(|i| i * 2_000 - 1) {
            if let Way::Probe { leaves } = choose(2_000_000, 2_000_000, accepted, 10, MaskCost::Making) {
                assert!(leaves as f64 * VISIT_LEAF <= 1_000.0 + 200_000.0 + accepted as f64 * MASK_SLOT);
            }
        }
    }
}
