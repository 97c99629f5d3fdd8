//! Every node must be reachable from the entry point along the base layer: here that is made so.

use super::{
    beam::{Found, Width},
    built::BuiltGraph,
    codes::Codes,
    graph::{Graph, NONE},
    scratch,
};

/// How wide to look for a reachable neighbour with room in its list.
const WIDTH: usize = 64;

/// Links every node that no path leads to from a node that one does lead to.
pub(super) fn link_unreachable(graph: &mut BuiltGraph, codes: &Codes<'_>) {
    let mut reached = reachable(&graph.view());
    for node in 0..codes.len() as u32 {
        if !reached[node as usize] {
            let from = host(graph, codes, node);
            link(graph, from, node);
            spread(&graph.view(), &mut reached, node);
        }
    }
}

/// Which nodes a path leads to from the entry point.
pub(super) fn reachable(graph: &Graph<'_>) -> Vec<bool> {
    let mut reached = vec![false; graph.layer(0).len()];
    if !reached.is_empty() {
        spread(graph, &mut reached, entry_node(graph));
    }
    reached
}

/// The node where searches enter the graph.
fn entry_node(graph: &Graph<'_>) -> u32 {
    (1..=graph.height()).rev().fold(graph.entry, |place, height| graph.layer(height).below(place))
}

/// Marks a node and everything that can be reached from it.
fn spread(graph: &Graph<'_>, reached: &mut [bool], from: u32) {
    let layer = graph.layer(0);
    // A damaged list may name a node that is not there: it leads nowhere.
    let mut mark = |node: u32| reached.get_mut(node as usize).is_some_and(|known| !std::mem::replace(known, true));
    let mut open = Vec::new();
    if mark(from) {
        open.push(from);
    }
    while let Some(node) = open.pop() {
        open.extend(layer.neighbours(node).filter(|next| mark(*next)));
    }
}

/// A reachable node near an unreachable one: the nearest with room in its list, else the nearest.
fn host(graph: &BuiltGraph, codes: &Codes<'_>, node: u32) -> u32 {
    scratch::with(|scratch| {
        let view = graph.view();
        let layer = view.layer(0);
        codes.query_of(node, &mut scratch.query);
        let width = Width { all: WIDTH, accepted: 0, budget: u64::MAX, trial: false };
        // From the entry along the base layer, so that whatever is found is reachable.
        scratch.beam.search(&layer, codes, &scratch.query, &[entry_node(&view)], width, |_| true);
        let pool = scratch.beam.pool();
        let roomy = pool.iter().find(|found| layer.list(found.place()).contains(&NONE));
        roomy.or(pool.first()).map_or(entry_node(&view), Found::place)
    })
}

/// Adds an edge. Where there is no room, the last neighbour is handed on: `from -> node -> last` keeps it reachable, and
/// whatever `node` loses for it was not reachable through `node` so far.
fn link(graph: &mut BuiltGraph, from: u32, node: u32) {
    let list = graph.list_mut(0, from);
    if let Some(free) = list.iter_mut().find(|neighbour| **neighbour == NONE) {
        *free = node;
        return;
    }
    let Some(last) = list.last_mut() else { return };
    let handed = std::mem::replace(last, node);
    let own = graph.list_mut(0, node);
    if own.contains(&handed) {
        return;
    }
    match own.iter().position(|neighbour| *neighbour == NONE) {
        Some(free) => own[free] = handed,
        None => own[own.len() - 1] = handed,
    }
}
