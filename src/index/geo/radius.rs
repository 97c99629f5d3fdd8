//! Everything within some metres of a place.

use crate::geometry::{DistanceFrom, LonLat};

use super::{
    area::{Area, Sorted},
    grid,
    kernel::Target,
    tree::{Leaf, Node},
};

/// A disc on the globe, its edge included.
#[derive(Debug)]
pub(super) struct Radius {
    from: DistanceFrom,
    metres: f64,
    target: Target,
    inner: f32,
    outer: f32,
}

impl Radius {
    pub(super) fn new(place: LonLat, metres: f64) -> Self {
        // Nothing is within NaN metres, and comparisons below would not say so.
        let metres = if metres.is_nan() { -1.0 } else { metres };
        let (inner, outer) = (grid::inner_square(metres), grid::outer_square(metres));
        Self { from: DistanceFrom::new(place), metres, target: Target::new(place), inner, outer }
    }
}

impl Area for Radius {
    #[inline(always)]
    fn boxes(&self, node: &Node) -> Sorted {
        let (nearest, farthest) = (self.target.boxes(node), self.target.farthest(node));
        Sorted::by(|i| farthest[i] <= self.inner, |i| nearest[i] > self.outer)
    }

    #[inline(always)]
    fn points(&self, leaf: &Leaf) -> Sorted {
        let squares = self.target.points(leaf);
        Sorted::by(|i| squares[i] <= self.inner, |i| squares[i] > self.outer)
    }

    fn contains(&self, place: LonLat) -> bool {
        self.from.to(place) <= self.metres
    }
}
