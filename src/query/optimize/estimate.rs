//! How many objects will a node give?

use crate::{
    index::Cardinality,
    query::{Cursor, Facts, Node, cardinality, cost},
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
            let at_most = cardinality::limit(estimate(input, facts), u64::try_from(nearest.k).unwrap_or(u64::MAX));
            if nearest.within < f64::INFINITY { of_unknown(at_most) } else { passed(at_most, nearest.after.as_ref()) }
        }
        Node::TopK { input, k, after, .. } => passed(cardinality::limit(estimate(input, facts), *k), after.as_ref()),
        Node::Group { input, by } => {
            of_unknown(cardinality::limit(estimate(input, facts), u64::try_from(by.most()).unwrap_or(u64::MAX)))
        }
        Node::Diverse { input, k, .. } => {
            cardinality::limit(estimate(input, facts), u64::try_from(*k).unwrap_or(u64::MAX))
        }
        Node::Limit { input, offset, count } => {
            let rest = cardinality::skip(estimate(input, facts), *offset);
            count.map_or(rest, |count| cardinality::limit(rest, count))
        }
        Node::OrderBy { input, after, .. } => passed(estimate(input, facts), after.as_ref()),
        Node::Select { input, .. } | Node::OrderedScan { input, .. } => estimate(input, facts),
        Node::Count { .. } | Node::CountSlots { .. } => Cardinality::exact(1),
    }
}

/// Any number of these.
fn of_unknown(all: Cardinality) -> Cardinality {
    Cardinality { min: 0, ..all }
}

/// What a cursor leaves of these.
fn passed(all: Cardinality, after: Option<&Cursor>) -> Cardinality {
    if after.is_some() { of_unknown(all) } else { all }
}
