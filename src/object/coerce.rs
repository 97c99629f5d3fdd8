//! Making of a value what a field is declared to be.

use crate::geometry::{GeometryError, LonLat, from_wkb, from_wkt};

use super::{
    FieldPath, Kind, Object, ObjectError, Value, ValueRef,
    json::{geometry_from, hexadecimal, is_geojson},
    timestamp,
};

/// What a value says, as another kind. Null stays null; a value that is of the kind stays as it is.
///
/// | to | from |
/// | --- | --- |
/// | geometry | `[lon, lat]`, `{"lon": .., "lat": ..}`, GeoJSON, WKT, WKB as bytes or in hexadecimal digits |
/// | vector | list of numbers |
/// | timestamp | RFC 3339 text |
/// | number, bool | text |
/// | text | number, bool, timestamp |
///
/// # Errors
/// When it says nothing of that kind, or what it says is not valid (a latitude of 91, NaN in a vector).
pub fn coerce(value: Value, kind: Kind) -> Result<Value, ObjectError> {
    if matches!(value, Value::Null) || value.as_ref().kind() == kind {
        return Ok(value);
    }
    match kind {
        Kind::Geometry => geometry(&value),
        Kind::Vector => vector(&value),
        Kind::Timestamp => match &value {
            Value::String(text) => match timestamp::parse(text) {
                Ok(micros) => Ok(Value::Timestamp(micros)),
                Err(why) => Err(ObjectError::unfit(&value, "timestamp", why)),
            },
            _ => Err(ObjectError::unfit(&value, "timestamp", "expected RFC 3339 text")),
        },
        Kind::Number => number(&value),
        Kind::Bool => match value.as_ref().as_str().map(str::trim).and_then(boolean) {
            Some(boolean) => Ok(Value::Bool(boolean)),
            None => Err(ObjectError::unfit(&value, "bool", "expected true or false")),
        },
        Kind::String if matches!(value, Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Timestamp(_)) => {
            Ok(Value::String(value.to_string()))
        }
        _ => Err(ObjectError::unfit(&value, kind.name(), "there is no way from one to the other")),
    }
}

/// [`coerce`] for one field of an object; a missing field stays missing.
///
/// # Errors
/// As [`coerce`], naming the field.
pub fn coerce_field(object: &mut Object, path: &FieldPath, kind: Kind) -> Result<(), ObjectError> {
    let Some(value) = object.value_mut(path) else { return Ok(()) };
    let given = std::mem::replace(value, Value::Null);
    *value = coerce(given, kind).map_err(|error| error.in_field(&path.to_string()))?;
    Ok(())
}

/// A boolean as JSON, Python and spreadsheets write it.
#[must_use]
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn geometry(value: &Value) -> Result<Value, ObjectError> {
    let placed = |lon, lat| LonLat::new(lon, lat).map(Value::from).map_err(invalid);
    match value {
        Value::Map(object) if is_geojson(object) => geometry_from(object),
        Value::Map(object) => {
            let degrees = |name| object.get(name).and_then(|value| value.as_ref().as_f64());
            match (degrees("lon"), degrees("lat")) {
                (Some(lon), Some(lat)) => placed(lon, lat),
                _ => Err(ObjectError::unfit(value, "geometry", "expected GeoJSON or {\"lon\": .., \"lat\": ..}")),
            }
        }
        Value::List(values) => match &values[..] {
            [lon, lat] => match (lon.as_ref().as_f64(), lat.as_ref().as_f64()) {
                (Some(lon), Some(lat)) => placed(lon, lat),
                _ => Err(ObjectError::unfit(value, "geometry", "expected two numbers, [lon, lat]")),
            },
            _ => Err(ObjectError::unfit(value, "geometry", "expected two numbers, [lon, lat]")),
        },
        Value::Vector(vector) => match vector.components()[..] {
            [lon, lat] => placed(lon.into(), lat.into()),
            _ => Err(ObjectError::unfit(value, "geometry", "expected two numbers, [lon, lat]")),
        },
        Value::String(text) => match well_known_binary(text) {
            Some(bytes) => from_wkb(&bytes).map(Value::from).map_err(invalid),
            None => from_wkt(text).map(Value::from).map_err(invalid),
        },
        Value::Bytes(bytes) => from_wkb(bytes).map(Value::from).map_err(invalid),
        _ => Err(ObjectError::unfit(value, "geometry", "expected [lon, lat], {\"lon\", \"lat\"}, GeoJSON, WKT or WKB")),
    }
}

/// WKB as databases write it, in hexadecimal digits; no WKT begins with one.
fn well_known_binary(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let digits = text.strip_prefix("\\x").or_else(|| text.strip_prefix("0x")).unwrap_or(text);
    digits.starts_with('0').then(|| hexadecimal(digits))?
}

