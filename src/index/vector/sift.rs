//! Scanning by signs: a row of signs of every accepted slot, a code where they leave a chance, an original of the best.
//!
//! What the signs rule out is ruled out with the confidence that the effort asks for. That decides by bounds, not by a number of candidates:
//! where many are about as far as the k-th hit, as under a filter that accepts nothing near the query, more of them are looked at.

use crate::{
    index::{IndexError, SlotSet, Work},
    metric::VectorRef,
};

use super::{
    hits::Hits,
    scan::{Best, Scan},
    signs::Sieve,
};

/// Nodes whose loads are started together.
const AHEAD: usize = 32;

/// Codes that are kept for re-scoring: k and some.
const SPARE: usize = 10;

impl Scan<'_> {
    /// Fills `hits` with the nearest accepted slots, as far as the sieve lets them through.
    pub(super) fn sifted(
        &self,
        sieve: &Sieve<'_>,
        vector: VectorRef<'_>,
        accept: &SlotSet,
        hits: Hits,
        work: &mut Work,
    ) -> Result<Hits, IndexError> {
        let query = self.encoding.query(vector);
        let mut best = Best::new(hits.wanted().saturating_add(SPARE));
        let mut block = Vec::with_capacity(AHEAD);
        let mut slots = accept.iter();
        loop {
            block.clear();
            for slot in slots.by_ref() {
                let Some(node) = self.nodes.of(slot) else { continue };
                sieve.prefetch(node);
                block.push((node, slot));
                if block.len() == AHEAD {
                    break;
                }
            }
            let is_last = block.len() < AHEAD;
            let limit = best.limit() as f32;
            block.retain(|(node, _)| {
                // A bound that is no number says nothing.
                let passes = !(sieve.least(*node) > limit);
                if passes {
                    self.codes.prefetch(*node);
                }
                passes
            });
            work.distances += block.len() as u64;
            block.iter().for_each(|(node, slot)| best.offer(self.codes.distance(&query.code, *node), *slot));
            if is_last {
                break;
            }
        }
        work.visited += accept.len();
        let (kept, _) = best.finish();
        self.rescore(vector, &query, kept, hits, work)
    }
}
