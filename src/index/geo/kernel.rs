//! Squares of chords from one place to sixteen points or boxes at once, in squared steps of the grid.
//!
//! Plain loops over sixteen numbers, which compilers turn into instructions for as many as the processor has at once, see
//! [`crate::index::widest`]; all give the same to the bit.

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
}

impl Target {
    pub(super) fn new(place: LonLat) -> Self {
        let turns = turns(place);
        Self { at: quantize(place), turns, cos_lat: cos_latitude(turns[1]) }
    }

    /// The squares of the chords to sixteen points.
    #[inline(always)]
    pub(super) fn points(&self, leaf: &Leaf) -> Squares {
        let mut squares = [0.0; FANOUT];
        for ((square, lon), lat) in squares.iter_mut().zip(&leaf.lon).zip(&leaf.lat) {
            *square = self.point([*lon, *lat]);
        }
        squares
    }

    /// The squares of the chords to the nearest corner, edge, side or inside of sixteen boxes. Differences are exact in i32.
    #[inline(always)]
    pub(super) fn boxes(&self, node: &Node) -> Squares {
        let mut squares = [0.0; FANOUT];
        for ((low, high), at) in node.low.iter().zip(&node.high).zip(self.at) {
            for ((square, low), high) in squares.iter_mut().zip(low).zip(high) {
                let side = greater(greater(low.wrapping_sub(at) as f32, at.wrapping_sub(*high) as f32), 0.0);
                *square += side * side;
            }
        }
        squares
    }

    /// The squares of the chords to the farthest corner of sixteen boxes.
    #[inline(always)]
    pub(super) fn farthest(&self, node: &Node) -> Squares {
        let mut squares = [0.0; FANOUT];
        for ((low, high), at) in node.low.iter().zip(&node.high).zip(self.at) {
            for ((square, low), high) in squares.iter_mut().zip(low).zip(high) {
                let (to_low, to_high) = (low.wrapping_sub(at) as f32, high.wrapping_sub(at) as f32);
                let side = greater(to_low.abs(), to_high.abs());
                *square += side * side;
            }
        }
        squares
    }

    /// The square of the chord to one point, by haversines, whose square root is half the chord. A latitude's difference of half a turn becomes
    /// minus that, which has the same sine square.
    #[inline(always)]
    pub(super) fn point(&self, [lon, lat]: Turns) -> f32 {
        const DIAMETER_SQUARE: f32 = (4.0 * SCALE * SCALE) as f32;
        let north = half_sine_square(lat.wrapping_sub(self.turns[1]));
        let east = half_sine_square(lon.wrapping_sub(self.turns[0]));
        DIAMETER_SQUARE * (north + self.cos_lat * cos_latitude(lat) * east)
    }
}

/// Which squares are at most a limit, as bits.
#[inline(always)]
pub(super) fn at_most(squares: &Squares, limit: f32) -> u16 {
    bits(flags(|i| squares[i] <= limit))
}

/// Of the set bits one whose square is smallest but for its last digits, and a number that none of their squares is smaller than. `open` is not
/// zero, and no square is negative: then they are ordered as their bits are, of which the last four make room for the number of the square.
#[inline(always)]
pub(super) fn nearest_of(squares: &Squares, open: u16) -> (usize, f32) {
    const LAST: u32 = FANOUT as u32 - 1;
    let (mut known, mut least) = ([0; FANOUT], u32::MAX);
    for (i, (known, square)) in known.iter_mut().zip(squares).enumerate() {
        *known = if open >> i & 1 == 1 { square.to_bits() & !LAST | i as u32 } else { u32::MAX };
    }
    for known in &known {
        least = least.min(*known);
    }
    ((least & LAST) as usize, f32::from_bits(least & !LAST))
}

/// Sixteen answers as ones and zeros. A loop, since the library's functions that make arrays are not always compiled into what calls them.
#[inline(always)]
pub(super) fn flags(is: impl Fn(usize) -> bool) -> [u8; FANOUT] {
    let mut flags = [0; FANOUT];
    for (i, flag) in flags.iter_mut().enumerate() {
        *flag = u8::from(is(i));
    }
    flags
}

/// Sixteen ones and zeros as bits: a product gathers the lowest bits of eight bytes in its highest byte.
#[inline(always)]
pub(super) fn bits(flags: [u8; FANOUT]) -> u16 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let flags = u128::from_le_bytes(flags);
    let half = |eight: u64| (eight.wrapping_mul(GATHER) >> 56) as u16;
    half(flags as u64) | half((flags >> 64) as u64) << 8
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
/// than 10^-8. What no latitude is, as damage may have it, gives some number.
#[inline(always)]
fn cos_latitude(turns: i32) -> f32 {
    let angle = QUARTER.wrapping_sub(turns.wrapping_abs()) as f32 * RADIANS;
    let square = angle * angle;
    let series = 2.605_107_6e-6;
    let series = series * square - 0.000_198_090_17;
    let series = series * square + 0.008_333_05;
    let series = series * square - 0.166_666_58;
    angle * (series * square + 1.0)
}

/// The greater of two numbers, neither of which is NaN: one instruction, unlike `f32::max`.
#[inline(always)]
pub(super) fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        geometry::{distance, metres_to_chord},
        index::{
            geo::grid,
            widest::{Task, all_widths},
        },
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

    #[test]
    fn damaged_leaves_are_measured_without_overflow() {
        let ends = [i32::MIN, i32::MIN + 1, -QUARTER - 1, 0, QUARTER + 1, i32::MAX];
        let damaged = Leaf { lon: std::array::from_fn(|at| ends[at % 6]), lat: std::array::from_fn(|at| ends[at / 3]) };
        let squares = Target::new(LonLat::new(-180.0, -90.0).unwrap()).points(&damaged);
        assert!(squares.iter().all(|square| square.is_finite()), "{squares:?}");
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
        fn every_instruction_set_gives_the_same(from in places(), to in prop::collection::vec(places(), FANOUT), open in 1..=u16::MAX) {
            struct All<'a>(Target, &'a Leaf, &'a Node, u16);
            impl Task for All<'_> {
                type Output = ([[u32; FANOUT]; 3], (usize, f32), u16);
                #[inline(always)]
                fn run(self) -> Self::Output {
                    let squares = [self.0.points(self.1), self.0.boxes(self.2), self.0.farthest(self.2)];
                    let nearest = nearest_of(&squares[0], self.3);
                    (squares.map(|all| all.map(f32::to_bits)), nearest, at_most(&squares[0], squares[0][3]))
                }
            }
            let (leaf, node) = (leaf(&to), node(&to));
            let given = all_widths(|| All(Target::new(from), &leaf, &node, open));
            prop_assert!(given.iter().all(|one| *one == given[0]), "{given:?}");
            let (squares, nearest, near) = given[0];
            let least = (0..FANOUT).filter(|i| open >> i & 1 == 1).min_by_key(|i| squares[0][*i]).unwrap();
            let (nearest, bound) = nearest;
            prop_assert!(open >> nearest & 1 == 1);
            prop_assert_eq!(squares[0][nearest] / 16, squares[0][least] / 16);
            prop_assert!(bound.to_bits() <= squares[0][least] && bound.to_bits() + 16 > squares[0][least]);
            prop_assert!((0..FANOUT).all(|i| (near >> i & 1 == 1) == (squares[0][i] <= squares[0][3])));
        }
    }
}
