//! A GeoJSON FeatureCollection: the properties are the object's fields, the geometry its field `geometry`.

use std::{io::BufReader, path::Path};

use serde_json::Value as Json;

use crate::geometry;
use crate::object::{JsonText, Object, ObjectError, Value, from_json, value_from_json};

use super::{
    ImportError, Place,
    lines::{Line, Lines, io_error, open},
    meter::Meter,
};

/// The field that a feature's geometry becomes.
const GEOMETRY: &str = "geometry";

pub(super) fn read(path: &Path, meter: &Meter) -> Result<Lines, ImportError> {
    let reader = BufReader::with_capacity(1 << 18, open(path, meter)?);
    let JsonText { value: mut json, duplicates } =
        JsonText::read_from(reader).map_err(|error| match error.classify() {
            serde_json::error::Category::Io => io_error(path, error.into()),
            _ => ImportError::Line { place: Place::line(path, error.line() as u64), what: format!("no JSON: {error}") },
        })?;
    let Some(features) = json.get_mut("features").and_then(Json::as_array_mut).map(std::mem::take) else {
        let what = "expected a FeatureCollection: an object with a list 'features'".into();
        return Err(ImportError::Format { file: path.display().to_string(), what });
    };
    let file = path.to_owned();
    let lines = features.into_iter().enumerate().map(move |(index, feature)| {
        let line = index as u64 + 1;
        let bad = |error: ObjectError| ImportError::object(Place::new(&file, line), &error);
        if let Some(field) = twice(&duplicates, index) {
            return Err(bad(ObjectError::Duplicate { field }));
        }
        object(feature).map(|object| Line { number: line, object }).map_err(bad)
    });
    Ok(Box::new(lines))
}

fn object(mut feature: Json) -> Result<Object, ObjectError> {
    let properties = feature.get_mut("properties").map(Json::take).unwrap_or_default();
    let mut object = match &properties {
        Json::Null => Object::new(),
        properties => from_json(properties)?,
    };
    if let Some(id) = feature.get("id").filter(|_| object.get("id").is_none()) {
        object.set("id", value_from_json(id).map_err(|error| error.in_field("id"))?);
    }
    match feature.get(GEOMETRY) {
        None | Some(Json::Null) => {}
        Some(geometry) => {
            let parsed = geometry::from_geojson_value(geometry)
                .map_err(|source| ObjectError::Geometry { field: GEOMETRY.into(), source })?;
            object.set(GEOMETRY, Value::from(parsed));
        }
    }
    Ok(object)
}

/// The path, within a feature, of a name that stands twice there.
fn twice(duplicates: &[String], feature: usize) -> Option<String> {
    let start = format!("features[{feature}].");
    duplicates
        .iter()
        .find_map(|path| path.strip_prefix(&start))
        .map(|path| path.strip_prefix("properties.").unwrap_or(path).to_owned())
}
