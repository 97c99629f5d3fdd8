//! Partners that an index can find.

use crate::query::{Candidates, Facts, Kind, Kinds, Node, Rule};

/// Lets each left object of a join ask an index for its partners, when the right side is candidates and one answers such questions.
pub struct JoinFromIndex;

impl Rule for JoinFromIndex {
    fn name(&self) -> &'static str {
        "join_from_index"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Join])
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        match node {
            Node::Join { left, right, on } if right.slot_space().is_some() => {
                let answering = on.example().and_then(|example| facts.candidates(right.source(), &example.into()));
                match answering {
                    Some(Candidates::IndexScan { index, .. }) => Node::IndexJoin { left, right, on, index },
                    _ => Node::Join { left, right, on },
                }
            }
            other => other,
        }
    }
}
