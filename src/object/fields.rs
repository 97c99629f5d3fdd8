//! Reading one field of an object without decoding the rest.

use super::{FieldPath, MapRef, Object, ValueRef};

/// Anything that has named fields: an owned [`Object`], stored bytes, a join's pair.
pub trait Fields {
    /// The value at a path; `None` when missing (also when the path runs through anything but a map).
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>>;

    /// The whole object, for projections of everything.
    fn to_object(&self) -> Object;
}

impl Fields for Object {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        let mut names = path.names().iter();
        let mut value = self.get(names.next()?)?.as_ref();
        for name in names {
            let ValueRef::Map(MapRef::Owned(map)) = value else { return None };
            value = map.get(name)?.as_ref();
        }
        Some(value)
    }

    fn to_object(&self) -> Object {
        self.clone()
    }
}
