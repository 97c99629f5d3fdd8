//! The slots in slabs: of the narrowest, those that pass a look at their coordinates, or what all have in common.

use std::ops::Range;

use crate::index::{
    IndexError, Slot, SlotSet, Work,
    search::{damaged, sort_slots},
};

use super::{NAME, cost, part::PlanePart, shape::Shape};

/// A slab of one dimension, as a run of ranks there.
pub(super) struct Slab {
    pub dimension: usize,
    pub run: Range<u32>,
}

impl Slab {
    pub fn len(&self) -> u64 {
        u64::from(self.run.end - self.run.start)
    }
}

pub(super) fn most_selective_first(slabs: &mut [Slab]) {
    slabs.sort_by_key(Slab::len);
}

impl PlanePart {
    /// Nanoseconds to make the slots of all slabs, roughly.
    pub(super) fn slab_costs(&self, slabs: &[Slab]) -> f64 {
        slabs.iter().map(|slab| self.planes[slab.dimension].run_cost(&slab.run)).sum()
    }

    /// The slots in a shape by looking at each in one of its slabs; what is left is sorted.
    pub(super) fn in_slab(&self, shape: &Shape<'_>, slab: &Slab, work: &mut Work) -> Result<SlotSet, IndexError> {
        let slots = self.planes[slab.dimension].by_rank(slab.run.clone())?;
        let mut kept = self.holding(shape, slots.iter().map(|slot| Slot(*slot)), work)?;
        sort_slots(&mut kept, work);
        if kept.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(damaged(NAME, "a slot with two ranks"));
        }
        Ok(SlotSet::from_sorted(kept))
    }

    /// The slots in a shape by intersecting its slabs, until looking at each that is left is cheaper.
    pub(super) fn in_all_slabs(
        &self,
        shape: &Shape<'_>,
        slabs: &[Slab],
        work: &mut Work,
    ) -> Result<SlotSet, IndexError> {
        let mut inside = SlotSet::all(self.planes[0].slots());
        for slab in slabs {
            let plane = &self.planes[slab.dimension];
            if cost::points(inside.len() as f64) <= plane.run_cost(&slab.run) {
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
}
