//! Queries that a graph is measured with, and what they should find.

use std::collections::HashSet;

use crate::{
    codec::scrambled,
    index::{IndexError, Slot, SlotSet, Work},
    object::{VectorBuf, VectorRef},
};

use super::{
    beam::{Beam, Width},
    cost::accepted_width,
    graph::Graph,
    hits::Hits,
    ladder::{KS, Ladder, Rung, WIDTHS},
    midpoint::midpoint,
    nodes::vector_of,
    scan::Scan,
    scratch,
};

/// The shares of accepted nodes that are measured, from the greatest down.
pub(super) const SHARES: [f64; 3] = [1.0, 0.5, 0.2];

/// So many nearest are measured: of the least share, the greatest k with four deviations to spare.
const NEAREST: usize = 700;

/// A query that the graph is measured with.
pub(super) struct Probe {
    vector: VectorBuf,
    /// The exact nearest nodes.
    nearest: Vec<u32>,
}

/// Whether a node is among the accepted share: by its hash, so that greater shares have what lesser ones have.
pub(super) fn accepts(share: f64, node: u32) -> bool {
    share >= 1.0 || scrambled(!u64::from(node)) as f64 <= share * u64::MAX as f64
}

impl Probe {
    /// A query, and its exact nearest nodes but for those that are held back from the graph.
    pub(super) fn new(scan: &Scan<'_>, vector: VectorBuf, held: &HashSet<u32>) -> Result<Self, IndexError> {
        let all = SlotSet::all(scan.nodes.count);
        let hits = scan.nearest(vector.as_ref(), &all, Hits::new(NEAREST, f64::INFINITY), &mut Work::default())?;
        let others = hits.into_pairs().into_iter().map(|(slot, _)| slot.0).filter(|node| !held.contains(node));
        Ok(Self { nearest: others.collect(), vector })
    }

    /// A node that is held back.
    pub(super) fn member(scan: &Scan<'_>, node: u32, held: &HashSet<u32>) -> Result<Self, IndexError> {
        Self::new(scan, vector(scan, node)?.into(), held)
    }

    /// Halfway between two such nodes.
    pub(super) fn midpoint(scan: &Scan<'_>, a: u32, b: u32, held: &HashSet<u32>) -> Result<Self, IndexError> {
        Self::new(scan, midpoint(vector(scan, a)?, vector(scan, b)?), held)
    }

    /// The exact nearest nodes, nearest first.
    #[cfg(test)]
    pub(super) fn nearest(&self) -> impl Iterator<Item = u32> + '_ {
        self.nearest.iter().copied()
    }

    /// What each width of [`WIDTHS`] finds, with a share of the nodes accepted; widths are missing that would cost more distances
    /// than the budget. Second is how many there are to be found.
    pub(super) fn search(&self, graph: &Graph<'_>, scan: &Scan<'_>, share: f64, budget: u64) -> (Vec<Rung>, usize) {
        let query = scan.encoding.query(&self.vector).code;
        let accepted = self.nearest.iter().copied().filter(|node| accepts(share, *node));
        let truth: Vec<(i32, u32)> =
            accepted.take(KS[KS.len() - 1]).map(|node| (scan.codes.distance(&query, node), node)).collect();
        let widest = WIDTHS[WIDTHS.len() - 1] as usize;
        let rungs = scratch::with(|scratch| {
            let beam = &mut scratch.beam;
            beam.take_work();
            let start = beam.descend(graph, &scan.codes, &query, 0);
            let width = Width { all: widest, accepted: accepted_width(widest, share), budget, trial: false };
            let mut ladder = Ladder::new(&truth, share);
            let go_on = |beam: &Beam| ladder.step(beam) && beam.distances() <= budget;
            let accept = |node| accepts(share, node);
            let ended = beam.explore::<1>(&graph.layer(0), &scan.codes, &query, &[start], width, accept, go_on);
            let rungs = ladder.finish(beam, ended);
            beam.take_work();
            rungs
        });
        (rungs, truth.len())
    }
}

/// The vector of a node; a build numbers the slots of its column by nodes.
fn vector<'a>(scan: &Scan<'a>, node: u32) -> Result<VectorRef<'a>, IndexError> {
    vector_of(scan.column, node, Some(Slot(node)))
}
