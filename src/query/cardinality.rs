//! How many objects come out of a combination?
//!
//! Bounds are combined so that they always hold; the expected number assumes that conditions are independent of each other.

use crate::index::{Access, Cardinality, Exactness};

/// Nothing is known but that there are at most so many.
#[must_use]
pub fn unknown(total: u64, selectivity: f64) -> Cardinality {
    Cardinality { min: 0, expected: scale(total, selectivity), max: total }
}

/// What passes all of these, out of `total`.
#[must_use]
pub fn and(members: impl IntoIterator<Item = Cardinality>, total: u64) -> Cardinality {
    let mut selectivity = 1.0;
    let mut result = Cardinality::exact(total);
    for member in members {
        result.max = result.max.min(member.max);
        result.min = (result.min + member.min).saturating_sub(total);
        selectivity *= fraction(member.expected, total);
    }
    clamped(result, scale(total, selectivity))
}

/// What passes at least one of these, out of `total`.
#[must_use]
pub fn or(members: impl IntoIterator<Item = Cardinality>, total: u64) -> Cardinality {
    let mut fails = 1.0;
    let mut result = Cardinality::exact(0);
    for member in members {
        result.max = result.max.saturating_add(member.max).min(total);
        result.min = result.min.max(member.min);
        fails *= 1.0 - fraction(member.expected, total);
    }
    clamped(result, scale(total, 1.0 - fails))
}

/// What does not pass, out of `total`.
#[must_use]
pub fn not(member: Cardinality, total: u64) -> Cardinality {
    Cardinality {
        min: total.saturating_sub(member.max),
        expected: total.saturating_sub(member.expected),
        max: total.saturating_sub(member.min),
    }
}

/// At most this many of them.
#[must_use]
pub fn limit(member: Cardinality, count: u64) -> Cardinality {
    Cardinality { min: member.min.min(count), expected: member.expected.min(count), max: member.max.min(count) }
}

/// All but this many of them.
#[must_use]
pub fn skip(member: Cardinality, count: u64) -> Cardinality {
    Cardinality {
        min: member.min.saturating_sub(count),
        expected: member.expected.saturating_sub(count),
        max: member.max.saturating_sub(count),
    }
}

/// What passes a filter of this selectivity.
#[must_use]
pub fn filter(member: Cardinality, selectivity: f64) -> Cardinality {
    Cardinality { min: 0, expected: scale(member.expected, selectivity), max: member.max }
}

/// Two offers for disjoint slots, taken together.
#[must_use]
pub fn sum(one: Access, other: Access) -> Access {
    let exact = one.exactness == Exactness::Exact && other.exactness == Exactness::Exact;
    Access {
        exactness: if exact { Exactness::Exact } else { Exactness::Superset },
        cardinality: Cardinality {
            min: one.cardinality.min + other.cardinality.min,
            expected: one.cardinality.expected + other.cardinality.expected,
            max: one.cardinality.max.saturating_add(other.cardinality.max),
        },
        cost: one.cost + other.cost,
    }
}

/// The part of `total` that `count` is.
#[must_use]
pub fn fraction(count: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { (count as f64 / total as f64).min(1.0) }
}

fn scale(total: u64, selectivity: f64) -> u64 {
    (total as f64 * selectivity).round() as u64
}

fn clamped(bounds: Cardinality, expected: u64) -> Cardinality {
    Cardinality { expected: expected.clamp(bounds.min.min(bounds.max), bounds.max), ..bounds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_whatever_overlaps() {
        let (a, b) = (Cardinality::exact(60), Cardinality::exact(70));
        assert_eq!(and([a, b], 100), Cardinality { min: 30, expected: 42, max: 60 });
        assert_eq!(or([a, b], 100), Cardinality { min: 70, expected: 88, max: 100 });
        assert_eq!(not(a, 100), Cardinality::exact(40));
    }

    #[test]
    fn nothing_is_combined_to_everything_and_to_nothing() {
        assert_eq!(and([], 7), Cardinality::exact(7));
        assert_eq!(or([], 7), Cardinality::exact(0));
        assert_eq!(and([Cardinality::exact(0)], 0), Cardinality::exact(0));
    }

    #[test]
    fn limit_and_skip_cut_every_bound() {
        let some = Cardinality { min: 2, expected: 10, max: 50 };
        assert_eq!(limit(some, 5), Cardinality { min: 2, expected: 5, max: 5 });
        assert_eq!(skip(some, 5), Cardinality { min: 0, expected: 5, max: 45 });
    }
}
