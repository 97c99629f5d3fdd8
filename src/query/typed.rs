//! Between the caller's types and objects.

use serde::{Serialize, de::DeserializeOwned};

use crate::object::{self, Object};

/// An object of a value's fields; says why when the value is no map or holds what no object can.
pub fn to_object<T: Serialize>(value: &T) -> Result<Object, String> {
    let bytes = rmp_serde::to_vec_named(value).map_err(|error| error.to_string())?;
    object::decode(&bytes).map_err(|error| error.to_string())
}

/// A value of the caller's type with an object's fields.
pub fn from_object<T: DeserializeOwned>(object: &Object) -> Result<T, String> {
    let bytes = object::encode(object).map_err(|error| error.to_string())?;
    rmp_serde::from_slice(&bytes).map_err(|error| error.to_string())
}
