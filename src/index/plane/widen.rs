//! The nearest slots by planes: a box around the target that widens until it must hold them, of which the narrowest slab is measured.

use crate::index::{IndexError, NearestAnswer, SearchPath, Slot, Work};

use super::{cost, measure::Search, question::around};

impl Search<'_> {
    /// Widens the box until it must hold the k nearest, or all within the bound.
    pub fn widen(&self, work: &mut Work) -> Result<NearestAnswer, IndexError> {
        let mut radius = self.first_radius()?.min(self.bound);
        loop {
            let (narrowest, run, is_all) = self.narrowest(radius)?;
            let length = u64::from(run.end - run.start);
            if length >= self.request.accept.len() {
                return self.flat(work);
            }
            let is_last = is_all || radius >= self.bound;
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
                Some(farthest) => radius = farthest.min(self.bound),
                None => radius *= 2.0,
            }
        }
    }

    /// Nanoseconds to measure the slab that is tried first, roughly twice, as it takes about two.
    pub fn cost_of_slabs(&self) -> Result<f64, IndexError> {
        let (_, run, _) = self.narrowest(self.first_radius()?.min(self.bound))?;
        Ok(cost::slabs(4 * self.dimensions.len()) + cost::points(2.0 * f64::from(run.end - run.start)))
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
}
