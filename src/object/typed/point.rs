//! A place in a Rust struct.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::geometry::{GeometryError, LonLat};

use super::super::{ObjectError, Value};
use super::Geometry;

/// A point field: longitude, then latitude, in degrees.
///
/// Text formats read and write GeoJSON; they also read WKT, `[lon, lat]` and `{"lon": .., "lat": ..}`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point(geo::Point<f64>);

impl Point {
    /// A place by longitude and latitude, in that order.
    ///
    /// # Errors
    /// When one of them is not on the globe.
    pub fn new(lon: f64, lat: f64) -> Result<Self, GeometryError> {
        LonLat::new(lon, lat).map(Self::from)
    }

    /// Degrees east.
    #[must_use]
    pub fn lon(&self) -> f64 {
        self.0.x()
    }

    /// Degrees north.
    #[must_use]
    pub fn lat(&self) -> f64 {
        self.0.y()
    }

    /// The validated place that searches start from.
    ///
    /// # Errors
    /// When the point, made from a [`geo::Point`], is not on the globe.
    pub fn place(&self) -> Result<LonLat, GeometryError> {
        LonLat::new(self.lon(), self.lat())
    }
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Geometry::from(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shape = Geometry::deserialize(deserializer)?;
        match shape.into_inner() {
            geo::Geometry::Point(point) => Ok(Self(point)),
            other => {
                let error = ObjectError::unfit(&Value::from(other), "point", "it is another kind of shape");
                Err(serde::de::Error::custom(error))
            }
        }
    }
}

impl Deref for Point {
    type Target = geo::Point<f64>;
    fn deref(&self) -> &geo::Point<f64> {
        &self.0
    }
}

impl From<geo::Point<f64>> for Point {
    fn from(point: geo::Point<f64>) -> Self {
        Self(point)
    }
}

impl From<LonLat> for Point {
    fn from(place: LonLat) -> Self {
        Self(place.into())
    }
}

impl From<Point> for geo::Point<f64> {
    fn from(point: Point) -> Self {
        point.0
    }
}

impl From<Point> for Value {
    fn from(point: Point) -> Self {
        point.0.into()
    }
}
