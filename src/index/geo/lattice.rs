//! Coordinates in four bytes each, and what they were before.
//!
//! A longitude or latitude is kept as a part of a full turn, 2^-32 of it: 9 mm at the equator, and differences of longitudes wrap around as the
//! globe does. A number of degrees with at most seven decimals, as coordinates are written nearly everywhere, is found again exactly,
//! because its step of 10^-7 degrees is more than the lattice's. Others are kept beside it, see [`super::tree`].

use crate::geometry::LonLat;

/// A place on the lattice: longitude and latitude in 2^-32 of a turn.
pub(super) type Turns = [i32; 2];

/// A quarter of a turn.
pub(super) const QUARTER: i32 = 1 << 30;

/// 10^-7 degrees in a turn.
const DECIMALS: i64 = 3_600_000_000;

/// Where a place is on the lattice: it is moved by at most half a step in each direction. A longitude of 180 is that of -180.
pub(super) fn turns(place: LonLat) -> Turns {
    [place.lon, place.lat].map(turn)
}

/// Degrees as turns, rounded.
#[allow(clippy::cast_possible_truncation, reason = "at most half a turn, which wraps around to minus one half")]
pub(super) fn turn(degrees: f64) -> i32 {
    (degrees * (4_294_967_296.0 / 360.0)).round() as i64 as i32
}

/// The one place with at most seven decimals whose coordinates are these.
pub(super) fn decimal(turns: Turns) -> (f64, f64) {
    let [lon, lat] = turns.map(|turn| {
        let decimals = (i64::from(turn) * DECIMALS + (1 << 31)) >> 32;
        decimals as f64 / 1e7
    });
    (lon, lat)
}

/// Whether [`decimal`] gives the place back.
pub(super) fn is_decimal(place: LonLat) -> bool {
    decimal(turns(place)) == (place.lon, place.lat)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn seven_decimals_are_found_again(lon in -1_799_999_999..=1_800_000_000_i64, lat in -900_000_000..=900_000_000_i64) {
            // As text, since that is what people write.
            let text = |number: i64| format!("{}{}.{:07}", if number < 0 { "-" } else { "" }, number.abs() / 10_000_000, number.abs() % 10_000_000);
            let place = LonLat::new(text(-lon).parse().unwrap(), text(lat).parse().unwrap()).unwrap();
            prop_assert!(is_decimal(place), "{place} is {:?}", decimal(turns(place)));
        }

        #[test]
        fn others_are_told(lon in -180.0..180.0_f64, lat in -90.0..=90.0_f64) {
            let place = LonLat::new(lon, lat).unwrap();
            let (near_lon, near_lat) = decimal(turns(place));
            prop_assert!((near_lon - lon).abs() < 2e-7 || near_lon == -180.0, "{near_lon} for {lon}");
            prop_assert!((near_lat - lat).abs() < 2e-7, "{near_lat} for {lat}");
            prop_assert_eq!(is_decimal(place), (near_lon, near_lat) == (lon, lat));
        }
    }

    #[test]
    fn ends() {
        let at = |lon, lat| turns(LonLat::new(lon, lat).unwrap());
        assert_eq!(at(180.0, 90.0), [i32::MIN, QUARTER]);
        assert_eq!(at(-180.0, -90.0), [i32::MIN, -QUARTER]);
        assert!(!is_decimal(LonLat::new(180.0, 0.0).unwrap()), "it is found again as -180");
        assert!(is_decimal(LonLat::new(-180.0, 90.0).unwrap()));
    }
}
