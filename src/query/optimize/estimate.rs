//! How many objects will a node give?

use std::f64::consts::PI;

use crate::{
    geometry::EARTH_RADIUS,
    index::Cardinality,
    query::{Aggregation, Combination, Cursor, Facts, JoinKind, Node, On, Pairing, cardinality, cost},
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
        Node::Select { input, .. } | Node::Project { input, .. } | Node::OrderedScan { input, .. } => {
            estimate(input, facts)
        }
        Node::Aggregate { input, by } => groups(estimate(input, facts), by),
        Node::Combine { left, right, by } => combined(estimate(left, facts), estimate(right, facts), *by),
        Node::Count { .. } | Node::CountSlots { .. } => Cardinality::exact(1),
        Node::Join { left, right, by }
        | Node::HashJoin { left, right, by }
        | Node::IndexJoin { left, right, by, .. } => joined(estimate(left, facts), estimate(right, facts), by),
    }
}

/// Groups of so many objects.
fn groups(all: Cardinality, by: &Aggregation) -> Cardinality {
    if by.keys.is_empty() {
        return Cardinality::exact(1);
    }
    Cardinality { min: all.min.min(1), expected: (all.expected as f64 * cost::GROUPS).ceil() as u64, max: all.max }
}

fn combined(left: Cardinality, right: Cardinality, by: Combination) -> Cardinality {
    let sum = |one: u64, other: u64| one.saturating_add(other);
    let (expected, max) = match by {
        Combination::Union | Combination::UnionAll => (sum(left.expected, right.expected), sum(left.max, right.max)),
        Combination::Intersect | Combination::IntersectAll => {
            (left.expected.min(right.expected), left.max.min(right.max))
        }
        Combination::Except | Combination::ExceptAll => (left.expected, left.max),
    };
    let min = if by == Combination::UnionAll { sum(left.min, right.min) } else { 0 };
    Cardinality { min, expected, max }
}

/// What comes out of a join of so many left and right objects.
fn joined(left: Cardinality, right: Cardinality, by: &Pairing) -> Cardinality {
    let pairs = pairs(left, right, &by.on);
    let at_least = |kept: Cardinality| Cardinality {
        min: kept.min,
        expected: pairs.expected.max(kept.expected),
        max: pairs.max.saturating_add(kept.max),
    };
    match by.kind {
        JoinKind::Inner => pairs,
        JoinKind::Left => at_least(left),
        JoinKind::Right => at_least(right),
        JoinKind::Full => at_least(Cardinality { max: left.max.saturating_add(right.max), ..left }),
        JoinKind::Semi | JoinKind::Anti => cardinality::filter(left, cost::UNKNOWN_SELECTIVITY),
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
        // One side is what the other refers to: each object of the larger one has a partner.
        On::Intersects { .. } | On::Equal { .. } | On::Referring { .. } => left.expected.max(right.expected),
        On::Anything { .. } => left.expected.saturating_mul(right.expected),
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
