//! Searching by scanning: codes of all accepted slots, or their originals. Exact either way.
//!
//! A code distance bounds the true distance from below. The best codes are re-scored by originals; when what was left out
//! cannot beat the k-th hit by its bound, the answer is complete. Else everything that could is re-scored too.

use rayon::prelude::*;

use crate::{
    index::{IndexError, Slot, SlotSet, VectorColumn, Work},
    metric::{Metric, VectorRef, prefetch},
};

use super::{
    codes::Codes,
    cost::rescored,
    encoding::{EncodedQuery, Encoding, farthest_within},
    hits::Hits,
    nodes::Nodes,
    pending::Pending,
};

/// What a scan of codes reads.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) codes: Codes<'a>,
    pub(super) encoding: &'a Encoding,
    pub(super) nodes: Nodes<'a>,
    pub(super) column: &'a dyn VectorColumn,
}

/// Originals that are on their way from memory while one is measured.
pub(super) const AHEAD: usize = 8;

/// Below this many components in all, a scan of originals stays on its thread.
const PARALLEL: usize = 1 << 22;

impl Scan<'_> {
    /// Fills `hits` with the nearest accepted slots.
    pub(super) fn nearest(
        &self,
        vector: VectorRef<'_>,
        accept: &SlotSet,
        hits: Hits,
        work: &mut Work,
    ) -> Result<Hits, IndexError> {
        let query = self.encoding.query(vector);
        let bound = |code_distance| self.encoding.lower_bound(&query, code_distance);
        let pass = |mut best: Best, work: &mut Work| {
            self.each(&query, accept, |distance, slot| best.offer(distance, slot));
            work.distances += accept.len();
            best
        };
        self.in_passes(vector, bound, pass, hits, work)
    }

    /// Re-scores the least code distances that a pass over the slots gives; where more may be hits than it has kept, all of those that another
    /// pass gives.
    pub(super) fn in_passes(
        &self,
        vector: VectorRef<'_>,
        bound: impl Fn(i32) -> f64,
        mut pass: impl FnMut(Best, &mut Work) -> Best,
        hits: Hits,
        work: &mut Work,
    ) -> Result<Hits, IndexError> {
        let nearest = Best::within(rescored(hits.wanted()), farthest_within(&bound, hits.limit()));
        let (kept, dropped) = pass(nearest, work).finish();
        let fresh = hits.like();
        let hits = self.rescore(vector, kept, &bound, hits, work)?;
        let limit = farthest_within(&bound, hits.limit());
        // What was dropped at the limit itself lies behind what was kept, when codes decide.
        if dropped.is_none_or(|least| least > limit || least == limit && self.encoding.is_exact()) {
            return Ok(hits);
        }
        let (possible, _) = pass(Best::within(usize::MAX, limit), work).finish();
        self.rescore(vector, possible, &bound, fresh, work)
    }

    /// Measures originals in ascending order of their bounds, until no bound can beat the k-th hit.
    pub(super) fn rescore(
        &self,
        vector: VectorRef<'_>,
        kept: Vec<(i32, Slot)>,
        bound: impl Fn(i32) -> f64,
        mut hits: Hits,
        work: &mut Work,
    ) -> Result<Hits, IndexError> {
        let mut coming = kept.iter().map(|(_, slot)| *slot);
        let mut fetch = |count| {
            for slot in coming.by_ref().take(count) {
                if let Some(original) = self.column.vector(slot)? {
                    prefetch(original.memory());
                }
            }
            Ok::<(), IndexError>(())
        };
        fetch(AHEAD)?;
        for (code_distance, slot) in &kept {
            if bound(*code_distance) > hits.limit() {
                break;
            }
            fetch(1)?;
            if let Some(original) = self.column.vector(*slot)? {
                hits.offer(self.encoding.metric.distance(vector, original), *slot);
                work.distances += 1;
            }
        }
        Ok(hits)
    }

    /// Calls `take` with the code distance of every accepted slot that has a vector.
    fn each(&self, query: &EncodedQuery, accept: &SlotSet, mut take: impl FnMut(i32, Slot)) {
        let sparse = accept.len() * 4 < u64::from(self.nodes.count);
        let mut pending = Pending::new(&self.codes, &query.code, sparse);
        for slot in accept {
            if let Some(node) = self.nodes.of(slot) {
                pending.push(node, slot, &mut take);
            }
        }
        pending.finish(&mut take);
    }

    /// All slots of `low..high` whose distance is at most `distance` (less, unless `inclusive`).
    pub(super) fn within(
        &self,
        vector: VectorRef<'_>,
        distance: f64,
        inclusive: bool,
        slots: std::ops::Range<u32>,
    ) -> Result<(Vec<u32>, u64), IndexError> {
        let query = self.encoding.query(vector);
        let limit = self.encoding.farthest_within(&query, distance);
        let range = SlotSet::range(slots.start, slots.end);
        let mut possible = Vec::new();
        self.each(&query, &range, |code_distance, slot| {
            if code_distance <= limit {
                possible.push(slot.0);
            }
        });
        let measured = range.len() + possible.len() as u64;
        let mut failed = None;
        possible.retain(|slot| match self.column.vector(Slot(*slot)) {
            Ok(Some(original)) => {
                let found = self.encoding.metric.distance(vector, original);
                found < distance || inclusive && found == distance
            }
            Ok(None) => false,
            Err(error) => {
                failed = Some(error);
                false
            }
        });
        failed.map_or(Ok((possible, measured)), Err)
    }
}

