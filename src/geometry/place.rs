//! One place on the globe.

use std::fmt;

use super::GeometryError;

/// A validated place: finite, longitude in -180..=180, latitude in -90..=90. Made by [`LonLat::new`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LonLat {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

impl LonLat {
    /// A place by longitude and latitude, in that order.
    ///
    /// # Errors
    /// When one of them is not finite or not on the globe; the error names which.
    pub fn new(lon: f64, lat: f64) -> Result<Self, GeometryError> {
        check(lon, "longitude", 180.0, String::new)?;
        check(lat, "latitude", 90.0, String::new)?;
        Ok(Self { lon, lat })
    }

    /// Whether all meridians meet here.
    #[must_use]
    pub fn is_pole(self) -> bool {
        self.lat.abs() == 90.0
    }

    /// The same place under its other name, when it lies on the antimeridian: 180 for -180 and back.
    #[must_use]
    pub fn across_antimeridian(self) -> Option<Self> {
        (self.lon.abs() == 180.0).then_some(Self { lon: -self.lon, lat: self.lat })
    }
}

impl fmt::Display for LonLat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.lon, self.lat)
    }
}

impl TryFrom<geo::Point<f64>> for LonLat {
    type Error = GeometryError;
    fn try_from(point: geo::Point<f64>) -> Result<Self, GeometryError> {
        Self::new(point.x(), point.y())
    }
}

impl From<LonLat> for geo::Point<f64> {
    fn from(place: LonLat) -> Self {
        Self::new(place.lon, place.lat)
    }
}

impl From<LonLat> for geo::Geometry<f64> {
    fn from(place: LonLat) -> Self {
        Self::Point(place.into())
    }
}

/// `None` for coordinates that are no place.
pub(super) fn on_globe(at: &geo::Coord<f64>) -> Option<()> {
    LonLat::new(at.x, at.y).ok().map(drop)
}

/// Refuses a coordinate that is not finite or farther from zero than `limit`.
pub(super) fn check(
    value: f64,
    which: &'static str,
    limit: f64,
    place: impl Fn() -> String,
) -> Result<(), GeometryError> {
    // A NaN compares false and is refused too.
    if value.abs() <= limit {
        return Ok(());
    }
    Err(GeometryError::Coordinate { place: place(), which, value, low: -limit, high: limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_off_the_globe_are_refused_by_name_68() {
        for (lon, lat, which) in [
            (180.1, 0.0, "longitude 180.1"),
            (f64::NAN, 0.0, "longitude NaN"),
            (0.0, -90.5, "latitude -90.5"),
            (0.0, f64::INFINITY, "latitude inf"),
        ] {
            let message = LonLat::new(lon, lat).unwrap_err().to_string();
            assert!(message.starts_with(which), "{message}");
            assert!(message.contains("expected a number from -"), "{message}");
        }
        assert!(LonLat::new(-180.0, 90.0).is_ok());
    }
}
