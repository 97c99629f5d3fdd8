//! A filter belongs as near to the objects as it can get.

use crate::{
    expr::{self, Expr},
    query::{Facts, Kind, Kinds, Node, Rule},
};

/// Moves filters below sorts and projections, and into the set they stand on. A filter stays above a limit and above a nearest search: it filters what
/// those let through.
pub struct PushFilters;

impl Rule for PushFilters {
    fn name(&self) -> &'static str {
        "push_filters"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Where])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Where { input, filter, selectivity } => push(*input, filter, selectivity),
            other => other,
        }
    }
}

fn push(input: Node, filter: Expr, selectivity: f64) -> Node {
    match input {
        Node::From { source, filter: known } if known.is_all() => Node::From { source, filter },
        Node::From { source, filter: known } => Node::From { source, filter: expr::normalize(known.and(filter)) },
        Node::OrderBy { input, keys, after } => {
            Node::OrderBy { input: Box::new(push(*input, filter, selectivity)), keys, after }
        }
        Node::Select { input, items } => Node::Select { input: Box::new(push(*input, filter, selectivity)), items },
        input => Node::Where { input: Box::new(input), filter, selectivity },
    }
}
