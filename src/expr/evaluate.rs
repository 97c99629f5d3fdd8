//! What every expression means: the reference that all indexes and plans must agree with.

use std::{borrow::Cow, cmp::Ordering, ops::Bound, slice};

use crate::{
    geometry::{self, Globe, LonLat, PreparedShape},
    metric::{Element, Metric},
    object::{FieldPath, Fields, MapRef, Object, Value, ValueRef, VectorBuf, order},
};

use super::{Expr, Predicate, Test, compared, edits::within_edits, like::like, nesting::EVALUATED};

/// Whether an expression holds for an object.
///
/// Logic is two-valued: a test on a missing or incomparable value is false, and `Not` is everything else.
#[must_use]
pub fn evaluate(expr: &Expr, fields: &dyn Fields) -> bool {
    holds(expr, fields, 0)
}

fn holds(expr: &Expr, fields: &dyn Fields, depth: usize) -> bool {
    match expr {
        Expr::Leaf(predicate) => predicate.matches(fields),
        _ if depth == EVALUATED => holds_deep(expr, fields),
        Expr::And(members) => members.iter().all(|member| holds(member, fields, depth + 1)),
        Expr::Or(members) => members.iter().any(|member| holds(member, fields, depth + 1)),
        Expr::Not(inner) => !holds(inner, fields, depth + 1),
    }
}

/// The same without recursion.
fn holds_deep(expr: &Expr, fields: &dyn Fields) -> bool {
    let mut waiting = vec![Waiting::new(expr)];
    let mut answer = None;
    while let Some(node) = waiting.last_mut() {
        let decided = answer.take().is_some_and(|answer| answer != node.otherwise);
        let next = if decided { None } else { node.members.next() };
        match next {
            Some(Expr::Leaf(predicate)) => answer = Some(predicate.matches(fields)),
            Some(inner) => waiting.push(Waiting::new(inner)),
            None => {
                answer = Some((node.otherwise != decided) != node.negated);
                waiting.pop();
            }
        }
    }
    answer.unwrap_or_default()
}

/// A node that waits for its members.
struct Waiting<'a> {
    members: slice::Iter<'a, Expr>,
    /// Its answer when no member decides it, before negation.
    otherwise: bool,
    negated: bool,
}

impl<'a> Waiting<'a> {
    fn new(expr: &'a Expr) -> Self {
        let (members, otherwise, negated) = match expr {
            Expr::And(members) => (&members[..], true, false),
            Expr::Or(members) => (&members[..], false, false),
            Expr::Not(inner) => (slice::from_ref(&**inner), true, true),
            leaf @ Expr::Leaf(_) => (slice::from_ref(leaf), true, false),
        };
        Self { members: members.iter(), otherwise, negated }
    }
}

impl Predicate {
    /// Whether the test holds for an object.
    #[must_use]
    pub fn matches(&self, fields: &dyn Fields) -> bool {
        match &self.test {
            Test::Box { low, high } => {
                let inside = |at: &[f64]| at.len() == low.len() && at.iter().zip(low.iter().zip(high)).all(between);
                with_coordinates(&self.paths, fields, inside).unwrap_or(false)
            }
            Test::Ball { center, radius } => {
                let inside = |at: &[f64]| at.len() == center.len() && euclidean(at, center) <= *radius;
                with_coordinates(&self.paths, fields, inside).unwrap_or(false)
            }
            Test::Compared { left, is, right } => compared::holds(left, *is, right, fields),
            test => self.paths.first().is_some_and(|path| test.matches(fields.field(path))),
        }
    }
}

