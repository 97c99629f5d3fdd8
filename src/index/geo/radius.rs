//! Everything within some metres of a place.

use crate::geometry::{DistanceFrom, LonLat, Relation};

use super::{
    area::Area,
    grid::{self, Point},
    nearest::{box_squares, point_squares},
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
        let (inner, outer) = (grid::inner_square(metres), grid::outer_square(metres));
        Self { from: DistanceFrom::new(place), metres, target: grid::quantize(place), inner, outer }
    }
}

impl Area for Radius {
    fn relations(&self, node: &Node) -> [Relation; FANOUT] {
        let nearest = box_squares(node, self.target);
        let farthest = farthest_squares(node, self.target);
        std::array::from_fn(|i| {
            if farthest[i] <= self.inner {
                Relation::Inside
            } else if nearest[i] <= self.outer {
                Relation::Partial
            } else {
                // Also when the radius is NaN.
                Relation::Outside
            }
        })
    }

    fn sort_out(&self, leaf: &Leaf) -> (u16, u16) {
        let squares = point_squares(leaf, self.target);
        let (mut inside, mut unsure) = (0, 0);
        for (i, &square) in squares.iter().enumerate() {
            inside |= u16::from(square <= self.inner) << i;
            unsure |= u16::from(square > self.inner && square <= self.outer) << i;
        }
        (inside, unsure)
    }

    fn contains(&self, place: LonLat) -> bool {
        self.from.to(place) <= self.metres
    }
}

/// The squares of the chords to the farthest corner of sixteen boxes.
#[inline]
fn farthest_squares(node: &Node, target: Point) -> [f32; FANOUT] {
    std::array::from_fn(|i| {
        let [x, y, z] = [0, 1, 2].map(|d| {
            let to_low = target[d].wrapping_sub(node.low[d][i]) as f32;
            let to_high = node.high[d][i].wrapping_sub(target[d]) as f32;
            to_low.abs().max(to_high.abs())
        });
        x * x + y * y + z * z
    })
}
