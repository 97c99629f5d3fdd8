//! The declared shape of a family: its name, its unique key and its indexes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    index::Options,
    object::{FamilyId, FieldPath, Offset, PackedObject, Value, ValueRef, key_bytes, value_of_key},
};

use super::SetError;

/// The number of an index inside its family; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub u32);

/// A declared index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDeclaration {
    /// Its number.
    pub id: IndexId,
    /// The kind's name in the registry.
    pub kind: String,
    /// The fields it covers: one, or one a dimension.
    pub fields: Vec<FieldPath>,
    /// The kind's options.
    pub options: Options,
    /// The name it was given, if any (see [`SetDeclaration::index_name`]).
    pub name: Option<String>,
}

/// A declared family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetDeclaration {
    /// `customers`, or `customers.invoices` for a nested family.
    pub name: String,
    /// The family that owns the nested sets, and the field they stand in.
    pub parent: Option<(FamilyId, FieldPath)>,
    /// The unique key.
    pub unique: Option<FieldPath>,
    /// The indexes, in id order.
    pub indexes: Vec<IndexDeclaration>,
    /// The number of the next index: above those of all that there ever were, since parts of dropped ones may still lie in segments.
    pub next_index: u32,
    /// Whether segments that are written from now on hold their objects compressed by LZ4.
    pub compressed: bool,
    /// Whether the set was dropped: it is empty, nobody finds it by its name, and its number is not given again.
    pub dropped: bool,
}

impl SetDeclaration {
    /// The bytes that the log and checkpoints hold: one MessagePack map.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let names = |path: &FieldPath| path.names().iter().map(|name| name.to_string()).collect();
        let stored = StoredDeclaration {
            name: self.name.clone(),
            parent: self.parent.as_ref().map(|(family, path)| (family.0, names(path))),
            unique: self.unique.as_ref().map(names),
            indexes: self.indexes.iter().map(|index| StoredIndex::of(index, names)).collect(),
            next_index: (self.next_index > self.above_indexes()).then_some(self.next_index),
            compression: self.compressed.then(|| LZ4.to_owned()),
            dropped: self.dropped,
        };
        // Writing plain data to memory cannot fail.
        rmp_serde::to_vec_named(&stored).unwrap_or_default().into()
    }

    /// Reads [`SetDeclaration::encode`]d bytes; what newer versions add is skipped.
    pub fn decode(bytes: &[u8]) -> Result<Self, SetError> {
        let malformed = |why: String| SetError::Declaration {
            set: "?".to_owned(),
            what: format!("stored declaration of {} bytes: {why}", bytes.len()),
            expected: "a declaration as docs/format.md describes it".to_owned(),
        };
        let stored: StoredDeclaration = rmp_serde::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        let paths = stored.indexes.iter().flat_map(|index| &index.fields);
        if paths.chain(&stored.unique).chain(stored.parent.iter().map(|(_, path)| path)).any(Vec::is_empty) {
            return Err(malformed("a field path without names".to_owned()));
        }
        let mut declaration = Self {
            name: stored.name,
            parent: stored.parent.map(|(family, names)| (FamilyId(family), path(&names))),
            unique: stored.unique.as_deref().map(path),
            indexes: stored.indexes.into_iter().map(StoredIndex::declaration).collect(),
            next_index: stored.next_index.unwrap_or(0),
            compressed: stored.compression.as_deref() == Some(LZ4),
            dropped: stored.dropped,
        };
        declaration.next_index = declaration.next_index.max(declaration.above_indexes());
        Ok(declaration)
    }

    /// The first number above those of its indexes.
    fn above_indexes(&self) -> u32 {
        self.indexes.iter().map(|index| index.id.0.saturating_add(1)).max().unwrap_or(0)
    }

    /// What an index is called: as it was named, else `set_field_kind`.
    #[must_use]
    pub fn index_name(&self, index: &IndexDeclaration) -> String {
        index.name.clone().unwrap_or_else(|| {
            let fields: Vec<String> = index.fields.iter().map(ToString::to_string).collect();
            format!("{}_{}_{}", self.name, fields.join("_"), index.kind).replace('.', "_")
        })
    }

    /// The fields that have indexes, each once.
    pub fn indexed(&self) -> impl Iterator<Item = &FieldPath> {
        let all = || self.indexes.iter().flat_map(|index| &index.fields);
        all().enumerate().filter(move |(at, path)| !all().take(*at).any(|known| known == *path)).map(|(_, path)| path)
    }

    /// A declared index by number.
    #[must_use]
    pub fn index(&self, id: IndexId) -> Option<&IndexDeclaration> {
        self.indexes.iter().find(|index| index.id == id)
    }

    /// The unique key that an object takes: bytes that are equal for values that are equal, led by the owner in a nested family, where
    /// each nested set has its own keys. `None` without a declared key, for null and missing, and for NaN, which equals nothing.
    #[must_use]
    pub fn unique_key(&self, owner: Option<Offset>, object: &[u8]) -> Option<Box<[u8]>> {
        self.key_of(owner, PackedObject::new(object).get(self.unique.as_ref()?)?)
    }

    /// [`SetDeclaration::unique_key`] of a value.
    #[must_use]
    pub fn key_of(&self, owner: Option<Offset>, value: ValueRef<'_>) -> Option<Box<[u8]>> {
        match value {
            ValueRef::Null => return None,
            ValueRef::Float(number) if number.is_nan() => return None,
            _ => {}
        }
        let mut key = owner.map(|owner| owner.0.to_be_bytes().to_vec()).unwrap_or_default();
        key.extend(key_bytes(value));
        Some(key.into())
    }

    /// The value that a unique key is of; `None` where the key does not give it back (see [`value_of_key`]).
    #[must_use]
    pub fn value_of_key(&self, key: &[u8]) -> Option<Value> {
        let owner = if self.parent.is_some() { size_of::<Offset>() } else { 0 };
        value_of_key(key.get(owner..)?)
    }
}

