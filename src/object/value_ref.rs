//! The borrowed form of what a field holds: a view into stored bytes, or into an owned [`Value`].

use std::borrow::Cow;

use super::{FamilyId, Object, Offset, Value};

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

/// A list, as MessagePack bytes (the array with its header) or as owned values.
#[derive(Clone, Copy, Debug)]
pub enum ListRef<'a> {
    /// One MessagePack array.
    Packed(&'a [u8]),
    /// The elements of an owned list.
    Owned(&'a [Value]),
}

/// A map, as MessagePack bytes (the map with its header) or as an owned object.
#[derive(Clone, Copy, Debug)]
pub enum MapRef<'a> {
    /// One MessagePack map with string keys.
    Packed(&'a [u8]),
    /// An owned object.
    Owned(&'a Object),
}

/// A vector's components: in place when aligned, else as little-endian bytes.
#[derive(Clone, Copy, Debug)]
pub enum VectorRef<'a> {
    /// Components in memory.
    Slice(&'a [f32]),
    /// Little-endian f32 bytes of any alignment; the length is a multiple of four.
    Packed(&'a [u8]),
}

/// A geometry, as WKB bytes or as an owned value.
#[derive(Clone, Copy, Debug)]
pub enum GeometryRef<'a> {
    /// Well-known binary, little-endian.
    Wkb(&'a [u8]),
    /// An owned geometry.
    Owned(&'a geo::Geometry<f64>),
}

impl<'a> VectorRef<'a> {
    /// The number of components.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Packed(bytes) => bytes.len() / 4,
        }
    }

    /// Whether there are no components.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The components as a slice, copied only when they are not aligned in memory.
    #[must_use]
    pub fn components(self) -> Cow<'a, [f32]> {
        match self {
            Self::Slice(slice) => Cow::Borrowed(slice),
            Self::Packed(bytes) => match zerocopy::FromBytes::ref_from_bytes(bytes) {
                Ok(slice) if cfg!(target_endian = "little") => Cow::Borrowed(slice),
                _ => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            },
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
            Self::Vector(value) => ValueRef::Vector(VectorRef::Slice(value)),
            Self::Geometry(value) => ValueRef::Geometry(GeometryRef::Owned(value)),
            Self::Reference(family, offset) => ValueRef::Reference(*family, *offset),
            Self::Nested => ValueRef::Nested,
        }
    }
}
