//! What should be in the store? Plain maps, which cannot crash.

use std::collections::BTreeMap;

use protobase::{Database, Error, IndexableSet, LonLat, Object, Options, SetSchema, Value, Vector};

/// The set that everything happens in.
pub const THINGS: &str = "things";
/// The field that its nested sets stand in.
pub const PARTS: &str = "parts";
/// The field that the second level of declarations has an index on, and the first has not.
pub const MEANING: &str = "meaning";
/// Values are below this, so that several objects share each.
pub const VALUES: i64 = 7;

/// A store's content: what a declared schema, things and their parts should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// How far the schema was declared: not at all, in part, wholly.
    pub level: u8,
    /// Key and value by offset.
    pub things: BTreeMap<u64, (i64, i64)>,
    /// Owner and value by offset.
    pub parts: BTreeMap<u64, (u64, i64)>,
}

impl Model {
    /// Removes a thing and what is nested in it.
    pub fn remove(&mut self, offset: u64) {
        self.things.remove(&offset);
        self.parts.retain(|_, (owner, _)| *owner != offset);
    }

    /// The content of an open database, every object checked against what it should look like.
    pub fn read(database: &Database) -> Result<Self, String> {
        let Ok(set) = database.set::<Object>(THINGS) else { return Ok(Self::default()) };
        let declaration = set.view().map_err(text)?.declaration().clone();
        let level = if declaration.indexed().any(|path| path.to_string() == MEANING) { 2 } else { 1 };
        let mut model = Self { level, ..Self::default() };
        for item in set.iter().map_err(text)? {
            let (offset, object) = item.map_err(text)?;
            let (key, value) = (number(&object, "key")?, number(&object, "value")?);
            if object != thing(key, value) {
                return Err(format!("the object at offset {offset} is {object}"));
            }
            model.things.insert(offset.0, (key, value));
        }
        let parts: IndexableSet<Object> = set.nested_family(PARTS).map_err(text)?;
        for stored in parts.view().map_err(text)?.iter() {
            let stored = stored.map_err(text)?;
            let owner = stored.owner().ok_or("a part without owner")?;
            let object = parts.decode(&stored).map_err(text)?;
            model.parts.insert(stored.offset().0, (owner.0, number(&object, "value")?));
        }
        Ok(model)
    }

    /// What is different in another one, for messages.
    pub fn difference(&self, other: &Self) -> String {
        let missing = |a: &Self, b: &Self| {
            let things = a.things.iter().filter(|(offset, thing)| b.things.get(offset) != Some(thing));
            let parts = a.parts.iter().filter(|(offset, part)| b.parts.get(offset) != Some(part));
            (things.take(3).collect::<Vec<_>>(), parts.take(3).collect::<Vec<_>>()).debug()
        };
        format!(
            "level {} and {}; only here: {}; only there: {}",
            self.level,
            other.level,
            missing(self, other),
            missing(other, self)
        )
    }
}

trait Debugged: std::fmt::Debug {
    fn debug(&self) -> String {
        format!("{self:?}")
    }
}

impl<T: std::fmt::Debug> Debugged for T {}

/// An error as text.
pub fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn number(object: &Object, field: &str) -> Result<i64, String> {
    match object.get(field) {
        Some(Value::Int(number)) => Ok(*number),
        other => Err(format!("{field} is {other:?}")),
    }
}

/// The thing with this key and value: everything else in it follows from these, its length too.
pub fn thing(key: i64, value: i64) -> Object {
    let length = (key * 37 + value * 11).rem_euclid(600) as usize;
    Object::new()
        .with("key", key)
        .with("value", value)
        .with("text", "abcdefghij".repeat(length / 10))
        .with("place", Value::from(place(key)))
        .with(MEANING, Value::from(Vector::from(meaning(key, value))))
}

/// Where the thing with this key is.
pub fn place(key: i64) -> LonLat {
    let (lon, lat) = ((key * 7).rem_euclid(360) - 180, (key * 11).rem_euclid(160) - 80);
    LonLat::new(lon as f64, lat as f64).unwrap_or_else(|_| unreachable!("within the globe"))
}

/// What it means.
pub fn meaning(key: i64, value: i64) -> Vec<f32> {
    [key, value, key % 5, 1].map(|number| number as f32).to_vec()
}

/// A part with this value.
pub fn part(value: i64) -> Object {
    Object::new().with("value", value)
}

/// Declares the schema of a level: the second adds indexes to the first.
pub fn declare(database: &Database, level: u8) -> Result<IndexableSet<Object>, Error> {
    let parts = SetSchema::new(PARTS).index("value", "hash");
    let schema = SetSchema::new(THINGS).unique("key").index("value", "ordered").nested(PARTS, parts);
    let vectors = Options::new().with("dimension", 4).with("metric", "l2");
    database.declare(match level {
        1 => schema,
        _ => schema.index("text", "hash").index("place", "geo").index_with(MEANING, "vector", vectors),
    })
}
