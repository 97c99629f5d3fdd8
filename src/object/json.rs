//! Objects as JSON.
//!
//! | value | JSON | read back |
//! | --- | --- | --- |
//! | null, bool, integer, float, text, list, map | as themselves | as themselves |
//! | geometry | GeoJSON | when a map is exactly a GeoJSON geometry |
//! | vector | array of numbers, of bits 0 and 1 | as a list, unless coerced; `{"$vector": [..]}`, `{"$f16": [..]}`, `$bf16`, `$i8` and `{"$binary": [0, 1, ..]}`, also as text `"01.."`, are read too |
//! | timestamp | RFC 3339 text | as text, unless coerced; `{"$timestamp": ".."}` is read too |
//! | reference | `{"$ref": [family, offset]}` | evident |
//! | nested set | `{"$nested": true}` | evident |
//! | bytes | `{"$bytes": "00ff"}`, hexadecimal | evident |
//! | NaN, infinity | `{"$float": "NaN"}`, `inf`, `-inf` | evident |
//!
//! [`coerce`] makes of a value what a field is declared to be.

use serde_json::{Number, Value as Json, json};

use crate::{
    geometry::{from_geojson_value, to_geojson_value},
    metric::{Bf16, Element, F16, VectorRef},
};

use super::{
    FamilyId, Kind, MAX_DEPTH, Object, ObjectError, Offset, Value, ValueRef, VectorBuf,
    check::{Trail, too_deep},
    coerce, timestamp,
};

/// An object from JSON. What JSON cannot tell apart stays what it looks like; see [`coerce`].
///
/// # Errors
/// When it is not a JSON object, or holds what cannot be stored; the error names the field.
pub fn from_json(json: &Json) -> Result<Object, ObjectError> {
    match json {
        Json::Object(fields) => object_from(fields, Trail::ROOT),
        Json::Null => Err(ObjectError::NotAMap { found: "null" }),
        Json::Bool(_) => Err(ObjectError::NotAMap { found: "a bool" }),
        Json::Number(_) => Err(ObjectError::NotAMap { found: "a number" }),
        Json::String(_) => Err(ObjectError::NotAMap { found: "text" }),
        Json::Array(_) => Err(ObjectError::NotAMap { found: "a list" }),
    }
}

/// One value from JSON, as [`from_json`] reads the fields of an object.
///
/// # Errors
/// When it holds what cannot be stored.
pub fn value_from_json(json: &Json) -> Result<Value, ObjectError> {
    value_from(json, Trail::ROOT)
}

fn object_from(fields: &serde_json::Map<String, Json>, trail: Trail<'_>) -> Result<Object, ObjectError> {
    let mut entries = Vec::with_capacity(fields.len());
    for (name, json) in fields {
        entries.push((name.clone(), value_from(json, trail.field(name))?));
    }
    Ok(Object::from_entries(entries))
}

fn value_from(json: &Json, trail: Trail<'_>) -> Result<Value, ObjectError> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => number_from(number, trail)?,
        Json::String(text) => Value::String(text.clone()),
        Json::Array(_) | Json::Object(_) if trail.is_too_deep() => return Err(too_deep(trail)),
        Json::Array(elements) => {
            let values = elements.iter().enumerate().map(|(i, json)| value_from(json, trail.element(i)));
            Value::List(values.collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => {
            untag(object_from(fields, trail)?).map_err(|error| error.in_field(&trail.to_string()))?
        }
    })
}

fn number_from(number: &Number, trail: Trail<'_>) -> Result<Value, ObjectError> {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(value), _, _) => Ok(Value::Int(value)),
        (None, Some(value), _) => Err(ObjectError::IntegerTooLarge { field: trail.to_string(), value }),
        (None, None, value) => Ok(Value::Float(value.unwrap_or(f64::NAN))),
    }
}

/// Turns a map into what it stands for in text formats, when it does; any other map stays a map.
pub(super) fn untag(object: Object) -> Result<Value, ObjectError> {
    let meant = match object.entries() {
        [(tag, value)] if tag.starts_with('$') => tagged(tag, value)?,
        [_, _] if is_geojson(&object) => Some(geometry_from(&object)?),
        _ => None,
    };
    Ok(meant.unwrap_or(Value::Map(object)))
}

