//! A box of meridians and parallels, as planes through the globe.
//!
//! A parallel is a plane across the axis. A meridian is half of a plane through the axis: east of it is where a vector
//! has a positive product with the plane's normal. So a tree box is compared with four planes by its corners.

use crate::geometry::{GeoBox, LonLat};

use super::{
    area::{Area, Sorted},
    grid::SCALE,
    lattice::{QUARTER, turn},
    tree::{FANOUT, Leaf, Node},
};

/// Coordinates become f32 here, so that sixteen boxes are compared at once: that moves a point by up to 64 steps in each
/// direction, a product by three times that. Whatever is within this of a plane, 3 m, is looked at exactly.
const MARGIN: f32 = 512.0;

/// A box with its planes, in steps of the grid.
#[derive(Debug)]
pub(super) struct BoxArea {
    area: GeoBox,
    /// Certainly south of the box is what is below the first, certainly north of its southern edge what is above the second.
    south: [f32; 2],
    /// Certainly south of its northern edge is what is below the first, certainly north of the box what is above the second.
    north: [f32; 2],
    /// Normals of the planes, x and y: to the east of the western edge, to the west of the eastern edge.
    edges: [[f32; 2]; 2],
    width: f64,
    /// On the lattice: the southern and the northern edge.
    lats: [i32; 2],
    /// On the lattice: the western edge, and how far to the eastern.
    west: i32,
    turns: u32,
}

/// Coordinates along one axis.
type Along = [i32; FANOUT];

impl BoxArea {
    pub(super) fn new(area: GeoBox) -> Self {
        let (sin_west, cos_west) = area.west.to_radians().sin_cos();
        let (sin_east, cos_east) = area.east.to_radians().sin_cos();
        let z = |lat: f64| (lat.to_radians().sin() * SCALE) as f32;
        let (south, north) = (z(area.south), z(area.north));
        // A box that reaches a pole ends there: nothing is beyond it.
        let above_south = if area.south == -90.0 { f32::NEG_INFINITY } else { south + MARGIN };
        let below_north = if area.north == 90.0 { f32::INFINITY } else { north - MARGIN };
        Self {
            area,
            south: [south - MARGIN, above_south],
            north: [below_north, north + MARGIN],
            edges: [[-sin_west as f32, cos_west as f32], [sin_east as f32, -cos_east as f32]],
            width: area.width(),
            lats: [turn(area.south), turn(area.north)],
            west: turn(area.west),
            turns: if area.width() >= 360.0 { u32::MAX } else { turn(area.width()).cast_unsigned() },
        }
    }

    /// Sorts out boxes by their lower and upper corners.
    #[inline(always)]
    #[allow(clippy::needless_bitwise_bool, reason = "no branches, so that sixteen are told apart at once")]
    fn sort(&self, low: &[Along; 3], high: &[Along; 3]) -> Sorted {
        let (west, east) = (Side::of(self.edges[0], low, high), Side::of(self.edges[1], low, high));
        // Up to half of the globe a place must be on the right side of both edges, beyond it of one; all around of none.
        let (narrow, around) = (self.width <= 180.0, self.width >= 360.0);
        let within = |i: usize| {
            let (west, east) = (west.least[i] > MARGIN, east.least[i] > MARGIN);
            around | (west & east) | (!narrow & (west | east))
        };
        let beyond = |i: usize| {
            let (west, east) = (west.most[i] < -MARGIN, east.most[i] < -MARGIN);
            !around & ((west & east) | (narrow & (west | east)))
        };
        Sorted::by(
            |i| (low[2][i] as f32 > self.south[1]) & ((high[2][i] as f32) < self.north[0]) & within(i),
            |i| ((high[2][i] as f32) < self.south[0]) | (low[2][i] as f32 > self.north[1]) | beyond(i),
        )
    }
}

/// How far corners of boxes are on the side of a plane that its normal points to.
struct Side {
    /// The corner that is farthest along the normal.
    most: [f32; FANOUT],
    /// The corner that is farthest against it.
    least: [f32; FANOUT],
}

impl Side {
    #[inline(always)]
    fn of([x, y]: [f32; 2], low: &[Along; 3], high: &[Along; 3]) -> Self {
        let (x_most, x_least) = if x >= 0.0 { (&high[0], &low[0]) } else { (&low[0], &high[0]) };
        let (y_most, y_least) = if y >= 0.0 { (&high[1], &low[1]) } else { (&low[1], &high[1]) };
        Self { most: product([x, y], x_most, y_most), least: product([x, y], x_least, y_least) }
    }
}

#[inline(always)]
fn product([x, y]: [f32; 2], xs: &Along, ys: &Along) -> [f32; FANOUT] {
    let mut products = [0.0; FANOUT];
    for ((product, at_x), at_y) in products.iter_mut().zip(xs).zip(ys) {
        *product = x * *at_x as f32 + y * *at_y as f32;
    }
    products
}

#[allow(clippy::needless_bitwise_bool, reason = "no branches, so that sixteen are told apart at once")]
impl Area for BoxArea {
    #[inline(always)]
    fn boxes(&self, node: &Node) -> Sorted {
        self.sort(&node.low, &node.high)
    }

    #[inline(always)]
    fn points(&self, leaf: &Leaf) -> Sorted {
        let mut from_west = [0; FANOUT];
        for (from_west, lon) in from_west.iter_mut().zip(&leaf.lon) {
            *from_west = lon.wrapping_sub(self.west).cast_unsigned();
        }
        // Edges and points are rounded by half a step each; all meridians meet at a pole.
        let ([south, north], least, most) = (self.lats, self.turns.saturating_sub(3), self.turns.saturating_add(4));
        let (lats, is_pole) = (&leaf.lat, |lat: i32| lat.unsigned_abs() >= QUARTER.unsigned_abs() - 1);
        Sorted::by(
            |i| {
                let parallels = (lats[i] > south + 1) & (lats[i] < north - 1) & !is_pole(lats[i]);
                parallels & (from_west[i].wrapping_sub(2) < least)
            },
            |i| {
                let parallels = (lats[i] < south - 1) | (lats[i] > north + 1);
                parallels | (!is_pole(lats[i]) & (from_west[i].wrapping_add(2) > most))
            },
        )
    }

    fn contains(&self, place: LonLat) -> bool {
        self.area.contains(place)
    }
}
