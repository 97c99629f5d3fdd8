//! The fields of an object that does not know where it stands.

use crate::object::{FieldPath, Fields, Object, Offset, ValueRef};

use super::SourceFields;

/// An object of a list: its position is its offset, when it has no other.
pub struct Placed<'a> {
    /// Its fields.
    pub fields: &'a SourceFields<'a>,
    /// Its owner and offset.
    pub place: (u64, u64),
}

impl Fields for Placed<'_> {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        match (path.standing(), self.fields) {
            (None, fields) | (_, fields @ SourceFields::Stored(_)) => fields.field(path),
            (Some(standing), _) => standing.value(Offset(self.place.1), None),
        }
    }

    fn to_object(&self) -> Object {
        self.fields.to_object()
    }
}