fn tagged(tag: &str, value: &Value) -> Result<Option<Value>, ObjectError> {
    Ok(Some(match (tag, value) {
        ("$ref", Value::List(parts)) => reference_from(parts, value)?,
        ("$nested", Value::Bool(true)) => Value::Nested,
        ("$bytes", Value::String(text)) => Value::Bytes(
            hexadecimal(text)
                .ok_or_else(|| ObjectError::unfit(value, "bytes", "expected pairs of hexadecimal digits"))?,
        ),
        ("$float", Value::String(text)) => match text.as_str() {
            "NaN" => Value::Float(f64::NAN),
            "inf" => Value::Float(f64::INFINITY),
            "-inf" => Value::Float(f64::NEG_INFINITY),
            _ => return Err(ObjectError::unfit(value, "float", "expected NaN, inf or -inf")),
        },
        ("$vector", _) => coerce(value.clone(), Kind::Vector)?,
        ("$f32" | "$f16" | "$bf16" | "$i8" | "$binary", _) => stored_vector(&tag[1..], value)?,
        ("$timestamp", _) => coerce(value.clone(), Kind::Timestamp)?,
        ("$geometry", _) => coerce(value.clone(), Kind::Geometry)?,
        _ => return Ok(None),
    }))
}

/// A vector of an element type by its name: a list of numbers, bits also as text of 0 and 1.
fn stored_vector(element: &str, value: &Value) -> Result<Value, ObjectError> {
    let element = Element::parse(element).unwrap_or_default();
    if let (Element::Binary, Value::String(text)) = (element, value) {
        let bits: Option<Vec<bool>> = text.chars().map(|bit| matches!(bit, '0' | '1').then_some(bit == '1')).collect();
        let refused = || ObjectError::unfit(value, "vector of bits", "expected 0 and 1 only");
        return bits.map(|bits| VectorBuf::bits(&bits).into()).ok_or_else(refused);
    }
    match coerce(value.clone(), Kind::Vector)? {
        Value::Vector(vector) => Ok(vector.to_element(element)?.into()),
        other => Ok(other),
    }
}

fn reference_from(parts: &[Value], whole: &Value) -> Result<Value, ObjectError> {
    if let [Value::Int(family), Value::Int(offset)] = parts
        && let (Ok(family), Ok(offset)) = (u32::try_from(*family), u64::try_from(*offset))
    {
        return Ok(Value::Reference(FamilyId(family), Offset(offset)));
    }
    Err(ObjectError::unfit(whole, "reference", "expected [family, offset]"))
}

/// Whether a map says that it is a GeoJSON geometry.
pub(super) fn is_geojson(object: &Object) -> bool {
    let Some(Value::String(kind)) = object.get("type") else { return false };
    match kind.as_str() {
        "GeometryCollection" => matches!(object.get("geometries"), Some(Value::List(_))),
        "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon" => {
            matches!(object.get("coordinates"), Some(Value::List(_)))
        }
        _ => false,
    }
}

/// The shape that a GeoJSON map says.
pub(super) fn geometry_from(object: &Object) -> Result<Value, ObjectError> {
    let shape = from_geojson_value(&to_json(ValueRef::Map(super::MapRef::Owned(object))));
    shape.map(Value::from).map_err(|source| ObjectError::Geometry { field: String::new(), source })
}

