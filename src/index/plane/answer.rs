//! The slots in a box or a ball, the way that is planned.

use crate::index::{Access, Exactness, IndexError, Slot, SlotSet, Work, search::damaged};

use super::{NAME, cost, part::PlanePart, plan::Way, shape::Shape};

impl PlanePart {
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
