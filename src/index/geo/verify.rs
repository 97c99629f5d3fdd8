//! Does the part hold what it must?

use crate::index::{IndexError, Slot};

use super::{
    build,
    grid::quantize,
    tree::{FANOUT, Leaf, NOWHERE, Tree},
};

/// Checks every checksum and every invariant: each point in one slot and each slot at most at one position, grid coordinates
/// that belong to the places, boxes that are exactly those around their children.
pub(super) fn verify(tree: &Tree) -> Result<(), IndexError> {
    positions(tree)?;
    let leaves = points(tree)?;
    boxes(tree, &leaves)
}

fn broken(what: String) -> Result<(), IndexError> {
    Err(IndexError::Invariant(format!("geo: {what}")))
}

/// `slots` and `positions` are inverse to each other.
fn positions(tree: &Tree) -> Result<(), IndexError> {
    let positions = tree.all_positions()?;
    for (position, &slot) in tree.slots(0..tree.shape.points)?.iter().enumerate() {
        if positions.get(slot as usize).copied() != Some(position as u32) {
            return broken(format!("position {position} is said to hold slot {slot}, which stands elsewhere"));
        }
    }
    let placed = positions.iter().filter(|&&position| position != NOWHERE).count();
    if placed != tree.shape.points {
        return broken(format!("{placed} slots have a position: expected {}", tree.shape.points));
    }
    Ok(())
}

/// Leaves hold the places, rounded to the grid, and are filled up with copies of the last point.
fn points(tree: &Tree) -> Result<Vec<Leaf>, IndexError> {
    let leaves = tree.shape.leaves();
    let mut read = Vec::with_capacity(leaves);
    for number in 0..leaves {
        let leaf = tree.leaf(number)?;
        for point in 0..FANOUT {
            let position = (number * FANOUT + point).min(tree.shape.points - 1);
            let expected = quantize(tree.place(position)?);
            // Another machine's sine may differ in the last digit, and so round to the next step.
            if (0..3).any(|d| leaf.at[d][point].abs_diff(expected[d]) > 1) {
                let Slot(slot) = tree.slot(position)?;
                broken(format!("the point of slot {slot} at position {position} is not where its place is"))?;
            }
        }
        read.push(*leaf);
    }
    Ok(read)
}

fn boxes(tree: &Tree, leaves: &[Leaf]) -> Result<(), IndexError> {
    let expected = build::nodes(leaves);
    for level in 1..tree.shape.counts.len() {
        for number in 0..tree.shape.counts[level] {
            if *tree.node(level, number)? != expected[tree.shape.node(level, number)] {
                return broken(format!("the boxes of node {number} on level {level} are not those of its children"));
            }
        }
    }
    Ok(())
}
