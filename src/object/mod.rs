//! What does an object look like, in memory and in stored bytes?
//!
//! An [`Object`] is an immutable map of field names to [`Value`]s. The same value can be seen without owning it, as a
//! [`ValueRef`]: borrowed from an owned `Value` or straight from stored MessagePack bytes, so that a predicate, an index
//! builder and a projection never decode more than the fields they name.
//!
//! Stored bytes are one MessagePack map with text keys; what MessagePack has no type for is an extension (see
//! [`extension`]). [`encode()`] writes them, [`check`] validates what comes from outside, [`PackedObject`] reads fields in
//! place. [`order`] says how any two values compare, and [`key_bytes`] gives bytes that compare the same way.

mod check;
mod coerce;
mod columns;
mod convert;
mod display;
mod encode;
mod error;
pub mod extension;
mod fields;
mod geometry_ref;
mod json;
mod json_text;
mod key;
mod key_value;
mod kind;
mod list_ref;
mod map_ref;
mod offset;
pub mod order;
mod packed;
mod path;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
pub(crate) mod samples;
mod timestamp;
mod typed;
mod update;
mod value;
mod value_ref;
mod vector_buf;

mod walk;

pub use crate::metric::{Bf16, BitsRef, Element, F16, VectorRef, VectorType};
pub use check::{check, check_stored, decode};
pub use coerce::{boolean, coerce, coerce_field};
pub use columns::{VectorSource, inline_columns, replace_vector, split_columns};
pub use encode::encode;
pub use error::ObjectError;
pub use fields::Fields;
pub use geometry_ref::GeometryRef;
#[cfg(feature = "sql")]
pub(crate) use json::hexadecimal;
pub use json::{from_json, to_json, value_from_json};
pub use json_text::JsonText;
pub use key::{key_bytes, key_span, prefix_key, write_key};
pub use key_value::value_of_key;
pub use kind::Kind;
pub use list_ref::{ListIter, ListRef};
pub use map_ref::{MapIter, MapRef};
pub use offset::{FamilyId, Offset, Sequence};
pub use packed::PackedObject;
pub use path::{FieldPath, Standing};
pub(crate) use timestamp::civil;
pub(crate) use typed::serialize_into;
pub use typed::{
    Bf16Vector, BitVector, F16Vector, Geometry, I8Vector, Nested, Point, Reference, Resolve, Timestamp, Vector,
    from_bytes, to_bytes,
};
pub use update::Update;
pub use value::{Object, Value};
pub use value_ref::ValueRef;
pub use vector_buf::VectorBuf;

use json::untag;
use walk::read_extension;

/// Maps and lists inside each other at most this deep; deeper values are refused.
pub const MAX_DEPTH: usize = 128;
