//! What does an object look like, in memory and in stored bytes?
//!
//! An [`Object`] is an immutable map of field names to [`Value`]s. The same value can be seen without owning it, as a
//! [`ValueRef`]: borrowed from an owned `Value` or straight from stored MessagePack bytes, so that a predicate, an index
//! builder and a projection never decode more than the fields they name.

mod fields;
mod offset;
mod path;
mod value;
mod value_ref;

pub use fields::Fields;
pub use offset::{FamilyId, Offset, Sequence};
pub use path::FieldPath;
pub use value::{Object, Value};
pub use value_ref::{GeometryRef, ListRef, MapRef, ValueRef, VectorRef};
