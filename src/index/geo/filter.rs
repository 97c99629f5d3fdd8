//! Which points may be hits, in the shape that a traversal can use.

use std::sync::Arc;

use crate::index::{IndexError, Slot, SlotSet};

use super::{
    tree::{FANOUT, Tree},
    view::View,
};

/// What a traversal asks before it looks at children and points.
#[derive(Debug)]
pub(super) enum Filter<'a> {
    /// Every point is accepted.
    All,
    /// Each point that is near enough is looked up by its slot.
    Probe(&'a SlotSet),
    /// The accept set in leaf order: subtrees without an accepted point are skipped.
    Mask(Arc<Mask>),
}

impl Filter<'_> {
    /// The children of a node, or the points of a leaf at level 0, that are worth a look, as bits.
    #[inline(always)]
    pub(super) fn children(&self, level: usize, number: usize) -> u16 {
        match self {
            Self::All | Self::Probe(_) => u16::MAX,
            Self::Mask(mask) => mask.levels[level][number],
        }
    }

    /// Whether a point that is worth a look is accepted.
    #[inline(always)]
    pub(super) fn accepts(&self, view: &View<'_>, leaf: usize, point: usize) -> bool {
        match self {
            Self::All | Self::Mask(_) => true,
            Self::Probe(accept) => view.slots.at(leaf * FANOUT + point).is_some_and(|slot| accept.contains(Slot(slot))),
        }
    }
}

/// An accept set in leaf order.
#[derive(Debug)]
pub(super) struct Mask {
    /// By level, by leaf or node: which points are accepted, which children hold an accepted point.
    levels: Vec<Vec<u16>>,
}

impl Mask {
    pub(super) fn new(tree: &Tree, accept: &SlotSet) -> Result<Self, IndexError> {
        let mut levels: Vec<Vec<u16>> = tree.shape.counts.iter().map(|&count| vec![0; count]).collect();
        let positions = tree.all_positions()?;
        if let Some(leaves) = levels.first_mut() {
            for Slot(slot) in accept {
                // Slots without a point are past all leaves.
                let position = positions.get(slot as usize).map_or(usize::MAX, |&position| position as usize);
                if let Some(leaf) = leaves.get_mut(position / FANOUT) {
                    *leaf |= 1 << (position % FANOUT);
                }
            }
        }
        for level in 1..levels.len() {
            let (lower, upper) = levels.split_at_mut(level);
            for (child, _) in lower[level - 1].iter().enumerate().filter(|(_, bits)| **bits != 0) {
                upper[0][child / FANOUT] |= 1 << (child % FANOUT);
            }
        }
        Ok(Self { levels })
    }
}
