//! Shapes as text and bytes: WKT, WKB and GeoJSON, in and out.
//!
//! The crates `wkt`, `wkb` and `geojson` read and write; what is read is validated here: they close open rings silently and let
//! any number be a longitude.

use std::str::FromStr;

use geo::{Coord, Geometry};
use geo_traits::{
    CoordTrait, GeometryCollectionTrait, GeometryTrait, GeometryType, LineStringTrait, MultiPolygonTrait, PolygonTrait,
    to_geo::ToGeoGeometry,
};
use geojson::{GeometryValue, Position};
use serde::Deserialize;
use wkt::ToWkt;

use super::{GeometryError, LonLat, RingName, members::without_boxes, validate, validate::ring, wkb_walk};

/// Shapes nested in collections deeper than this are refused.
const MAX_DEPTH: usize = 64;

/// Reads well-known text, such as `POINT(44.8 41.7)`.
///
/// # Errors
/// When the text is not WKT, or the shape is not valid.
pub fn from_wkt(text: &str) -> Result<Geometry<f64>, GeometryError> {
    let failed = |reason: String| GeometryError::Format { format: "WKT", reason };
    let (nesting, rest) = nesting(text);
    if nesting > MAX_DEPTH {
        return Err(failed(format!("parentheses nested deeper than {MAX_DEPTH}")));
    }
    if !rest.trim().is_empty() {
        let rest: String = rest.trim().chars().take(20).collect();
        return Err(failed(format!("'{rest}' after the end of the shape")));
    }
    let shape = wkt::Wkt::<f64>::from_str(text).map_err(|reason| failed(reason.to_owned()))?;
    checked(&shape)
}

/// Writes well-known text.
#[must_use]
pub fn to_wkt(geometry: &Geometry<f64>) -> String {
    geometry.wkt_string()
}

/// Reads well-known binary (also PostGIS's EWKB, whose SRID is ignored).
///
/// # Errors
/// When the bytes are not WKB, or the shape is not valid.
pub fn from_wkb(bytes: &[u8]) -> Result<Geometry<f64>, GeometryError> {
    if let Some((lon, lat)) = plain_point(bytes) {
        return Ok(LonLat::new(lon, lat)?.into());
    }
    let failed = |reason: String| GeometryError::Format { format: "WKB", reason };
    wkb_walk::walk(bytes, MAX_DEPTH).map_err(|reason| failed(reason.to_owned()))?;
    let shape = wkb::reader::read_wkb(bytes).map_err(|error| failed(error.to_string()))?;
    checked(&shape)
}

/// Writes well-known binary, little-endian. It has no boxes and no triangles: these become polygons.
#[must_use]
pub fn to_wkb(geometry: &Geometry<f64>) -> Vec<u8> {
    if let Some(plain) = without_boxes(geometry) {
        return to_wkb(&plain);
    }
    let mut bytes = Vec::with_capacity(wkb::writer::geometry_wkb_size(geometry));
    let options = wkb::writer::WriteOptions { endianness: wkb::Endianness::LittleEndian };
    let written = wkb::writer::write_geometry(&mut bytes, geometry, &options);
    debug_assert!(written.is_ok(), "writing a two-dimensional shape into memory cannot fail");
    bytes
}

/// Reads the text of a GeoJSON geometry.
///
/// # Errors
/// When the text is not a GeoJSON geometry, or the shape is not valid.
pub fn from_geojson(text: &str) -> Result<Geometry<f64>, GeometryError> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| geojson_error(&error))?;
    from_geojson_value(&value)
}

/// Reads a GeoJSON geometry that has been parsed as JSON.
///
/// # Errors
/// When the value is not a GeoJSON geometry, or the shape is not valid.
pub fn from_geojson_value(value: &serde_json::Value) -> Result<Geometry<f64>, GeometryError> {
    let shape = geojson::Geometry::deserialize(value).map_err(|error| geojson_error(&error))?;
    positions(&shape.value)?;
    let geometry = Geometry::try_from(&shape.value).map_err(|error| geojson_error(&error))?;
    validate(&geometry)?;
    Ok(geometry)
}

/// Writes the text of a GeoJSON geometry.
#[must_use]
pub fn to_geojson(geometry: &Geometry<f64>) -> String {
    to_geojson_value(geometry).to_string()
}

/// Writes a GeoJSON geometry as a JSON value.
#[must_use]
pub fn to_geojson_value(geometry: &Geometry<f64>) -> serde_json::Value {
    serde_json::Value::from(&GeometryValue::from(geometry))
}

fn geojson_error(error: &dyn std::error::Error) -> GeometryError {
    GeometryError::Format { format: "GeoJSON", reason: error.to_string() }
}