/// Fills `hits` with the nearest accepted slots by measuring every original.
pub(super) fn flat(
    column: &dyn VectorColumn,
    metric: Metric,
    vector: VectorRef<'_>,
    accept: &SlotSet,
    mut hits: Hits,
    work: &mut Work,
) -> Result<Hits, IndexError> {
    work.distances += accept.len();
    let offer = |hits: &mut Hits, slot: Slot| -> Result<(), IndexError> {
        if let Some(original) = column.vector(slot)? {
            hits.offer(metric.distance(vector, original), slot);
        }
        Ok(())
    };
    if accept.len() as usize * vector.len() < PARALLEL {
        accept.iter().try_for_each(|slot| offer(&mut hits, slot))?;
        return Ok(hits);
    }
    let slots: Vec<Slot> = accept.iter().collect();
    let chunks = slots.par_chunks((PARALLEL / vector.len() / 8).max(1));
    chunks
        .map(|chunk| {
            let mut some = hits.like();
            chunk.iter().try_for_each(|slot| offer(&mut some, *slot))?;
            Ok(some)
        })
        .try_reduce(|| hits.like(), |a, b| Ok(a.merge(b)))
}

/// The least code distances so far: a buffer of up to twice as many, halved when it is full.
pub(super) struct Best {
    keep: usize,
    /// Nothing at or above this can be among the least, once set.
    threshold: Option<(i32, Slot)>,
    buffer: Vec<(i32, Slot)>,
}

impl Best {
    pub(super) fn new(keep: usize) -> Self {
        let keep = keep.max(1);
        Self { keep, threshold: None, buffer: Vec::with_capacity(keep.saturating_mul(2).min(1 << 16)) }
    }

    /// The same; what is farther than a limit is dropped from the start.
    pub(super) fn within(keep: usize, limit: i32) -> Self {
        Self::new(keep).no_farther_than(limit)
    }

    /// The same; what is farther than a limit is dropped from now on.
    pub(super) fn no_farther_than(mut self, limit: i32) -> Self {
        if let Some(beyond) = limit.checked_add(1).filter(|beyond| *beyond < self.limit()) {
            self.threshold = Some((beyond, Slot(0)));
        }
        self
    }

    /// Nothing at a greater code distance is kept.
    #[inline(always)]
    pub(super) fn limit(&self) -> i32 {
        self.threshold.map_or(i32::MAX, |(distance, _)| distance)
    }

    #[inline(always)]
    pub(super) fn offer(&mut self, distance: i32, slot: Slot) {
        if self.threshold.is_some_and(|threshold| (distance, slot) >= threshold) {
            return;
        }
        self.buffer.push((distance, slot));
        if self.buffer.len() >= self.keep.saturating_mul(2) {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let (_, first_out, _) = self.buffer.select_nth_unstable(self.keep);
        self.threshold = Some(*first_out);
        self.buffer.truncate(self.keep);
    }

    /// The least, ascending, and the least code distance that was dropped, if any was.
    pub(super) fn finish(mut self) -> (Vec<(i32, Slot)>, Option<i32>) {
        if self.buffer.len() > self.keep {
            self.halve();
        }
        self.buffer.sort_unstable();
        (self.buffer, self.threshold.map(|(distance, _)| distance))
    }
}
