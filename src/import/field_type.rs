//! The types that a field can be given where the file does not say.

use std::str::FromStr;

use crate::object::{JsonText, Kind, ObjectError, Value, coerce};

/// What a field's values are turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Any other kind: text, bool, timestamp, vector, geometry.
    Of(Kind),
}

impl FromStr for FieldType {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = |kind: &Kind| kind.name() == name;
        match name {
            "int" => Ok(Self::Int),
            "float" => Ok(Self::Float),
            _ => Self::KINDS.into_iter().find(named).map(Self::Of).ok_or_else(|| {
                format!("type '{name}': expected int, float, text, bool, timestamp, vector or geometry")
            }),
        }
    }
}

impl FieldType {
    /// The kinds that a field can be given by their name.
    const KINDS: [Kind; 5] = [Kind::String, Kind::Bool, Kind::Timestamp, Kind::Vector, Kind::Geometry];

    /// A value as this type. Null stays null; the error names the value and what was expected.
    pub fn convert(self, value: Value) -> Result<Value, String> {
        let kind = match self {
            Self::Int | Self::Float => Kind::Number,
            Self::Of(kind) => kind,
        };
        let value = from_cell(value, kind)?;
        let shown = shortened(&value);
        let converted = coerce(value, kind).map_err(|error| match error {
            ObjectError::Coerce { .. } => error.to_string(),
            error => format!("{shown}: {error}"),
        })?;
        match (self, converted) {
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range, as the guard says")]
            (Self::Int, Value::Float(number)) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
                Ok(Value::Int(number as i64))
            }
            (Self::Int, Value::Float(_)) => Err(format!("{shown}: expected a whole number")),
            #[expect(clippy::cast_precision_loss, reason = "the file's author asked for a float")]
            (Self::Float, Value::Int(number)) => Ok(Value::Float(number as f64)),
            (_, converted) => Ok(converted),
        }
    }
}

/// Lists and maps stand in table cells as JSON text.
fn from_cell(value: Value, kind: Kind) -> Result<Value, String> {
    let Value::String(text) = &value else { return Ok(value) };
    if !matches!(kind, Kind::Vector | Kind::Geometry) || !text.trim_start().starts_with(['[', '{']) {
        return Ok(value);
    }
    let shown = shortened(&value);
    let json = JsonText::read(text).map_err(|error| format!("{shown} is no JSON: {error}"))?;
    json.single().map_err(|error| format!("{shown}: {error}"))
}

/// A value as text that fits into a message.
pub(super) fn shortened(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::object::value_from_json;

    use super::*;

    #[test]
    fn every_form_of_a_point() {
        let json = |text: &str| value_from_json(&serde_json::from_str(text).unwrap()).unwrap();
        let geojson = r#"{"type": "Point", "coordinates": [12.5, 41.9]}"#;
        let forms = [
            json("[12.5, 41.9]"),
            json(r#"{"lon": 12.5, "lat": 41.9}"#),
            json(geojson),
            Value::from("POINT(12.5 41.9)"),
            Value::from(geojson),
            Value::from("[12.5, 41.9]"),
        ];
        let geometry = FieldType::Of(Kind::Geometry);
        for form in forms {
            let Ok(Value::Geometry(shape)) = geometry.convert(form.clone()) else { panic!("{form}") };
            assert_eq!(*shape, geo::Geometry::Point(geo::Point::new(12.5, 41.9)), "{form}");
        }
        assert!(geometry.convert(json("[12.5, 91]")).unwrap_err().contains("91"));
        assert!(geometry.convert(json("[12.5]")).is_err());
        assert!(matches!(geometry.convert(Value::Null), Ok(Value::Null)));
    }

    #[test]
    fn numbers_keep_to_their_type() {
        assert!(FieldType::Int.convert(Value::Float(1.5)).is_err());
        assert!(matches!(FieldType::Int.convert(Value::from("7")), Ok(Value::Int(7))));
        assert!(matches!(FieldType::Float.convert(Value::Int(7)), Ok(Value::Float(x)) if x == 7.0));
        assert!(FieldType::Of(Kind::Vector).convert(Value::from("[1, \"x\"]")).is_err());
        assert!(FieldType::Of(Kind::Timestamp).convert(Value::from("yesterday")).is_err());
    }
}
