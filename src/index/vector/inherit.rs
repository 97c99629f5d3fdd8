//! What does a new graph take over from an older one?
//!
//! When segments are merged, most vectors of the new one are in the graph of the largest old one already. Codes are made anew, since
//! centers and scale follow from all vectors; what neighbours whom does not depend on them, so the links stay. Nodes that are gone leave
//! holes in the lists of their neighbours, which are closed by way of them ([`super::relink`]); the other segments' nodes are inserted.

use std::collections::HashSet;

use crate::{
    codec::Container,
    index::{Predecessor, Slot},
};

use super::{
    graph::{Graph, NONE},
    layout::{Opened, Reading},
    nodes::OwnedNodes,
    settings::Settings,
};

/// Stands for the level of a node that was in no older graph.
const NEW: u8 = u8::MAX;

/// What closing the holes of a list costs, in insertions, per share of nodes that are gone.
const RELINKING: f64 = 1.0;

/// At most so much of the old graph may be gone: what is left of it would lead less well than a graph that is built anew.
const MOST_GONE: f64 = 0.4;

/// Less work must be left than this, measured by building anew, or it is not worth the while.
const WORTH: f64 = 0.9;

/// The part whose graph is taken over, and where its slots are now.
#[derive(Debug)]
pub(super) struct Heritage {
    part: Container,
    slots: u32,
    moved: Vec<Option<Slot>>,
}

/// An older graph whose nodes are found in a new segment.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    /// The older graph.
    pub(super) graph: Graph<'a>,
    /// The new node of each old one, [`NONE`] where it is gone.
    pub(super) new_of: Vec<u32>,
    /// The highest layer of each new node in the old graph.
    levels: Vec<u8>,
}

impl Heritage {
    /// Of the part with the most vectors that live on, among those whose lists are as long as wanted.
    pub(super) fn choose(predecessors: &[Predecessor<'_>], settings: &Settings) -> Option<Self> {
        let mut best: Option<&Predecessor<'_>> = None;
        for predecessor in predecessors {
            let larger = best.is_none_or(|best| predecessor.living > best.living);
            if larger && has_graph(&predecessor.part, predecessor.slots, settings) {
                best = Some(predecessor);
            }
        }
        let Predecessor { part, slots, .. } = best?;
        Some(Self { part: part.clone(), slots: *slots, moved: best?.moved()? })
    }

    /// The old part, if it is sound.
    pub(super) fn open(&self, settings: &Settings) -> Option<Opened> {
        open(&self.part, self.slots, settings)
    }

    /// The old graph over new nodes, but for those that are to be inserted `last`, if it is worth being gone on with.
    pub(super) fn kept<'o>(&self, opened: &'o Opened, nodes: &OwnedNodes, last: &HashSet<u32>) -> Option<Kept<'o>> {
        let graph = opened.graph(Reading::Whole).ok()??;
        let old = opened.nodes(Reading::Whole).ok()?;
        let mut levels = vec![NEW; nodes.firsts.len()];
        let mut new_of = vec![NONE; old.count as usize];
        for (node, new_of) in (0..).zip(&mut new_of) {
            let moved = |slot: Slot| self.moved.get(slot.0 as usize).copied().flatten();
            let slot = old.slots(node).find_map(moved);
            let new = slot.and_then(|slot| nodes.slot_nodes.get(slot.0 as usize)).copied();
            let new = new.filter(|node| !last.contains(node)).unwrap_or(NONE);
            // Equal vectors may have been two nodes, and are one now: the first stands for both.
            if let Some(level @ &mut NEW) = levels.get_mut(new as usize) {
                (*level, *new_of) = (0, new);
            }
        }
        for height in 1..=graph.height() {
            let layer = graph.layer(height);
            for place in 0..layer.len() as u32 {
                let new = new_of.get(layer.node(place) as usize).copied().unwrap_or(NONE);
                if let Some(level) = levels.get_mut(new as usize) {
                    *level = height as u8;
                }
            }
        }
        let kept = levels.iter().filter(|level| **level != NEW).count();
        worth(new_of.len(), kept, levels.len()).then_some(Kept { graph, new_of, levels })
    }
}

impl Kept<'_> {
    /// The highest layer of a new node in the old graph; `None` when it was not there.
    pub(super) fn level(&self, node: u32) -> Option<u8> {
        self.levels.get(node as usize).copied().filter(|level| *level != NEW)
    }

    /// The number of new nodes.
    pub(super) fn nodes(&self) -> u32 {
        self.levels.len() as u32
    }

    /// The new node at a place of an old layer; `None` where it is gone.
    pub(super) fn node_at(&self, height: usize, place: u32) -> Option<u32> {
        let old = self.graph.layer(height).node(place);
        self.new_of.get(old as usize).copied().filter(|new| *new != NONE)
    }
}

/// Whether going on with a graph of `old` nodes, of which `kept` are left, towards one of `all` takes less than building that anew, and is not
/// worse.
fn worth(old: usize, kept: usize, all: usize) -> bool {
    let (old, kept, all) = (old as f64, kept as f64, all as f64);
    if kept == 0.0 {
        return false;
    }
    let gone = 1.0 - kept / old;
    gone <= MOST_GONE && (all - kept) + RELINKING * gone * kept < WORTH * all
}

fn open(part: &Container, slots: u32, settings: &Settings) -> Option<Opened> {
    Opened::read(part, settings.metric, settings.dimension, slots).ok()
}

fn has_graph(part: &Container, slots: u32, settings: &Settings) -> bool {
    open(part, slots, settings).is_some_and(|opened| opened.header.m as usize == settings.m)
}

#[cfg(test)]
mod tests {
    use super::worth;

    #[test]
    fn a_graph_is_gone_on_with_when_most_of_it_is_left_and_it_is_a_good_part_of_the_new_one() {
        assert!(worth(1_000, 1_000, 1_100));
        assert!(worth(1_000, 1_000, 4_000));
        assert!(worth(1_000, 800, 900));
        assert!(!worth(1_000, 100, 200), "little is left");
        assert!(!worth(1_000, 1_000, 100_000), "nearly all is new");
        assert!(!worth(0, 0, 10) && !worth(10, 0, 10));
    }
}
