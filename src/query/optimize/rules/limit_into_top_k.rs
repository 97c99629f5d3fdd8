//! Who wants the first few need not sort the rest.

use crate::query::{Facts, Kind, Kinds, Node, Rule};

/// Makes a limited sort a top-k, and lets a nearest search look for no more than its limit lets through.
pub struct LimitIntoTopK;

impl Rule for LimitIntoTopK {
    fn name(&self) -> &'static str {
        "limit_into_top_k"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Limit])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Limit { input, offset, count: Some(count) } => {
                let input = Box::new(bounded(*input, offset.saturating_add(count)));
                Node::Limit { input, offset, count: Some(count) }
            }
            other => other,
        }
    }
}

fn bounded(node: Node, k: u64) -> Node {
    match node {
        Node::OrderBy { input, keys, after } => Node::TopK { input, keys, k, after },
        Node::Nearest { input, mut nearest } => {
            nearest.k = nearest.k.min(usize::try_from(k).unwrap_or(usize::MAX));
            Node::Nearest { input, nearest }
        }
        Node::Select { input, items } => Node::Select { input: Box::new(bounded(*input, k)), items },
        other => other,
    }
}
