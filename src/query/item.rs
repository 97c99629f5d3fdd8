//! What comes back of each object: fields, computed values, or all of it.

use std::fmt;

use crate::{
    expr::Target,
    object::{FieldPath, Fields, Offset, Value},
};

use super::shape;

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
            Self::Longitude(path) => shape::place(fields, path).map(|place| Value::Float(place.lon)),
            Self::Latitude(path) => shape::place(fields, path).map(|place| Value::Float(place.lat)),
            Self::Wkt(path) => shape::wkt(fields, path).map(Value::String),
            Self::GeoJson(path) => shape::geojson(fields, path).map(Value::String),
            Self::Wkb(path) => shape::wkb(fields, path).map(Value::Bytes),
            Self::Area(path) => shape::area(fields, path).map(Value::Float),
            Self::Length(path) => shape::length(fields, path).map(Value::Float),
            Self::Constant(value) => Some(value.clone()),
        }
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
            Self::Constant(value) => write!(f, "{value:?}"),
        }
    }
}

/// One thing to select.
#[derive(Clone, Debug)]
pub enum Item {
    /// Every field of the object, under its own name.
    All,
    /// One value under a name.
    Named {
        /// The field it has in the projected object.
        name: String,
        /// The value.
        scalar: Scalar,
    },
}

impl Item {
    /// A field under its own name (a dotted path under its text).
    #[must_use]
    pub fn field(path: impl Into<FieldPath>) -> Self {
        let path = path.into();
        Self::Named { name: path.to_string(), scalar: Scalar::Field(path) }
    }

    /// The distance to a target, as `distance`.
    #[must_use]
    pub fn distance(target: Target) -> Self {
        Self::computed("distance", Scalar::Distance(target))
    }

    /// The object's offset, as `offset`.
    #[must_use]
    pub fn offset() -> Self {
        Self::computed("offset", Scalar::Offset)
    }

    /// A computed value under a name.
    #[must_use]
    pub fn computed(name: impl Into<String>, scalar: Scalar) -> Self {
        Self::Named { name: name.into(), scalar }
    }

    /// What is computed for it; [`Item::All`] is not.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match self {
            Self::All => None,
            Self::Named { scalar, .. } => Some(scalar),
        }
    }

    /// The same value under another name; [`Item::All`] has none to change.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        match self {
            Self::All => Self::All,
            Self::Named { scalar, .. } => Self::Named { name: name.into(), scalar },
        }
    }
}

impl<T: Into<Scalar>> From<T> for Item {
    fn from(scalar: T) -> Self {
        let scalar = scalar.into();
        Self::Named { name: scalar.to_string(), scalar }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Named { name, scalar } => {
                let text = scalar.to_string();
                if text == *name { f.write_str(&text) } else { write!(f, "{text} as {name}") }
            }
        }
    }
}
