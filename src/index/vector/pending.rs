//! Codes that are on their way from memory.
//!
//! A scan of some slots reads rows that lie apart, and would wait for each. So a row is asked for when its turn comes near, and measured when
//! as many others have been asked for; many rows at once also cost the byte kernel less than one by one.

use crate::index::Slot;

use super::codes::{CodeQuery, Codes};

/// Rows that are measured together.
const TOGETHER: usize = 16;

/// Nodes whose codes were asked for and not measured yet.
pub(super) struct Pending<'s, 'a> {
    codes: &'s Codes<'a>,
    query: &'s CodeQuery,
    /// Whether rows lie so far apart that the processor does not see them coming.
    sparse: bool,
    older: Block,
    newer: Block,
}

impl<'s, 'a> Pending<'s, 'a> {
    /// None yet.
    pub(super) fn new(codes: &'s Codes<'a>, query: &'s CodeQuery, sparse: bool) -> Self {
        Self { codes, query, sparse, older: Block::default(), newer: Block::default() }
    }

    /// Asks for a node's code, and calls `take` with the distances of those whose turn it is.
    #[inline(always)]
    pub(super) fn push(&mut self, node: u32, slot: Slot, take: &mut impl FnMut(i32, Slot)) {
        if self.sparse {
            self.codes.prefetch(node);
        }
        let newer = &mut self.newer;
        (newer.nodes[newer.count], newer.slots[newer.count]) = (node, slot);
        newer.count += 1;
        if newer.count == TOGETHER {
            self.older.measure(self.codes, self.query, take);
            std::mem::swap(&mut self.older, &mut self.newer);
        }
    }

    /// Calls `take` with all that are left.
    pub(super) fn finish(mut self, take: &mut impl FnMut(i32, Slot)) {
        self.older.measure(self.codes, self.query, take);
        self.newer.measure(self.codes, self.query, take);
    }
}

/// Some nodes with their slots, that are measured together.
struct Block {
    nodes: [u32; TOGETHER],
    slots: [Slot; TOGETHER],
    /// So many are there.
    count: usize,
}

impl Default for Block {
    fn default() -> Self {
        Self { nodes: [0; TOGETHER], slots: [Slot(0); TOGETHER], count: 0 }
    }
}

impl Block {
    /// Hands out the distances, and is empty then.
    #[inline(always)]
    fn measure(&mut self, codes: &Codes<'_>, query: &CodeQuery, take: &mut impl FnMut(i32, Slot)) {
        let mut distances = [0; TOGETHER];
        let distances = &mut distances[..self.count];
        codes.distances(query, &self.nodes[..self.count], distances);
        distances.iter().zip(&self.slots).for_each(|(distance, slot)| take(*distance, *slot));
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{index::array::Array, metric::CodeKernel};

    #[test]
    fn every_node_is_measured_once_and_in_order() {
        let stride = 64;
        let rows: Vec<i8> = (0..64 * 100_i32).map(|i| (i * 37 % 251 - 125) as i8).collect();
        let biases: Vec<i32> = (0..100).collect();
        let (rows, biases) = (Array::Plain(&rows[..]), Array::Plain(&biases[..]));
        let codes = Codes { stride, rows, biases, lifts: &[], kernel: CodeKernel::new(), bits: None };
        let mut query = CodeQuery::default();
        query.set(codes.row(7), true);
        for (count, sparse) in (0..70).flat_map(|count| [(count, false), (count, true)]) {
            let nodes: Vec<u32> = (0..count).map(|at| at * 13 % 100).collect();
            let (mut found, mut pending) = (Vec::new(), Pending::new(&codes, &query, sparse));
            let mut take = |distance, slot: Slot| found.push((distance, slot.0));
            nodes.iter().zip(0..).for_each(|(node, at)| pending.push(*node, Slot(at), &mut take));
            pending.finish(&mut take);
            let expected: Vec<_> =
                nodes.iter().zip(0..).map(|(node, at)| (codes.distance(&query, *node), at)).collect();
            assert_eq!(found, expected, "{count}");
        }
    }
}
