//! Any Rust type to stored bytes and back.

use std::any::type_name;

use serde::{Serialize, de::DeserializeOwned};

use super::super::{ObjectError, check};

/// The stored bytes of a Rust value, checked.
///
/// # Errors
/// When the value is not written as a map, or holds what cannot be stored; the error names the field.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, ObjectError> {
    let mut bytes = Vec::with_capacity(128);
    serialize_into(value, &mut bytes)?;
    check(&bytes)?;
    Ok(bytes)
}

/// Appends the bytes of a Rust value that [`check`] has still to look at.
pub(crate) fn serialize_into<T: Serialize + ?Sized>(value: &T, bytes: &mut Vec<u8>) -> Result<(), ObjectError> {
    value
        .serialize(&mut rmp_serde::Serializer::new(bytes).with_struct_map())
        .map_err(|error| ObjectError::Serialize { type_name: type_name::<T>(), why: error.to_string() })
}

/// Reads a Rust value from stored bytes whose vectors are inline (see [`super::super::inline_columns`]).
///
/// # Errors
/// When the object does not have the shape of the type.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ObjectError> {
    rmp_serde::from_slice(bytes)
        .map_err(|error| ObjectError::Deserialize { type_name: type_name::<T>(), why: error.to_string() })
}
