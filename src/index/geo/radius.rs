//! Everything within some metres of a place.

use crate::geometry::{DistanceFrom, LonLat};

use super::{
    area::{Area, Sorted},
    grid::{self, Point},
    nearest::{box_squares, greater, point_squares},
    tree::{FANOUT, Leaf, Node},
};

/// A disc on the globe, its edge included.
#[derive(Debug)]
pub(super) struct Radius {
    from: DistanceFrom,
    metres: f64,
    target: Point,
    inner: f32,
    outer: f32,
}

impl Radius {
    pub(super) fn new(place: LonLat, metres: f64) -> Self {
        // Nothing is within NaN metres, and comparisons below would not say so.
        let metres = if metres.is_nan() { -1.0 } else { metres };
        let (inner, outer) = (grid::inner_square(metres), grid::outer_square(metres));
        Self { from: DistanceFrom::new(place), metres, target: grid::quantize(place), inner, outer }
    }
}

impl Area for Radius {
    fn boxes(&self, node: &Node) -> Sorted {
        let nearest = box_squares(node, self.target);
        let farthest = farthest_squares(node, self.target);
        Sorted::by(|i| farthest[i] <= self.inner, |i| nearest[i] > self.outer)
    }

    fn points(&self, leaf: &Leaf) -> Sorted {
        let squares = point_squares(leaf, self.target);
        Sorted::by(|i| squares[i] <= self.inner, |i| squares[i] > self.outer)
    }

    fn contains(&self, place: LonLat) -> bool {
        self.from.to(place) <= self.metres
    }
}

/// The squares of the chords to the farthest corner of sixteen boxes.
#[inline]
pub(super) fn farthest_squares(node: &Node, target: Point) -> [f32; FANOUT] {
    let mut squares = [0.0; FANOUT];
    for ((low, high), target) in node.low.iter().zip(&node.high).zip(target) {
        for ((square, low), high) in squares.iter_mut().zip(low).zip(high) {
            let (to_low, to_high) = (low.wrapping_sub(target) as f32, high.wrapping_sub(target) as f32);
            let side = greater(to_low.abs(), to_high.abs());
            *square += side * side;
        }
    }
    squares
}