const fn invalid(source: GeometryError) -> ObjectError {
    ObjectError::Geometry { field: String::new(), source }
}

fn vector(value: &Value) -> Result<Value, ObjectError> {
    let ValueRef::List(list) = value.as_ref() else {
        return Err(ObjectError::unfit(value, "vector", "expected a list of numbers"));
    };
    let mut components = Vec::with_capacity(list.len());
    for (at, element) in list.iter().enumerate() {
        let Some(number) = element.as_f64() else {
            let why = format!("component {at} is a {}, not a number", element.kind());
            return Err(ObjectError::unfit(value, "vector", &why));
        };
        #[allow(clippy::cast_possible_truncation, reason = "f32 is what vectors are stored in")]
        let component = number as f32;
        if !component.is_finite() {
            return Err(ObjectError::NotFinite { field: String::new(), component: at, value: number });
        }
        components.push(component);
    }
    Ok(Value::Vector(components.into()))
}

fn number(value: &Value) -> Result<Value, ObjectError> {
    let refused = || ObjectError::unfit(value, "number", "expected an integer or a decimal number");
    let text = value.as_ref().as_str().ok_or_else(refused)?.trim();
    if let Ok(int) = text.parse::<i64>() {
        return Ok(Value::Int(int));
    }
    // Rust also reads `inf` and `nan`, which in a table are words.
    let float = text.parse::<f64>().ok().filter(|float| float.is_finite());
    float.map(Value::Float).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_what_they_are_declared_to_be() {
        let mut object = Object::new().with("m", Object::new().with("v", vec![1, 2])).with("t", "2024-02-29");
        coerce_field(&mut object, &"m.v".into(), Kind::Vector).unwrap();
        coerce_field(&mut object, &"t".into(), Kind::Timestamp).unwrap();
        coerce_field(&mut object, &"m.absent".into(), Kind::Vector).unwrap();
        coerce_field(&mut object, &"t.absent".into(), Kind::Vector).unwrap();
        assert_eq!(object.to_string(), "{m: {v: [1, 2]}, t: 2024-02-29T00:00:00Z}");
        let error = coerce_field(&mut object, &"m.v".into(), Kind::Timestamp).unwrap_err();
        assert_eq!(error.to_string(), "m.v: [1, 2] is no timestamp: expected RFC 3339 text");
    }

    #[test]
    fn geometries_are_read_from_well_known_binary_70() {
        let shape = |value: Value| coerce(value, Kind::Geometry).map_err(|error| error.to_string());
        let place = Value::from(geo::Point::new(12.5, 41.9));
        let digits = "010100000000000000000029403333333333F34440";
        let bytes: Vec<u8> = hexadecimal(digits).expect("digits");
        for text in [digits.to_owned(), digits.to_lowercase(), format!("\\x{digits}"), format!(" 0x{digits} ")] {
            assert_eq!(shape(text.as_str().into()), Ok(place.clone()), "{text}");
        }
        assert_eq!(shape(Value::Bytes(bytes)), Ok(place.clone()));
        // As PostGIS writes it, with the number of its system of coordinates.
        assert_eq!(shape("0101000020E610000000000000000029403333333333F34440".into()), Ok(place));
        for broken in ["0101000000", "01", "0101000000000000000000F87F000000000000F87F"] {
            let refused = shape(broken.into()).expect_err(broken);
            assert!(refused.contains("WKB") || refused.contains("longitude NaN"), "{refused}");
        }
        assert!(shape("010".into()).expect_err("no digits of bytes").contains("WKT"));
    }

    #[test]
    fn vectors_refuse_what_is_not_finite_55() {
        let refused = |value: Value| coerce(value, Kind::Vector).unwrap_err().in_field("v").to_string();
        assert!(refused(vec![1.0, f64::NAN].into()).starts_with("v: component 1 of the vector is NaN"));
        assert!(refused(vec![1e300].into()).starts_with("v: component 0 of the vector is 1e300"));
        assert!(refused(vec!["x"].into()).ends_with("component 0 is a text, not a number"));
        assert_eq!(coerce(Value::Null, Kind::Vector).unwrap(), Value::Null);
    }

    #[test]
    fn text_becomes_numbers_but_words_do_not() {
        let number = |text: &str| coerce(text.into(), Kind::Number).ok();
        assert_eq!(number(" 42 "), Some(42.into()));
        assert_eq!(number("-0.5"), Some((-0.5).into()));
        assert!(["nan", "inf", "", "12a"].iter().all(|text| number(text).is_none()));
    }
}
