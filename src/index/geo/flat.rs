//! Lines and areas one by one: where a part has no edge tree, or few shapes are accepted.
//!
//! Each has a disc around it. What the disc does not decide, the shape itself does, by the distance function that evaluation uses.

use crate::{
    geometry::{DistanceFrom, LonLat},
    index::{IndexError, NearestRequest, Slot, SlotSet, Work},
};

use super::{nearest::Hits, shapes::Known, tree::Tree};

impl Known {
    /// The slots of those within some metres of a place, ascending.
    pub(super) fn within_flat(
        &self,
        tree: &Tree,
        place: LonLat,
        metres: f64,
        work: &mut Work,
    ) -> Result<Vec<u32>, IndexError> {
        let from = DistanceFrom::new(place);
        let mut slots = Vec::new();
        work.visited += self.count as u64;
        for (shape, disc) in self.surroundings()?.enumerate() {
            let (low, high) = disc?.range_from(&from);
            if low > metres || metres.is_nan() {
                continue;
            }
            let is_within = high <= metres || {
                work.distances += 1;
                self.distance(shape, place)? <= metres
            };
            if is_within {
                slots.push(self.slot(shape, tree)?.0);
            }
        }
        Ok(slots)
    }

    /// Puts the nearest accepted shapes among other hits.
    pub(super) fn add_nearest_flat(
        &self,
        hits: &mut Hits,
        place: LonLat,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<(), IndexError> {
        let mut near = self.accepted(place, request.accept)?;
        work.visited += self.count as u64;
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for (low, shape, slot) in near {
            let limit = if hits.len() < request.k { request.bound } else { hits.last().map_or(0.0, |last| last.1) };
            // In ascending order of what they may be: what comes later is no nearer.
            if low > limit.min(request.bound) {
                break;
            }
            work.distances += 1;
            add(hits, (slot, self.distance(shape, place)?), request);
        }
        Ok(())
    }

    /// The accepted shapes: how near they may be at best, number, slot.
    fn accepted(&self, place: LonLat, accept: &SlotSet) -> Result<Vec<(f64, usize, Slot)>, IndexError> {
        let from = DistanceFrom::new(place);
        let slots = self.slots()?.iter().zip(self.surroundings()?);
        let mut near = Vec::new();
        for (shape, (slot, disc)) in slots.enumerate().filter(|(_, (slot, _))| accept.contains(Slot(**slot))) {
            near.push((disc?.range_from(&from).0, shape, Slot(*slot)));
        }
        Ok(near)
    }
}

/// Puts a hit where it belongs, if it is near enough.
pub(super) fn add(hits: &mut Hits, (slot, metres): (Slot, f64), request: &NearestRequest<'_>) {
    if metres <= request.bound {
        let at = hits.partition_point(|hit| hit.1.total_cmp(&metres).then(hit.0.cmp(&slot)).is_lt());
        if at < request.k {
            hits.insert(at, (slot, metres));
            hits.truncate(request.k);
        }
    }
}
