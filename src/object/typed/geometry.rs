//! A shape in a Rust struct.

use std::ops::Deref;

use super::super::{GeometryRef, Kind, ObjectError, Value, ValueRef, coerce};
use super::serde_as_value;

/// A geometry field: any shape of `geo`, longitude before latitude.
///
/// Text formats read and write GeoJSON; they also read WKT, `[lon, lat]` and `{"lon": .., "lat": ..}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Geometry(geo::Geometry<f64>);

impl Geometry {
    /// The `geo` shape.
    #[must_use]
    pub fn into_inner(self) -> geo::Geometry<f64> {
        self.0
    }

    const fn as_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Geometry(GeometryRef::Owned(&self.0))
    }

    fn from_value(value: Value) -> Result<Self, ObjectError> {
        match coerce(value, Kind::Geometry)? {
            Value::Geometry(shape) => Ok(Self(*shape)),
            other => Err(ObjectError::unfit(&other, "geometry", "it is null")),
        }
    }
}

serde_as_value!(Geometry);

impl Deref for Geometry {
    type Target = geo::Geometry<f64>;
    fn deref(&self) -> &geo::Geometry<f64> {
        &self.0
    }
}

impl<T: Into<geo::Geometry<f64>>> From<T> for Geometry {
    fn from(shape: T) -> Self {
        Self(shape.into())
    }
}

impl From<Geometry> for Value {
    fn from(shape: Geometry) -> Self {
        Self::Geometry(Box::new(shape.0))
    }
}
