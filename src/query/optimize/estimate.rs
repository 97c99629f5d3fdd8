//! How many objects will a node give?

use crate::{
    index::Cardinality,
    query::{Facts, Node, cardinality, cost},
};

/// The estimate for a node's output.
#[must_use]
pub fn estimate(node: &Node, facts: &Facts<'_>) -> Cardinality {
    match node {
        Node::From { source, filter } => {
            let total = facts.cardinality(*source);
            if filter.is_all() { total } else { cardinality::filter(total, cost::UNKNOWN_SELECTIVITY) }
        }
        Node::List { source } => facts.cardinality(*source),
        Node::Fetch { source, candidates } => facts.cardinality_of(*source, candidates),
        Node::Where { input, selectivity, .. } => cardinality::filter(estimate(input, facts), *selectivity),
        Node::Nearest { input, nearest } | Node::NearestScan { input, nearest, .. } => {
            cardinality::limit(estimate(input, facts), u64::try_from(nearest.k).unwrap_or(u64::MAX))
        }
        Node::TopK { input, k, .. } => cardinality::limit(estimate(input, facts), *k),
        Node::Limit { input, offset, count } => {
            let rest = cardinality::skip(estimate(input, facts), *offset);
            count.map_or(rest, |count| cardinality::limit(rest, count))
        }
        Node::OrderBy { input, .. } | Node::Select { input, .. } | Node::OrderedScan { input, .. } => {
            estimate(input, facts)
        }
        Node::Count { .. } | Node::CountSlots { .. } => Cardinality::exact(1),
    }
}
