//! Writing values through serde: extension types in binary formats, the text forms of [`crate::object::to_json`] in others.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::super::{
    MapRef, Object, Value, ValueRef,
    extension::{self, NESTED_PAYLOAD, reference_payload, vector_payload},
    to_json,
};

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(value),
            Self::Int(value) => serializer.serialize_i64(value),
            Self::String(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list.iter().collect::<Vec<_>>()),
            Self::Map(map) => serialize_map(map, serializer),
            special if serializer.is_human_readable() => to_json(special).serialize(serializer),
            Self::Float(value) => serializer.serialize_f64(value),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Timestamp(micros) => extended(serializer, extension::TIMESTAMP, &micros.to_le_bytes()),
            Self::Vector(vector) => {
                let (number, payload) = vector_payload(vector);
                extended(serializer, number, &payload)
            }
            Self::Geometry(shape) => extended(serializer, extension::GEOMETRY, &shape.canonical()),
            Self::Reference(family, offset) => {
                extended(serializer, extension::REFERENCE, &reference_payload(family, offset))
            }
            Self::Nested => extended(serializer, extension::NESTED, &NESTED_PAYLOAD),
        }
    }
}

fn serialize_map<S: Serializer>(map: MapRef<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_map(Some(map.len()))?;
    for (name, value) in map {
        out.serialize_entry(name, &value)?;
    }
    out.end()
}

/// `rmp_serde` writes a newtype of this name as an extension.
fn extended<S: Serializer>(serializer: S, number: i8, payload: &[u8]) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(rmp_serde::MSGPACK_EXT_STRUCT_NAME, &(number, Payload(payload)))
}

struct Payload<'a>(&'a [u8]);

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_map(MapRef::Owned(self), serializer)
    }
}
