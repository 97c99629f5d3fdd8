//! Nobody sees the order of what is only counted.

use crate::query::{Facts, Node, Rule};

/// Takes sorts and projections out from under a count.
pub struct UnusedOrder;

impl Rule for UnusedOrder {
    fn name(&self) -> &'static str {
        "unused_order"
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Count { input } => Node::Count { input: Box::new(unordered(*input)) },
            other => other,
        }
    }
}

fn unordered(node: Node) -> Node {
    match node {
        Node::OrderBy { input, .. } | Node::Select { input, .. } => unordered(*input),
        other => other,
    }
}
