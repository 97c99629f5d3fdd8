//! Everything but x, intersected with a, is a without x: the complement need not be made.

use crate::query::{Candidates, Facts, Kind, Kinds, Node, Rule};

/// Takes complements out of intersections and subtracts what they exclude from the rest.
pub struct SubtractNegations;

impl Rule for SubtractNegations {
    fn name(&self) -> &'static str {
        "subtract_negations"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Fetch])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Fetch { source, candidates } => Node::Fetch { source, candidates: subtracted(candidates) },
            other => other,
        }
    }
}

fn subtracted(candidates: Candidates) -> Candidates {
    let members = match candidates {
        Candidates::AndMerge(members) => members,
        Candidates::OrMerge(members) => {
            return Candidates::OrMerge(members.into_iter().map(subtracted).collect());
        }
        other => return other,
    };
    let mut kept = Vec::new();
    let mut excluded = Vec::new();
    for member in members.into_iter().map(subtracted) {
        match member {
            Candidates::AndNot(from, except) if matches!(*from, Candidates::Scan) => excluded.push(*except),
            other => kept.push(other),
        }
    }
    let rest = match kept.len() {
        0 => Candidates::Scan,
        1 => kept.remove(0),
        _ => Candidates::AndMerge(kept),
    };
    // Several are subtracted at once: the tree stays flat, however many there are.
    let except = match excluded.len() {
        0 => return rest,
        1 => excluded.remove(0),
        _ => Candidates::OrMerge(excluded),
    };
    Candidates::AndNot(Box::new(rest), Box::new(except))
}
