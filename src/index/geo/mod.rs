//! Which places are near, and which are inside?
//!
//! The kind `geo`: an immutable packed tree over points as vectors from the middle of the Earth. Great-circle order is the order of
//! chords, so neither the antimeridian nor the poles are special. Points stand in leaves of sixteen, sorted so that near points
//! share a leaf; sixteen leaves or nodes make a node, up to one root; nothing points anywhere, positions are computed.
//!
//! Coordinates in leaves are longitudes and latitudes in 2^-32 of a turn, 9 mm or less, those of boxes 32-bit numbers on a grid of 6 mm in
//! three dimensions. They prune, with a margin; what counts is decided by
//! [`crate::geometry::distance`] and by the `contains` of boxes and regions on the coordinates as given, so answers equal a scan's. Numbers of
//! degrees with at most seven decimals follow exactly from the leaf; only others are stored a second time. So a point takes
//! 17.6 bytes: 8 in its leaf, 1.6 in boxes, 4 for its slot and 4 for its position; one of more decimals 20 more, or all 16 more.
//!
//! | section | holds |
//! | --- | --- |
//! | `header` | version, number of slots, points, shapes that are no points, points in full (u32 each) |
//! | `leaves` | by leaf: 16 longitudes, 16 latitudes, i32 in 2^-32 of a turn |
//! | `nodes` | by level from the lowest, by node: the boxes of 16 children, low x y z, high x y z |
//! | `slots` | slot by position (leaf x 16 + place in the leaf) |
//! | `positions` | position by slot; 2^32 - 1 where the slot has no point |
//! | `full positions` | the positions of the points in full, ascending; empty when all are |
//! | `full places` | their longitudes and latitudes, f64 |
//! | `shape slots` | where there are shapes: their slots, ascending |
//! | `shape discs` | by shape: longitude, latitude and metres (f64) of a disc that holds all of it |
//! | `shape ends` | by shape: where it ends in `shape bytes`, u64 |
//! | `shape bytes` | the shapes one after the other, well-known binary |
//! | `shape cell ..`, `shape poles` | which shapes cover a place: see `cells` |
//! | `shape edge ..` | which shapes are near: see `edges` |
//!
//! All numbers are little-endian and read in place. The field holds a geometry, or nothing. What covers a place is read off cells; the
//! distance of lines and areas is that of [`crate::geometry::distance_to_shape`], of which an edge tree knows which edges to measure. Lines and areas
//! that may intersect or cover a shape are offered to evaluation. They match no box and no region of points, as `expr` says. Parts of
//! early versions have no cells and no edge tree, and look at shapes one by one; or no sections for shapes at all: then they answer for points, and the
//! rest is left to evaluation.

mod against;
#[cfg(test)]
mod against_tests;
mod area;
mod area_box;
mod area_region;
mod best;
mod build;
mod cells;
mod cost;
mod covering;
mod edges;
mod filter;
mod find_shapes;
mod flat;
mod geodesic;
mod grid;
mod kernel;
mod lattice;
mod masks;
mod near_shape;
#[cfg(test)]
mod near_shape_tests;
mod nearest;
mod nearest_to_shape;
mod outline;
mod pack;
mod part;
mod radius;
#[cfg(test)]
mod shape_tests;
mod shapes;
mod step;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod view;

use crate::{
    codec::Container,
    geometry,
    object::{FieldPath, GeometryRef, Kind, ValueRef},
};

use super::{BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options, search::check_declaration};

/// Places on the sphere: points within a radius, box or region, lines and areas within a radius, and the nearest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Geo;

const NAME: &str = "geo";

impl IndexKind for Geo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "points, lines and areas on the globe: within a radius, the nearest, in a box or polygon, intersecting, covering"
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        check_declaration(NAME, fields, 1..=1, options)
    }

    fn check_values(
        &self,
        fields: &[FieldPath],
        _options: &Options,
        values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        for (field, value) in fields.iter().zip(values) {
            check_value(*value).map_err(|(value, expected)| IndexError::Value {
                field: field.to_string(),
                value,
                expected,
            })?;
        }
        Ok(())
    }

    fn wants(&self) -> Option<Kind> {
        Some(Kind::Geometry)
    }

    fn builder(
        &self,
        _fields: &[FieldPath],
        _options: &Options,
        _effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        Ok(Box::new(build::Builder::default()))
    }

    fn open(
        &self,
        fields: &[FieldPath],
        _options: &Options,
        part: Container,
        _columns: Columns,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        let Some(field) = fields.first() else {
            return Err(IndexError::Invariant("a geo index without a field".to_owned()));
        };
        let tree = tree::Tree::open(&part, slots)?;
        let shapes = shapes::Shapes::open(&part, &tree.header)?;
        Ok(Box::new(part::Part::new(field.clone(), tree, shapes)))
    }
}

/// The value as it would be shown, and what would have been right, when an object must not have it in an indexed field.
fn check_value(value: Option<ValueRef<'_>>) -> Result<(), (String, String)> {
    let wrong = |error| Err(wrong_shape(error));
    match value {
        None | Some(ValueRef::Null) => Ok(()),
        Some(ValueRef::Geometry(shape)) => match shape {
            GeometryRef::Owned(shape) => geometry::validate(shape).and_then(|()| check_rings(shape)).or_else(wrong),
            GeometryRef::Wkb(bytes) => geometry::from_wkb(bytes).and_then(|shape| check_rings(&shape)).or_else(wrong),
        },
        Some(other) => {
            let shown = format!("the {} {other}", other.kind()).chars().take(60).collect();
            Err((shown, "a geometry (a point, line or polygon), null or nothing".to_owned()))
        }
    }
}

/// A shape's fault as the value and what would have been right.
fn wrong_shape(error: geometry::GeometryError) -> (String, String) {
    match error {
        geometry::GeometryError::Coordinate { place, which, value, low, high } => {
            (format!("{place}{which} {value}"), format!("a number from {low} to {high}"))
        }
        other => (other.to_string(), "a shape on the globe".to_owned()),
    }
}

/// Refuses areas whose rings are open or cross themselves.
fn check_rings(shape: &geo::Geometry<f64>) -> Result<(), geometry::GeometryError> {
    match shape {
        geo::Geometry::Polygon(_) | geo::Geometry::MultiPolygon(_) => geometry::Region::from_geometry(shape).map(drop),
        geo::Geometry::GeometryCollection(members) => members.0.iter().try_for_each(check_rings),
        _ => Ok(()),
    }
}

/// The place, when a value is a point.
fn point(value: Option<ValueRef<'_>>) -> Option<geometry::LonLat> {
    match value? {
        ValueRef::Geometry(shape) => shape.point(),
        _ => None,
    }
}
