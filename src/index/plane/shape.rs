//! Boxes and balls: slabs from the most selective on, and the residual.

use std::ops::Range;

use crate::{
    expr::{Predicate, Test, euclidean},
    index::{
        Access, Cardinality, Exactness, IndexError, Slot, SlotSet, Work,
        search::{damaged, sort_slots},
    },
    object::FieldPath,
};

use super::{NAME, part::PlanePart};

/// Nanoseconds to look at the coordinates of one slot.
const POINT: f64 = 8.0;
/// Nanoseconds to find the ends of one slab.
const SEARCH: f64 = 600.0;

/// A box or a ball, in the dimensions that its predicate names.
pub(super) struct Shape<'p> {
    pub dimensions: Vec<usize>,
    test: &'p Test,
}

/// A slab of one dimension, as a run of ranks there.
pub(super) struct Slab {
    pub dimension: usize,
    pub run: Range<u32>,
}

impl Slab {
    fn len(&self) -> u64 {
        u64::from(self.run.end - self.run.start)
    }
}

impl Shape<'_> {
    /// The lower and upper edge in a dimension, by its place in the predicate. A ball's box is wide enough for its rounding.
    fn edges(&self, at: usize) -> (f64, f64) {
        match self.test {
            Test::Box { low, high } => (low[at], high[at]),
            Test::Ball { center, radius } => around(center[at], *radius),
            _ => (f64::NAN, f64::NAN),
        }
    }

    /// Whether coordinates lie in the shape, by the same computation as in `evaluate`.
    fn holds(&self, at: &[f64]) -> bool {
        match self.test {
            Test::Box { low, high } => {
                at.iter().zip(low.iter().zip(high)).all(|(at, (low, high))| low <= at && at <= high)
            }
            Test::Ball { center, radius } => euclidean(at, center) <= *radius,
            _ => false,
        }
    }

    fn is_box(&self) -> bool {
        matches!(self.test, Test::Box { .. })
    }
}

/// An interval that holds every coordinate whose computed distance from a centre may be at most `radius`.
pub(super) fn around(center: f64, radius: f64) -> (f64, f64) {
    // The computed distance is at least the true one less a few roundings; the sums below are off by half a step.
    let wide = radius * (1.0 + 1e-12) + f64::MIN_POSITIVE;
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

    /// The slabs of a shape, most selective first.
    fn slabs(&self, shape: &Shape<'_>) -> Result<Vec<Slab>, IndexError> {
        let slab = |(at, dimension): (usize, &usize)| {
            let (low, high) = shape.edges(at);
            Ok(Slab { dimension: *dimension, run: self.planes[*dimension].slab(low, high)? })
        };
        let mut slabs = shape.dimensions.iter().enumerate().map(slab).collect::<Result<Vec<Slab>, IndexError>>()?;
        slabs.sort_by_key(Slab::len);
        Ok(slabs)
    }

    /// How a shape would be answered.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "estimates"
    )]
    pub(super) fn shape_access(&self, shape: &Shape<'_>) -> Result<Access, IndexError> {
        let slabs = self.slabs(shape)?;
        let slots = f64::from(self.planes[0].slots()).max(1.0);
        let most = slabs.first().map_or(0, Slab::len);
        // As if the dimensions had nothing to do with each other; with one slab this is exact.
        let expected = slabs.iter().map(|slab| slab.len() as f64 / slots).product::<f64>() * slots;
        let exact = slabs.len() == 1 && shape.is_box() || most == 0;
        let cardinality =
            if exact { Cardinality::exact(most) } else { Cardinality::at_most(most, expected.ceil() as u64) };
        let cost = SEARCH * slabs.len() as f64 + self.slab_costs(&slabs).min(most as f64 * POINT);
        Ok(Access { exactness: Exactness::Exact, cardinality, cost })
    }

    fn slab_costs(&self, slabs: &[Slab]) -> f64 {
        slabs.iter().map(|slab| self.planes[slab.dimension].run_cost(&slab.run)).sum()
    }

    /// The slots in a shape.
    #[allow(clippy::cast_precision_loss, reason = "a cost is a rough number")]
    pub(super) fn in_shape(&self, shape: &Shape<'_>, work: &mut Work) -> Result<SlotSet, IndexError> {
        let slabs = self.slabs(shape)?;
        let Some((first, others)) = slabs.split_first() else { return Ok(SlotSet::empty()) };
        if first.run.is_empty() {
            return Ok(SlotSet::empty());
        }
        let plane = &self.planes[first.dimension];
        if first.len() as f64 * POINT <= self.slab_costs(&slabs) {
            // Few in the narrowest slab: look at each, sort what is left.
            let slots = plane.by_rank(first.run.clone())?;
            let mut kept = self.holding(shape, slots.iter().map(|slot| Slot(*slot)), work)?;
            sort_slots(&mut kept, work);
            if kept.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(damaged(NAME, "a slot with two ranks"));
            }
            return Ok(SlotSet::from_sorted(kept));
        }
        let mut inside = plane.slots_of_run(first.run.clone(), work)?;
        for slab in others {
            let plane = &self.planes[slab.dimension];
            if inside.len() as f64 * POINT <= plane.run_cost(&slab.run) {
                return Ok(SlotSet::from_ascending(self.holding(shape, inside.iter(), work)?));
            }
            inside = inside.and(&plane.slots_of_run(slab.run.clone(), work)?, work);
        }
        // What is in all slabs is in the box; a ball has its distance as residual.
        if shape.is_box() {
            Ok(inside)
        } else {
            Ok(SlotSet::from_ascending(self.holding(shape, inside.iter(), work)?))
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
    #[allow(clippy::cast_precision_loss, reason = "a cost is a rough number")]
    pub(super) fn in_shape_within(
        &self,
        shape: &Shape<'_>,
        within: &SlotSet,
        work: &mut Work,
    ) -> Result<Option<SlotSet>, IndexError> {
        if within.len() as f64 * POINT > self.shape_access(shape)?.cost {
            return Ok(None);
        }
        Ok(Some(SlotSet::from_ascending(self.holding(shape, within.iter(), work)?)))
    }
}
