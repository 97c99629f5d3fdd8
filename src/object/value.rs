//! The owned form of what a field can hold.

use super::{FamilyId, FieldPath, MapRef, Offset, ValueRef, VectorBuf, order};

/// What a field can hold. Missing is not a value: a field that is absent has none.
///
/// `==` is [`order::equals`]: 1 equals 1.0, NaN equals nothing.
#[derive(Clone, Debug)]
pub enum Value {
    /// Known to be nothing; different from missing.
    Null,
    /// True or false; equal to no number.
    Bool(bool),
    /// A whole number; compares with floats by exact value.
    Int(i64),
    /// A floating-point number; NaN sorts last among numbers.
    Float(f64),
    /// Text, compared by code point.
    String(String),
    /// Uninterpreted bytes.
    Bytes(Vec<u8>),
    /// Microseconds since 1970-01-01T00:00:00 UTC.
    Timestamp(i64),
    /// Values in order.
    List(Vec<Value>),
    /// A nested map.
    Map(Object),
    /// An embedding: finite components of one element type.
    Vector(VectorBuf),
    /// A point, line, polygon or multi-shape; longitude before latitude, degrees, WGS84.
    Geometry(Box<geo::Geometry<f64>>),
    /// Another object, by its family and offset.
    Reference(FamilyId, Offset),
    /// The marker of a nested set; the set itself belongs to (owner offset, field path).
    Nested,
}

/// An immutable map of field names to values, in the order they were set. Equal to one with the same fields in any order.
#[derive(Clone, Debug, Default)]
pub struct Object {
    fields: Vec<(String, Value)>,
}

impl Object {
    /// An object without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a field of this object itself (no dotted path).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Sets a field, replacing what it held.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name, value)),
        }
        self
    }

    /// [`Object::set`] for building in one expression.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// The value at a path, to be changed before the object is stored; `None` when missing.
    pub fn value_mut(&mut self, path: &FieldPath) -> Option<&mut Value> {
        let (first, rest) = path.names().split_first()?;
        rest.iter().try_fold(self.get_mut(first)?, |value, name| match value {
            Value::Map(inner) => inner.get_mut(name),
            _ => None,
        })
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.fields.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Removes a field; missing stays missing.
    pub fn unset(&mut self, name: &str) -> Option<Value> {
        let at = self.fields.iter().position(|(known, _)| known == name)?;
        Some(self.fields.remove(at).1)
    }

    /// The fields in the order they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields as they are kept.
    pub(super) fn entries(&self) -> &[(String, Value)] {
        &self.fields
    }

    /// An object of these fields, each name once; of a name that stands twice only the first is ever read.
    pub(super) const fn from_entries(fields: Vec<(String, Value)>) -> Self {
        Self { fields }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        order::equals(self.as_ref(), other.as_ref())
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        order::equals(ValueRef::Map(MapRef::Owned(self)), ValueRef::Map(MapRef::Owned(other)))
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut object = Self::new();
        for (name, value) in fields {
            object.set(name, value);
        }
        object
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}
