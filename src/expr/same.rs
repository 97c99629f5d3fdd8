//! Whether two expressions are written alike.

use std::{mem::discriminant, ops::Bound, sync::Arc};

use crate::object::{Value, VectorRef, order};

use super::{Computed, Expr, Function, Predicate, Scalar, Target, Test};

/// Whether two expressions have the same shape and the same parts, values compared by value (1 is 1.0). Expressions that are the same match the
/// same objects; the reverse need not hold.
#[must_use]
pub fn same(a: &Expr, b: &Expr) -> bool {
    let mut open = vec![(a, b)];
    while let Some(pair) = open.pop() {
        match pair {
            (Expr::And(a), Expr::And(b)) | (Expr::Or(a), Expr::Or(b)) if a.len() == b.len() => {
                open.extend(a.iter().zip(b));
            }
            (Expr::Not(a), Expr::Not(b)) => open.push((a, b)),
            (Expr::Leaf(a), Expr::Leaf(b)) => match (&a.test, &b.test) {
                (Test::Any(inner), Test::Any(other)) if a.paths == b.paths => open.push((inner, other)),
                _ if a.is_same(b) => {}
                _ => return false,
            },
            _ => return false,
        }
    }
    true
}

impl Predicate {
    /// [`same`] for leaves.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.paths == other.paths && self.test.is_same(&other.test)
    }
}

impl Test {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Equals(a), Self::Equals(b)) | (Self::Contains(a), Self::Contains(b)) => alike(a, b),
            (Self::In(a), Self::In(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
            (Self::Range(a, b), Self::Range(c, d)) => bounds_alike(a, c) && bounds_alike(b, d),
            (Self::IsNull, Self::IsNull) | (Self::IsMissing, Self::IsMissing) => true,
            (Self::Prefix(a), Self::Prefix(b))
            | (Self::Like(a), Self::Like(b))
            | (Self::ContainsText(a), Self::ContainsText(b)) => a == b,
            (Self::Fuzzy { text, edits }, Self::Fuzzy { text: other, edits: e }) => text == other && edits == e,
            (Self::Regex(a), Self::Regex(b)) => a == b,
            #[cfg(feature = "text")]
            (Self::Match(a), Self::Match(b)) => a == b,
            (Self::Any(a), Self::Any(b)) => same(a, b),
            (
                Self::WithinRadius(..)
                | Self::WithinGeodesic(..)
                | Self::WithinShape { .. }
                | Self::WithinBox(_)
                | Self::WithinRegion(_)
                | Self::Intersects(_)
                | Self::CoveredBy(_)
                | Self::Covers(_),
                _,
            ) => self.is_same_area(other),
            (Self::WithinDistance { .. } | Self::Box { .. } | Self::Ball { .. }, _) => self.is_same_measure(other),
            (Self::Compared { left, is, right }, Self::Compared { left: l, is: i, right: r }) => {
                is == i && left.is_same(l) && right.is_same(r)
            }
            _ => false,
        }
    }

    fn is_same_area(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::WithinRadius(a, b), Self::WithinRadius(c, d))
            | (Self::WithinGeodesic(a, b), Self::WithinGeodesic(c, d)) => a == c && b.to_bits() == d.to_bits(),
            (Self::WithinShape { shape, metres, globe }, Self::WithinShape { shape: s, metres: m, globe: g }) => {
                globe == g && metres.to_bits() == m.to_bits() && (Arc::ptr_eq(shape, s) || shape == s)
            }
            (Self::WithinBox(a), Self::WithinBox(b)) => a == b,
            (Self::WithinRegion(a), Self::WithinRegion(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Intersects(a), Self::Intersects(b))
            | (Self::CoveredBy(a), Self::CoveredBy(b))
            | (Self::Covers(a), Self::Covers(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }

    fn is_same_measure(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::WithinDistance { target, metric, distance, inclusive },
                Self::WithinDistance { target: t, metric: m, distance: d, inclusive: i },
            ) => {
                let vectors = vectors_alike(target.as_ref(), t.as_ref());
                metric == m && inclusive == i && distance.to_bits() == d.to_bits() && vectors
            }
            (Self::Box { low, high }, Self::Box { low: l, high: h }) => all_alike(low, l) && all_alike(high, h),
            (Self::Ball { center, radius }, Self::Ball { center: c, radius: r }) => {
                all_alike(center, c) && radius.to_bits() == r.to_bits()
            }
            _ => false,
        }
    }
}

impl Target {
    /// Whether the other is sure to be as far from every object.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Vector { path, vector, metric },
                Self::Vector { path: other_path, vector: other_vector, metric: other_metric },
            ) => path == other_path && metric == other_metric && vectors_alike(vector.as_ref(), other_vector.as_ref()),
            (Self::Place { path, place }, Self::Place { path: other_path, place: other_place })
            | (Self::Geodesic { path, place }, Self::Geodesic { path: other_path, place: other_place }) => {
                path == other_path && place == other_place
            }
            (Self::Coordinates { paths, center }, Self::Coordinates { paths: others, center: other }) => {
                paths == others && all_alike(center, other)
            }
            _ => false,
        }
    }
}

impl Scalar {
    /// Whether the other is sure to have the same value for every object.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Field(a), Self::Field(b))
            | (Self::Longitude(a), Self::Longitude(b))
            | (Self::Latitude(a), Self::Latitude(b))
            | (Self::Wkt(a), Self::Wkt(b))
            | (Self::GeoJson(a), Self::GeoJson(b))
            | (Self::Wkb(a), Self::Wkb(b))
            | (Self::Area(a), Self::Area(b))
            | (Self::Length(a), Self::Length(b)) => a == b,
            (Self::Offset, Self::Offset) => true,
            (Self::Distance(a), Self::Distance(b)) => a.is_same(b),
            (Self::Constant(a), Self::Constant(b)) => a == b,
            (Self::Computed(a), Self::Computed(b)) => a.is_same(b),
            _ => false,
        }
    }
}

impl Computed {
    fn is_same(&self, other: &Self) -> bool {
        let function = match (self.function(), other.function()) {
            (Function::Case(a), Function::Case(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Function::Part(a), Function::Part(b)) => a == b,
            (a, b) => discriminant(a) == discriminant(b),
        };
        let (mine, others) = (self.arguments(), other.arguments());
        function && mine.len() == others.len() && mine.iter().zip(others).all(|(a, b)| a.is_same(b))
    }
}

fn vectors_alike(a: VectorRef<'_>, b: VectorRef<'_>) -> bool {
    a.of() == b.of() && a.stored() == b.stored()
}

fn alike(a: &Value, b: &Value) -> bool {
    order::compare(a.as_ref(), b.as_ref()).is_eq()
}

fn bounds_alike(a: &Bound<Value>, b: &Bound<Value>) -> bool {
    match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) => true,
        (Bound::Included(a), Bound::Included(b)) | (Bound::Excluded(a), Bound::Excluded(b)) => alike(a, b),
        _ => false,
    }
}

fn all_alike(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
