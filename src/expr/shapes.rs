//! Fields that hold places and shapes, as text and numbers.

use std::borrow::Cow;

use crate::{
    geometry::{self, LonLat},
    object::{FieldPath, Fields, ValueRef},
};

/// The place in a field.
pub fn place(fields: &dyn Fields, path: &FieldPath) -> Option<LonLat> {
    match fields.field(path)? {
        ValueRef::Geometry(shape) => shape.point(),
        _ => None,
    }
}

/// The shape in a field as well-known text.
pub fn wkt(fields: &dyn Fields, path: &FieldPath) -> Option<String> {
    shape(fields, path).map(|shape| geometry::to_wkt(&shape))
}

/// The shape in a field as GeoJSON text.
pub fn geojson(fields: &dyn Fields, path: &FieldPath) -> Option<String> {
    shape(fields, path).map(|shape| geometry::to_geojson(&shape))
}

/// The shape in a field as well-known binary.
pub fn wkb(fields: &dyn Fields, path: &FieldPath) -> Option<Vec<u8>> {
    shape(fields, path).map(|shape| geometry::to_wkb(&shape))
}

/// The area of the shape in a field, in square metres.
pub fn area(fields: &dyn Fields, path: &FieldPath) -> Option<f64> {
    shape(fields, path).map(|shape| geometry::area(&shape))
}

/// The length of the lines in a field, in metres.
pub fn length(fields: &dyn Fields, path: &FieldPath) -> Option<f64> {
    shape(fields, path).map(|shape| geometry::length(&shape))
}

fn shape(fields: &dyn Fields, path: &FieldPath) -> Option<geo::Geometry<f64>> {
    match fields.field(path)? {
        ValueRef::Geometry(shape) => shape.to_geometry().ok().map(Cow::into_owned),
        _ => None,
    }
}
