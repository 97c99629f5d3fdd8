//! How far apart are two places on the ellipsoid?
//!
//! The Earth is flattened, so great circles on a sphere of the mean radius are wrong by up to 0.56 %: too long near the equator to the north
//! and south, too short near the poles. [`geodesic_distance`] is right to some nanometres on WGS84, and takes about fifteen times as long.

use std::ops::RangeInclusive;

use geo::{Distance, Geodesic};

use super::LonLat;

/// Between these a length on the ellipsoid is of the same way's on the sphere: from the radius of curvature along a meridian at the
/// equator, 6,335,439.3 m, to that at the poles, 6,399,593.6 m, over the mean radius; widened by less than a part in ten thousand.
pub const GEODESIC_SHARE: RangeInclusive<f64> = 0.9944..=1.0045;

/// The length of the shortest way between two places on the WGS84 ellipsoid, in metres (C. Karney, "Algorithms for geodesics", 2013).
#[must_use]
pub fn geodesic_distance(a: LonLat, b: LonLat) -> f64 {
    // All longitudes are one place at a pole.
    let named = |place: LonLat| geo::Point::new(if place.is_pole() { 0.0 } else { place.lon }, place.lat);
    Geodesic.distance(named(a), named(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{distance, distance_to_shape, geodesic_to_shape, twin::Draws};

    fn place(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    #[test]
    fn known_lengths() {
        // A quarter of the meridian, and of the equator.
        assert!((geodesic_distance(place(7.0, 0.0), place(99.0, 90.0)) - 10_001_965.729).abs() < 0.001);
        assert!((geodesic_distance(place(0.0, 0.0), place(90.0, 0.0)) - 10_018_754.171).abs() < 0.001);
        // Karney's example: John F. Kennedy airport to Singapore Changi.
        let (kennedy, changi) = (place(-73.8, 40.6), place(104.0, 1.36));
        assert!((geodesic_distance(kennedy, changi) - 15_347_000.0).abs() < 30_000.0);
        assert_eq!(geodesic_distance(place(10.0, 90.0), place(-50.0, 90.0)), 0.0);
        assert!(geodesic_distance(place(180.0, 10.0), place(-180.0, 10.0)) < 1e-8);
    }

    #[test]
    fn lengths_are_within_their_share() {
        let seed = Draws::seed("PROTOBASE_SEED");
        let mut draws = Draws::new(seed + 56);
        let (mut least, mut most) = (1.0_f64, 1.0_f64);
        for round in 0..3_000 {
            let shape = draws.shape();
            let (a, b) = (draws.place_near(&shape), draws.place_near(&shape));
            let (on_sphere, on_ellipsoid) = (distance(a, b), geodesic_distance(a, b));
            let note = format!("seed {seed}, round {round}: {a} {b} {on_sphere} {on_ellipsoid}");
            assert!(on_ellipsoid >= on_sphere * GEODESIC_SHARE.start() - 1e-6, "{note}");
            assert!(on_ellipsoid <= on_sphere * GEODESIC_SHARE.end() + 1e-6, "{note}");
            if on_sphere > 1.0 {
                (least, most) = (least.min(on_ellipsoid / on_sphere), most.max(on_ellipsoid / on_sphere));
            }
            let (to_shape, near) = (distance_to_shape(a, &shape).unwrap(), geodesic_to_shape(a, &shape).unwrap());
            assert_eq!(to_shape == 0.0, near == 0.0, "{note}: {shape:?}");
            assert!(
                near >= to_shape * GEODESIC_SHARE.start() && near <= to_shape * GEODESIC_SHARE.end() + 1e-6,
                "{note}"
            );
        }
        assert!(least < 0.9955 && most > 1.004, "{least} {most}");
    }
}