/// Bytes as pairs of hexadecimal digits.
pub fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) || text.contains('+') {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// A value as JSON.
#[must_use]
pub fn to_json(value: ValueRef<'_>) -> Json {
    json_within(value, 0)
}

fn json_within(value: ValueRef<'_>, depth: usize) -> Json {
    let inner = |value| json_within(value, depth + 1);
    match value {
        // Only unchecked bytes go deeper.
        _ if depth > MAX_DEPTH => Json::Null,
        ValueRef::Null => Json::Null,
        ValueRef::Bool(value) => Json::Bool(value),
        ValueRef::Int(value) => value.into(),
        ValueRef::Float(value) => {
            Number::from_f64(value).map_or_else(|| json!({ "$float": value.to_string() }), Json::Number)
        }
        ValueRef::String(text) => text.into(),
        ValueRef::Bytes(_) => json!({ "$bytes": value.to_string() }),
        ValueRef::Timestamp(micros) => timestamp::format(micros).into(),
        ValueRef::List(list) => list.iter().map(inner).collect(),
        ValueRef::Map(map) => Json::Object(map.iter().map(|(name, value)| (name.to_owned(), inner(value))).collect()),
        ValueRef::Vector(vector) => vector_to_json(vector),
        ValueRef::Geometry(shape) => shape.to_geometry().map_or(Json::Null, |shape| to_geojson_value(&shape)),
        ValueRef::Reference(family, offset) => json!({ "$ref": [family.0, offset.0] }),
        ValueRef::Nested => json!({ "$nested": true }),
    }
}

/// Each component as the shortest decimal that reads back as the same number of its element type; whole ones and bits without a point.
fn vector_to_json(vector: VectorRef<'_>) -> Json {
    let element = vector.element();
    let number = |component: f32| -> Json {
        match element {
            #[allow(clippy::cast_possible_truncation, reason = "whole, and of eight bits")]
            Element::I8 | Element::Binary => (component as i64).into(),
            Element::F16 => shortest(component, |short| F16::nearest(short) == F16::nearest(component)).into(),
            Element::Bf16 => shortest(component, |short| Bf16::nearest(short) == Bf16::nearest(component)).into(),
            Element::F32 => exact(component).into(),
        }
    };
    vector.iter().map(number).collect()
}

fn exact(component: f32) -> f64 {
    #[allow(clippy::cast_possible_truncation, clippy::float_cmp, reason = "bit for bit is what is asked for")]
    let short = component.to_string().parse::<f64>().ok().filter(|short| *short as f32 == component);
    short.unwrap_or_else(|| component.into())
}

/// The decimal of the fewest digits that is as good as a component.
fn shortest(component: f32, as_good: impl Fn(f32) -> bool) -> f64 {
    /// Significant digits that tell any two numbers of 16 bits apart.
    const ENOUGH: usize = 5;
    let digits = (0..ENOUGH).map(|after_first| format!("{component:.after_first$e}"));
    let read = digits.filter_map(|text| Some((text.parse::<f32>().ok()?, text.parse::<f64>().ok()?)));
    read.into_iter().find(|(narrow, _)| as_good(*narrow)).map_or_else(|| exact(component), |(_, short)| short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &Json) -> Result<Value, String> {
        value_from_json(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_evident_is_read_as_it_is_meant() {
        let point = json!({"type": "Point", "coordinates": [44.8, 41.7]});
        assert_eq!(read(&point), Ok(geo::Point::new(44.8, 41.7).into()));
        assert_eq!(read(&json!({"$ref": [3, 4]})), Ok(Value::Reference(FamilyId(3), Offset(4))));
        assert_eq!(read(&json!({"$bytes": "00fF"})), Ok(Value::Bytes(vec![0, 255])));
        assert_eq!(read(&json!({"$vector": [1, 0.5]})), Ok(vec![1.0f32, 0.5].into()));
        assert_eq!(read(&json!({"$i8": [1, -128]})), Ok(VectorBuf::i8(&[1, -128]).into()));
        assert_eq!(read(&json!({"$binary": "011"})), Ok(VectorBuf::bits(&[false, true, true]).into()));
        assert!(read(&json!({"$i8": [1, 128]})).unwrap_err().contains("component 1 of the vector is 128.0"));
        assert_eq!(read(&json!({"$timestamp": "1970-01-01"})), Ok(Value::Timestamp(0)));
        assert_eq!(read(&json!([1, 1.0, "x", null])).unwrap().to_string(), r#"[1, 1.0, "x", null]"#);
        for map in [json!({"type": "Point"}), json!({"type": "Point", "name": "x"}), json!({"$unknown": 1}), json!({})]
        {
            assert!(matches!(read(&map), Ok(Value::Map(_))), "{map}");
        }
    }

    #[test]
    fn refusals_name_the_field() {
        let refused = |json: Json| from_json(&json).unwrap_err().to_string();
        assert!(refused(json!({"a": {"b": [u64::MAX]}})).starts_with("a.b[0]: 18446744073709551615 is greater"));
        assert!(refused(json!({"at": {"type": "Point", "coordinates": [0, 91]}})).starts_with("at: "));
        assert!(refused(json!({"a": {"$ref": ["x"]}})).starts_with("a: "));
        assert!(refused(json!([1])).ends_with("not a list"));
    }

    #[test]
    fn the_object_itself_is_never_taken_for_a_shape() {
        let object = from_json(&json!({"type": "Point", "coordinates": [1, 2]})).unwrap();
        assert_eq!(object.len(), 2);
    }

    #[test]
    fn components_are_written_as_short_as_their_element_type_allows() {
        let written = |vector: VectorBuf| to_json(Value::from(vector).as_ref()).to_string();
        let numbers = [0.1, -2.5, 65_504.0, 6e-8, 0.333_251_95];
        assert_eq!(written(VectorBuf::f16(&numbers)), "[0.1,-2.5,65500.0,6e-8,0.3333]");
        assert_eq!(written(VectorBuf::bf16(&[0.1, 3.38e38])), "[0.1,3.38e+38]");
        assert_eq!(written(VectorBuf::i8(&[-128, 0, 7])), "[-128,0,7]");
        assert_eq!(written(VectorBuf::bits(&[true, false, true])), "[1,0,1]");
        for half in (0..=u16::MAX).step_by(7) {
            for element in [Element::F16, Element::Bf16] {
                let of = crate::metric::VectorType { element, dimension: 1 };
                let vector = VectorBuf::from_stored(of, &half.to_le_bytes()).unwrap();
                if vector.components()[0].is_finite() {
                    let read = coerce(read(&to_json(Value::from(&vector).as_ref())).unwrap(), Kind::Vector).unwrap();
                    let Value::Vector(read) = read else { panic!("{read} is no vector") };
                    assert_eq!(read.to_element(element).unwrap(), vector, "{half}");
                }
            }
        }
    }
}
