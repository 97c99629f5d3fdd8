//! The borrowed form of what a field holds: a view into stored bytes, or into an owned [`Value`].

use super::{FamilyId, GeometryRef, ListRef, MAX_DEPTH, MapRef, Offset, Value, VectorRef};

/// A value seen where it is. `Copy`; holds no heap memory.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// See [`Value::Null`].
    Null,
    /// See [`Value::Bool`].
    Bool(bool),
    /// See [`Value::Int`].
    Int(i64),
    /// See [`Value::Float`].
    Float(f64),
    /// See [`Value::String`].
    String(&'a str),
    /// See [`Value::Bytes`].
    Bytes(&'a [u8]),
    /// See [`Value::Timestamp`].
    Timestamp(i64),
    /// See [`Value::List`].
    List(ListRef<'a>),
    /// See [`Value::Map`].
    Map(MapRef<'a>),
    /// See [`Value::Vector`].
    Vector(VectorRef<'a>),
    /// See [`Value::Geometry`].
    Geometry(GeometryRef<'a>),
    /// See [`Value::Reference`].
    Reference(FamilyId, Offset),
    /// See [`Value::Nested`].
    Nested,
}

impl<'a> ValueRef<'a> {
    /// The number, when this is one; integers beyond 2^53 are rounded.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "rounding is documented; exact comparison is in `order`")]
    pub const fn as_f64(self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(value as f64),
            Self::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The integer, when this is one.
    #[must_use]
    pub const fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The text, when this is text.
    #[must_use]
    pub const fn as_str(self) -> Option<&'a str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The value, owned. What [`super::check`] would refuse in bytes becomes null.
    #[must_use]
    pub fn to_value(self) -> Value {
        self.to_value_within(0)
    }

    pub(super) fn to_value_within(self, depth: usize) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::String(value) => Value::String(value.to_owned()),
            Self::Bytes(value) => Value::Bytes(value.to_owned()),
            Self::Timestamp(value) => Value::Timestamp(value),
            Self::List(_) | Self::Map(_) if depth > MAX_DEPTH => Value::Null,
            Self::List(list) => Value::List(list.iter().map(|value| value.to_value_within(depth + 1)).collect()),
            Self::Map(map) => Value::Map(map.to_object_within(depth)),
            Self::Vector(vector) => Value::Vector(vector.into()),
            Self::Geometry(shape) => {
                shape.to_geometry().map_or(Value::Null, |shape| Value::Geometry(Box::new(shape.into_owned())))
            }
            Self::Reference(family, offset) => Value::Reference(family, offset),
            Self::Nested => Value::Nested,
        }
    }
}

impl Value {
    /// This value, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(value) => ValueRef::Bool(*value),
            Self::Int(value) => ValueRef::Int(*value),
            Self::Float(value) => ValueRef::Float(*value),
            Self::String(value) => ValueRef::String(value),
            Self::Bytes(value) => ValueRef::Bytes(value),
            Self::Timestamp(value) => ValueRef::Timestamp(*value),
            Self::List(value) => ValueRef::List(ListRef::Owned(value)),
            Self::Map(value) => ValueRef::Map(MapRef::Owned(value)),
            Self::Vector(value) => ValueRef::Vector(value.as_ref()),
            Self::Geometry(value) => ValueRef::Geometry(GeometryRef::Owned(value)),
            Self::Reference(family, offset) => ValueRef::Reference(*family, *offset),
            Self::Nested => ValueRef::Nested,
        }
    }
}
