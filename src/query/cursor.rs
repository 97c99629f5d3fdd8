//! Where a page ends and the next one begins.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::object::{self, Object, Value};

use super::QueryError;

/// A place in an order: what [`Query::after`](super::Query::after) goes on from. [`Hits::cursor`](super::Hits::cursor) is the place of the last
/// hit, [`Cursor::start`] the one before all hits.
///
/// It is the value of every key of the order, for nearest searches the distance, and the offset (with the owner, in a whole nested family) that
/// breaks ties: so it stands between two objects of any set, whether or not it has the one that it was made from. It
/// travels as a short text, through [`fmt::Display`] and [`FromStr`] or through serde.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor(Option<Place>);

/// What a cursor stands behind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// The value of each key; `None` where the object has none.
    pub keys: Vec<Option<Value>>,
    /// The owner (0 where objects are not ordered by it) and the offset.
    pub place: (u64, u64),
}

impl Cursor {
    /// Before all hits: the first page of an order.
    #[must_use]
    pub const fn start() -> Self {
        Self(None)
    }

    pub(super) const fn at(keys: Vec<Option<Value>>, place: (u64, u64)) -> Self {
        Self(Some(Place { keys, place }))
    }

    /// What it stands behind; nothing before the first page.
    pub(super) const fn place(&self) -> Option<&Place> {
        self.0.as_ref()
    }

    /// The distance, and the place of the object at it, of a cursor into hits nearest first.
    pub(super) fn nearness(&self) -> Option<(f64, (u64, u64))> {
        let Place { keys, place } = self.place()?;
        match keys[..] {
            [Some(Value::Float(distance))] => Some((distance, *place)),
            _ => None,
        }
    }

    /// What a plan says of it.
    pub(super) fn told(after: Option<&Self>) -> String {
        let Some(Place { keys, place }) = after.and_then(Self::place) else { return String::new() };
        let key = |key: &Option<Value>| key.as_ref().map_or("null".to_owned(), ToString::to_string);
        let keys: Vec<String> = keys.iter().map(key).collect();
        format!(", after ({}, offset {})", keys.join(", "), place.1)
    }

    /// Refuses a cursor into the hits of another order: one of so many keys, or nearest first.
    pub(super) fn check(&self, keys: usize, nearest: bool) -> Result<(), QueryError> {
        let Some(Place { keys: own, .. }) = self.place() else { return Ok(()) };
        if nearest && self.nearness().is_none() {
            return Err(QueryError::value("cursor", self, "a cursor of hits that came nearest first"));
        }
        if own.len() != keys {
            let value = format!("a cursor into an order by {} keys", own.len());
            return Err(QueryError::value("cursor", value, format!("one into an order by {keys}")));
        }
        Ok(())
    }

    /// Whether it has a text: every key is a value that an object can hold.
    pub(super) fn is_writable(&self) -> bool {
        self.to_bytes().is_some()
    }

    fn to_bytes(&self) -> Option<Vec<u8>> {
        let Some(Place { keys, place }) = &self.0 else { return Some(Vec::new()) };
        let keys = keys.iter().map(|key| key.clone().unwrap_or(Value::Null)).collect();
        let place = [place.0, place.1].map(|number| Value::Int(number.cast_signed()));
        let object = Object::new().with("k", Value::List(keys)).with("p", Value::List(place.to_vec()));
        object::encode(&object).ok()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::start());
        }
        let object = object::decode(bytes).ok()?;
        let (Some(Value::List(keys)), Some(Value::List(place))) = (object.get("k"), object.get("p")) else {
            return None;
        };
        let [Value::Int(owner), Value::Int(offset)] = place[..] else { return None };
        let keys = keys.iter().map(|key| (*key != Value::Null).then(|| key.clone())).collect();
        Some(Self::at(keys, (owner.cast_unsigned(), offset.cast_unsigned())))
    }
}

/// The text of [`Cursor::start`].
const START: &str = "start";

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_bytes() {
            Some(bytes) if bytes.is_empty() => f.write_str(START),
            Some(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            // Hits give out no such cursor: see `is_writable`.
            None => Ok(()),
        }
    }
}

impl FromStr for Cursor {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        if text == START {
            return Ok(Self::start());
        }
        let digits = |pair: &[u8]| match pair {
            [high, low] => Some((char::from(*high).to_digit(16)? * 16 + char::from(*low).to_digit(16)?) as u8),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(digits).collect();
        let cursor = bytes.filter(|bytes| !bytes.is_empty()).and_then(|bytes| Self::from_bytes(&bytes));
        let refused = || QueryError::value("cursor", format!("'{text}'"), "the text of a cursor, as it was given out");
        cursor.ok_or_else(refused)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_from_its_text_bit_by_bit() {
        let keys = vec![Some(Value::Float(0.1 + 0.2)), None, Some(Value::from("é")), Some(Value::Float(f64::INFINITY))];
        for cursor in [Cursor::start(), Cursor::at(keys, (u64::MAX, 7)), Cursor::at(Vec::new(), (0, 0))] {
            assert_eq!(cursor.to_string().parse::<Cursor>().expect("its own text"), cursor);
            let json = serde_json::to_string(&cursor).expect("text");
            assert_eq!(serde_json::from_str::<Cursor>(&json).expect("its own text"), cursor);
            let packed = rmp_serde::to_vec(&cursor).expect("bytes");
            assert_eq!(rmp_serde::from_slice::<Cursor>(&packed).expect("its own bytes"), cursor);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "abc", "80", "ff00ff", "81a16b90", "é"] {
            let error = text.parse::<Cursor>().expect_err("no cursor").to_string();
            assert_eq!(error, format!("field 'cursor': '{text}': expected the text of a cursor, as it was given out"));
        }
    }
}
