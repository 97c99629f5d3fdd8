//! A box between two meridians and two parallels.

use super::{GeometryError, LonLat, place};

/// A box between two meridians and two parallels, edges included. `west > east` crosses the antimeridian. Made by [`GeoBox::new`].
///
/// A pole belongs to every box that reaches it, and longitudes 180 and -180 are one meridian.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
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

impl GeoBox {
    /// A box by its edges, in the order of GeoJSON's `bbox`.
    ///
    /// # Errors
    /// When an edge is not finite or not on the globe, or south is above north.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, GeometryError> {
        let at = || "box: ".to_owned();
        place::check(west, "west", 180.0, at)?;
        place::check(south, "south", 90.0, at)?;
        place::check(east, "east", 180.0, at)?;
        place::check(north, "north", 90.0, at)?;
        if south > north {
            return Err(GeometryError::UpsideDown { south, north });
        }
        Ok(Self { west, south, east, north })
    }

    /// The whole globe.
    #[must_use]
    pub const fn globe() -> Self {
        Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 }
    }

    /// Whether the box runs over the antimeridian.
    #[must_use]
    pub fn crosses_antimeridian(&self) -> bool {
        self.west > self.east
    }

    /// How many degrees of longitude it covers, 0..=360.
    #[must_use]
    pub fn width(&self) -> f64 {
        let width = self.east - self.west;
        if width < 0.0 { width + 360.0 } else { width }
    }

    /// How many degrees of latitude it covers, 0..=180.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.north - self.south
    }

    /// Whether a place lies inside or on an edge.
    #[must_use]
    pub fn contains(&self, place: LonLat) -> bool {
        if place.lat < self.south || place.lat > self.north {
            return false;
        }
        self.spans(place.lon) || place.is_pole() || place.across_antimeridian().is_some_and(|p| self.spans(p.lon))
    }

    /// The smallest box that holds two boxes, neither of which crosses the antimeridian; it does not cross it either.
    #[must_use]
    pub fn around(&self, other: &Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    fn spans(&self, lon: f64) -> bool {
        if self.crosses_antimeridian() {
            lon >= self.west || lon <= self.east
        } else {
            lon >= self.west && lon <= self.east
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(edges: (f64, f64, f64, f64), lon: f64, lat: f64) -> bool {
        GeoBox::new(edges.0, edges.1, edges.2, edges.3).unwrap().contains(LonLat::new(lon, lat).unwrap())
    }

    #[test]
    fn a_box_with_west_above_east_crosses_the_antimeridian_66() {
        let fiji = (177.0, -20.0, -178.0, -15.0);
        assert!(contains(fiji, 179.0, -17.0) && contains(fiji, -179.0, -17.0));
        assert!(contains(fiji, 180.0, -17.0) && contains(fiji, -180.0, -17.0));
        assert!(!contains(fiji, 0.0, -17.0) && !contains(fiji, 176.9, -17.0) && !contains(fiji, 179.0, -14.0));
        assert!(!contains((-178.0, -20.0, 177.0, -15.0), 179.0, -17.0));
    }

    #[test]
    fn edges_poles_and_both_names_of_the_antimeridian_are_inside() {
        let corner = (170.0, 80.0, 180.0, 90.0);
        assert!(contains(corner, 170.0, 80.0) && contains(corner, -180.0, 85.0) && contains(corner, 3.0, 90.0));
        assert!(!contains(corner, 3.0, 89.9));
        assert!(contains((180.0, 0.0, -180.0, 1.0), 180.0, 0.5) && !contains((180.0, 0.0, -180.0, 1.0), 179.9, 0.5));
    }

    #[test]
    fn bad_edges_are_named() {
        assert!(GeoBox::new(-181.0, 0.0, 0.0, 1.0).unwrap_err().to_string().starts_with("box: west -181"));
        assert!(GeoBox::new(0.0, 2.0, 0.0, 1.0).unwrap_err().to_string().contains("south 2 is greater than north 1"));
    }
}
