//! What each way to an answer costs, in nanoseconds: all figures, in one place. Explain shows what they come to.
//!
//! Measured with `benches/peers/benches/plane.rs` on one core of the reference machine, a million objects in 2, 3 and 8 dimensions.

use super::estimate::Estimate;

/// Looking at the coordinates of one slot, anywhere.
const POINT: f64 = 8.0;
/// Finding the ends of one slab.
const SEARCH: f64 = 600.0;
/// Going through blocks: getting going.
const START: f64 = 300.0;
/// Sorting out the children of one node in one dimension, and as much again for a ball.
const NODE: f64 = 60.0;
/// Sorting out the points of one block, and in one dimension of it.
const BLOCK: f64 = 60.0;
const BLOCK_DIMENSION: f64 = 15.0;
/// Putting one slot of a block into the answer, where it is one of few and where it is a bit of a word that others share.
const FEW_SLOT: f64 = 5.0;
const SLOT: f64 = 1.0;
/// More than one slot in so many is no longer few: as [`slot_set`](crate::index::search::slot_set) has it.
const WORD: f64 = 64.0;

/// Looking at the coordinates of so many slots.
pub(super) fn points(slots: f64) -> f64 {
    slots * POINT
}

/// Finding so many slabs.
pub(super) fn slabs(count: usize) -> f64 {
    SEARCH * count as f64
}

/// Going through the blocks that reach into a shape of so many dimensions, in a segment of so many slots.
pub(super) fn blocks(estimate: &Estimate, slots: u32, dimensions: usize, is_ball: bool) -> f64 {
    let (dimensions, twice) = (dimensions as f64, if is_ball { 2.0 } else { 1.0 });
    let slot = if estimate.expected * WORD < f64::from(slots) { FEW_SLOT } else { SLOT };
    START
        + estimate.nodes * dimensions * NODE * twice
        + estimate.blocks * (BLOCK + dimensions * BLOCK_DIMENSION * twice)
        + estimate.expected * slot
}

/// How many blocks are searched for the nearest in the time that `cost` says.
pub(super) fn patience(cost: f64, dimensions: usize) -> u64 {
    (cost / (BLOCK + dimensions as f64 * BLOCK_DIMENSION * 2.0)) as u64
}
