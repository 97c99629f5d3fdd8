//! How far apart are two places?
//!
//! Haversines of both the distance and its supplement, so that neither near places nor antipodes lose digits: the error is some
//! nanometres everywhere. Great-circle order equals the order of chords between unit vectors, which is what indexes prune by.

use super::{
    LonLat,
    trigonometry::{arcsine_of_root, half_sine_square, sine_cosine},
};

/// The mean Earth radius in metres.
pub const EARTH_RADIUS: f64 = 6_371_008.8;

/// The great-circle distance between two places, in metres. Symmetric to the bit, and the same to the bit on every machine.
#[must_use]
pub fn distance(a: LonLat, b: LonLat) -> f64 {
    DistanceFrom::new(a).to(b)
}

/// Distances from one place to many: [`distance`] with what depends on the one place computed once.
#[derive(Clone, Copy, Debug)]
pub struct DistanceFrom {
    place: LonLat,
    cos_lat: f64,
}

impl DistanceFrom {
    /// Prepares distances from a place.
    #[must_use]
    pub fn new(place: LonLat) -> Self {
        Self { place, cos_lat: cos_latitude(place.lat) }
    }

    /// The distance to another place, equal to [`distance`] to the bit.
    #[must_use]
    #[inline]
    pub fn to(&self, other: LonLat) -> f64 {
        // The square of half the chord, and below that of half the chord to the antipode: they add up to one.
        let near = self.square(other);
        if near <= 0.5 {
            return 2.0 * EARTH_RADIUS * arcsine_of_root(near);
        }
        let cosines = self.cos_lat * cos_latitude(other.lat);
        let far = half_sine_square(self.place.lat + other.lat)
            + cosines * half_sine_square(180.0 - angle_between(self.place.lon, other.lon));
        EARTH_RADIUS * (std::f64::consts::PI - 2.0 * arcsine_of_root(far))
    }

    /// The distances to some places, each equal to [`DistanceFrom::to`] to the bit.
    #[must_use]
    #[inline(always)]
    pub fn to_all<const N: usize>(&self, others: &[LonLat; N]) -> [f64; N] {
        // Nearly all are nearer than a quarter of the way around: these without a branch, so that several are worked out at once.
        let mut metres = [0.0; N];
        for (metres, other) in metres.iter_mut().zip(others) {
            *metres = 2.0 * EARTH_RADIUS * arcsine_of_root(self.square(*other));
        }
        // A little less than where `to` goes by the antipode: those are asked for anyway.
        for (metres, other) in metres.iter_mut().zip(others) {
            if *metres > 1.5 * EARTH_RADIUS {
                *metres = self.to(*other);
            }
        }
        metres
    }

    /// The square of half the chord to another place.
    #[inline(always)]
    pub(super) fn square(&self, other: LonLat) -> f64 {
        let cosines = self.cos_lat * cos_latitude(other.lat);
        half_sine_square(self.place.lat - other.lat)
            + cosines * half_sine_square(angle_between(self.place.lon, other.lon))
    }
}

/// How far from the equator what is between two latitudes is: at least, and at most.
pub(super) fn off_equator(lat: f64, other: f64) -> (f64, f64) {
    let (low, high) = (lat.min(other), lat.max(other));
    let flattest = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
    (flattest, low.abs().max(high.abs()))
}

/// The angle between two meridians, 0 to 180 degrees.
#[inline(always)]
fn angle_between(a: f64, b: f64) -> f64 {
    let angle = (a - b).abs();
    if angle > 180.0 { 360.0 - angle } else { angle }
}

/// The cosine of a latitude in degrees, exactly zero at the poles so that all their longitudes are one place.
#[inline(always)]
pub(super) fn cos_latitude(lat: f64) -> f64 {
    sine_cosine(lat.abs()).1
}

/// A place as a vector of length one from the middle of the Earth: x to longitude 0, y to 90 east, z to the north pole.
#[must_use]
pub fn unit_vector(place: LonLat) -> [f64; 3] {
    let (sin_lat, cos_lat) = sine_cosine(place.lat.abs());
    let lon = place.lon.abs();
    let (sin_lon, cos_lon) = sine_cosine(if lon > 90.0 { 180.0 - lon } else { lon });
    let cos_lon = if lon > 90.0 { -cos_lon } else { cos_lon };
    [cos_lat * cos_lon, cos_lat * sin_lon.copysign(place.lon), sin_lat.copysign(place.lat)]
}

/// The great-circle distance that belongs to a chord of the unit sphere; chords above the diameter count as the diameter.
#[must_use]
pub fn chord_to_metres(chord: f64) -> f64 {
    2.0 * EARTH_RADIUS * (chord * 0.5).min(1.0).asin()
}

/// The chord of the unit sphere that belongs to a great-circle distance; no farther than the diameter.
#[must_use]
pub fn metres_to_chord(metres: f64) -> f64 {
    2.0 * (metres / (2.0 * EARTH_RADIUS)).clamp(0.0, std::f64::consts::FRAC_PI_2).sin()
}

#[cfg(test)]
mod tests {
    use geo::{Distance, Haversine};
    use proptest::prelude::*;

    use super::*;

    fn place(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    fn chord(a: LonLat, b: LonLat) -> f64 {
        let (a, b) = (unit_vector(a), unit_vector(b));
        (0..3).map(|d| (a[d] - b[d]).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn known_distances() {
        assert_eq!(distance(place(10.0, 20.0), place(10.0, 20.0)), 0.0);
        let quarter = EARTH_RADIUS * std::f64::consts::FRAC_PI_2;
        assert!((distance(place(0.0, 0.0), place(90.0, 0.0)) - quarter).abs() < 1e-6);
        // Both names of one place on the antimeridian, and all names of a pole.
        assert!(distance(place(180.0, 10.0), place(-180.0, 10.0)) < 1e-8);
        assert_eq!(distance(place(0.0, 90.0), place(77.0, 90.0)), 0.0);
        assert!((distance(place(179.5, 0.0), place(-179.5, 0.0)) - EARTH_RADIUS.to_radians()).abs() < 1e-6);
    }

    #[test]
    fn near_places_and_near_antipodes_keep_their_digits() {
        let step = 1e-9_f64;
        let expected = EARTH_RADIUS * step.to_radians();
        let near = distance(place(30.0, 0.0), place(30.0 + step, 0.0));
        assert!((near - expected).abs() < 1e-8, "{near} against {expected}");
        let half = EARTH_RADIUS * std::f64::consts::PI;
        let far = distance(place(30.0, 0.0), place(-150.0 + step, 0.0));
        assert!((half - far - expected).abs() < 1e-8, "{} against {expected}", half - far);
    }

    proptest! {
        #[test]
        fn agrees_with_geo_and_with_chords(
            a in (-180.0..=180.0, -90.0..=90.0), b in (-180.0..=180.0, -90.0..=90.0_f64),
        ) {
            let (a, b) = (place(a.0, a.1), place(b.0, b.1));
            let metres = distance(a, b);
            prop_assert_eq!(metres.to_bits(), distance(b, a).to_bits());
            let by_geo = Haversine.distance(geo::Point::from(a), geo::Point::from(b));
            prop_assert!((metres - by_geo).abs() < 0.2, "{} against {}", metres, by_geo);
            prop_assert!((metres_to_chord(metres) - chord(a, b)).abs() < 1e-14);
            prop_assert!((chord_to_metres(metres_to_chord(metres)) - metres).abs() < 0.2);
        }
    }
}
