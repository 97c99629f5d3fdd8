//! Which layers does a node live in, and in what order are nodes inserted?
//!
//! Both follow from a seed and the node's number alone. Nodes are inserted from the highest level down, in a seeded order
//! within a level, so the entry point and the members of every layer are known before the first edge is.

use crate::codec::scrambled;

/// More layers than any part of 2^32 nodes gets.
pub(super) const MAX_LAYERS: usize = 16;

/// The levels of all nodes of a graph.
#[derive(Debug)]
pub(super) struct Levels {
    /// The highest layer of each node.
    pub(super) of: Vec<u8>,
    /// All nodes, in the order in which they are inserted.
    pub(super) order: Vec<u32>,
    /// The nodes of each layer above the base, ascending; the last layer is not empty.
    pub(super) members: Vec<Vec<u32>>,
}

impl Levels {
    /// Draws levels as the paper does: each layer holds one node in `m` of the layer below.
    pub(super) fn draw(nodes: u32, m: usize, seed: u64) -> Self {
        let shrink = 1.0 / (m as f64).ln();
        let of: Vec<u8> = (0..nodes).map(|node| level(node, shrink, seed)).collect();
        let top = of.iter().copied().max().unwrap_or(0);
        let members = (1..=top).map(|layer| (0..nodes).filter(|node| of[*node as usize] >= layer).collect()).collect();
        let mut order: Vec<u32> = (0..nodes).collect();
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
}
