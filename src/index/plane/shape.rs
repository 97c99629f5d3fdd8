//! Boxes and balls, in the dimensions that their predicates name.

use crate::{
    expr::{Predicate, Test, euclidean},
    index::{Access, Exactness, IndexError, Slot, SlotSet, Work, search::damaged},
    object::FieldPath,
};

use super::{NAME, cost, part::PlanePart, plan::Way, question::Question};

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

/// An interval that holds every coordinate whose computed distance from a centre may be at most `radius`.
pub(super) fn around(center: f64, radius: f64) -> (f64, f64) {
    // The computed distance is at least the true one less a few roundings; squares below 1e-308 vanish, whose roots are below 1e-150; the
    // sums are off by half a step.
    let wide = radius * (1.0 + 1e-12) + 1e-150;
    ((center - wide).next_down(), (center + wide).next_up())
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

    /// How a shape would be answered.
    pub(super) fn shape_access(&self, shape: &Shape<'_>) -> Result<Access, IndexError> {
        let plan = self.plan(shape)?;
        Ok(Access { exactness: Exactness::Exact, cardinality: plan.cardinality, cost: plan.cost })
    }

    /// The slots in a shape.
    pub(super) fn in_shape(&self, shape: &Shape<'_>, work: &mut Work) -> Result<SlotSet, IndexError> {
        let plan = self.plan(shape)?;
        match plan.way {
            Way::Nothing => Ok(SlotSet::empty()),
            Way::Narrow(slab) => self.in_slab(shape, &slab, work),
            Way::Merge(slabs) => self.in_all_slabs(shape, &slabs, work),
            Way::Blocks(blocks) => self.in_blocks(blocks, shape, work),
        }
    }

    /// Those of some slots that are in a shape.
    pub(super) fn holding(
        &self,
        shape: &Shape<'_>,
        slots: impl Iterator<Item = Slot>,
        work: &mut Work,
    ) -> Result<Vec<u32>, IndexError> {
        let (mut kept, mut buffer) = (Vec::new(), [0.0; 16]);
        for slot in slots {
            work.visited += 1;
            work.distances += u64::from(!shape.is_box());
            if slot.0 >= self.planes[0].slots() {
                return Err(damaged(NAME, "a slot past the segment's end"));
            }
            if shape.holds(self.points.some(slot, &shape.dimensions, &mut buffer)?) {
                kept.push(slot.0);
            }
        }
        Ok(kept)
    }

    /// Those of `within` that are in a shape, when that is cheaper than making all.
    pub(super) fn in_shape_within(
        &self,
        shape: &Shape<'_>,
        within: &SlotSet,
        work: &mut Work,
    ) -> Result<Option<SlotSet>, IndexError> {
        if cost::points(within.len() as f64) > self.shape_access(shape)?.cost {
            return Ok(None);
        }
        Ok(Some(SlotSet::from_ascending(self.holding(shape, within.iter(), work)?)))
    }
}