/// The name of the one compression there is.
const LZ4: &str = "lz4";

/// The stored form. Its field names are the format.
#[derive(Serialize, Deserialize)]
struct StoredDeclaration {
    name: String,
    #[serde(default)]
    parent: Option<(u32, Vec<String>)>,
    #[serde(default)]
    unique: Option<Vec<String>>,
    #[serde(default)]
    indexes: Vec<StoredIndex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_index: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compression: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    dropped: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredIndex {
    id: u32,
    kind: String,
    fields: Vec<Vec<String>>,
    #[serde(default)]
    options: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl StoredIndex {
    fn of(index: &IndexDeclaration, names: impl Fn(&FieldPath) -> Vec<String>) -> Self {
        let options = index.options.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let fields = index.fields.iter().map(names).collect();
        Self { id: index.id.0, kind: index.kind.clone(), fields, options, name: index.name.clone() }
    }

    fn declaration(self) -> IndexDeclaration {
        let options = self.options.iter().fold(Options::new(), |options, (name, value)| options.with(name, value));
        let fields = self.fields.iter().map(|names| path(names)).collect();
        IndexDeclaration { id: IndexId(self.id), kind: self.kind, fields, options, name: self.name }
    }
}

fn path(names: &[String]) -> FieldPath {
    FieldPath::of(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaration() -> SetDeclaration {
        SetDeclaration {
            name: "countries.cities".into(),
            parent: Some((FamilyId(3), FieldPath::of(&["cities"]))),
            unique: Some(FieldPath::of(&["a.b", "id"])),
            indexes: vec![IndexDeclaration {
                id: IndexId(7),
                kind: "plane".into(),
                fields: vec!["lon".into(), "place.lat".into()],
                options: Options::new().with("x", 5),
                name: Some("where".into()),
            }],
            next_index: 9,
            compressed: true,
            dropped: false,
        }
    }

    #[test]
    fn comes_back_from_its_bytes() -> Result<(), SetError> {
        let declaration = declaration();
        assert_eq!(SetDeclaration::decode(&declaration.encode())?, declaration);
        let dropped = SetDeclaration { dropped: true, indexes: Vec::new(), ..declaration };
        assert_eq!(SetDeclaration::decode(&dropped.encode())?, dropped);
        Ok(())
    }

    #[test]
    fn unknown_fields_are_skipped_and_garbage_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let newer = serde_json::json!({"name": "a", "color": {"deep": [1]}, "indexes": []});
        assert_eq!(SetDeclaration::decode(&rmp_serde::to_vec(&newer)?)?.name, "a");
        let empty_path = serde_json::json!({"name": "a", "unique": []});
        assert!(SetDeclaration::decode(&rmp_serde::to_vec(&empty_path)?).is_err());
        assert!(SetDeclaration::decode(b"\xc1").is_err());
        Ok(())
    }

    #[test]
    fn keys_are_by_value_and_by_owner() {
        let declaration = declaration();
        let key = |owner: u64, value| declaration.key_of(Some(Offset(owner)), value);
        assert_eq!(key(1, ValueRef::Int(1)), key(1, ValueRef::Float(1.0)));
        assert_ne!(key(1, ValueRef::Int(1)), key(2, ValueRef::Int(1)));
        let value = key(1, ValueRef::Int(7)).and_then(|key| declaration.value_of_key(&key));
        assert!(matches!(value, Some(Value::Int(7))), "{value:?}");
        assert_eq!(key(1, ValueRef::Null), None);
        assert_eq!(key(1, ValueRef::Float(f64::NAN)), None);
    }
}
