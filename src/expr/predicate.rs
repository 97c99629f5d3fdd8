//! The leaves of an expression: one test on one field, or on several numeric fields taken as coordinates.

use std::{ops::Bound, sync::Arc};

use crate::{
    geometry::{GeoBox, Globe, LonLat, PreparedShape, Region},
    metric::Metric,
    object::{FieldPath, Value, VectorBuf},
};

#[cfg(feature = "text")]
use super::Words;
use super::{Comparison, Expr, Pattern, Scalar};

/// A leaf test on a field (or, for [`Test::Box`] and [`Test::Ball`], on one numeric field a dimension).
#[derive(Clone, Debug)]
pub struct Predicate {
    /// The fields tested: exactly one, one a dimension for boxes and balls, or those that compared values are made from.
    pub paths: Vec<FieldPath>,
    /// What must hold.
    pub test: Test,
}

/// What a predicate asks of its field. False on missing or incomparable values, unless it says otherwise.
#[derive(Clone, Debug)]
pub enum Test {
    /// Equal by value (1 equals 1.0; NaN equals nothing; null equals null).
    Equals(Value),
    /// Equal to one of these.
    In(Vec<Value>),
    /// Between two bounds, compared within one kind of value (numbers, text, timestamps, bools, bytes). A null or NaN bound
    /// matches nothing, reversed bounds match nothing.
    Range(Bound<Value>, Bound<Value>),
    /// Is null (missing is not null).
    IsNull,
    /// Is missing.
    IsMissing,
    /// Text that starts with this.
    Prefix(String),
    /// Text that matches an SQL LIKE pattern (`%`, `_`, `\` escapes).
    Like(String),
    /// Text that has this text in it.
    ContainsText(String),
    /// Text at most so many edits from this: characters (Unicode scalar values) inserted, deleted or replaced.
    Fuzzy {
        /// The text, perhaps misspelt.
        text: String,
        /// The most edits that match, at most [`MAX_EDITS`](super::MAX_EDITS).
        edits: u32,
    },
    /// Text in which a regular expression matches anything.
    Regex(Pattern),
    /// Text that has the words of another, by their stems: all of them, one of them, or as a phrase.
    #[cfg(feature = "text")]
    Match(Words),
    /// A list with an element equal to this.
    Contains(Value),
    /// A list with one element for which the expression holds (paths inside are relative to the element).
    Any(Arc<Expr>),
    /// A point, line or area at most this many metres from a place: none inside and on the boundary.
    WithinRadius(LonLat, f64),
    /// [`Test::WithinRadius`] by the shortest way on the WGS84 ellipsoid, not on the sphere.
    WithinGeodesic(LonLat, f64),
    /// A point, line or area at most so many metres from a shape: none where they have a place in common.
    WithinShape {
        /// The shape; a place has a test of its own.
        shape: Arc<PreparedShape>,
        /// The greatest distance that matches.
        metres: f64,
        /// What it is measured on.
        globe: Globe,
    },
    /// A point inside a box.
    WithinBox(GeoBox),
    /// A point inside or on the boundary of a polygon or multipolygon.
    WithinRegion(Arc<Region>),
    /// A point, line or area that has a place in common with a shape, be it on a boundary.
    Intersects(Arc<PreparedShape>),
    /// A point, line or area all of whose places are in a shape or on its boundary.
    CoveredBy(Arc<PreparedShape>),
    /// A point, line or area that has all places of a shape, be they on its boundary.
    Covers(Arc<PreparedShape>),
    /// A vector at most this far from the target.
    WithinDistance {
        /// What to measure from.
        target: VectorBuf,
        /// How to measure.
        metric: Metric,
        /// The greatest distance that matches.
        distance: f64,
        /// Whether that distance itself matches.
        inclusive: bool,
    },
    /// Coordinates between the corners, edges included. Coordinates are f64: integers beyond 2^53 are rounded.
    Box {
        /// The lower corner.
        low: Vec<f64>,
        /// The upper corner.
        high: Vec<f64>,
    },
    /// Coordinates (f64) at most `radius` (Euclidean) from the centre.
    Ball {
        /// The centre.
        center: Vec<f64>,
        /// The radius, in the coordinates' unit.
        radius: f64,
    },
    /// Two values computed from the object, compared with each other. Made by [`Scalar::compare`].
    Compared {
        /// One of them.
        left: Arc<Scalar>,
        /// What holds between them.
        is: Comparison,
        /// The other.
        right: Arc<Scalar>,
    },
}

impl Predicate {
    /// A test on one field.
    #[must_use]
    pub fn new(path: impl Into<FieldPath>, test: Test) -> Self {
        Self { paths: vec![path.into()], test }
    }
}
