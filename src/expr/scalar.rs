//! What value can be computed from one object?

use std::{fmt, sync::Arc};

use crate::object::{FieldPath, Fields, Offset, Value};

use super::{Comparison, Computed, Expr, Function, Predicate, Target, shapes};

/// A value computed from one object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Scalar {
    /// A field, or a dotted path into one.
    Field(FieldPath),
    /// The object's offset (its position, over a list).
    Offset,
    /// The distance to a target: by the target's metric, in metres for places. None for objects without the field.
    Distance(Target),
    /// The longitude of a point (`ST_X`).
    Longitude(FieldPath),
    /// The latitude of a point (`ST_Y`).
    Latitude(FieldPath),
    /// A shape as well-known text (`ST_AsText`).
    Wkt(FieldPath),
    /// A shape as GeoJSON text (`ST_AsGeoJSON`).
    GeoJson(FieldPath),
    /// A shape as well-known binary (`ST_AsBinary`).
    Wkb(FieldPath),
    /// The area of a shape in square metres (`ST_Area`): see [`geometry::area`](crate::geometry::area()).
    Area(FieldPath),
    /// The length of a shape's lines in metres (`ST_Length`): see [`geometry::length`](crate::geometry::length()).
    Length(FieldPath),
    /// The same value for every object.
    Constant(Value),
    /// What a function makes of other values.
    Computed(Arc<Computed>),
}

impl Scalar {
    /// The fields that it is made from.
    #[must_use]
    pub fn paths(&self) -> &[FieldPath] {
        match self {
            Self::Field(path)
            | Self::Longitude(path)
            | Self::Latitude(path)
            | Self::Wkt(path)
            | Self::GeoJson(path)
            | Self::Wkb(path)
            | Self::Area(path)
            | Self::Length(path) => std::slice::from_ref(path),
            Self::Distance(target) => target.paths(),
            Self::Computed(computed) => computed.paths(),
            Self::Offset | Self::Constant(_) => &[],
        }
    }

    /// The value for one object; `None` is missing.
    #[must_use]
    pub fn evaluate(&self, offset: Offset, fields: &dyn Fields) -> Option<Value> {
        match self {
            Self::Field(path) => fields.field(path).map(|value| value.to_value()),
            Self::Offset => i64::try_from(offset.0).ok().map(Value::Int),
            Self::Distance(target) => target.distance(fields).map(Value::Float),
            Self::Longitude(path) => shapes::place(fields, path).map(|place| Value::Float(place.lon)),
            Self::Latitude(path) => shapes::place(fields, path).map(|place| Value::Float(place.lat)),
            Self::Wkt(path) => shapes::wkt(fields, path).map(Value::String),
            Self::GeoJson(path) => shapes::geojson(fields, path).map(Value::String),
            Self::Wkb(path) => shapes::wkb(fields, path).map(Value::Bytes),
            Self::Area(path) => shapes::area(fields, path).map(Value::Float),
            Self::Length(path) => shapes::length(fields, path).map(Value::Float),
            Self::Constant(value) => Some(value.clone()),
            Self::Computed(computed) => computed.evaluate(offset, fields),
        }
    }
}

impl Scalar {
    /// What a function makes of these.
    #[must_use]
    pub fn computed(function: Function, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Computed(Arc::new(Computed::new(function, arguments.into_iter().collect())))
    }

    /// What the first of these conditions that holds gives, else the last value, if there is one more than conditions: SQL's CASE.
    #[must_use]
    pub fn case(conditions: Vec<Expr>, values: impl IntoIterator<Item = Self>) -> Self {
        Self::computed(Function::Case(conditions), values)
    }

    /// The comparison of two values of one object.
    #[must_use]
    pub fn compare(self, is: Comparison, other: impl Into<Self>) -> Expr {
        Expr::Leaf(Predicate::compared(self, is, other.into()))
    }
}

impl From<Value> for Scalar {
    fn from(value: Value) -> Self {
        Self::Constant(value)
    }
}

impl From<&str> for Scalar {
    fn from(path: &str) -> Self {
        Self::Field(path.into())
    }
}

impl From<FieldPath> for Scalar {
    fn from(path: FieldPath) -> Self {
        Self::Field(path)
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(path) => path.fmt(f),
            Self::Offset => f.write_str("offset"),
            Self::Distance(target) => write!(f, "distance({target})"),
            Self::Longitude(path) => write!(f, "longitude({path})"),
            Self::Latitude(path) => write!(f, "latitude({path})"),
            Self::Wkt(path) => write!(f, "wkt({path})"),
            Self::GeoJson(path) => write!(f, "geojson({path})"),
            Self::Wkb(path) => write!(f, "wkb({path})"),
            Self::Area(path) => write!(f, "area({path})"),
            Self::Length(path) => write!(f, "length({path})"),
            Self::Constant(value) => write!(f, "{value}"),
            Self::Computed(computed) => computed.fmt(f),
        }
    }
}
