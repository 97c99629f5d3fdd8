//! A box or a ball as blocks are asked about it: what is sorted out is certain, the rest is decided by coordinates.

use crate::index::widest::{Task, widest};

use super::{
    blocks::{Codes, FANOUT, Side},
    grid::{Grid, LAST},
    kernel::{self, Sorted, Window},
};

/// Radii between these are far from where squares overflow or vanish.
const TAME: std::ops::RangeInclusive<f64> = 1e-140..=1e140;
/// By how much distances of boxes may be off, relative to the radius: far more than their rounding.
const ROUNDING: f64 = 1e-9;
/// The same for distances by codes, which are computed in f32, in radii: some 20 roundings, and much to spare.
const CODE_ROUNDING: f64 = 1e-5;

/// The edges of a box, or of the box around a ball, in some dimensions of the part.
#[derive(Debug)]
pub(super) struct Question<'q> {
    pub dimensions: &'q [usize],
    low: [f64; 16],
    high: [f64; 16],
    ball: Option<Ball<'q>>,
}

/// Everything at most a radius away from a centre.
#[derive(Clone, Copy, Debug)]
struct Ball<'q> {
    center: &'q [f64],
    radius: f64,
}

impl<'q> Question<'q> {
    /// A box between two edges in each of at most 16 dimensions.
    pub fn within(dimensions: &'q [usize], low: &[f64], high: &[f64]) -> Self {
        let mut question = Self { dimensions, low: [0.0; 16], high: [0.0; 16], ball: None };
        for (at, (low, high)) in low.iter().zip(high).enumerate().take(16) {
            (question.low[at], question.high[at]) = (*low, *high);
        }
        question
    }

    /// A ball.
    pub fn ball(dimensions: &'q [usize], center: &'q [f64], radius: f64) -> Self {
        let mut question = Self::within(dimensions, &[], &[]);
        for (at, center) in center.iter().enumerate().take(16) {
            (question.low[at], question.high[at]) = around(*center, radius);
        }
        Self { ball: Some(Ball { center, radius }), ..question }
    }

    pub fn is_ball(&self) -> bool {
        self.ball.is_some()
    }

    /// Sorts out a node's children by their boxes.
    pub fn children(&self, sides: &[Side]) -> Sorted {
        widest(Children { question: self, sides })
    }

    /// Sorts out the points of a block by their codes, given its node's sides and which child it is.
    pub fn points(&self, sides: &[Side], child: usize, codes: &[Codes]) -> Sorted {
        widest(Points { question: self, sides, child, codes })
    }

    #[inline(always)]
    fn sort_children(&self, sides: &[Side]) -> Sorted {
        let (mut touched, mut inside) = (u64::MAX, u64::MAX);
        for (at, dimension) in self.dimensions.iter().enumerate() {
            let (reached, held) = kernel::between(&sides[*dimension], self.low[at], self.high[at]);
            touched &= reached;
            inside &= held;
        }
        match &self.ball {
            None => Sorted::new(touched, inside),
            Some(_) if touched == 0 => Sorted::default(),
            Some(ball) => ball.children(self.dimensions, sides, touched),
        }
    }

    #[inline(always)]
    fn sort_points(&self, sides: &[Side], child: usize, codes: &[Codes]) -> Sorted {
        match &self.ball {
            None => self.points_in_box(sides, child, codes),
            Some(ball) => ball.points(self.dimensions, sides, child, codes),
        }
    }

    #[inline(always)]
    fn points_in_box(&self, sides: &[Side], child: usize, codes: &[Codes]) -> Sorted {
        let mut states = [2; FANOUT];
        for (at, dimension) in self.dimensions.iter().enumerate() {
            let (side, low, high) = (&sides[*dimension], self.low[at], self.high[at]);
            let ends = (side.low[child], side.high[child]);
            let is_inside = low <= ends.0 && ends.1 <= high && side.complete >> child & 1 == 1;
            if !is_inside {
                kernel::narrow(&mut states, &codes[*dimension], window(ends, low, high));
            }
        }
        kernel::sorted(&states)
    }
}

struct Children<'a, 'q> {
    question: &'a Question<'q>,
    sides: &'a [Side],
}

impl Task for Children<'_, '_> {
    type Output = Sorted;

    #[inline(always)]
    fn run(self) -> Sorted {
        self.question.sort_children(self.sides)
    }
}

struct Points<'a, 'q> {
    question: &'a Question<'q>,
    sides: &'a [Side],
    child: usize,
    codes: &'a [Codes],
}

impl Task for Points<'_, '_> {
    type Output = Sorted;

    #[inline(always)]
    fn run(self) -> Sorted {
        self.question.sort_points(self.sides, self.child, self.codes)
    }
}

