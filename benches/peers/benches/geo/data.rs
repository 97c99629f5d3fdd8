//! Points and queries.

use std::path::Path;

use protobase::{
    Object, Value,
    geometry::{GeoBox, LonLat},
    import::Import,
};

use crate::contender::Outcome;

/// A point and its country.
pub type Point = (LonLat, u16);

/// The shipped cities; countries are numbered as [`country`] says.
pub fn cities() -> Outcome<Vec<Point>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/cities/cities.csv.gz");
    let cities = Import::new().file(path).point("location", "lon", "lat").read()?.objects;
    let city = |city: &Object| -> Outcome<Point> {
        match (city.get("location"), city.get("country")) {
            (Some(Value::Geometry(shape)), Some(Value::String(code))) => {
                Ok((geo::Point::try_from((**shape).clone())?.try_into()?, country(code)))
            }
            other => Err(format!("a city without a place or a country: {other:?}").into()),
        }
    };
    cities.iter().map(city).collect()
}

/// A country's number: its two letters.
pub fn country(code: &str) -> u16 {
    code.bytes().fold(0, |sum, letter| sum << 8 | u16::from(letter))
}

/// Seeded numbers from 0 to 1.
pub fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// So many points around cities, of seven decimals.
pub fn jittered(cities: &[Point], count: usize) -> Vec<Point> {
    let mut random = random(7);
    (0..count)
        .map(|at| {
            let (city, country) = cities[at % cities.len()];
            (near(city, &mut random, 0.1), country)
        })
        .collect()
}

/// Equal parts anywhere, around cities, at the antimeridian and at the poles.
pub fn queries(cities: &[Point], count: usize) -> Vec<LonLat> {
    let mut random = random(42);
    (0..count)
        .map(|at| match at % 4 {
            // Evenly over the globe.
            0 => place(random() * 360.0 - 180.0, (random() * 2.0 - 1.0).asin().to_degrees()),
            1 => near(cities[(random() * cities.len() as f64) as usize].0, &mut random, 0.5),
            2 => place((179.0 + random() * 2.0 + 180.0).rem_euclid(360.0) - 180.0, random() * 140.0 - 70.0),
            _ => place(random() * 360.0 - 180.0, (89.0 + random()).copysign(random() - 0.5)),
        })
        .collect()
}

fn near(place: LonLat, random: &mut impl FnMut() -> f64, degrees: f64) -> LonLat {
    let mut moved = |at: f64, most: f64| (at + (random() * 2.0 - 1.0) * degrees).clamp(-most, most);
    self::place(moved(place.lon, 179.999_999_9), moved(place.lat, 90.0))
}

fn place(lon: f64, lat: f64) -> LonLat {
    let decimals = |degrees: f64| (degrees * 1e7).round() / 1e7;
    LonLat::new(decimals(lon), decimals(lat)).expect("made on the globe")
}

/// A box of two by two degrees; at the antimeridian and the poles, what is left of it on this side.
pub fn square(place: LonLat) -> GeoBox {
    let (west, east) = ((place.lon - 1.0).max(-180.0), (place.lon + 1.0).min(180.0));
    GeoBox::new(west, (place.lat - 1.0).max(-90.0), east, (place.lat + 1.0).min(90.0)).expect("on the globe")
}
