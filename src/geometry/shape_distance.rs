//! How far is a known shape from others?

use geo::Geometry;

use super::{Globe, LonLat, PreparedShape, ToEdges, between::between, outline::Outline, to_edge_geodesic::ToGeodesics};

impl PreparedShape {
    /// The distance to a place in metres: zero inside of an area and on any boundary or line, elsewhere too long by at most
    /// [`TOLERANCE`](super::TOLERANCE).
    #[must_use]
    pub fn metres_to_place(&self, place: LonLat, globe: Globe) -> f64 {
        if self.covers_place(place) {
            return 0.0;
        }
        match globe {
            Globe::Sphere => self.edge_tree().distance::<ToEdges>(place, f64::INFINITY),
            Globe::Ellipsoid => self.edge_tree().distance::<ToGeodesics>(place, f64::INFINITY),
        }
    }

    /// The distance to another shape in metres: zero when they have a place in common, elsewhere too long by at most twice
    /// [`TOLERANCE`](super::TOLERANCE). `None` for a shape without coordinates, or with any that are not on the globe.
    ///
    /// ```
    /// use protobase::geometry::{Globe, PreparedShape, from_wkt};
    ///
    /// let river = PreparedShape::new(from_wkt("LINESTRING(10 50, 12 50)")?)?;
    /// let metres = |text: &str, globe| river.metres_to(&from_wkt(text).ok()?, globe);
    /// assert_eq!(metres("LINESTRING(11 40, 11 60)", Globe::Sphere), Some(0.0));
    /// let (by_sphere, by_ellipsoid) = (111_195.08, 111_238.68);
    /// assert!((metres("POLYGON((10 51, 12 51, 11 52, 10 51))", Globe::Sphere).unwrap() - by_sphere).abs() < 0.01);
    /// assert!((metres("POLYGON((10 51, 12 51, 11 52, 10 51))", Globe::Ellipsoid).unwrap() - by_ellipsoid).abs() < 0.01);
    /// # Ok::<(), protobase::geometry::GeometryError>(())
    /// ```
    #[must_use]
    pub fn metres_to(&self, other: &Geometry<f64>, globe: Globe) -> Option<f64> {
        if let Geometry::Point(point) = other {
            return LonLat::try_from(*point).ok().map(|place| self.metres_to_place(place, globe));
        }
        if self.outline().intersects(&Outline::of(other)?) {
            return Some(0.0);
        }
        match globe {
            Globe::Sphere => between::<ToEdges>(self.edge_tree(), other),
            Globe::Ellipsoid => between::<ToGeodesics>(self.edge_tree(), other),
        }
    }
}
