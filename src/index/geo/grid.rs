//! The grid that leaves and boxes stand on, and how far it may be wrong.

use crate::geometry::{LonLat, metres_to_chord, unit_vector};

/// Grid steps to the Earth's radius. One less than 2^30, so that a difference of two coordinates fits an `i32`.
pub(super) const SCALE: f64 = ((1_u32 << 30) - 1) as f64;

/// A point of the unit sphere, rounded to the grid.
pub(super) type Point = [i32; 3];

/// Rounding moves each end of a chord by half a step in each direction, and on the lattice of leaves by half of 2^-32 of a turn, 0.79 steps: the
/// length so by less than 2.23. What is left covers the rounding of f64 in making unit vectors and distances, some 10^-6 steps.
const CHORD_ERROR: f64 = 2.3;

/// Squares of chords are computed in f32 from differences that are exact: some twenty roundings of 2^-24, some of them by sums whose terms
/// are five times the sum, and polynomials that are wrong by less than 10^-8.
const SQUARE_ERROR: f64 = 4e-6;

#[allow(clippy::cast_possible_truncation, reason = "the products are between -2^30 and 2^30")]
pub(super) fn quantize(place: LonLat) -> Point {
    unit_vector(place).map(|coordinate| (coordinate * SCALE).round() as i32)
}

/// A square of a chord, in steps, that no place within `metres` exceeds when computed from the grid.
pub(super) fn outer_square(metres: f64) -> f32 {
    widened(metres_to_chord(metres) * SCALE, CHORD_ERROR)
}

/// A square of a chord, in steps, below which every place is within `metres`; negative when there is none.
#[allow(clippy::cast_possible_truncation, reason = "rounding is covered by the margin")]
pub(super) fn inner_square(metres: f64) -> f32 {
    let chord = metres_to_chord(metres) * SCALE - CHORD_ERROR;
    // From half way around the globe on everything is inside, but the antipode itself has no chord to spare.
    if chord > 0.0 { (chord * chord * (1.0 - SQUARE_ERROR)) as f32 } else { -1.0 }
}

/// Given the square computed for one place: the square that no nearer or equally near place exceeds.
pub(super) fn no_farther_than(square: f32) -> f32 {
    widened(f64::from(square).sqrt(), 2.0 * CHORD_ERROR)
}

#[allow(clippy::cast_possible_truncation, reason = "rounding is covered by the margin")]
fn widened(chord: f64, by: f64) -> f32 {
    ((chord + by) * (chord + by) * (1.0 + SQUARE_ERROR)) as f32
}

/// A margin in steps around boxes and planes: more than rounding moves a point.
pub(super) const MARGIN: f64 = 2.0;
