//! An older graph over the nodes of a new segment: renumbered, and without holes.
//!
//! Where a neighbour is gone, the neighbours that it had come into question in its place, and those are taken that spread best
//! beside the neighbours that are left (the consolidation of FreshDiskANN: Singh et al., arXiv 2105.09613).

use rayon::prelude::*;

use super::{
    built::{BuiltGraph, fill, place},
    codes::Codes,
    graph::{Graph, Layer},
    inherit::Kept,
    levels::Levels,
    scratch,
    select::ranked,
};

/// Lists that are made before they are written.
const TOGETHER: usize = 1 << 16;

/// The lists of an older graph in the places of a new one.
pub(super) fn relinked(kept: &Kept<'_>, levels: &Levels, codes: &Codes<'_>, m: usize) -> BuiltGraph {
    let mut graph = BuiltGraph::empty(m, levels);
    for height in 0..=graph.members.len() {
        let places: Vec<u32> = (0..kept.graph.layer(height).len() as u32).collect();
        for places in places.chunks(TOGETHER) {
            let lists: Vec<Option<(u32, Vec<u32>)>> = {
                let relinking = Relinking { kept, levels, codes, height, new: graph.view() };
                places.par_iter().with_min_len(64).map(|place| relinking.list(*place)).collect()
            };
            for (place, list) in lists.into_iter().flatten() {
                fill(graph.list_mut(height, place), &list);
            }
        }
    }
    graph.entry = entry(kept, levels);
    graph
}

/// One layer of it.
struct Relinking<'a> {
    kept: &'a Kept<'a>,
    levels: &'a Levels,
    codes: &'a Codes<'a>,
    height: usize,
    /// Without lists yet, or with some.
    new: Graph<'a>,
}

impl Relinking<'_> {
    /// The new place, and the list there, of what is at a place of the old layer; `None` when it is gone.
    fn list(&self, old: u32) -> Option<(u32, Vec<u32>)> {
        let own = self.place_at(old)?;
        let layer = self.kept.graph.layer(self.height);
        let (mut list, mut holes) = (Vec::with_capacity(layer.degree), Vec::new());
        for neighbour in inside(&layer, old) {
            match self.place_at(neighbour) {
                Some(place) => list.push(place),
                None => holes.push(neighbour),
            }
        }
        if holes.is_empty() {
            return Some((own, list));
        }
        let mut beyond: Vec<u32> =
            holes.iter().flat_map(|hole| inside(&layer, *hole)).filter_map(|place| self.place_at(place)).collect();
        beyond.sort_unstable();
        beyond.dedup();
        beyond.retain(|place| *place != own && !list.contains(place));
        self.close(own, &mut list, &beyond);
        Some((own, list))
    }

    /// Puts the best spread of candidates into a list, beside what is there.
    fn close(&self, own: u32, list: &mut Vec<u32>, candidates: &[u32]) {
        let layer = self.new.layer(self.height);
        scratch::with(|scratch| {
            let candidates = ranked(self.codes, &layer, own, candidates, &mut scratch.query);
            scratch.selection.extend(self.codes, &layer, list, &candidates, layer.degree);
        });
    }

    /// The new place of what is at a place of the old layer.
    fn place_at(&self, old: u32) -> Option<u32> {
        let node = self.kept.node_at(self.height, old)?;
        Some(match self.height.checked_sub(1) {
            None => node,
            Some(above) => place(&self.levels.members[above], node),
        })
    }
}

/// The neighbours of a place that are in the layer.
fn inside<'a>(layer: &Layer<'a>, place: u32) -> impl Iterator<Item = u32> + 'a {
    let count = layer.len();
    layer.neighbours(place).filter(move |neighbour| (*neighbour as usize) < count)
}

/// Where searches enter: where they did, if that is still there, else at a kept node of the highest layer.
fn entry(kept: &Kept<'_>, levels: &Levels) -> u32 {
    let height = levels.members.len();
    let highest = |node: &u32| kept.level(*node).is_some_and(|level| usize::from(level) == height);
    let old = (kept.graph.height() == height).then(|| kept.node_at(height, kept.graph.entry)).flatten();
    let node = old.or_else(|| (0..kept.nodes()).find(highest)).unwrap_or(0);
    levels.members.last().map_or(node, |top| place(top, node))
}
