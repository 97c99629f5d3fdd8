//! Boxes and balls, in the dimensions that their predicates name.

use crate::{
    expr::{Predicate, Test, euclidean},
    object::FieldPath,
};

use super::{
    part::PlanePart,
    question::{Question, around},
};

/// A box or a ball, in the dimensions that its predicate names.
pub(super) struct Shape<'p> {
    pub dimensions: Vec<usize>,
    test: &'p Test,
}

impl Shape<'_> {
    /// The lower and upper edge in a dimension, by its place in the predicate. A ball's box is wide enough for its rounding.
    pub fn edges(&self, at: usize) -> (f64, f64) {
        match self.test {
            Test::Box { low, high } => (low[at], high[at]),
            Test::Ball { center, radius } => around(center[at], *radius),
            _ => (f64::NAN, f64::NAN),
        }
    }

    /// Whether coordinates lie in the shape, by the same computation as in `evaluate`.
    pub fn holds(&self, at: &[f64]) -> bool {
        match self.test {
            Test::Box { low, high } => {
                at.iter().zip(low.iter().zip(high)).all(|(at, (low, high))| low <= at && at <= high)
            }
            Test::Ball { center, radius } => euclidean(at, center) <= *radius,
            _ => false,
        }
    }

    pub fn is_box(&self) -> bool {
        matches!(self.test, Test::Box { .. })
    }

    /// The shape as blocks are asked about it.
    pub fn question(&self) -> Question<'_> {
        match self.test {
            Test::Box { low, high } => Question::within(&self.dimensions, low, high),
            Test::Ball { center, radius } => Question::ball(&self.dimensions, center, *radius),
            _ => Question::within(&self.dimensions, &[f64::NAN; 16], &[f64::NAN; 16]),
        }
    }
}

impl PlanePart {
    /// The place of each path among the fields; `None` when one has none.
    pub(super) fn dimensions(&self, paths: &[FieldPath]) -> Option<Vec<usize>> {
        paths.iter().map(|path| self.fields.iter().position(|field| field == path)).collect()
    }

    /// The shape that a predicate asks for, if it is one over fields of this index.
    pub(super) fn shape<'p>(&self, predicate: &'p Predicate) -> Option<Shape<'p>> {
        let edges = match &predicate.test {
            Test::Box { low, high } if low.len() == high.len() => low.len(),
            Test::Ball { center, .. } => center.len(),
            _ => return None,
        };
        let fits = edges == predicate.paths.len() && (1..=16).contains(&edges);
        let dimensions = fits.then(|| self.dimensions(&predicate.paths))??;
        Some(Shape { dimensions, test: &predicate.test })
    }
}
