//! A limit over a limit that lets through more is one limit.

use crate::query::{Facts, Kind, Kinds, Node, Rule};

/// Takes out a limit that the one above it makes pointless.
pub struct FuseLimits;

impl Rule for FuseLimits {
    fn name(&self) -> &'static str {
        "fuse_limits"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Limit])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Limit { input, offset, count: Some(count) } => Node::Limit {
                input: Box::new(unlimited(*input, offset.saturating_add(count))),
                offset,
                count: Some(count),
            },
            other => other,
        }
    }
}

/// The node without limits that let through all of the first `wanted`.
fn unlimited(node: Node, wanted: u64) -> Node {
    match node {
        Node::Limit { input, offset: 0, count: Some(count) } if count >= wanted => unlimited(*input, wanted),
        Node::Select { input, items } => Node::Select { input: Box::new(unlimited(*input, wanted)), items },
        other => other,
    }
}
