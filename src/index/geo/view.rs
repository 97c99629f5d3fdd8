//! A part's tree while a question is answered: without errors, so that nothing stands in the way of inner loops.
//!
//! What is damaged reads as nothing and is noted; whoever answers asks [`Tree::sound`] before the answer leaves.

use crate::{
    geometry::LonLat,
    index::{IndexError, array::Array},
};

use super::{
    lattice,
    tree::{FANOUT, Leaf, Node, Shape, Tree},
};

/// The sections of a part, those that are verified as plain slices.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub shape: &'a Shape,
    pub leaves: Array<'a, Leaf>,
    pub nodes: Array<'a, Node>,
    /// By position.
    pub slots: Array<'a, u32>,
    /// Of the points in full, where not all are.
    pub full_positions: Array<'a, u32>,
    pub full_places: Array<'a, [f64; 2]>,
}

impl<'a> View<'a> {
    #[inline(always)]
    pub(super) fn node(&self, level: usize, number: usize) -> Option<&'a Node> {
        self.nodes.one(self.shape.node(level, number))
    }

    /// The coordinates at a position, as they were given.
    #[inline(always)]
    pub(super) fn place(&self, position: usize) -> Option<LonLat> {
        let full = if self.full_places.is_empty() {
            None
        } else if self.full_places.len() == self.shape.points {
            Some(position)
        } else {
            self.full(position)
        };
        let (lon, lat) = match full {
            Some(at) => self.full_places.at(at)?.into(),
            None => lattice::decimal(self.turns(position)?),
        };
        LonLat::new(lon, lat).ok()
    }

    /// Where a position stands among those in full.
    #[cold]
    fn full(&self, position: usize) -> Option<usize> {
        let (mut low, mut high) = (0, self.full_positions.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.full_positions.at(middle)?.cmp(&(position as u32)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The point at a position on the lattice.
    #[inline(always)]
    pub(super) fn turns(&self, position: usize) -> Option<lattice::Turns> {
        let (leaf, point) = (self.leaves.one(position / FANOUT)?, position % FANOUT);
        Some([leaf.lon[point], leaf.lat[point]])
    }
}

impl Tree {
    /// For reading without errors.
    pub(super) fn view(&self) -> Result<View<'_>, IndexError> {
        let (full_positions, full_places) = match self.header.in_full {
            0 => (Array::Plain(&[][..]), Array::Plain(&[][..])),
            _ => (Array::of(&self.full_positions, &self.fault)?, Array::of(&self.full_places, &self.fault)?),
        };
        Ok(View {
            shape: &self.shape,
            leaves: Array::of(&self.leaves, &self.fault)?,
            nodes: Array::of(&self.nodes, &self.fault)?,
            slots: Array::of(&self.slots, &self.fault)?,
            full_positions,
            full_places,
        })
    }

    /// The coordinates at a position, as they were given.
    pub(super) fn place(&self, position: usize) -> Result<LonLat, IndexError> {
        let place = self.view()?.place(position);
        self.sound()?;
        place.ok_or_else(|| no_place(position))
    }
}

/// Where coordinates are none on the globe.
pub(super) fn no_place(position: usize) -> IndexError {
    IndexError::Invariant(format!("geo: no place at position {position}"))
}