impl Test {
    /// Whether the test holds for the value of its field, `None` when missing. Boxes, balls and comparisons test several fields and hold for none.
    #[must_use]
    pub fn matches(&self, value: Option<ValueRef<'_>>) -> bool {
        let Some(value) = value else { return matches!(self, Self::IsMissing) };
        match self {
            Self::Equals(known) => order::equals(value, known.as_ref()),
            Self::In(known) => known.iter().any(|known| order::equals(value, known.as_ref())),
            Self::Range(low, high) => in_range(value, low, high),
            Self::IsNull => matches!(value, ValueRef::Null),
            Self::IsMissing | Self::Box { .. } | Self::Ball { .. } | Self::Compared { .. } => false,
            Self::Prefix(prefix) => text(value).is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Like(pattern) => text(value).is_some_and(|text| like(text, pattern)),
            Self::ContainsText(part) => text(value).is_some_and(|text| text.contains(part.as_str())),
            Self::Fuzzy { text: known, edits } => text(value).is_some_and(|text| within_edits(text, known, *edits)),
            Self::Regex(pattern) => text(value).is_some_and(|text| pattern.is_match(text)),
            #[cfg(feature = "text")]
            Self::Match(words) => text(value).is_some_and(|text| words.is_match(text)),
            Self::Contains(_) | Self::Any(_) => self.matches_list(value),
            Self::WithinRadius(place, metres) => place_distance(value, *place).is_some_and(|found| found <= *metres),
            Self::WithinGeodesic(place, metres) => {
                geodesic_distance(value, *place).is_some_and(|found| found <= *metres)
            }
            Self::WithinShape { shape, metres, globe } => {
                shape_distance(value, shape, *globe).is_some_and(|found| found <= *metres)
            }
            Self::WithinBox(area) => point(value).is_some_and(|point| area.contains(point)),
            Self::WithinRegion(region) => point(value).is_some_and(|point| region.contains(point)),
            Self::Intersects(shape) => compared(value, shape, PreparedShape::covers_place, PreparedShape::intersects),
            Self::CoveredBy(shape) => compared(value, shape, PreparedShape::covers_place, PreparedShape::covers),
            Self::Covers(shape) => compared(value, shape, PreparedShape::is_at, PreparedShape::is_covered_by),
            Self::WithinDistance { target, metric, distance, inclusive } => {
                vector_distance(value, target, *metric).is_some_and(|found| within(found, *distance, *inclusive))
            }
        }
    }

    fn matches_list(&self, value: ValueRef<'_>) -> bool {
        let ValueRef::List(list) = value else { return false };
        match self {
            Self::Contains(known) => list.iter().any(|element| order::equals(element, known.as_ref())),
            Self::Any(expr) => list.iter().any(|element| evaluate(expr, &OfList(element))),
            _ => false,
        }
    }
}

/// Whether a distance is small enough. A distance that is not a number is not.
#[must_use]
pub fn within(found: f64, limit: f64, inclusive: bool) -> bool {
    if inclusive { found <= limit } else { found < limit }
}

/// Between two bounds of the value's own kind; between no bounds is everything that has an order.
fn in_range(value: ValueRef<'_>, low: &Bound<Value>, high: &Bound<Value>) -> bool {
    let against = |bound: &Value| order::compare_within(value, bound.as_ref());
    let above = match low {
        Bound::Unbounded => order::compare_within(value, value).is_some(),
        Bound::Included(low) => against(low).is_some_and(Ordering::is_ge),
        Bound::Excluded(low) => against(low).is_some_and(Ordering::is_gt),
    };
    above
        && match high {
            Bound::Unbounded => true,
            Bound::Included(high) => against(high).is_some_and(Ordering::is_le),
            Bound::Excluded(high) => against(high).is_some_and(Ordering::is_lt),
        }
}

fn text(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::String(text) => Some(text),
        _ => None,
    }
}

/// The place of a point; no other geometry has one.
fn point(value: ValueRef<'_>) -> Option<LonLat> {
    match value {
        ValueRef::Geometry(geometry) => geometry.point(),
        _ => None,
    }
}

/// What a known shape says of a point, or of another shape.
fn compared(
    value: ValueRef<'_>,
    known: &PreparedShape,
    of_place: impl Fn(&PreparedShape, LonLat) -> bool,
    of_shape: impl Fn(&PreparedShape, &geo::Geometry<f64>) -> bool,
) -> bool {
    let ValueRef::Geometry(shape) = value else { return false };
    match shape.point() {
        Some(place) => of_place(known, place),
        None => shape.to_geometry().is_ok_and(|shape| of_shape(known, &shape)),
    }
}

