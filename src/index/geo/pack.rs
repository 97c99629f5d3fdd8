//! Which points share a leaf, and which boxes a node?

use super::{
    grid::Point,
    tree::{FANOUT, Node, Shape},
};

/// A point on its way to its leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub at: Point,
    /// Where it stands in the builder.
    pub from: u32,
}

/// Below so many points, splitting is not worth a second thread.
const PARALLEL_FROM: usize = 16_384;

/// Sorts points so that every leaf, and every node of every level, is one box of near points.
///
/// Halves along the longest side, again and again, always at a multiple of a leaf times a power of two: four halvings
/// are one level of the tree, and only the last leaf and the last node of a level are not full.
pub(super) fn split(items: &mut [Item]) {
    let Some(middle) = Shape::cut(items.len()) else { return };
    let along = longest_side(items);
    items.select_nth_unstable_by_key(middle, |item| item.at[along]);
    let (left, right) = items.split_at_mut(middle);
    if left.len() > PARALLEL_FROM {
        rayon::join(|| split(left), || split(right));
    } else {
        split(left);
        split(right);
    }
}

fn longest_side(items: &[Item]) -> usize {
    let (low, high) = around(items);
    let side = |d: usize| i64::from(high[d]) - i64::from(low[d]);
    (0..3).max_by_key(|&d| side(d)).unwrap_or(0)
}

/// The box around points.
pub(super) fn around(items: &[Item]) -> (Point, Point) {
    around_points(items.iter().map(|item| item.at))
}

/// The box around points on the grid.
pub(super) fn around_points(points: impl Iterator<Item = Point>) -> (Point, Point) {
    let mut ends = ([i32::MAX; 3], [i32::MIN; 3]);
    for point in points {
        for (along, at) in point.into_iter().enumerate() {
            ends.0[along] = ends.0[along].min(at);
            ends.1[along] = ends.1[along].max(at);
        }
    }
    ends
}

/// All nodes over leaves' boxes, the lowest level first.
pub(super) fn nodes(leaves: impl ExactSizeIterator<Item = (Point, Point)>) -> Vec<Node> {
    let shape = Shape::new(leaves.len() * FANOUT);
    let mut boxes: Vec<(Point, Point)> = leaves.collect();
    let mut nodes = Vec::with_capacity(shape.nodes());
    while boxes.len() > 1 || (nodes.is_empty() && !boxes.is_empty()) {
        let first = nodes.len();
        nodes.extend(boxes.chunks(FANOUT).map(node));
        boxes = nodes[first..].iter().map(node_box).collect();
    }
    nodes
}

fn node_box(node: &Node) -> (Point, Point) {
    let low = node.low.map(|along| along.into_iter().min().unwrap_or(0));
    let high = node.high.map(|along| along.into_iter().max().unwrap_or(0));
    (low, high)
}

fn node(children: &[(Point, Point)]) -> Node {
    let mut node = Node { low: [[0; FANOUT]; 3], high: [[0; FANOUT]; 3] };
    for child in 0..FANOUT {
        let (low, high) = children[child.min(children.len() - 1)];
        for d in 0..3 {
            node.low[d][child] = low[d];
            node.high[d][child] = high[d];
        }
    }
    node
}
