//! A reference to another object in a Rust struct.

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use super::super::{FamilyId, ObjectError, Offset, Value, ValueRef};
use super::from_bytes;

/// Where references are read from: a snapshot, a transaction.
pub trait Resolve {
    /// What can go wrong when reading.
    type Error: From<ObjectError>;

    /// An object's bytes with vectors inline; `None` when there is no such object (any more).
    ///
    /// # Errors
    /// When reading fails; absence is no failure.
    fn resolve(&self, family: FamilyId, offset: Offset) -> Result<Option<Cow<'_, [u8]>>, Self::Error>;
}

/// A field that names another object by family and offset. Reading the field reads nothing else: [`Reference::get`] fetches
/// the object when it is asked for, once. So objects may refer to each other in cycles.
pub struct Reference<T> {
    family: FamilyId,
    offset: Offset,
    /// Filled by the first successful read; shared by clones made after it.
    target: OnceLock<Option<Arc<T>>>,
}

impl<T> Reference<T> {
    /// A reference to the object at an offset.
    #[must_use]
    pub const fn new(family: FamilyId, offset: Offset) -> Self {
        Self { family, offset, target: OnceLock::new() }
    }

    /// The family that the object belongs to.
    #[must_use]
    pub const fn family(&self) -> FamilyId {
        self.family
    }

    /// The object's address.
    #[must_use]
    pub const fn offset(&self) -> Offset {
        self.offset
    }
}

impl<T: DeserializeOwned> Reference<T> {
    /// The object referred to, as `from` sees it the first time it is asked; later calls return the same. `None` when it has
    /// been deleted. A failed read is not remembered.
    ///
    /// # Errors
    /// When reading fails, or the object does not have the shape of `T`.
    pub fn get<R: Resolve + ?Sized>(&self, from: &R) -> Result<Option<&T>, R::Error> {
        if let Some(known) = self.target.get() {
            return Ok(known.as_deref());
        }
        let target = match from.resolve(self.family, self.offset)? {
            Some(bytes) => Some(Arc::new(from_bytes(&bytes)?)),
            None => None,
        };
        Ok(self.target.get_or_init(|| target).as_deref())
    }
}

impl<T> Serialize for Reference<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ValueRef::Reference(self.family, self.offset).serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Reference<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Reference(family, offset) => Ok(Self::new(family, offset)),
            other => {
                let why = "expected {\"$ref\": [family, offset]} in text, extension 4 in MessagePack";
                Err(serde::de::Error::custom(ObjectError::unfit(&other, "reference", why)))
            }
        }
    }
}

impl<T> Clone for Reference<T> {
    fn clone(&self) -> Self {
        Self { family: self.family, offset: self.offset, target: self.target.clone() }
    }
}

/// References are equal when they name the same object, read or not.
impl<T> PartialEq for Reference<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.family, self.offset) == (other.family, other.offset)
    }
}

impl<T> Eq for Reference<T> {}

impl<T> Hash for Reference<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.family, self.offset).hash(state);
    }
}

/// Never shows the target: it may lead back here.
impl<T> fmt::Debug for Reference<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({}/{})", self.family, self.offset)
    }
}

impl<T> From<Reference<T>> for Value {
    fn from(reference: Reference<T>) -> Self {
        Self::Reference(reference.family, reference.offset)
    }
}

impl<T> From<&Reference<T>> for Value {
    fn from(reference: &Reference<T>) -> Self {
        Self::Reference(reference.family, reference.offset)
    }
}
