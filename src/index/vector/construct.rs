//! Building a graph from codes: in parallel, and the same for one seed whatever the number of threads.
//!
//! Nodes come in batches that grow with the graph. Each batch searches the frozen graph in parallel and chooses its
//! neighbours; then the edges back are applied, each target once, its new neighbours in node order.

use rayon::prelude::*;

use crate::index::{IndexError, Tell};

use super::{
    beam::Width,
    built::{BuiltGraph, fill, place},
    codes::Codes,
    graph::Graph,
    inherit::Kept,
    levels::Levels,
    relink::relinked,
    repair, scratch,
    select::ranked,
};

/// How a graph is built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Construction {
    /// The most neighbours above the base layer.
    pub(super) m: usize,
    /// The beam width while building.
    pub(super) ef: usize,
    /// Draws levels and order.
    pub(super) seed: u64,
}

/// What is done when all but a few nodes are linked: those are then queries that the graph has not seen.
pub(super) struct Rehearsal<'r> {
    /// How many are linked last.
    pub(super) held: usize,
    /// Is given the graph without them, and which they are.
    pub(super) run: &'r mut dyn FnMut(&Graph<'_>, &[u32]),
}

/// The share of the graph that one batch may add, and the most nodes in it: members of one batch do not see each other.
const BATCH_SHARE: usize = 24;
const LARGEST_BATCH: usize = 4_096;

/// Chosen neighbours of one node, per layer from the base up, as places in the layer.
type Chosen = Vec<Vec<u32>>;

impl Construction {
    /// Builds the graph over all nodes of `codes`, and tells which share of them is linked.
    pub(super) fn build_told(
        self,
        codes: &Codes<'_>,
        rehearsal: Rehearsal<'_>,
        tell: &Tell<'_>,
    ) -> Result<BuiltGraph, IndexError> {
        let levels = Levels::draw(codes.len() as u32, self.m, self.seed);
        let mut graph = BuiltGraph::empty(self.m, &levels);
        self.insert(&mut graph, codes, &levels, usize::from(!levels.order.is_empty()), rehearsal, tell)?;
        Ok(graph)
    }

    /// Builds it from an older graph over some of the nodes.
    pub(super) fn go_on_told(
        self,
        kept: &Kept<'_>,
        codes: &Codes<'_>,
        rehearsal: Rehearsal<'_>,
        tell: &Tell<'_>,
    ) -> Result<BuiltGraph, IndexError> {
        let levels = Levels::draw_others(codes.len() as u32, |node| kept.level(node), self.m, self.seed);
        let mut graph = relinked(kept, &levels, codes, self.m);
        self.insert(&mut graph, codes, &levels, 0, rehearsal, tell)?;
        Ok(graph)
    }

    /// Inserts what is to be inserted, but for the first so many, and makes everything reachable. The first batch is small even where the
    /// graph is large: what comes may be unlike all that is there, and members of one batch do not see each other.
    fn insert(
        self,
        graph: &mut BuiltGraph,
        codes: &Codes<'_>,
        levels: &Levels,
        mut inserted: usize,
        rehearsal: Rehearsal<'_>,
        tell: &Tell<'_>,
    ) -> Result<(), IndexError> {
        let there = codes.len() - levels.order.len();
        let held = levels.order.len() - rehearsal.held.min(levels.order.len());
        while inserted < levels.order.len() {
            if inserted == held {
                (rehearsal.run)(&graph.view(), &levels.order[held..]);
            }
            let left = if inserted < held { held } else { levels.order.len() } - inserted;
            let size = (inserted / BATCH_SHARE).clamp(1, LARGEST_BATCH).min(left);
            let batch = &levels.order[inserted..inserted + size];
            let chosen: Vec<Chosen> = {
                let frozen = graph.view();
                let choose = |node: &u32| self.choose(&frozen, codes, *node, levels.of[*node as usize]);
                batch.par_iter().with_min_len(8).map(choose).collect()
            };
            for height in 0..=graph.members.len() {
                graph.apply(codes, levels, batch, &chosen, height);
            }
            inserted += size;
            if tell((there + inserted) as f64 / codes.len() as f64).is_break() {
                return Err(IndexError::Cancelled);
            }
        }
        repair::link_unreachable(graph, codes);
        Ok(())
    }

    /// The neighbours that a new node takes, from the frozen graph.
    fn choose(self, graph: &Graph<'_>, codes: &Codes<'_>, node: u32, level: u8) -> Chosen {
        scratch::with(|scratch| {
            let mut query = std::mem::take(&mut scratch.query);
            codes.query_of(node, &mut query);
            let height = usize::from(level).min(graph.height());
            let mut starts = vec![scratch.beam.descend(graph, codes, &query, height)];
            let mut chosen = vec![Vec::new(); height + 1];
            for height in (0..=height).rev() {
                let layer = graph.layer(height);
                let width = Width { all: self.ef, accepted: 0, budget: u64::MAX, trial: false };
                scratch.beam.search(&layer, codes, &query, &starts, width, |_| true);
                let candidates: Vec<(i32, u32)> =
                    scratch.beam.pool().iter().map(|found| (found.distance(), found.place())).collect();
                chosen[height] = scratch.selection.choose(codes, &layer, &candidates, self.m);
                if height > 0 {
                    starts = candidates.iter().map(|(_, place)| layer.below(*place)).collect();
                }
            }
            scratch.query = query;
            chosen
        })
    }
}

impl BuiltGraph {
    /// Writes the chosen lists of one layer, and the edges back.
    fn apply(&mut self, codes: &Codes<'_>, levels: &Levels, batch: &[u32], chosen: &[Chosen], height: usize) {
        let place_of = |node: u32| match height.checked_sub(1) {
            None => node,
            Some(above) => place(&levels.members[above], node),
        };
        let mut back: Vec<(u32, u32)> = Vec::new();
        for (node, lists) in batch.iter().zip(chosen) {
            let Some(list) = lists.get(height) else { continue };
            let from = place_of(*node);
            fill(self.list_mut(height, from), list);
            back.extend(list.iter().map(|target| (*target, from)));
        }
        back.sort_unstable();
        let targets: Vec<&[(u32, u32)]> = back.chunk_by(|a, b| a.0 == b.0).collect();
        let lists: Vec<Vec<u32>> = {
            let layer = self.view().layer(height);
            targets.par_iter().with_min_len(16).map(|edges| merged(codes, &layer, edges)).collect()
        };
        for (edges, list) in targets.iter().zip(lists) {
            fill(self.list_mut(height, edges[0].0), &list);
        }
    }
}

/// The list of one target after edges from new neighbours have come: all when they fit, else the best spread.
fn merged(codes: &Codes<'_>, layer: &super::graph::Layer<'_>, edges: &[(u32, u32)]) -> Vec<u32> {
    let target = edges[0].0;
    let mut list: Vec<u32> = layer.neighbours(target).collect();
    list.extend(edges.iter().map(|(_, from)| *from));
    if list.len() <= layer.degree {
        return list;
    }
    scratch::with(|scratch| {
        let candidates = ranked(codes, layer, target, &list, &mut scratch.query);
        scratch.selection.choose(codes, layer, &candidates, layer.degree)
    })
}