/// How many metres a place is from a shape; inside of an area and on any boundary none.
pub(super) fn place_distance(value: ValueRef<'_>, place: LonLat) -> Option<f64> {
    let ValueRef::Geometry(shape) = value else { return None };
    match shape.point() {
        Some(point) => Some(geometry::distance(place, point)),
        None => geometry::distance_to_shape(place, &*shape.to_geometry().ok()?),
    }
}

/// [`place_distance`] on the ellipsoid.
pub(super) fn geodesic_distance(value: ValueRef<'_>, place: LonLat) -> Option<f64> {
    let ValueRef::Geometry(shape) = value else { return None };
    match shape.point() {
        Some(point) => Some(geometry::geodesic_distance(place, point)),
        None => geometry::geodesic_to_shape(place, &*shape.to_geometry().ok()?),
    }
}

/// How many metres a known shape is from another; where they have a place in common none.
pub(super) fn shape_distance(value: ValueRef<'_>, known: &PreparedShape, globe: Globe) -> Option<f64> {
    let ValueRef::Geometry(shape) = value else { return None };
    match shape.point() {
        Some(point) => Some(known.metres_to_place(point, globe)),
        None => known.metres_to(&*shape.to_geometry().ok()?, globe),
    }
}

/// The distance of a vector to a target, when it is a vector of the same dimension and the metric measures both: numbers of any element
/// types as f32, bits only with bits. A list of numbers is a vector of f32 too.
pub(super) fn vector_distance(value: ValueRef<'_>, target: &VectorBuf, metric: Metric) -> Option<f64> {
    let target = asked(target, metric);
    let distance = match value {
        ValueRef::Vector(vector) => metric.distance(&*target, vector),
        ValueRef::List(list) => metric.distance(&*target, &list.to_vector()?),
        _ => return None,
    };
    (!distance.is_nan()).then_some(distance)
}

/// A vector; a list of numbers is a vector of f32 too.
#[must_use]
pub fn vector(value: ValueRef<'_>) -> Option<VectorBuf> {
    match value {
        ValueRef::Vector(vector) => Some(vector.into()),
        ValueRef::List(list) => list.to_vector().map(Into::into),
        _ => None,
    }
}

/// A query vector as a metric takes it: as bits, when it is a metric of bits and the components are 0 and 1; else numbers as f32. What cannot be
/// that stays what it is, and has no distance to anything.
#[must_use]
pub fn asked(vector: &VectorBuf, metric: Metric) -> Cow<'_, VectorBuf> {
    let wanted = if metric.is_of_bits() { Element::Binary } else { Element::F32 };
    if vector.element() == wanted {
        return Cow::Borrowed(vector);
    }
    vector.to_element(wanted).map_or(Cow::Borrowed(vector), Cow::Owned)
}

/// Euclidean distance, summed in the order of the dimensions: the one function for it, here and in indexes.
#[must_use]
pub fn euclidean(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// Does something with the coordinates of an object: all fields as f64, when all are numbers.
pub(super) fn with_coordinates<T>(
    paths: &[FieldPath],
    fields: &dyn Fields,
    measure: impl FnOnce(&[f64]) -> T,
) -> Option<T> {
    // More dimensions than an index takes are possible, and then worth an allocation.
    let mut few = [0.0; 16];
    let mut many = Vec::new();
    let at = if paths.len() <= few.len() {
        &mut few[..paths.len()]
    } else {
        many.resize(paths.len(), 0.0);
        &mut many[..]
    };
    for (coordinate, path) in at.iter_mut().zip(paths) {
        *coordinate = fields.field(path)?.as_f64()?;
    }
    Some(measure(at))
}

fn between((at, (low, high)): (&f64, (&f64, &f64))) -> bool {
    low <= at && at <= high
}

/// One element of a list, seen as an object of its own; an element that is no map has no fields.
struct OfList<'a>(ValueRef<'a>);

impl Fields for OfList<'_> {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        path.names().iter().try_fold(self.0, |value, name| match value {
            ValueRef::Map(map) => map.get(name),
            _ => None,
        })
    }

    fn to_object(&self) -> Object {
        match self.0 {
            ValueRef::Map(MapRef::Owned(object)) => object.clone(),
            ValueRef::Map(map) => map.to_object(),
            _ => Object::new(),
        }
    }
}
