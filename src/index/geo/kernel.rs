//! Squares of chords from one place to sixteen points or boxes at once, in squared steps of the grid.
//!
//! Plain loops over sixteen numbers, compiled for each instruction set that has wider ones; all give the same to the bit.
#![allow(unsafe_code, reason = "instruction sets are chosen at run time; each use says why it is sound")]

use std::sync::OnceLock;

use crate::geometry::LonLat;

use super::{
    grid::{Point, SCALE, quantize},
    lattice::{QUARTER, Turns, turns},
    tree::{FANOUT, Leaf, Node},
};

/// Sixteen squares.
pub(super) type Squares = [f32; FANOUT];

/// A place to measure from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    at: Point,
    turns: Turns,
    cos_lat: f32,
    kernels: &'static Kernels,
}

/// The kernels of one instruction set. What they are called with is only looked at.
#[derive(Debug)]
struct Kernels {
    points: unsafe fn(&Target, &Leaf) -> Squares,
    boxes: unsafe fn(&Target, &Node) -> Squares,
    farthest: unsafe fn(&Target, &Node) -> Squares,
}

impl Target {
    pub(super) fn new(place: LonLat) -> Self {
        let turns = turns(place);
        Self { at: quantize(place), turns, cos_lat: cos_latitude(turns[1]), kernels: Kernels::best() }
    }

    /// The squares of the chords to sixteen points.
    #[inline]
    pub(super) fn points(&self, leaf: &Leaf) -> Squares {
        // SAFETY: `Kernels::best` gives only what this processor has the instructions for.
        unsafe { (self.kernels.points)(self, leaf) }
    }

    /// The squares of the chords to the nearest corner, edge, side or inside of sixteen boxes.
    #[inline]
    pub(super) fn boxes(&self, node: &Node) -> Squares {
        // SAFETY: as above.
        unsafe { (self.kernels.boxes)(self, node) }
    }

    /// The squares of the chords to the farthest corner of sixteen boxes.
    #[inline]
    pub(super) fn farthest(&self, node: &Node) -> Squares {
        // SAFETY: as above.
        unsafe { (self.kernels.farthest)(self, node) }
    }

    /// The square of the chord to one point.
    #[inline]
    pub(super) fn point(&self, [lon, lat]: Turns) -> f32 {
        square(self, lon, lat)
    }
}

impl Kernels {
    fn best() -> &'static Self {
        static BEST: OnceLock<&Kernels> = OnceLock::new();
        BEST.get_or_init(|| Self::all().into_iter().next_back().unwrap_or(&PORTABLE))
    }

    /// Those that this processor can run, the widest last.
    fn all() -> Vec<&'static Self> {
        #[allow(unused_mut)]
        let mut all = vec![&PORTABLE];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                all.push(&avx2::KERNELS);
            }
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
                all.push(&avx512::KERNELS);
            }
        }
        all
    }
}

static PORTABLE: Kernels = Kernels { points, boxes, farthest };

/// The same for wider instructions.
macro_rules! compiled_for {
    ($name:ident, $features:literal) => {
        #[cfg(target_arch = "x86_64")]
        mod $name {
            use super::{Kernels, Leaf, Node, Squares, Target};

            pub(super) static KERNELS: Kernels = Kernels { points, boxes, farthest };

            #[target_feature(enable = $features)]
            fn points(target: &Target, leaf: &Leaf) -> Squares {
                super::points(target, leaf)
            }

            #[target_feature(enable = $features)]
            fn boxes(target: &Target, node: &Node) -> Squares {
                super::boxes(target, node)
            }

            #[target_feature(enable = $features)]
            fn farthest(target: &Target, node: &Node) -> Squares {
                super::farthest(target, node)
            }
        }
    };
}

compiled_for!(avx2, "avx2");
compiled_for!(avx512, "avx512f,avx512vl");

#[inline(always)]
fn points(target: &Target, leaf: &Leaf) -> Squares {
    let mut squares = [0.0; FANOUT];
    for ((square_of, lon), lat) in squares.iter_mut().zip(&leaf.lon).zip(&leaf.lat) {
        *square_of = square(target, *lon, *lat);
    }
    squares
}

/// Differences are exact in i32.
#[inline(always)]
fn boxes(target: &Target, node: &Node) -> Squares {
    let mut squares = [0.0; FANOUT];
    for ((low, high), at) in node.low.iter().zip(&node.high).zip(target.at) {
        for ((square, low), high) in squares.iter_mut().zip(low).zip(high) {
            let side = greater(greater(low.wrapping_sub(at) as f32, at.wrapping_sub(*high) as f32), 0.0);
            *square += side * side;
        }
    }
    squares
}

#[inline(always)]
fn farthest(target: &Target, node: &Node) -> Squares {
    let mut squares = [0.0; FANOUT];
    for ((low, high), at) in node.low.iter().zip(&node.high).zip(target.at) {
        for ((square, low), high) in squares.iter_mut().zip(low).zip(high) {
            let (to_low, to_high) = (low.wrapping_sub(at) as f32, high.wrapping_sub(at) as f32);
            let side = greater(to_low.abs(), to_high.abs());
            *square += side * side;
        }
    }
    squares
}

