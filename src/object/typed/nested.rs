//! A nested set's place in a Rust struct.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::{ObjectError, Value, ValueRef};

/// A field that stands for a nested set of `T`s. The set itself belongs to (owner, field path), not to the owner's bytes:
/// it is reached through the owner's set, and writing the owner leaves it alone.
pub struct Nested<T>(PhantomData<fn() -> T>);

impl<T> Nested<T> {
    /// The marker.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Serialize for Nested<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ValueRef::Nested.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Nested<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Nested | Value::Null => Ok(Self::new()),
            other => Err(serde::de::Error::custom(ObjectError::unfit(&other, "nested set", "it is a value"))),
        }
    }
}

impl<T> Clone for Nested<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Nested<T> {}

impl<T> Default for Nested<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> PartialEq for Nested<T> {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl<T> Eq for Nested<T> {}

impl<T> fmt::Debug for Nested<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nested")
    }
}

impl<T> From<Nested<T>> for Value {
    fn from(_marker: Nested<T>) -> Self {
        Self::Nested
    }
}
