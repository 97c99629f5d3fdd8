//! The layers of a graph as they lie on disk and in a build.
//!
//! The base layer is one list of `2 m` node numbers for every node. A layer above has only its members: their nodes, their
//! places in the layer below, and lists of `m` places in the same layer. Lists end at the first [`NONE`].

use super::{array::Array, levels::MAX_LAYERS};

/// Fills the rest of a neighbour list.
pub(super) const NONE: u32 = u32::MAX;

/// A whole graph, borrowed from a part or from a build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Graph<'a> {
    /// The most neighbours above the base layer; in it, twice as many.
    pub(super) m: usize,
    /// The lists of the base layer, by node.
    pub(super) base: Array<'a, u32>,
    /// The layers above, lowest first: nodes, places below, lists.
    pub(super) upper: Array<'a, u32>,
    /// The members of each layer above the base.
    pub(super) members: &'a [u32],
    /// The place in the highest layer where searches start.
    pub(super) entry: u32,
}

/// One layer. Places and nodes come from disk: what is out of range or damaged leads nowhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer<'a> {
    /// The length of every list.
    pub(super) degree: usize,
    /// The lists, by place in this layer.
    links: Array<'a, u32>,
    /// The node at each place; empty in the base layer, where places are nodes.
    nodes: Array<'a, u32>,
    /// The place in the layer below.
    down: Array<'a, u32>,
}

impl<'a> Graph<'a> {
    /// Layers above the base.
    pub(super) fn height(&self) -> usize {
        self.members.len()
    }

    /// A layer by its height, the base being 0.
    pub(super) fn layer(&self, height: usize) -> Layer<'a> {
        let Some(above) = height.checked_sub(1) else {
            let none = Array::Plain(&[][..]);
            return Layer { degree: 2 * self.m, links: self.base, nodes: none, down: none };
        };
        let (start, count) = (upper_start(self.m, &self.members[..above]), self.members[above] as usize);
        let run = |from: usize, len: usize| self.upper.run(start + from..start + from + len);
        Layer { degree: self.m, nodes: run(0, count), down: run(count, count), links: run(2 * count, count * self.m) }
    }

    /// The length that `upper` must have.
    pub(super) fn upper_len(m: usize, members: &[u32]) -> usize {
        upper_start(m, members)
    }
}

/// Where the layer above these starts.
fn upper_start(m: usize, members: &[u32]) -> usize {
    debug_assert!(members.len() < MAX_LAYERS);
    members.iter().map(|count| *count as usize * (2 + m)).sum()
}

impl<'a> Layer<'a> {
    /// The number of places.
    pub(super) fn len(&self) -> usize {
        self.links.len() / self.degree
    }

    /// The node at a place; [`NONE`] where there is none.
    #[inline(always)]
    pub(super) fn node(&self, place: u32) -> u32 {
        if self.nodes.is_empty() { place } else { self.nodes.at(place as usize).unwrap_or(NONE) }
    }

    /// The place, one layer down, of the same node; [`NONE`] where there is none.
    pub(super) fn below(&self, place: u32) -> u32 {
        self.down.at(place as usize).unwrap_or(NONE)
    }

    /// The neighbours of a place; none where there is no list.
    #[inline(always)]
    pub(super) fn list(&self, place: u32) -> &'a [u32] {
        let start = place as usize * self.degree;
        self.links.get(start..start + self.degree).unwrap_or(&[])
    }

    /// The neighbours of a place, without the fill.
    pub(super) fn neighbours(&self, place: u32) -> impl Iterator<Item = u32> + 'a {
        self.list(place).iter().copied().take_while(|neighbour| *neighbour != NONE)
    }
}
