//! What a join asks of one side alone is a filter of that side.

use crate::query::{Facts, JoinKind, Kind, Kinds, Node, Pairing, Rule, cost};

use super::push_filters::{of_side, parted, pushed};

/// Moves conditions of a join that are about one side into that side, unless its objects come out alone when they do not hold.
pub struct PushJoinConditions;

impl Rule for PushJoinConditions {
    fn name(&self) -> &'static str {
        "push_join_conditions"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Join])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Join { left, right, by: Pairing { on, also: Some(also), kind, sides: Some(sides) } } => {
                let (to_right, rest) = match kind {
                    JoinKind::Right | JoinKind::Full => (None, Some(also)),
                    _ => parted(&also, &|path| of_side(&sides.1, &right, path)),
                };
                let (to_left, also) = match (kind, rest) {
                    (JoinKind::Inner | JoinKind::Right | JoinKind::Semi, Some(rest)) => {
                        parted(&rest, &|path| of_side(&sides.0, &left, path))
                    }
                    (_, rest) => (None, rest),
                };
                let left = pushed(left, to_left, cost::UNKNOWN_SELECTIVITY);
                let right = pushed(right, to_right, cost::UNKNOWN_SELECTIVITY);
                Node::Join { left, right, by: Pairing { on, also, kind, sides: Some(sides) } }
            }
            other => other,
        }
    }
}
