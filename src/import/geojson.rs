//! A GeoJSON FeatureCollection: the properties are the object's fields, the geometry its field `geometry`, the id its field `id`.

use std::{
    io::{BufRead, BufReader},
    path::Path,
};

use serde_json::Value as Json;

use crate::geometry;
use crate::object::{JsonText, Object, ObjectError, Value, from_json, value_from_json};

use super::{
    ImportError, Note, Place,
    field_type::shortened,
    lines::{Line, Lines, io_error, open},
    meter::Meter,
};

/// Some programs mark a file as UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The field that a feature's geometry becomes.
const GEOMETRY: &str = "geometry";

/// The field that a feature's id becomes.
const ID: &str = "id";

pub(super) fn read(path: &Path, meter: &Meter, notes: &mut Vec<Note>) -> Result<Lines, ImportError> {
    let mut reader = BufReader::with_capacity(1 << 18, open(path, meter)?);
    if reader.fill_buf().is_ok_and(|start| start.starts_with(BYTE_ORDER_MARK)) {
        reader.consume(BYTE_ORDER_MARK.len());
    }
    let JsonText { value: mut json, duplicates } =
        JsonText::read_from(reader).map_err(|error| match error.classify() {
            serde_json::error::Category::Io => io_error(path, error.into()),
            _ => ImportError::Line { place: Place::line(path, error.line() as u64), what: format!("no JSON: {error}") },
        })?;
    let Some(features) = json.get_mut("features").and_then(Json::as_array_mut).map(std::mem::take) else {
        let what = "expected a FeatureCollection: an object with a list 'features'".into();
        return Err(ImportError::Format { file: path.display().to_string(), what });
    };
    notes.extend(altitude(path, &features));
    let file = path.to_owned();
    let lines = features.into_iter().enumerate().map(move |(index, feature)| {
        let line = index as u64 + 1;
        let place = || Place::new(&file, line);
        if let Some(field) = twice(&duplicates, index) {
            return Err(ImportError::object(place(), &ObjectError::Duplicate { field }));
        }
        object(feature, place).map(|object| Line { number: line, object })
    });
    Ok(Box::new(lines))
}

fn object(mut feature: Json, place: impl Fn() -> Place) -> Result<Object, ImportError> {
    let bad = |error: ObjectError| ImportError::object(place(), &error);
    if feature.get("type").and_then(Json::as_str) != Some("Feature") {
        let what = "expected a Feature: an object with \"type\": \"Feature\"".to_owned();
        return Err(ImportError::Line { place: place(), what });
    }
    let properties = feature.get_mut("properties").map(Json::take).unwrap_or_default();
    let mut object = match &properties {
        Json::Null => Object::new(),
        properties => from_json(properties).map_err(bad)?,
    };
    if let Some(id) = feature.get(ID) {
        let id = value_from_json(id).map_err(|error| bad(error.in_field(ID)))?;
        set(&mut object, ID, id, &place)?;
    }
    match feature.get(GEOMETRY) {
        None | Some(Json::Null) => {}
        Some(geometry) => {
            let parsed = geometry::from_geojson_value(geometry)
                .map_err(|source| bad(ObjectError::Geometry { field: GEOMETRY.into(), source }))?;
            set(&mut object, GEOMETRY, Value::from(parsed), &place)?;
        }
    }
    Ok(object)
}

/// Gives a member of the feature a place among its properties, unless a property of that name says something else.
fn set(object: &mut Object, name: &str, value: Value, place: impl Fn() -> Place) -> Result<(), ImportError> {
    if let Some(property) = object.get(name).filter(|property| **property != value) {
        let what = format!(
            "the property is {}, and the feature has a member '{name}' that becomes this field, too: rename the property",
            shortened(property)
        );
        return Err(ImportError::Field { place: place(), field: name.to_owned(), what });
    }
    object.set(name, value);
    Ok(())
}

/// The first feature with more than longitude and latitude, of which no more is kept.
fn altitude(path: &Path, features: &[Json]) -> Option<Note> {
    let has_altitude = |feature: &Json| feature.get(GEOMETRY).is_some_and(has_altitude);
    let at = features.iter().position(has_altitude)?;
    let what = "the altitude of its positions is left out, here and in what follows: only longitude and latitude are stored; \
                write it into a property to keep it";
    Some(Note { place: Place::new(path, at as u64 + 1), field: GEOMETRY.to_owned(), what: what.to_owned() })
}

/// Whether a position in a GeoJSON geometry (or in its coordinates) has a third number.
fn has_altitude(geometry: &Json) -> bool {
    match geometry {
        Json::Array(numbers) if numbers.first().is_some_and(Json::is_number) => numbers.len() > 2,
        Json::Array(inner) => inner.iter().any(has_altitude),
        Json::Object(members) => {
            ["coordinates", "geometries"].iter().filter_map(|name| members.get(*name)).any(has_altitude)
        }
        _ => false,
    }
}

/// The path, within a feature, of a name that stands twice there.
fn twice(duplicates: &[String], feature: usize) -> Option<String> {
    let start = format!("features[{feature}].");
    duplicates
        .iter()
        .find_map(|path| path.strip_prefix(&start))
        .map(|path| path.strip_prefix("properties.").unwrap_or(path).to_owned())
}
