//! Filters in their normal form: flat, folded, one range a field.

use crate::{
    expr,
    query::{Facts, Kind, Kinds, Node, Rule},
};

/// Normalizes every filter (see [`expr::normalize`]) and drops those that hold for everything.
pub struct NormalizeFilters;

impl Rule for NormalizeFilters {
    fn name(&self) -> &'static str {
        "normalize_filters"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Where])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Where { input, filter, selectivity } => match expr::normalize(filter) {
                filter if filter.is_all() => *input,
                filter => Node::Where { input, filter, selectivity },
            },
            other => other,
        }
    }
}
