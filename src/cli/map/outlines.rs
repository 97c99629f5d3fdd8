//! The outlines of the world's countries, which are part of the program.

use geo::{Geometry, LineString, Polygon};

use super::frame::Extent;

/// 177 countries at 1:110 million: Natural Earth, public domain. Also in `datasets/countries`.
const COUNTRIES: &str = include_str!("../../../datasets/countries/countries-110m.geojson");

/// Who made the outlines.
pub const ATTRIBUTION: &str = "Outlines: Natural Earth, public domain";

/// A closed line around land or, in it, around water. Longitudes run on beyond 180 where it crosses the antimeridian.
pub struct Ring {
    pub coords: Vec<(f64, f64)>,
    pub extent: Extent,
}

/// The rings of each country; none of a country that cannot be read.
pub fn countries() -> Vec<Vec<Ring>> {
    let Ok(geojson::GeoJson::FeatureCollection(all)) = COUNTRIES.parse() else { return Vec::new() };
    all.features.into_iter().filter_map(|country| Some(rings(&Geometry::try_from(country.geometry?).ok()?))).collect()
}

fn rings(shape: &Geometry<f64>) -> Vec<Ring> {
    let of_polygon = |polygon: &Polygon<f64>| {
        let all = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        all.filter_map(ring).collect::<Vec<_>>()
    };
    match shape {
        Geometry::Polygon(polygon) => of_polygon(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().flat_map(of_polygon).collect(),
        _ => Vec::new(),
    }
}

/// Follows a ring across the antimeridian. One that goes all around the globe encloses the nearer pole.
fn ring(line: &LineString<f64>) -> Option<Ring> {
    let mut coords: Vec<(f64, f64)> = Vec::with_capacity(line.0.len() + 2);
    for at in &line.0 {
        let before = coords.last().map_or(at.x, |(lon, _)| *lon);
        coords.push((at.x + 360.0 * ((before - at.x) / 360.0).round(), at.y));
    }
    let (first, last) = (*coords.first()?, *coords.last()?);
    if (last.0 - first.0).abs() > 180.0 {
        let pole = if coords.iter().map(|(_, lat)| lat).sum::<f64>() < 0.0 { -90.0 } else { 90.0 };
        coords.extend([(last.0, pole), (first.0, pole)]);
    }
    let extent = Extent::of(coords.iter().copied())?;
    Some(Ring { coords, extent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_outline_jumps_across_the_map() {
        let countries = countries();
        assert_eq!(countries.len(), 177);
        let rings: Vec<&Ring> = countries.iter().flatten().collect();
        for ring in &rings {
            for pair in ring.coords.windows(2) {
                let along_a_pole = pair.iter().all(|(_, lat)| lat.abs() == 90.0);
                assert!((pair[0].0 - pair[1].0).abs() <= 180.0 || along_a_pole, "{pair:?}");
            }
        }
        let beyond = rings.iter().filter(|ring| ring.extent.east > 180.0 || ring.extent.west < -180.0).count();
        assert_eq!(beyond, 3, "one of Fiji's and two of Russia's");
        assert!(rings.iter().any(|ring| ring.extent.south == -90.0), "Antarctica reaches the pole");
    }
}
