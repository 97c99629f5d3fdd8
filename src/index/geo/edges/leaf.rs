//! Sixteen edges as lines in space.

use geo::Coord;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::geometry::{LonLat, unit_vector};

use super::super::{
    grid::{Point, SCALE, quantize},
    kernel::greater,
    tree::FANOUT,
};

/// Sixteen lines. The last leaf is filled up with copies of its last line.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Leaf {
    /// Where each starts, by dimension, by line.
    pub from: [[i32; FANOUT]; 3],
    /// How far it goes.
    pub span: [[i32; FANOUT]; 3],
    /// How far from it the edge may be.
    pub bulge: [f32; FANOUT],
}

/// One edge, or a piece of one, as a line in space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub from: Point,
    pub to: Point,
    pub bulge: f32,
}

/// What the sums in f32 below may be wrong by, relative to the distance and to the line's length: some thirty roundings.
const ROUNDING: f32 = 4e-6;

/// Steps that are added to every bulge: the rounding of both ends and of the place to the grid, and the tolerance of distances.
const MARGIN: f64 = 4.0;

/// An edge is cut into pieces of so many radians, 127 km, ..
const PIECE: f64 = 0.02;

/// .. but not into more than so many.
const PIECES: f64 = 16.0;

/// The lines that an edge stands in the tree as.
pub(super) fn lines([from, to]: [Coord<f64>; 2]) -> impl Iterator<Item = Line> {
    let (x, y) = ((to.x - from.x).to_radians(), (to.y - from.y).to_radians());
    let level = if from.y.min(to.y) <= 0.0 && from.y.max(to.y) >= 0.0 { 0.0 } else { from.y.abs().min(to.y.abs()) };
    let length = (x * level.to_radians().cos()).abs() + y.abs();
    let pieces = (length / PIECE).ceil().clamp(1.0, PIECES);
    let at = move |piece: u32| {
        let share = f64::from(piece) / pieces;
        Coord { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) }
    };
    (0..pieces as u32).map(move |piece| line(at(piece), at(piece + 1)))
}

fn line(from: Coord<f64>, to: Coord<f64>) -> Line {
    let point = |at: Coord<f64>| quantize(LonLat { lon: at.x, lat: at.y });
    let vector = |at: Coord<f64>| unit_vector(LonLat { lon: at.x, lat: at.y });
    let (a, b) = (vector(from), vector(to));
    let length = (0..3).map(|d| (a[d] - b[d]).powi(2)).sum::<f64>().sqrt();
    let bulge = (bulge(from, to) + length * f64::from(ROUNDING)) * SCALE + MARGIN;
    Line { from: point(from), to: point(to), bulge: (bulge * (1.0 + 1e-6)) as f32 }
}

/// How far a curve may be from the straight line between its ends: an eighth of its second derivative at most. With x' and y' the way in
/// radians it has a part along the vector to the place, y'^2 + (x' cos y)^2, one to the north, x'^2 sin y cos y, and one to the east,
/// 2 x' y' sin y.
fn bulge(from: Coord<f64>, to: Coord<f64>) -> f64 {
    let (x, y) = ((to.x - from.x).to_radians(), (to.y - from.y).to_radians());
    let (low, high) = (from.y.min(to.y), from.y.max(to.y));
    let level = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
    let (cos, sin) = (level.to_radians().cos(), low.abs().max(high.abs()).to_radians().sin());
    let (inward, north, east) = (y * y + x * x * cos * cos, x * x * sin * cos, 2.0 * (x * y).abs() * sin);
    (inward * inward + north * north + east * east).sqrt() / 8.0
}

impl Leaf {
    /// Up to sixteen lines, at least one.
    pub(super) fn new(lines: &[Line]) -> Self {
        let mut leaf = Self { from: [[0; FANOUT]; 3], span: [[0; FANOUT]; 3], bulge: [0.0; FANOUT] };
        for number in 0..FANOUT {
            let line = lines[number.min(lines.len() - 1)];
            for d in 0..3 {
                leaf.from[d][number] = line.from[d];
                leaf.span[d][number] = line.to[d] - line.from[d];
            }
            leaf.bulge[number] = line.bulge;
        }
        leaf
    }

    pub(super) fn line(&self, number: usize) -> Line {
        let from = [0, 1, 2].map(|d| self.from[d][number]);
        let to = [0, 1, 2].map(|d| from[d].wrapping_add(self.span[d][number]));
        Line { from, to, bulge: self.bulge[number] }
    }

    /// The box around all lines and their bulges.
    pub(super) fn bounds(&self) -> (Point, Point) {
        let (mut low, mut high) = ([i32::MAX; 3], [i32::MIN; 3]);
        for number in 0..FANOUT {
            let line = self.line(number);
            let bulge = line.bulge.ceil() as i32;
            for d in 0..3 {
                low[d] = low[d].min(line.from[d].min(line.to[d]).saturating_sub(bulge));
                high[d] = high[d].max(line.from[d].max(line.to[d]).saturating_add(bulge));
            }
        }
        // A difference of two coordinates must fit an i32, and nothing is farther out than the sphere.
        (low.map(|low| low.max(-SPHERE)), high.map(|high| high.min(SPHERE)))
    }

    /// Between which chords in steps each edge's nearest place is.
    #[inline(always)]
    pub(super) fn chords(&self, target: Point) -> ([f32; FANOUT], [f32; FANOUT]) {
        let (mut dots, mut lengths) = ([0.0_f32; FANOUT], [1.0_f32; FANOUT]);
        for ((from, spans), at) in self.from.iter().zip(&self.span).zip(target) {
            for i in 0..FANOUT {
                let (aside, span) = (at.wrapping_sub(from[i]) as f32, spans[i] as f32);
                dots[i] += aside * span;
                lengths[i] += span * span;
            }
        }
        let shares: [f32; FANOUT] = std::array::from_fn(|i| lesser(greater(dots[i] / lengths[i], 0.0), 1.0));
        let mut squares = [0.0_f32; FANOUT];
        for ((from, spans), at) in self.from.iter().zip(&self.span).zip(target) {
            for i in 0..FANOUT {
                let (aside, span) = (at.wrapping_sub(from[i]) as f32, spans[i] as f32);
                let side = aside - shares[i] * span;
                squares[i] += side * side;
            }
        }
        let (mut least, mut most) = ([0.0; FANOUT], [0.0; FANOUT]);
        for i in 0..FANOUT {
            let chord = squares[i].sqrt();
            least[i] = greater(chord * (1.0 - ROUNDING) - self.bulge[i], 0.0);
            most[i] = chord * (1.0 + ROUNDING) + self.bulge[i];
        }
        (least, most)
    }
}

/// The lesser of two numbers, the second of which is not NaN.
#[inline(always)]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[allow(clippy::cast_possible_truncation, reason = "it is below 2^30")]
const SPHERE: i32 = SCALE as i32;