/// By haversines, whose square root is half the chord. A latitude's difference of half a turn becomes minus that, which has the same sine square.
#[inline(always)]
fn square(target: &Target, lon: i32, lat: i32) -> f32 {
    const DIAMETER_SQUARE: f32 = (4.0 * SCALE * SCALE) as f32;
    let north = half_sine_square(lat.wrapping_sub(target.turns[1]));
    let east = half_sine_square(lon.wrapping_sub(target.turns[0]));
    DIAMETER_SQUARE * (north + target.cos_lat * cos_latitude(lat) * east)
}

/// Radians in 2^-32 of a turn.
const RADIANS: f32 = (std::f64::consts::TAU / 4_294_967_296.0) as f32;

/// The square of the sine of half an angle: (sin(x)/x)^2 in x^2, up to 90 degrees, by Chebyshev interpolation; wrong by less than 10^-8.
#[inline(always)]
fn half_sine_square(turns: i32) -> f32 {
    let half = turns as f32 * (RADIANS * 0.5);
    let square = half * half;
    let series = -3.631_094_4e-6;
    let series = series * square + 0.000_139_349_37;
    let series = series * square - 0.003_172_398_3;
    let series = series * square + 0.044_443_177;
    let series = series * square - 0.333_333_07;
    square * (series * square + 1.0)
}

/// The cosine of a latitude as the sine of what it lacks to the pole, so that it has all its digits there: sin(x)/x in x^2, as above; wrong by less
/// than 10^-8.
#[inline(always)]
fn cos_latitude(turns: i32) -> f32 {
    let angle = (QUARTER - turns.abs()) as f32 * RADIANS;
    let square = angle * angle;
    let series = 2.605_107_6e-6;
    let series = series * square - 0.000_198_090_17;
    let series = series * square + 0.008_333_05;
    let series = series * square - 0.166_666_58;
    angle * (series * square + 1.0)
}

/// The greater of two numbers, neither of which is NaN: one instruction, unlike `f32::max`.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        geometry::{distance, metres_to_chord},
        index::geo::grid,
    };

    fn places() -> impl Strategy<Value = LonLat> {
        let ends = prop_oneof![Just(0.0), Just(1e-7), Just(1e-4), Just(1.0), 0.0..1.0_f64];
        let poles = (-180.0..=180.0_f64, ends.clone()).prop_map(|(lon, lacks)| (lon, 90.0 - lacks));
        let meridian = (ends, -90.0..=90.0_f64).prop_map(|(lacks, lat)| (180.0 - lacks, lat));
        prop_oneof![(-180.0..=180.0_f64, -90.0..=90.0_f64), poles, meridian, (10.0..10.001_f64, 50.0..50.001_f64)]
            .prop_flat_map(|(lon, lat)| (Just(lon), Just(lat), any::<bool>(), any::<bool>()))
            .prop_map(|(lon, lat, west, south)| {
                LonLat::new(if west { -lon } else { lon }, if south { -lat } else { lat }).unwrap()
            })
    }

    fn leaf(places: &[LonLat]) -> Leaf {
        let turns = |at: usize| turns(places[at]);
        Leaf { lon: std::array::from_fn(|at| turns(at)[0]), lat: std::array::from_fn(|at| turns(at)[1]) }
    }

    fn node(places: &[LonLat]) -> Node {
        let corner = |greater: bool, along: usize| -> [i32; FANOUT] {
            std::array::from_fn(|at| {
                let ends = [quantize(places[at])[along], quantize(places[FANOUT - 1 - at])[along]];
                if greater { ends[0].max(ends[1]) } else { ends[0].min(ends[1]) }
            })
        };
        Node { low: [0, 1, 2].map(|along| corner(false, along)), high: [0, 1, 2].map(|along| corner(true, along)) }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn squares_are_within_the_margins(from in places(), to in prop::collection::vec(places(), FANOUT)) {
            let squares = Target::new(from).points(&leaf(&to));
            for (to, square) in to.iter().zip(squares) {
                let metres = distance(from, *to);
                prop_assert!(square <= grid::outer_square(metres), "{square} for {metres} m from {from} to {to}");
                prop_assert!(square >= grid::inner_square(metres) , "{square} for {metres} m from {from} to {to}");
                prop_assert_eq!(Target::new(from).point(turns(*to)), square);
            }
            // The margin is a few steps, not more: else nothing would be ruled out.
            let metres = distance(from, to[0]);
            let chord = metres_to_chord(metres) * SCALE;
            prop_assert!(f64::from(squares[0]).sqrt() < chord * (1.0 + 2e-6) + 3.0);
        }

        #[test]
        fn every_instruction_set_gives_the_same(from in places(), to in prop::collection::vec(places(), FANOUT)) {
            let (leaf, node) = (leaf(&to), node(&to));
            let given = |kernels| {
                let target = Target { kernels, ..Target::new(from) };
                [target.points(&leaf), target.boxes(&node), target.farthest(&node)].map(|all| all.map(f32::to_bits))
            };
            for kernels in Kernels::all() {
                prop_assert_eq!(given(kernels), given(&PORTABLE));
            }
        }
    }
}