/// The coordinates, when the bytes are exactly one little-endian, two-dimensional point.
fn plain_point(bytes: &[u8]) -> Option<(f64, f64)> {
    let body: &[u8; 16] = bytes.strip_prefix(&[1, 1, 0, 0, 0])?.try_into().ok()?;
    let (lon, lat) = body.split_at(8);
    Some((f64::from_le_bytes(lon.try_into().ok()?), f64::from_le_bytes(lat.try_into().ok()?)))
}

/// How deep parentheses are nested in a text, and what follows the first that encloses them all.
fn nesting(text: &str) -> (usize, &str) {
    let (mut depth, mut deepest, mut end) = (0_usize, 0, None);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
                end = end.or((depth == 0).then_some(at + 1));
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    (deepest, end.map_or("", |end| &text[end..]))
}

/// Converts a shape that another crate has read, after looking at its rings as they were written.
fn checked(shape: &impl GeometryTrait<T = f64>) -> Result<Geometry<f64>, GeometryError> {
    rings(shape)?;
    let geometry = shape.try_to_geometry().ok_or(GeometryError::Empty { what: "a point" })?;
    validate(&geometry)?;
    Ok(geometry)
}

fn rings(shape: &impl GeometryTrait<T = f64>) -> Result<(), GeometryError> {
    match shape.as_type() {
        GeometryType::Polygon(polygon) => polygon_rings(polygon, 0),
        GeometryType::MultiPolygon(multi) => {
            multi.polygons().enumerate().try_for_each(|(i, polygon)| polygon_rings(&polygon, i))
        }
        GeometryType::GeometryCollection(all) => all.geometries().try_for_each(|member| rings(&member)),
        _ => Ok(()),
    }
}

fn polygon_rings(polygon: &impl PolygonTrait<T = f64>, number: usize) -> Result<(), GeometryError> {
    for (i, line) in polygon.exterior().into_iter().chain(polygon.interiors()).enumerate() {
        let coords: Vec<Coord<f64>> = line.coords().map(|at| Coord { x: at.x(), y: at.y() }).collect();
        ring(&coords, RingName { polygon: number, ring: i })?;
    }
    Ok(())
}

/// Refuses positions of fewer than two numbers, which the conversion to `geo` would panic on, and rings that are not rings.
fn positions(shape: &GeometryValue) -> Result<(), GeometryError> {
    match shape {
        GeometryValue::Point { coordinates } => position(coordinates).map(drop),
        GeometryValue::MultiPoint { coordinates } | GeometryValue::LineString { coordinates } => {
            line(coordinates).map(drop)
        }
        GeometryValue::MultiLineString { coordinates } => coordinates.iter().try_for_each(|l| line(l).map(drop)),
        GeometryValue::Polygon { coordinates } => polygon_positions(coordinates, 0),
        GeometryValue::MultiPolygon { coordinates } => {
            coordinates.iter().enumerate().try_for_each(|(i, polygon)| polygon_positions(polygon, i))
        }
        GeometryValue::GeometryCollection { geometries } => geometries.iter().try_for_each(|g| positions(&g.value)),
    }
}

fn polygon_positions(rings: &[Vec<Position>], polygon: usize) -> Result<(), GeometryError> {
    rings.iter().enumerate().try_for_each(|(i, positions)| ring(&line(positions)?, RingName { polygon, ring: i }))
}

fn line(positions: &[Position]) -> Result<Vec<Coord<f64>>, GeometryError> {
    positions.iter().map(position).collect()
}

