//! The nearest slots: by blocks, the nearest first, as long as that is the cheapest way.

use crate::index::{IndexError, NearestAnswer, NearestRequest, SearchPath, Work};

use super::{closest::Closest, cost, measure::Search, part::PlanePart};

/// Up to so many accepted slots, measuring each is as quick as looking for the right box.
const FEW: u64 = 1024;
/// Blocks that are searched before anybody asks what another way would cost.
const FREE: u64 = 64;

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
        let mut search = Search { part: self, dimensions, center, request, bound: request.bound };
        let measurable = center.iter().all(|coordinate| coordinate.is_finite());
        if request.accept.len() <= FEW.max(request.k as u64) || !measurable {
            return search.flat(work);
        }
        if let Some(blocks) = &self.blocks {
            let mut closest = Closest::new(&search, blocks);
            if closest.search(FREE, work)? || closest.search(search.patience()?, work)? {
                return Ok((closest.hits(), SearchPath::Tree));
            }
            // What was found so far bounds the rest.
            search.bound = search.bound.min(closest.bound());
            if cost::points(request.accept.len() as f64) <= search.cost_of_slabs()? {
                return search.flat(work);
            }
        }
        search.widen(work)
    }
}

impl Search<'_> {
    /// Blocks that may be searched before another way is cheaper.
    fn patience(&self) -> Result<u64, IndexError> {
        let others = cost::points(self.request.accept.len() as f64).min(self.cost_of_slabs()?);
        Ok(FREE.max(cost::patience(others, self.dimensions.len())))
    }
}
