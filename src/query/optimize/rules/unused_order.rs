//! Nobody sees the order of what is only counted.

use crate::query::{Facts, Kind, Kinds, Node, Rule};

/// Takes sorts and projections out from under a count.
pub struct UnusedOrder;

impl Rule for UnusedOrder {
    fn name(&self) -> &'static str {
        "unused_order"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Count])
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
        Node::OrderBy { input, after: None, .. } | Node::Select { input, .. } | Node::Project { input, .. } => {
            unordered(*input)
        }
        // Which objects a limit lets through depends on the order, their number does not.
        Node::Limit { input, offset, count } => Node::Limit { input: Box::new(unordered(*input)), offset, count },
        other => other,
    }
}
