//! Does the part hold what it must?

use crate::index::{IndexError, Slot};

use super::{
    grid::{Point, quantize},
    lattice::turns,
    pack,
    tree::{FANOUT, NOWHERE, Tree},
    view::no_place,
};

/// Checks every checksum and every invariant: each point in one slot and each slot at most at one position, coordinates
/// that belong to the places, boxes that are exactly those around their children.
pub(super) fn verify(tree: &Tree) -> Result<(), IndexError> {
    positions(tree)?;
    let leaves = points(tree)?;
    boxes(tree, leaves)
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

/// Leaves hold the places, rounded to the lattice, and are filled up with copies of the last point; what stands in full stands there for
/// a reason, in order. Gives the boxes of leaves.
fn points(tree: &Tree) -> Result<Vec<(Point, Point)>, IndexError> {
    let full = tree.full_positions()?;
    if !full.is_sorted_by(|a, b| a < b) || full.last().is_some_and(|last| *last as usize >= tree.shape.points) {
        broken("the positions in full do not ascend within all".to_owned())?;
    }
    let (view, leaves) = (tree.view()?, tree.shape.leaves());
    let mut boxes = Vec::with_capacity(leaves);
    for number in 0..leaves {
        let leaf = tree.leaf(number)?;
        let mut at = [[0; 3]; FANOUT];
        for (point, at) in at.iter_mut().enumerate() {
            let position = (number * FANOUT + point).min(tree.shape.points - 1);
            let Some(place) = view.place(position) else {
                tree.sound()?;
                return Err(no_place(position));
            };
            if [leaf.lon[point], leaf.lat[point]] != turns(place) {
                let Slot(slot) = tree.slot(position)?;
                broken(format!("the point of slot {slot} at position {position} is not where its place is"))?;
            }
            *at = quantize(place);
        }
        boxes.push(pack::around_points(at.into_iter()));
    }
    Ok(boxes)
}

fn boxes(tree: &Tree, leaves: Vec<(Point, Point)>) -> Result<(), IndexError> {
    let expected = pack::nodes(leaves.into_iter());
    for level in 1..tree.shape.counts.len() {
        for number in 0..tree.shape.counts[level] {
            if *tree.node(level, number)? != expected[tree.shape.node(level, number)] {
                return broken(format!("the boxes of node {number} on level {level} are not those of its children"));
            }
        }
    }
    Ok(())
}
