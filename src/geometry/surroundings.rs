//! A disc around a shape, so that most places can be told to be far from it without looking at its edges.

use geo::{BoundingRect, Geometry};

use super::{DistanceFrom, EARTH_RADIUS, LonLat, distance, sphere::off_equator};

/// What all discs are larger by, in metres: rounding in any distance is far below it.
const MARGIN: f64 = 0.002;

/// A disc on the globe that holds all of a shape, with what lies inside of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surroundings {
    /// The middle of the shape's box.
    pub center: LonLat,
    /// How far from there anything of it is, at most.
    pub metres: f64,
}

impl Surroundings {
    /// The disc around a shape; `None` when it has no coordinates, or any that are not on the globe.
    #[must_use]
    pub fn of(shape: &Geometry<f64>) -> Option<Self> {
        let bounds = shape.bounding_rect()?;
        let (low, high) = (LonLat::new(bounds.min().x, bounds.min().y), LonLat::new(bounds.max().x, bounds.max().y));
        let (low, high) = (low.ok()?, high.ok()?);
        let center = LonLat { lon: low.lon.midpoint(high.lon), lat: low.lat.midpoint(high.lat) };
        // To anywhere in the box: along the meridian of the middle, then along a parallel.
        let (flattest, _) = off_equator(low.lat, high.lat);
        let north = (high.lat - low.lat).to_radians() / 2.0;
        let east = (high.lon - low.lon).to_radians() / 2.0 * flattest.to_radians().cos();
        let half_globe = EARTH_RADIUS * std::f64::consts::PI;
        Some(Self { center, metres: (EARTH_RADIUS * (north + east) + MARGIN).min(half_globe + MARGIN) })
    }

    /// Between which distances from a place all of the shape lies.
    #[must_use]
    pub fn range_from(&self, from: &DistanceFrom) -> (f64, f64) {
        let middle = from.to(self.center);
        ((middle - self.metres).max(0.0), middle + self.metres)
    }

    /// Whether this is the disc of a shape, but for rounding on another machine.
    #[must_use]
    pub fn is_of(&self, shape: &Geometry<f64>) -> bool {
        let same = |own: &Self| distance(own.center, self.center) < MARGIN && (own.metres - self.metres).abs() < MARGIN;
        Self::of(shape).is_some_and(|own| same(&own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{distance_to_shape, twin::Draws};

    #[test]
    fn shapes_lie_between_both_distances() {
        let seed = Draws::seed("PROTOBASE_SEED");
        let mut draws = Draws::new(seed);
        for round in 0..500 {
            let shape = draws.shape();
            let (place, disc) = (draws.place_near(&shape), Surroundings::of(&shape).unwrap());
            let (low, high) = disc.range_from(&DistanceFrom::new(place));
            let metres = distance_to_shape(place, &shape).unwrap();
            assert!(low <= metres && metres <= high, "seed {seed}, round {round}: {low} {metres} {high}: {shape:?}");
            assert!(disc.is_of(&shape));
            for vertex in geo::CoordsIter::coords_iter(&shape) {
                let at = distance(disc.center, LonLat { lon: vertex.x, lat: vertex.y });
                assert!(at <= disc.metres, "seed {seed}, round {round}: {shape:?}");
            }
        }
        assert_eq!(Surroundings::of(&Geometry::GeometryCollection(geo::GeometryCollection(vec![]))), None);
        assert_eq!(Surroundings::of(&geo::Point::new(181.0, 0.0).into()), None);
    }
}
