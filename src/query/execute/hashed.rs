//! A hash table of the right objects of a join, by the value that they have in common with left ones.

use std::collections::HashMap;

use crate::{
    object::{Fields, Kind, Value, key_bytes, order},
    query::{On, QueryError, found::Found},
};

use super::{Stream, reader::Reader};

/// Right objects in order, and which of them have a value.
pub struct Table<'r> {
    all: Vec<Found<'r>>,
    /// By the [key](key_bytes) of a value the objects that have it, ascending.
    places: HashMap<Vec<u8>, Vec<u32>>,
}

impl<'r> Table<'r> {
    /// Reads each right object once. Null, and what equals nothing, not even itself, is in no pair.
    pub fn new(input: Stream<'r>, reader: &Reader<'r, '_>, on: &On) -> Result<Self, QueryError> {
        let (mut all, mut places) = (Vec::new(), HashMap::<_, Vec<u32>>::new());
        let key = |fields: &dyn Fields| {
            let value = fields.field(on.right()).filter(|value| value.kind() != Kind::Null)?;
            order::equals(value, value).then(|| key_bytes(value))
        };
        for (found, at) in input.zip(0..) {
            let found = found?;
            if let Some(key) = reader.read(&found, key)? {
                places.entry(key).or_default().push(at);
            }
            all.push(found);
        }
        Ok(Self { all, places })
    }

    pub fn all(&self) -> &[Found<'r>] {
        &self.all
    }

    /// The places of the partners of a left object with this value.
    pub fn places(&self, left: &Value, on: &On) -> &[u32] {
        let key = on.key(left).map(|value| key_bytes(value.as_ref()));
        key.and_then(|key| self.places.get(&key)).map_or(&[], Vec::as_slice)
    }
}
