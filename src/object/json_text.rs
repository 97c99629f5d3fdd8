//! What does a JSON text say, and does it say a name twice?
//!
//! `serde_json` keeps the last of two equal names and forgets the other. A file that says `{"a": 1, "a": 2}` is wrong, and nobody can tell
//! which of the two was meant, so the names that stand twice are reported beside the value.

use std::{cell::RefCell, fmt, io};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value as Json};

use super::{Object, ObjectError, Value, check::Trail, from_json, value_from_json};

/// A JSON text, read.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonText {
    /// What it says; of equal names in one map the last.
    pub value: Json,
    /// The paths of names that stand twice in one map, in the order of the text: `a.b`, `features[3].id`.
    pub duplicates: Vec<String>,
}

impl JsonText {
    /// Reads a text.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        Self::of(&mut serde_json::Deserializer::from_str(text))
    }

    /// Reads a text as it comes.
    ///
    /// # Errors
    /// When it is no JSON, or cannot be read.
    pub fn read_from(reader: impl io::Read) -> serde_json::Result<Self> {
        Self::of(&mut serde_json::Deserializer::from_reader(reader))
    }

    fn of<'de>(
        deserializer: &mut serde_json::Deserializer<impl serde_json::de::Read<'de>>,
    ) -> serde_json::Result<Self> {
        let duplicates = RefCell::default();
        let value = Within { trail: Trail::ROOT, duplicates: &duplicates }.deserialize(&mut *deserializer)?;
        deserializer.end()?;
        Ok(Self { value, duplicates: duplicates.into_inner() })
    }

    /// The value that the text is, as [`value_from_json`] reads it.
    ///
    /// # Errors
    /// When a name stands twice, and as [`value_from_json`].
    pub fn single(&self) -> Result<Value, ObjectError> {
        self.duplicates
            .first()
            .map_or_else(|| value_from_json(&self.value), |field| Err(ObjectError::Duplicate { field: field.clone() }))
    }

    /// The object that the text is, as [`from_json`] reads it.
    ///
    /// # Errors
    /// When a name stands twice, and as [`from_json`].
    pub fn object(&self) -> Result<Object, ObjectError> {
        match self.duplicates.first() {
            Some(field) => Err(ObjectError::Duplicate { field: field.clone() }),
            None => from_json(&self.value),
        }
    }
}

/// One value of the text, and where it stands.
#[derive(Clone, Copy)]
struct Within<'a> {
    trail: Trail<'a>,
    duplicates: &'a RefCell<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) =
            elements.next_element_seed(Within { trail: self.trail.element(values.len()), ..self })?
        {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let trail = self.trail.field(&name);
            let value = fields.next_value_seed(Within { trail, ..self })?;
            if map.contains_key(&name) {
                self.duplicates.borrow_mut().push(trail.to_string());
            }
            map.insert(name, value);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stand_twice_are_told_with_their_path() {
        let text =
            JsonText::read(r#"{"a": {"b": 1, "b": 2}, "c": [{}, {"d": null, "d": null}], "e": 1, "e": 2}"#).unwrap();
        assert_eq!(text.duplicates, ["a.b", "c[1].d", "e"]);
        assert_eq!(
            text.object().unwrap_err().to_string(),
            "field 'a.b' stands twice in one object: expected each name once"
        );
    }

    #[test]
    fn everything_else_is_read_as_serde_json_reads_it() {
        for text in
            [r#"{"a": [1, -2, 18446744073709551615, 0.1, 1e300, null, true, "é\n"], "b": {}}"#, "3", "[]", r#""x""#]
        {
            let read = JsonText::read(text).unwrap();
            assert_eq!((read.value, read.duplicates), (serde_json::from_str(text).unwrap(), Vec::new()), "{text}");
        }
        for text in ["", "{", "{} x", "[1,]", "1e999"] {
            let (ours, theirs) = (JsonText::read(text).unwrap_err(), serde_json::from_str::<Json>(text).unwrap_err());
            assert_eq!(ours.to_string(), theirs.to_string());
        }
        assert!(JsonText::read(&"[".repeat(100_000)).is_err());
    }
}
