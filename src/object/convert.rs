//! From Rust's own types to values.

use std::borrow::Cow;

use crate::geometry::LonLat;

use super::{FamilyId, Object, Offset, Value, ValueRef, VectorBuf};

macro_rules! from_each {
    ($($variant:ident($target:ty): $($source:ty)*;)*) => {$($(
        impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Self::$variant(<$target>::from(value))
            }
        }
    )*)*};
}

from_each! {
    Bool(bool): bool;
    Int(i64): i8 i16 i32 i64 u8 u16 u32;
    Float(f64): f32 f64;
    String(String): &str String &String char Cow<'_, str> Box<str>;
    Bytes(Vec<u8>): Vec<u8> &[u8];
    List(Vec<Value>): Vec<Value> &[Value];
    Map(Object): Object;
    Vector(VectorBuf): Vec<f32> &[f32] VectorBuf &VectorBuf;
}

/// Integers that may not fit: `Value::try_from(length)`.
macro_rules! try_from_each {
    ($($source:ty)*) => {$(
        impl TryFrom<$source> for Value {
            type Error = std::num::TryFromIntError;
            fn try_from(value: $source) -> Result<Self, Self::Error> {
                i64::try_from(value).map(Self::Int)
            }
        }
    )*};
}
try_from_each!(u64 usize isize);

macro_rules! from_lists {
    ($($element:ty)*) => {$(
        impl From<Vec<$element>> for Value {
            fn from(values: Vec<$element>) -> Self {
                Self::List(values.into_iter().map(Into::into).collect())
            }
        }
    )*};
}
from_lists!(bool i32 i64 u32 f64 &str String Object);

macro_rules! from_shapes {
    ($($shape:ident)*) => {$(
        impl From<geo::$shape<f64>> for Value {
            fn from(shape: geo::$shape<f64>) -> Self {
                Self::Geometry(Box::new(shape.into()))
            }
        }
    )*};
}
from_shapes!(Point Line LineString Polygon MultiPoint MultiLineString MultiPolygon Rect Triangle);

impl From<geo::Geometry<f64>> for Value {
    fn from(shape: geo::Geometry<f64>) -> Self {
        Self::Geometry(Box::new(shape))
    }
}

impl From<LonLat> for Value {
    fn from(place: LonLat) -> Self {
        geo::Point::new(place.lon, place.lat).into()
    }
}

impl From<(FamilyId, Offset)> for Value {
    fn from((family, offset): (FamilyId, Offset)) -> Self {
        Self::Reference(family, offset)
    }
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Null
    }
}

/// `None` is null, not missing: a field that should be missing is not set.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<const N: usize> From<[f32; N]> for Value {
    fn from(components: [f32; N]) -> Self {
        Self::Vector(components.into())
    }
}

impl From<&Self> for Value {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        value.to_value()
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<I: IntoIterator<Item = Self>>(values: I) -> Self {
        Self::List(values.into_iter().collect())
    }
}