fn position(position: &Position) -> Result<Coord<f64>, GeometryError> {
    match position.as_slice() {
        [lon, lat, ..] => Ok(Coord { x: *lon, y: *lat }),
        short => Err(GeometryError::Format {
            format: "GeoJSON",
            reason: format!("position {short:?}: expected [longitude, latitude]"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use geo::{line_string, point, polygon};
    use proptest::prelude::*;

    use super::*;

    fn shapes() -> Vec<Geometry<f64>> {
        let outer = polygon!(
            exterior: [(x: 0., y: 0.), (x: 10., y: 0.), (x: 10., y: 10.), (x: 0., y: 0.)],
            interiors: [[(x: 5., y: 2.), (x: 6., y: 2.), (x: 6., y: 3.), (x: 5., y: 2.)]],
        );
        let line = line_string![(x: 1.5, y: -2.25), (x: 3., y: 4.)];
        vec![
            point!(x: 44.79, y: 41.72).into(),
            line.clone().into(),
            outer.clone().into(),
            geo::MultiPoint(vec![point!(x: 1., y: 2.), point!(x: 3., y: 4.)]).into(),
            geo::MultiLineString(vec![line]).into(),
            geo::MultiPolygon(vec![outer]).into(),
            Geometry::GeometryCollection(geo::GeometryCollection(vec![point!(x: 1., y: 2.).into()])),
        ]
    }

    #[test]
    fn every_format_gives_back_the_shape_70() {
        for shape in shapes() {
            assert_eq!(from_wkt(&to_wkt(&shape)).unwrap(), shape);
            assert_eq!(from_wkb(&to_wkb(&shape)).unwrap(), shape);
            assert_eq!(from_geojson(&to_geojson(&shape)).unwrap(), shape);
        }
        assert_eq!(to_wkt(&shapes()[0]), "POINT(44.79 41.72)");
        let place = LonLat::new(44.79, 41.72).unwrap();
        // Big-endian too, and a third dimension is let go.
        let big = [&[0, 0, 0, 0, 1][..], &44.79_f64.to_be_bytes(), &41.72_f64.to_be_bytes()].concat();
        assert_eq!(from_wkb(&big).unwrap(), place.into());
        assert_eq!(from_geojson(r#"{"type":"Point","coordinates":[44.79,41.72,450]}"#).unwrap(), shapes()[0]);
    }

    #[test]
    fn boxes_and_triangles_are_written_as_polygons_70() {
        let rect = geo::Rect::new((1.0, 2.0), (3.0, 4.0));
        let triangle = geo::Triangle::new((0.0, 0.0).into(), (1.0, 0.0).into(), (1.0, 1.0).into());
        for (shape, polygon) in [(Geometry::from(rect), rect.to_polygon()), (triangle.into(), triangle.to_polygon())] {
            assert_eq!(from_wkb(&to_wkb(&shape)).unwrap(), polygon.clone().into());
            let nested =
                |shape| Geometry::GeometryCollection(geo::GeometryCollection(vec![point!(x: 1., y: 2.).into(), shape]));
            assert_eq!(from_wkb(&to_wkb(&nested(nested(shape)))).unwrap(), nested(nested(polygon.into())));
        }
    }

    #[test]
    fn open_rings_are_refused_in_every_format_68() {
        let open = "POLYGON((0 0, 10 0, 10 10, 0 10))";
        let message = from_wkt(open).unwrap_err().to_string();
        assert!(
            message.starts_with("polygon 1, outer ring: not closed: vertex 1 is (0.0, 0.0) and vertex 4"),
            "{message}"
        );
        let json = r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[0,0],[1,0],[1,1],[0,1]]]]}"#;
        assert!(from_geojson(json).unwrap_err().to_string().starts_with("polygon 2, outer ring: not closed"));
        let mut bytes = to_wkb(&shapes()[2]);
        bytes.truncate(bytes.len() - 4 - 4 * 16);
        bytes[5] = 1; // Without the hole, and with the outer ring's last vertex moved.
        let last = bytes.len() - 16;
        bytes[last..last + 8].copy_from_slice(&7.0_f64.to_le_bytes());
        assert!(from_wkb(&bytes).unwrap_err().to_string().contains("not closed"));
    }

    #[test]
    fn what_is_no_shape_is_refused_with_a_reason() {
        for text in ["", "POINT", "POINT EMPTY", "POINT(1)", "CIRCLE(1 2)", "POINT(181 0)", "POINT(0 NaN)"] {
            assert!(from_wkt(text).is_err(), "{text}");
        }
        for more in ["POINT(1 2) x", "POINT(1 2))", "POINT(1 2), POINT(3 4)", "LINESTRING(0 0, 1 1) POINT(1 2)"] {
            let error = from_wkt(more).expect_err(more).to_string();
            assert!(error.contains("after the end of the shape"), "{more}: {error}");
        }
        assert_eq!(from_wkt(" POINT (1 2)\n").unwrap(), point!(x: 1., y: 2.).into());
        for text in
            ["", "[]", "{}", r#"{"type":"Point","coordinates":[1]}"#, r#"{"type":"Point","coordinates":[0,91]}"#]
        {
            assert!(from_geojson(text).is_err(), "{text}");
        }
        assert!(from_wkt(&"GEOMETRYCOLLECTION(".repeat(100_000)).unwrap_err().to_string().contains("deeper than 64"));
    }

    proptest! {
        #[test]
        fn damaged_wkb_is_an_error_or_a_valid_shape(
            which in 0..7_usize, cut in 0..400_usize, flips in prop::collection::vec((0..400_usize, any::<u8>()), 0..4),
        ) {
            let mut bytes = to_wkb(&shapes()[which]);
            for (at, byte) in flips {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len().saturating_sub(cut % 40));
            if let Ok(shape) = from_wkb(&bytes) {
                prop_assert!(validate(&shape).is_ok());
            }
        }
    }
}
