//! How many objects will a node give?

use std::f64::consts::PI;

use crate::{
    geometry::EARTH_RADIUS,
    index::Cardinality,
    query::{Cursor, Facts, Node, On, cardinality, cost},
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
        Node::Join { left, right, on } | Node::IndexJoin { left, right, on, .. } => {
            pairs(estimate(left, facts), estimate(right, facts), on)
        }
    }
}

/// Pairs of so many left and right objects.
fn pairs(left: Cardinality, right: Cardinality, on: &On) -> Cardinality {
    let max = left.max.saturating_mul(right.max);
    let expected = match on {
        On::Within { metres, .. } => {
            let share = cost::CLUSTERING * cap(*metres);
            (left.expected as f64 * right.expected as f64 * share.min(1.0)) as u64
        }
        // Areas seldom overlap: a place is in one of them.
        On::Contains { .. } => right.expected,
        On::Inside { .. } => left.expected,
        On::Intersects { .. } => left.expected.max(right.expected),
    };
    Cardinality::at_most(max, expected)
}

/// The share of the globe that is within so many metres of a place.
fn cap(metres: f64) -> f64 {
    let angle = (metres / EARTH_RADIUS).clamp(0.0, PI);
    (1.0 - angle.cos()) / 2.0
}

/// Any number of these.
fn of_unknown(all: Cardinality) -> Cardinality {
    Cardinality { min: 0, ..all }
}

/// What a cursor leaves of these.
fn passed(all: Cardinality, after: Option<&Cursor>) -> Cardinality {
    if after.is_some() { of_unknown(all) } else { all }
}
