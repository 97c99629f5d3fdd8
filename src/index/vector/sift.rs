//! Scanning by signs: a row of signs of every accepted slot, a code where they leave a chance, an original of the best.
//!
//! What the signs rule out is ruled out with the confidence that the effort asks for. That decides by bounds, not by a number of candidates:
//! where many are about as far as the k-th hit, as under a filter that accepts nothing near the query, more of them are looked at.

use crate::{
    index::{IndexError, Slot, SlotSet, Work},
    metric::VectorRef,
};

use super::{
    block::Block,
    hits::Hits,
    nodes::Nodes,
    scan::{Best, Scan},
    signs::{Sieve, TOGETHER},
};

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
        let mut slots = accept.iter();
        // One block is on its way from memory while the one before is looked at.
        let (mut block, mut next) = (Block::default(), Block::default());
        next.fill(&mut slots, self.nodes, sieve);
        while next.count > 0 {
            std::mem::swap(&mut block, &mut next);
            next.fill(&mut slots, self.nodes, sieve);
            block.sift(sieve, best.limit() as f32);
            block.nodes().iter().for_each(|node| self.codes.prefetch(*node));
            work.distances += block.count as u64;
            for (node, slot) in block.nodes().iter().zip(&block.slots) {
                best.offer(self.codes.distance(&query.code, *node), *slot);
            }
        }
        work.visited += accept.len();
        let (kept, _) = best.finish();
        self.rescore(vector, &query, kept, hits, work)
    }
}

/// Nodes whose signs are looked at together.
impl Block<TOGETHER> {
    /// Takes the next slots and starts loading their signs.
    #[inline(always)]
    fn fill(&mut self, slots: &mut impl Iterator<Item = Slot>, nodes: Nodes<'_>, sieve: &Sieve<'_>) {
        self.count = 0;
        while !self.is_full() {
            let Some(slot) = slots.next() else { return };
            let Some(node) = nodes.of(slot) else { continue };
            sieve.prefetch(node);
            self.push(node, slot);
        }
    }

    /// Lets go of nodes that are hardly within a limit.
    #[inline(always)]
    fn sift(&mut self, sieve: &Sieve<'_>, limit: f32) {
        let least = sieve.least(self.nodes());
        let mut kept = 0;
        for (at, least) in least.iter().enumerate().take(self.count) {
            (self.nodes[kept], self.slots[kept]) = (self.nodes[at], self.slots[at]);
            // A bound that is no number says nothing.
            kept += usize::from(least.is_nan() || *least <= limit);
        }
        self.count = kept;
    }
}
