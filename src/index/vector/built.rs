//! A graph that is being built: its lists, to be written.

use super::{
    array::Array,
    graph::{Graph, NONE},
    levels::Levels,
};

/// A finished graph that owns its lists.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BuiltGraph {
    pub(super) m: usize,
    pub(super) base: Vec<u32>,
    pub(super) upper: Vec<u32>,
    pub(super) members: Vec<u32>,
    pub(super) entry: u32,
}

impl BuiltGraph {
    /// All places of all layers, without edges.
    pub(super) fn empty(m: usize, levels: &Levels) -> Self {
        let members: Vec<u32> = levels.members.iter().map(|layer| layer.len() as u32).collect();
        let mut upper = Vec::with_capacity(Graph::upper_len(m, &members));
        for (above, layer) in levels.members.iter().enumerate() {
            upper.extend(layer);
            match above.checked_sub(1) {
                None => upper.extend(layer),
                Some(below) => upper.extend(layer.iter().map(|node| place(&levels.members[below], *node))),
            }
            upper.extend(std::iter::repeat_n(NONE, layer.len() * m));
        }
        let first = levels.order.first().copied().unwrap_or(0);
        let entry = levels.members.last().map_or(first, |top| place(top, first));
        Self { m, base: vec![NONE; levels.of.len() * 2 * m], upper, members, entry }
    }

    /// The graph, borrowed.
    pub(super) fn view(&self) -> Graph<'_> {
        let (base, upper) = (Array::Plain(&self.base[..]), Array::Plain(&self.upper[..]));
        Graph { m: self.m, base, upper, members: &self.members, entry: self.entry }
    }

    /// The list of a place, to be written.
    pub(super) fn list_mut(&mut self, height: usize, place: u32) -> &mut [u32] {
        let Some(above) = height.checked_sub(1) else {
            let degree = 2 * self.m;
            return &mut self.base[place as usize * degree..][..degree];
        };
        let start = Graph::upper_len(self.m, &self.members[..above]) + 2 * self.members[above] as usize;
        &mut self.upper[start + place as usize * self.m..][..self.m]
    }
}

/// Where a node stands among the members of a layer.
pub(super) fn place(members: &[u32], node: u32) -> u32 {
    members.partition_point(|member| *member < node) as u32
}

/// Writes a list and fills the rest.
pub(super) fn fill(list: &mut [u32], neighbours: &[u32]) {
    list.fill(NONE);
    list[..neighbours.len()].copy_from_slice(neighbours);
}
