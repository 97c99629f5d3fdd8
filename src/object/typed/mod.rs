//! How do Rust types become objects, and back?
//!
//! Any `T: Serialize + DeserializeOwned` goes through `rmp_serde` with structs as maps: [`to_bytes`] and [`from_bytes`]. What
//! serde has no words for is said by the newtypes here. In stored bytes they are the extension types of
//! [`super::extension`]; in text formats they are GeoJSON, arrays, RFC 3339 and `{"$ref": [family, offset]}`.
//! [`super::Object`] itself takes the same path.

mod bytes;
mod geometry;
mod nested;
mod point;
mod reference;
#[cfg(test)]
mod round_trips;
mod serialize;
mod stored_vector;
mod timestamp;
mod value;
mod vector;

pub(crate) use bytes::serialize_into;
pub use bytes::{from_bytes, to_bytes};
pub use geometry::Geometry;
pub use nested::Nested;
pub use point::Point;
pub use reference::{Reference, Resolve};
pub use stored_vector::{Bf16Vector, BitVector, F16Vector, I8Vector};
pub use timestamp::Timestamp;
pub use vector::Vector;

/// `Serialize` and `Deserialize` of a newtype by way of the value that it stands for.
macro_rules! serde_as_value {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.as_value_ref(), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value: $crate::object::Value = serde::Deserialize::deserialize(deserializer)?;
                Self::from_value(value).map_err(serde::de::Error::custom)
            }
        }
    };
}
use serde_as_value;
