//! A search for the nearest: measuring slots, and keeping the best.

use crate::{
    expr::euclidean,
    index::{IndexError, NearestAnswer, NearestRequest, SearchPath, Slot, Work, search::damaged},
};

use super::{NAME, part::PlanePart};

/// A search under way.
pub(super) struct Search<'a> {
    pub part: &'a PlanePart,
    pub dimensions: &'a [usize],
    pub center: &'a [f64],
    pub request: &'a NearestRequest<'a>,
    /// What is farther is not wanted.
    pub bound: f64,
}

impl Search<'_> {
    /// Measures every accepted slot.
    pub fn flat(&self, work: &mut Work) -> Result<NearestAnswer, IndexError> {
        work.visited += self.request.accept.len();
        let measured = self.measure(self.request.accept.iter(), work)?;
        Ok((self.best(measured), SearchPath::Flat))
    }

    /// The distances of some slots, of those that have all coordinates.
    pub fn measure(&self, slots: impl Iterator<Item = Slot>, work: &mut Work) -> Result<Vec<(Slot, f64)>, IndexError> {
        let mut measured = Vec::new();
        for slot in slots {
            let distance = self.distance(slot)?;
            work.distances += 1;
            if distance <= self.bound {
                measured.push((slot, distance));
            }
        }
        Ok(measured)
    }

    /// The distance of a slot; NaN when it lacks a coordinate.
    #[inline]
    pub fn distance(&self, slot: Slot) -> Result<f64, IndexError> {
        let mut buffer = [0.0; 16];
        let at = self.part.points.some(self.known(slot)?, self.dimensions, &mut buffer)?;
        Ok(euclidean(at, self.center))
    }

    /// A slot, if the segment has it.
    pub fn known(&self, slot: Slot) -> Result<Slot, IndexError> {
        if slot.0 < self.part.planes[0].slots() {
            Ok(slot)
        } else {
            Err(damaged(NAME, "a slot past the segment's end"))
        }
    }

    /// The k nearest of what was measured, ties by slot.
    pub fn best(&self, mut measured: Vec<(Slot, f64)>) -> Vec<(Slot, f64)> {
        let order = |a: &(Slot, f64), b: &(Slot, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
        if measured.len() > self.request.k {
            measured.select_nth_unstable_by(self.request.k, order);
            measured.truncate(self.request.k);
        }
        measured.sort_unstable_by(order);
        measured
    }
}
