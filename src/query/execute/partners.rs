//! One segment's answers to the question of one left object of a join.

use crate::{
    expr::Target,
    index::{Exactness, IndexPart, NearestRequest, SearchEffort, Slot, SlotSet},
    object::{Offset, Standing},
    query::{
        QueryError,
        found::Found,
        plan::{Partner, Question},
    },
    set::{IndexId, SegmentView},
};

use super::{fetch, searched::Step};

/// One segment's share of the partners of a left object.
pub struct Partners<'s> {
    pub segment: &'s SegmentView,
    /// The segment's place in the view.
    pub at: usize,
    /// What may be a partner.
    pub slots: &'s SlotSet,
    /// `None` where they are found by where they stand.
    pub index: Option<IndexId>,
    pub by_owner: bool,
    pub question: &'s Question,
}

impl Partners<'_> {
    /// Adds the segment's partners, in no order.
    pub fn find(&self, partners: &mut Vec<Found<'static>>) -> Result<Step, QueryError> {
        let mut step = Step::default();
        if let Some(place) = self.question.place() {
            self.standing(place, partners, &mut step)?;
            return Ok(step);
        }
        match self.index.and_then(|index| self.segment.part(index)) {
            Some(part) if self.through(part, partners, &mut step)? => {}
            part => {
                step.without_part = part.is_none();
                self.test(self.slots, partners, &mut step)?;
            }
        }
        Ok(step)
    }

    /// The object with an offset, or those of an owner: what the segment's order tells.
    fn standing(
        &self,
        (standing, offset): (Standing, Offset),
        partners: &mut Vec<Found<'static>>,
        step: &mut Step,
    ) -> Result<(), QueryError> {
        step.work.visited += 1;
        match standing {
            Standing::Offset => {
                if let Some(slot) = self.segment.slot_of(offset)?.filter(|slot| self.slots.contains(*slot)) {
                    partners.push(self.found(slot, None)?);
                }
            }
            Standing::Owner => {
                let run = self.segment.owned_by(offset)?;
                for slot in run.map(Slot).filter(|slot| self.slots.contains(*slot)) {
                    partners.push(self.found(slot, None)?);
                }
            }
        }
        Ok(())
    }

    /// Asks the part; false when it cannot answer. A damaged one is not asked again.
    fn through(
        &self,
        part: &dyn IndexPart,
        partners: &mut Vec<Found<'static>>,
        step: &mut Step,
    ) -> Result<bool, QueryError> {
        match self.asked(part, partners, step) {
            Err(QueryError::Index(error)) if error.is_damage() => {
                self.index.into_iter().for_each(|index| self.segment.distrust(index, &error));
                Ok(false)
            }
            answered => answered,
        }
    }

    fn asked(
        &self,
        part: &dyn IndexPart,
        partners: &mut Vec<Found<'static>>,
        step: &mut Step,
    ) -> Result<bool, QueryError> {
        if let Question::Near { target, within } = self.question
            && self.slots.is_all(self.segment.slots())
            && part.can_nearest(target)
        {
            return self.measured(part, target, *within, self.slots, partners, step);
        }
        let Some(predicate) = self.question.predicate().filter(|asked| part.access(asked).is_some()) else {
            return Ok(false);
        };
        let (matching, exactness) = part.candidates(&predicate, &mut step.work)?;
        let matching = matching.and(self.slots, &mut step.work);
        match (self.question, exactness) {
            // Of all that the filter lets through, a nearest search would have to find out anew what is near.
            (Question::Near { target, within }, _) if part.can_nearest(target) => {
                return self.measured(part, target, *within, &matching, partners, step);
            }
            (Question::Matching(_), Exactness::Exact) => {
                for slot in &matching {
                    partners.push(self.found(slot, None)?);
                }
            }
            _ => self.test(&matching, partners, step)?,
        }
        Ok(true)
    }

    /// The part's own nearest search brings the distances along.
    fn measured(
        &self,
        part: &dyn IndexPart,
        target: &Target,
        within: f64,
        accept: &SlotSet,
        partners: &mut Vec<Found<'static>>,
        step: &mut Step,
    ) -> Result<bool, QueryError> {
        let k = usize::try_from(accept.len()).unwrap_or(usize::MAX);
        let request = NearestRequest { target, k, accept, effort: SearchEffort::Exact, bound: within };
        let Some((hits, path)) = part.nearest(&request, &mut step.work)? else { return Ok(false) };
        step.path = Some(path);
        for (slot, distance) in hits {
            partners.push(self.found(slot, Some(distance))?);
        }
        Ok(true)
    }

    /// Reads the objects of slots, and takes those that answer.
    fn test(&self, slots: &SlotSet, partners: &mut Vec<Found<'static>>, step: &mut Step) -> Result<(), QueryError> {
        for slot in slots {
            step.work.fetched += 1;
            if let Some(Partner { distance }) = self.segment.read(slot, |fields| self.question.answered(fields))? {
                partners.push(self.found(slot, distance)?);
            }
        }
        Ok(())
    }

    fn found(&self, slot: Slot, distance: Option<f64>) -> Result<Found<'static>, QueryError> {
        Ok(Found { distance, ..fetch::in_slot(self.segment, self.at, slot, self.by_owner)? })
    }
}