/// An interval that holds every coordinate whose computed distance from a centre may be at most `radius`.
pub(super) fn around(center: f64, radius: f64) -> (f64, f64) {
    // The computed distance is at least the true one less a few roundings; squares below 1e-308 vanish, whose roots are below 1e-150; the
    // sums are off by half a step.
    let wide = radius * (1.0 + 1e-12) + 1e-150;
    ((center - wide).next_down(), (center + wide).next_up())
}

/// The codes in a block with such ends that may be, and that surely are, of numbers between two edges.
fn window((least, greatest): (f64, f64), low: f64, high: f64) -> Window {
    let grid = Grid::new(least, greatest);
    // What has the code of an edge may lie on either side of it.
    let (first, first_sure) = if low <= least { (0, 0) } else { (grid.code(low), grid.code(low) + 1) };
    let (end, end_sure) = if high >= greatest { (LAST + 1, LAST + 1) } else { (grid.code(high) + 1, grid.code(high)) };
    Window { maybe: (first, end.saturating_sub(first)), sure: (first_sure, end_sure.saturating_sub(first_sure)) }
}

impl Ball<'_> {
    #[inline(always)]
    fn children(&self, dimensions: &[usize], sides: &[Side], touched: u64) -> Sorted {
        if !TAME.contains(&self.radius) {
            return Sorted::new(touched, 0);
        }
        let (mut near, mut far, mut complete) = ([0.0; FANOUT], [0.0; FANOUT], u64::MAX);
        for (dimension, center) in dimensions.iter().zip(self.center) {
            let side = &sides[*dimension];
            kernel::add_nearest(&mut near, side, *center);
            kernel::add_farthest(&mut far, side, *center);
            complete &= side.complete;
        }
        let square = self.radius * self.radius;
        let touched = touched & kernel::at_most(&near, square * (1.0 + ROUNDING));
        Sorted::new(touched, complete & kernel::at_most(&far, square * (1.0 - ROUNDING)))
    }

    /// In radii, so that f32 holds the distances: the middle of its cell is off a point by half a cell at most in each dimension.
    #[inline(always)]
    fn points(&self, dimensions: &[usize], sides: &[Side], child: usize, codes: &[Codes]) -> Sorted {
        if !TAME.contains(&self.radius) {
            return Sorted::new(u64::MAX, 0);
        }
        let (mut squares, mut steps, mut complete) = ([0.0; FANOUT], 0.0, true);
        for (dimension, center) in dimensions.iter().zip(self.center) {
            let side = &sides[*dimension];
            let (low, high) = (side.low[child], side.high[child]);
            let (first, step) = Grid::new(low, high).cells();
            let (first, step) = ((first - center) / self.radius, step / self.radius);
            complete &= side.complete >> child & 1 == 1;
            // Of infinite ends nothing is known: all becomes NaN.
            let step = if low.is_finite() && high.is_finite() { step } else { f64::NAN };
            steps += step * step;
            kernel::add_squares(&mut squares, &codes[*dimension], first as f32, step as f32);
        }
        // A block that the ball reaches is at most a radius and its own width away in each dimension, which bounds the rounding.
        let off = steps.sqrt() * 0.51 + CODE_ROUNDING * (1.0 + 255.0 * steps.sqrt());
        let inner = if off < 1.0 { (1.0 - off) * (1.0 - off) } else { -1.0 };
        let sorted = kernel::sorted_squares(&squares, inner as f32, ((1.0 + off) * (1.0 + off)) as f32);
        // What has no number has a code, too.
        if complete { sorted } else { Sorted::new(sorted.inside | sorted.unsure, 0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::Random, index::plane::build::Made, index::widest::all_widths};

    #[test]
    fn every_width_of_instructions_sorts_alike() {
        let mut random = Random::new(4);
        let (dimensions, count) = ([0, 1, 2], 64 * FANOUT);
        let points: Vec<f64> = (0..count * 3).map(|_| random.fraction()).collect();
        let order: Vec<u32> = (0..count as u32).collect();
        let made = Made::new(&order, &points, 3);
        let mut unlike = 0;
        for _ in 0..40 {
            let center: [f64; 3] = std::array::from_fn(|_| random.fraction());
            let reach = random.between(0.0, 0.8);
            let (low, high) = (center.map(|at| at - reach), center.map(|at| at + reach));
            for question in [Question::within(&dimensions, &low, &high), Question::ball(&dimensions, &center, reach)] {
                let children = all_widths(|| Children { question: &question, sides: &made.boxes[..3] });
                assert!(children.iter().all(|sorted| *sorted == children[0]), "{children:?}");
                for child in 0..FANOUT {
                    let codes = &made.codes[child * 3..][..3];
                    let points = all_widths(|| Points { question: &question, sides: &made.boxes[..3], child, codes });
                    assert!(points.iter().all(|sorted| *sorted == points[0]), "{points:?}");
                    unlike += usize::from(points[0].inside != 0 && points[0].unsure != 0);
                }
            }
        }
        assert!(unlike > 100, "{unlike}");
    }
}
