//! Between the caller's types and objects.

use serde::{Serialize, de::DeserializeOwned};

use crate::object::{self, Object, ObjectError};

/// An object of a value's fields.
pub fn to_object<T: Serialize>(value: &T) -> Result<Object, ObjectError> {
    object::decode(&object::to_bytes(value)?)
}

/// A value of the caller's type with an object's fields.
pub fn from_object<T: DeserializeOwned>(object: &Object) -> Result<T, ObjectError> {
    object::from_bytes(&object::encode(object)?)
}
