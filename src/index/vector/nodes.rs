//! Slots and nodes: equal vectors share one node.
//!
//! A node is a distinct vector; its slots are all that hold it. So ten thousand copies of one vector are one place in the
//! graph, not a clique that swallows a search. Where every slot has a vector of its own, slots are nodes and nothing is stored.

use std::collections::{HashMap, hash_map::Entry};

use xxhash_rust::xxh3::xxh3_64;

use crate::{
    index::{IndexError, Slot, SlotSet, VectorColumn},
    metric::VectorRef,
};

use super::{array::Array, graph::NONE};

/// Which slots belong to which node, borrowed from a part or from a build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nodes<'a> {
    /// The number of nodes.
    pub(super) count: u32,
    /// `None` when slots are nodes.
    pub(super) shared: Option<Shared<'a>>,
}

/// The tables of a segment in which slots are not simply nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared<'a> {
    /// The node of each slot, [`NONE`] where the field is missing.
    pub(super) slot_nodes: Array<'a, u32>,
    /// Where the slots of each node start in `node_slots`; one more at the end.
    pub(super) starts: Array<'a, u32>,
    /// The slots of all nodes, ascending within a node.
    pub(super) node_slots: Array<'a, u32>,
}

/// The same, owned by a build.
#[derive(Debug, Default)]
pub(super) struct OwnedNodes {
    pub(super) slot_nodes: Vec<u32>,
    pub(super) starts: Vec<u32>,
    pub(super) node_slots: Vec<u32>,
    /// The first slot of each node.
    pub(super) firsts: Vec<u32>,
}

/// The vector of a node, which every node has: what a column holds in one of the node's slots.
#[inline(always)]
pub(super) fn vector_of(column: &dyn VectorColumn, node: u32, slot: Option<Slot>) -> Result<VectorRef<'_>, IndexError> {
    let vector = slot.map_or(Ok(None), |slot| column.vector(slot))?;
    vector.ok_or_else(|| IndexError::Invariant(format!("node {node} has no vector")))
}

impl Nodes<'_> {
    /// The node of a slot; `None` where the field is missing.
    #[inline(always)]
    pub(super) fn of(&self, slot: Slot) -> Option<u32> {
        let node = match &self.shared {
            None => slot.0,
            Some(shared) => shared.slot_nodes.at(slot.0 as usize)?,
        };
        (node < self.count).then_some(node)
    }

    /// Puts the nodes of some slots in a list. Slots that miss the field are taken away.
    pub(super) fn of_all(&self, slots: &mut Vec<Slot>, nodes: &mut Vec<u32>) {
        nodes.clear();
        match self.shared {
            // By far the most often; that it is so is asked once.
            Some(Shared { slot_nodes: Array::Plain(all), .. }) => {
                nodes.extend(slots.iter().map(|slot| all.get(slot.0 as usize).copied().unwrap_or(NONE)));
            }
            _ => nodes.extend(slots.iter().map(|slot| self.of(*slot).unwrap_or(NONE))),
        }
        nodes.iter_mut().filter(|node| **node >= self.count).for_each(|node| *node = NONE);
        if nodes.contains(&NONE) {
            let mut of_slots = nodes.iter();
            slots.retain(|_| of_slots.next() != Some(&NONE));
            nodes.retain(|node| *node != NONE);
        }
    }

    /// The slots of a node below `count`, ascending.
    pub(super) fn slots(&self, node: u32) -> impl Iterator<Item = Slot> + '_ {
        let (alone, several) = match &self.shared {
            None => (Some(Slot(node)), &[][..]),
            Some(shared) => (None, shared.slots(node)),
        };
        alone.into_iter().chain(several.iter().map(|slot| Slot(*slot)))
    }

    /// Whether one of a node's slots is accepted.
    #[inline(always)]
    pub(super) fn accepted(&self, node: u32, accept: &SlotSet) -> bool {
        match &self.shared {
            None => accept.contains(Slot(node)),
            Some(shared) => shared.slots(node).iter().any(|slot| accept.contains(Slot(*slot))),
        }
    }
}

impl<'a> Shared<'a> {
    fn slots(&self, node: u32) -> &'a [u32] {
        let at = node as usize;
        let Some(&[start, end]) = self.starts.get(at..at + 2) else { return &[] };
        self.node_slots.get(start as usize..end as usize).unwrap_or(&[])
    }
}

impl OwnedNodes {
    /// Groups the slots of a column by equal vectors; nodes are numbered by their first slot.
    pub(super) fn group(column: &dyn VectorColumn, slots: u32) -> Result<Self, IndexError> {
        let mut owned = Self { slot_nodes: vec![NONE; slots as usize], ..Self::default() };
        let mut by_hash: HashMap<u64, u32> = HashMap::with_capacity(slots as usize);
        for slot in 0..slots {
            let Some(vector) = column.vector(Slot(slot))? else { continue };
            let new = owned.firsts.len() as u32;
            let node = match by_hash.entry(xxh3_64(vector.memory())) {
                Entry::Vacant(vacant) => *vacant.insert(new),
                // Two vectors of one hash: only the first of them can share.
                Entry::Occupied(known) => match column.vector(Slot(owned.firsts[*known.get() as usize]))? {
                    Some(first) if first.memory() == vector.memory() => *known.get(),
                    _ => new,
                },
            };
            if node == new {
                owned.firsts.push(slot);
            }
            owned.slot_nodes[slot as usize] = node;
        }
        owned.invert();
        Ok(owned)
    }

    /// The number of nodes.
    pub(super) fn count(&self) -> u32 {
        self.firsts.len() as u32
    }

    /// The number of slots that have a vector.
    pub(super) fn present(&self) -> u32 {
        self.node_slots.len() as u32
    }

    /// Whether slots are nodes.
    pub(super) fn plain(&self) -> bool {
        self.firsts.len() == self.slot_nodes.len()
    }

    /// Fills `starts` and `node_slots` from `slot_nodes`.
    fn invert(&mut self) {
        let mut starts = vec![0_u32; self.firsts.len() + 1];
        for node in self.slot_nodes.iter().filter(|node| **node != NONE) {
            starts[*node as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        self.node_slots = vec![0; starts.last().copied().unwrap_or(0) as usize];
        for (slot, node) in self.slot_nodes.iter().enumerate().filter(|(_, node)| **node != NONE) {
            let at = &mut next[*node as usize];
            self.node_slots[*at as usize] = slot as u32;
            *at += 1;
        }
        self.starts = starts;
    }
}
