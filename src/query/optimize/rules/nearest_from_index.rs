//! A nearest search that an index can do.

use crate::query::{Facts, Kind, Kinds, Node, Rule};

/// Hands a nearest search to the index on its field when the input is candidates, so that the index gets them as accept set.
pub struct NearestFromIndex;

impl Rule for NearestFromIndex {
    fn name(&self) -> &'static str {
        "nearest_from_index"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Nearest])
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        match node {
            Node::Nearest { input, nearest } if input.slot_space().is_some() => {
                match facts.nearest_index(input.source(), &nearest.target) {
                    Some(index) => Node::NearestScan { input, nearest, index },
                    None => Node::Nearest { input, nearest },
                }
            }
            other => other,
        }
    }
}
