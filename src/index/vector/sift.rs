//! Scanning by signs: a row of signs of every accepted slot, a code where they leave a chance, an original of the best.
//!
//! What the signs rule out is ruled out with the confidence that the effort asks for. That decides by bounds, not by a number of candidates:
//! where many are about as far as the k-th hit, as under a filter that accepts nothing near the query, more of them are looked at.

use crate::{
    index::{IndexError, Slot, SlotIter, SlotSet, Work},
    metric::VectorRef,
};

use super::{
    codes::{CodeQuery, Codes},
    encoding::farthest_within,
    hits::Hits,
    nodes::Nodes,
    pending::Pending,
    scan::{Best, Scan},
    signs::Sieve,
};

/// Slots whose signs are looked at before any of their codes is.
const PORTION: usize = 2_048;

/// Codes that are measured for a first limit, for each hit that is wanted.
const SEEDS: usize = 3;

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
        let likely = |code_distance| self.encoding.likely_bound(&query, code_distance);
        let (mut slots, mut first) = (accept.iter(), Portion::default());
        first.fill(&mut slots, self.nodes, sieve);
        let farthest = self.at_most(&first, &query.code, vector, hits.like(), work)?;
        let limit = farthest_within(likely, farthest);
        let mut begun = Some((first, slots));
        let pass = |best: Best, work: &mut Work| {
            let (first, slots) = begun.take().unwrap_or_else(|| {
                let (mut slots, mut first) = (accept.iter(), Portion::default());
                first.fill(&mut slots, self.nodes, sieve);
                (first, slots)
            });
            work.visited += accept.len();
            self.sift(sieve, &query.code, first, slots, best.no_farther_than(limit), work)
        };
        // There may be more to be re-scored than the first pass keeps, where many are about as far as the last hit, as where a filter accepts from
        // some distance on.
        self.in_passes(vector, likely, pass, hits, work)
    }

    /// How far the last hit is at most: what seems nearest in a portion is measured by codes, and the nearest of that by originals. With
    /// that known from the start, signs rule out most of the rest.
    fn at_most(
        &self,
        portion: &Portion,
        query: &CodeQuery,
        vector: VectorRef<'_>,
        hits: Hits,
        work: &mut Work,
    ) -> Result<f64, IndexError> {
        let mut seeming = Best::new(hits.wanted().saturating_mul(SEEDS));
        portion.least.iter().zip(0..).for_each(|(least, at)| seeming.offer(ascending(*least), Slot(at)));
        let (seeming, _) = seeming.finish();
        work.distances += seeming.len() as u64;
        let mut nearest = Best::new(hits.wanted());
        let mut pending = Pending::new(&self.codes, query, true);
        for (_, Slot(at)) in seeming {
            let (node, slot) = (portion.nodes[at as usize], portion.slots[at as usize]);
            pending.push(node, slot, &mut |distance, slot| nearest.offer(distance, slot));
        }
        pending.finish(&mut |distance, slot| nearest.offer(distance, slot));
        let found = self.rescore(vector, nearest.finish().0, |_| f64::NEG_INFINITY, hits, work)?;
        Ok(found.limit())
    }

    /// Offers the code distances of what the sieve lets through, of a portion and of all slots behind it.
    fn sift(
        &self,
        sieve: &Sieve<'_>,
        query: &CodeQuery,
        first: Portion,
        mut slots: SlotIter<'_>,
        mut best: Best,
        work: &mut Work,
    ) -> Best {
        let mut portion = first;
        loop {
            work.distances += portion.measure(&self.codes, query, &mut best);
            if !portion.fill(&mut slots, self.nodes, sieve) {
                return best;
            }
        }
    }
}

/// Some nodes with their slots, and what the signs say of them.
#[derive(Default)]
struct Portion {
    nodes: Vec<u32>,
    slots: Vec<Slot>,
    /// What their distances are hardly below, in code units.
    least: Vec<f32>,
}

impl Portion {
    /// Takes the next slots; false when there are none.
    fn fill(&mut self, slots: &mut SlotIter<'_>, nodes: Nodes<'_>, sieve: &Sieve<'_>) -> bool {
        self.slots.clear();
        slots.take_into(PORTION, &mut self.slots);
        let is_last = self.slots.is_empty();
        nodes.of_all(&mut self.slots, &mut self.nodes);
        self.least.resize(self.nodes.len(), 0.0);
        sieve.least(&self.nodes, &mut self.least);
        !is_last
    }

    /// Measures those that are not surely beyond the best so far, and returns how many those are.
    fn measure(&self, codes: &Codes<'_>, query: &CodeQuery, best: &mut Best) -> u64 {
        let (mut pending, mut count) = (Pending::new(codes, query, true), 0);
        for ((least, node), slot) in self.least.iter().zip(&self.nodes).zip(&self.slots) {
            // A bound that is no number says nothing.
            if least.is_nan() || *least <= best.limit() as f32 {
                count += 1;
                pending.push(*node, *slot, &mut |distance, slot| best.offer(distance, slot));
            }
        }
        pending.finish(&mut |distance, slot| best.offer(distance, slot));
        count
    }
}

/// A number in the order of a float; one that is no number comes first.
fn ascending(float: f32) -> i32 {
    if float.is_nan() {
        return i32::MIN;
    }
    let bits = float.to_bits().cast_signed();
    bits ^ ((bits >> 31) & i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::ascending;

    #[test]
    fn numbers_ascend_as_floats_do() {
        let floats = [f32::NEG_INFINITY, -1e30, -2.0, -1.0, -1e-40, 0.0, 1e-40, 1.0, 2.0, 1e30, f32::INFINITY];
        assert!(floats.map(ascending).is_sorted_by(|a, b| a < b));
        assert!(ascending(f32::NAN) < ascending(f32::NEG_INFINITY));
    }
}
