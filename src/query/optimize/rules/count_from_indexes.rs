//! Counting candidates needs no object.

use crate::query::{Facts, Kind, Kinds, Node, Rule};

/// Counts slots where nothing is left to be evaluated.
pub struct CountFromIndexes;

impl Rule for CountFromIndexes {
    fn name(&self) -> &'static str {
        "count_from_indexes"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Count])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Count { input } => match *input {
                Node::Fetch { source, candidates } => Node::CountSlots { source, candidates },
                input => Node::Count { input: Box::new(input) },
            },
            other => other,
        }
    }
}
