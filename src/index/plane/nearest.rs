//! The nearest slots: a box around the target that widens until it must hold them.

use crate::{
    expr::euclidean,
    index::{IndexError, NearestAnswer, NearestRequest, SearchPath, Slot, Work, search::damaged},
};

use super::{NAME, part::PlanePart, shape::around};

/// Up to so many accepted slots, measuring each is as quick as looking for the right box.
const FEW: u64 = 1024;

/// A search under way.
struct Search<'a> {
    part: &'a PlanePart,
    dimensions: &'a [usize],
    center: &'a [f64],
    request: &'a NearestRequest<'a>,
}

impl PlanePart {
    pub(super) fn nearest_to(
        &self,
        dimensions: &[usize],
        center: &[f64],
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<NearestAnswer, IndexError> {
        if request.k == 0 || request.accept.is_empty() {
            return Ok((Vec::new(), SearchPath::Empty));
        }
        let search = Search { part: self, dimensions, center, request };
        let measurable = center.iter().all(|coordinate| coordinate.is_finite());
        if request.accept.len() <= FEW.max(request.k as u64) || !measurable {
            return Ok((search.best(search.measure_accepted(work)?), SearchPath::Flat));
        }
        search.widen(work)
    }
}

impl Search<'_> {
    /// Widens the box until it must hold the k nearest, or all within the bound.
    fn widen(&self, work: &mut Work) -> Result<NearestAnswer, IndexError> {
        let mut radius = self.first_radius()?.min(self.request.bound);
        loop {
            let (narrowest, run, is_all) = self.narrowest(radius)?;
            let length = u64::from(run.end - run.start);
            if length >= self.request.accept.len() {
                return Ok((self.best(self.measure_accepted(work)?), SearchPath::Flat));
            }
            let is_last = is_all || radius >= self.request.bound;
            if length < self.request.k as u64 && !is_last {
                radius *= 2.0;
                continue;
            }
            let slots = self.part.planes[narrowest].by_rank(run)?;
            let accepted = slots.iter().map(|slot| Slot(*slot)).filter(|slot| self.request.accept.contains(*slot));
            work.visited += length;
            let best = self.best(self.measure(accepted, work)?);
            // All that are at most `radius` away were measured; what is farther may hide something nearer outside of the box.
            let farthest = best.last().map(|(_, distance)| *distance).filter(|_| best.len() == self.request.k);
            match farthest {
                _ if is_last => return Ok((best, SearchPath::Slabs)),
                Some(farthest) if farthest <= radius => return Ok((best, SearchPath::Slabs)),
                // The k-th nearest is no farther than this: the next box is the last.
                Some(farthest) => radius = farthest.min(self.request.bound),
                None => radius *= 2.0,
            }
        }
    }

    /// The dimension whose slab of a box around the target is the narrowest, that slab, and whether all slabs hold every number.
    fn narrowest(&self, radius: f64) -> Result<(usize, std::ops::Range<u32>, bool), IndexError> {
        let (mut narrowest, mut is_all) = ((0, 0..u32::MAX), true);
        for (dimension, center) in self.dimensions.iter().zip(self.center) {
            let plane = &self.part.planes[*dimension];
            let (low, high) = around(*center, radius);
            let run = plane.slab(low, high)?;
            is_all &= run.end - run.start == plane.numbers()?;
            if run.end - run.start < narrowest.1.end - narrowest.1.start {
                narrowest = (*dimension, run);
            }
        }
        Ok((narrowest.0, narrowest.1, is_all))
    }

    /// A radius whose box holds about as many slots as are needed, were they spread evenly: the least of the slabs' half widths.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a guess")]
    fn first_radius(&self) -> Result<f64, IndexError> {
        let slots = f64::from(self.part.planes[0].slots());
        let wanted = (2.0 * self.request.k as f64 + 8.0) * slots / self.request.accept.len() as f64;
        let mut radius = f64::INFINITY;
        for (dimension, center) in self.dimensions.iter().zip(self.center) {
            let plane = &self.part.planes[*dimension];
            let numbers = plane.slab(f64::NEG_INFINITY, f64::INFINITY)?;
            let count = f64::from(numbers.end - numbers.start);
            if numbers.is_empty() {
                continue;
            }
            let share = (wanted / count).min(1.0).powf(1.0 / self.dimensions.len() as f64);
            let half = ((count * share / 2.0) as u32).max(1);
            let here = plane.slab(f64::NEG_INFINITY, *center)?.end;
            for rank in [here.saturating_sub(half).max(numbers.start), here.saturating_add(half).min(numbers.end - 1)] {
                let slot = plane.by_rank(rank..rank + 1)?.first().copied().unwrap_or(0);
                let distance = (self.part.points.all(self.known(Slot(slot))?)?[*dimension] - center).abs();
                if distance > 0.0 && distance < radius {
                    radius = distance;
                }
            }
        }
        let least = self.center.iter().fold(1.0f64, |most, coordinate| most.max(coordinate.abs())) * 1e-9;
        Ok(if radius.is_finite() { radius } else { least })
    }

    fn measure_accepted(&self, work: &mut Work) -> Result<Vec<(Slot, f64)>, IndexError> {
        work.visited += self.request.accept.len();
        self.measure(self.request.accept.iter(), work)
    }

    /// The distances of some slots, of those that have all coordinates.
    fn measure(&self, slots: impl Iterator<Item = Slot>, work: &mut Work) -> Result<Vec<(Slot, f64)>, IndexError> {
        let (mut measured, mut buffer) = (Vec::new(), [0.0; 16]);
        for slot in slots {
            let at = self.part.points.some(self.known(slot)?, self.dimensions, &mut buffer)?;
            let distance = euclidean(at, self.center);
            work.distances += 1;
            if distance <= self.request.bound {
                measured.push((slot, distance));
            }
        }
        Ok(measured)
    }

    /// A slot, if the segment has it.
    fn known(&self, slot: Slot) -> Result<Slot, IndexError> {
        if slot.0 < self.part.planes[0].slots() {
            Ok(slot)
        } else {
            Err(damaged(NAME, "a slot past the segment's end"))
        }
    }

    /// The k nearest of what was measured, ties by slot.
    fn best(&self, mut measured: Vec<(Slot, f64)>) -> Vec<(Slot, f64)> {
        let order = |a: &(Slot, f64), b: &(Slot, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
        if measured.len() > self.request.k {
            measured.select_nth_unstable_by(self.request.k, order);
            measured.truncate(self.request.k);
        }
        measured.sort_unstable_by(order);
        measured
    }
}
