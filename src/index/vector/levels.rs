//! Which layers does a node live in, and in what order are nodes inserted?
//!
//! Both follow from a seed and the node's number alone. Nodes are inserted from the highest level down, in a seeded order
//! within a level, so the entry point and the members of every layer are known before the first edge is.

use std::collections::HashSet;

use crate::codec::scrambled;

/// More layers than any part of 2^32 nodes gets.
pub(super) const MAX_LAYERS: usize = 16;

/// The levels of all nodes of a graph.
#[derive(Debug)]
pub(super) struct Levels {
    /// The highest layer of each node.
    pub(super) of: Vec<u8>,
    /// The nodes that are inserted, in that order: all, or those that are not in the graph already.
    pub(super) order: Vec<u32>,
    /// The nodes of each layer above the base, ascending; the last layer is not empty.
    pub(super) members: Vec<Vec<u32>>,
}

impl Levels {
    /// Draws levels as the paper does: each layer holds one node in `m` of the layer below.
    pub(super) fn draw(nodes: u32, m: usize, seed: u64) -> Self {
        let shrink = 1.0 / (m as f64).ln();
        let of: Vec<u8> = (0..nodes).map(|node| level(node, shrink, seed)).collect();
        Self::new(of, (0..nodes).collect(), seed)
    }

    /// Levels of nodes some of which are in a graph already and stay in the layers that they are in: `known` says in which. The others are
    /// drawn, and are what is to be inserted; none gets higher than the highest that is known.
    pub(super) fn draw_others(nodes: u32, known: impl Fn(u32) -> Option<u8>, m: usize, seed: u64) -> Self {
        let shrink = 1.0 / (m as f64).ln();
        let top = (0..nodes).filter_map(&known).max().unwrap_or(0);
        let level = |node: u32| known(node).unwrap_or_else(|| level(node, shrink, seed).min(top));
        Self::new((0..nodes).map(level).collect(), (0..nodes).filter(|node| known(*node).is_none()).collect(), seed)
    }

    /// The nodes that are inserted last. Who draws levels of the same nodes for others than all of them inserts these last, too, if they
    /// are among them.
    pub(super) fn last(&self, count: usize) -> HashSet<u32> {
        self.order.iter().rev().take(count).copied().collect()
    }

    /// With the nodes that are to be inserted.
    fn new(of: Vec<u8>, mut order: Vec<u32>, seed: u64) -> Self {
        let (nodes, top) = (of.len() as u32, of.iter().copied().max().unwrap_or(0));
        let members = (1..=top).map(|layer| (0..nodes).filter(|node| of[*node as usize] >= layer).collect()).collect();
        order.sort_by_cached_key(|node| (u8::MAX - of[*node as usize], scrambled(seed ^ u64::from(*node) ^ 0x5EED)));
        Self { of, order, members }
    }
}

/// The level of one node.
fn level(node: u32, shrink: f64, seed: u64) -> u8 {
    let uniform = ((scrambled(seed ^ u64::from(node)) >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
    (-uniform.ln() * shrink).min(MAX_LAYERS as f64 - 1.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_shrink_by_m_and_order_goes_down() {
        let levels = Levels::draw(40_000, 16, 1);
        let share = levels.members[0].len() as f64 / 40_000.0;
        assert!((0.055..0.07).contains(&share), "{share}");
        assert!(levels.order.windows(2).all(|pair| levels.of[pair[0] as usize] >= levels.of[pair[1] as usize]));
        assert!(levels.members.iter().all(|layer| !layer.is_empty()));
        assert!(Levels::draw(0, 16, 1).order.is_empty());
    }

    #[test]
    fn nodes_of_a_graph_stay_in_their_layers_and_no_other_gets_higher() {
        let known = |node: u32| (!node.is_multiple_of(3)).then_some(u8::from(node == 1));
        let levels = Levels::draw_others(9_000, known, 4, 1);
        assert_eq!(levels.order.len(), 3_000);
        assert!(levels.order.iter().all(|node| node.is_multiple_of(3)));
        assert!((0..9_000).filter_map(known).eq((0..9_000).filter(|n| n % 3 != 0).map(|n| levels.of[n as usize])));
        assert_eq!(levels.members.len(), 1);
        assert!(levels.members[0].contains(&1) && levels.members[0].len() > 300);
        let last = Levels::draw(9_000, 4, 1).last(50);
        let known = |node: u32| known(node).filter(|_| !last.contains(&node));
        assert_eq!(Levels::draw_others(9_000, known, 4, 1).last(50), last);
    }
}
