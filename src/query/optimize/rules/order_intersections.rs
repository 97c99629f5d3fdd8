//! The smallest first: an intersection is never larger than what it starts from.

use crate::query::{Candidates, Facts, Kind, Kinds, Node, Rule, SourceId};

/// Sorts the members of intersections by cardinality.
pub struct OrderIntersections;

impl Rule for OrderIntersections {
    fn name(&self) -> &'static str {
        "order_intersections"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Fetch])
    }

    fn apply(&self, mut node: Node, facts: &Facts<'_>) -> Node {
        if let Node::Fetch { source, candidates } = &mut node {
            sort(candidates, *source, facts);
        }
        node
    }
}

fn sort(candidates: &mut Candidates, source: SourceId, facts: &Facts<'_>) {
    match candidates {
        Candidates::AndMerge(members) => {
            members.iter_mut().for_each(|member| sort(member, source, facts));
            members.sort_by_cached_key(|member| facts.cardinality_of(source, member).expected);
        }
        Candidates::OrMerge(members) => members.iter_mut().for_each(|member| sort(member, source, facts)),
        Candidates::AndNot(from, except) => {
            sort(from, source, facts);
            sort(except, source, facts);
        }
        Candidates::Scan | Candidates::IndexScan { .. } | Candidates::Evaluate(_) => {}
    }
}
