//! One segment's share of a nearest search: what its part finds, or what is found by measuring each.

use std::collections::HashSet;

use crate::{
    expr::Target,
    index::{IndexPart, NearestRequest, SearchPath, Slot, SlotSet, Work},
    query::{Nearest, QueryError},
    set::{IndexId, SegmentView},
};

use super::{best::Best, fetch, top::Nearness};

/// What a search of one segment did.
#[derive(Default)]
pub struct Step {
    pub work: Work,
    pub path: Option<SearchPath>,
    pub without_part: bool,
}

/// One segment's share of a nearest search.
pub struct Searched<'s> {
    pub segment: &'s SegmentView,
    /// The segment's place in the view.
    pub at: usize,
    /// What may be a hit.
    pub slots: &'s SlotSet,
    pub index: Option<IndexId>,
    pub by_owner: bool,
    pub nearest: &'s Nearest,
}

/// What a part says it found; `None` when it was found to be damaged.
type Answered<T> = Result<Option<T>, QueryError>;

impl Searched<'_> {
    /// Adds the segment's hits.
    pub fn search(&self, best: &mut Best<'_>) -> Result<Step, QueryError> {
        let mut work = Work::default();
        let probes = self.nearest.target.probes();
        let part = self.index.and_then(|index| self.segment.part(index));
        let part = part.filter(|part| !probes.is_empty() && probes.iter().all(|probe| part.can_nearest(probe)));
        let answered = match (part, &self.nearest.target) {
            (None, _) => None,
            (Some(part), Target::Best { .. }) => self.near_any(part, &probes, best, &mut work)?,
            (Some(part), _) => self.near(part, best, &mut work)?,
        };
        let path = match answered {
            Some(path) => path,
            None => self.measure(best, &mut work)?,
        };
        Ok(Step { work, path: Some(path), without_part: part.is_none() })
    }

    /// What the part finds, and more of it while a cursor has passed some.
    fn near(&self, part: &dyn IndexPart, best: &mut Best<'_>, work: &mut Work) -> Answered<SearchPath> {
        let Nearest { k, target, after, .. } = self.nearest;
        // One more than are wanted: the object that the cursor was made from.
        let mut wanted = self.at_most(k.saturating_add(usize::from(after.is_some())));
        loop {
            let Some((hits, path)) = self.asked(part, target, wanted, best.bound(), work)? else { return Ok(None) };
            let is_last = hits.len() < wanted || wanted == self.at_most(usize::MAX);
            let mut found = Vec::with_capacity(hits.len());
            for (slot, distance) in hits {
                let in_slot = fetch::in_slot(self.segment, self.at, slot, self.by_owner)?;
                if best.takes(Nearness { distance, key: in_slot.key }) {
                    found.push((distance, in_slot));
                }
            }
            if is_last || found.len() >= *k || after.is_none() {
                found.into_iter().for_each(|(distance, found)| best.push(Some(distance), found));
                return Ok(Some(path));
            }
            wanted = self.at_most(wanted.saturating_mul(2));
        }
    }

    /// What the part finds near each of several probes, measured by the whole target. What it has not given is at least as far from each probe
    /// as the last that it has given for it: when that can be no hit any more, all hits are known (Fagin's threshold algorithm).
    fn near_any(
        &self,
        part: &dyn IndexPart,
        probes: &[Target],
        best: &mut Best<'_>,
        work: &mut Work,
    ) -> Answered<SearchPath> {
        let Target::Best { examples, .. } = &self.nearest.target else { return Ok(None) };
        let mut known = HashSet::new();
        let mut wanted = self.at_most(self.nearest.k.max(FIRST));
        // Where most is asked for, measuring each is as quick.
        while wanted <= self.at_most(usize::MAX) / 2 {
            let (mut nearest_unknown, mut path) = (f64::INFINITY, SearchPath::Empty);
            for probe in probes {
                let Some((hits, taken)) = self.asked(part, probe, wanted, f64::INFINITY, work)? else {
                    return Ok(None);
                };
                path = taken;
                if hits.len() == wanted {
                    nearest_unknown = hits.last().map_or(nearest_unknown, |(_, last)| nearest_unknown.min(*last));
                }
                for (slot, _) in hits {
                    if known.insert(slot) {
                        self.measure_one(slot, best, work)?;
                    }
                }
            }
            if nearest_unknown == f64::INFINITY || best.bound() < examples.farther_than(nearest_unknown) {
                return Ok(Some(path));
            }
            wanted = self.at_most(wanted.saturating_mul(4));
        }
        for slot in self.slots.iter().filter(|slot| !known.contains(slot)) {
            self.measure_one(slot, best, work)?;
        }
        Ok(Some(SearchPath::Flat))
    }

    /// At most as many as there are slots.
    fn at_most(&self, k: usize) -> usize {
        k.min(usize::try_from(self.slots.len()).unwrap_or(usize::MAX))
    }

    /// What the part answers. A damaged one is not asked again.
    fn asked(
        &self,
        part: &dyn IndexPart,
        target: &Target,
        k: usize,
        bound: f64,
        work: &mut Work,
    ) -> Answered<(Vec<(Slot, f64)>, SearchPath)> {
        let request = NearestRequest { target, k, accept: self.slots, effort: self.nearest.effort, bound };
        match (part.nearest(&request, work), self.index) {
            (Err(error), Some(index)) if error.is_damage() => {
                self.segment.distrust(index, &error);
                Ok(None)
            }
            (answer, _) => Ok(answer?),
        }
    }

    fn measure(&self, best: &mut Best<'_>, work: &mut Work) -> Result<SearchPath, QueryError> {
        for slot in self.slots {
            self.measure_one(slot, best, work)?;
        }
        Ok(SearchPath::Flat)
    }

    fn measure_one(&self, slot: Slot, best: &mut Best<'_>, work: &mut Work) -> Result<(), QueryError> {
        work.fetched += 1;
        work.distances += 1;
        if let Some(distance) = self.segment.read(slot, |fields| self.nearest.target.distance(fields))? {
            best.push(Some(distance), fetch::in_slot(self.segment, self.at, slot, self.by_owner)?);
        }
        Ok(())
    }
}

/// So many are asked for near each of several probes at least.
const FIRST: usize = 32;
