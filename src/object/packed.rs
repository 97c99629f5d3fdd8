//! A stored object, read where it lies.

use std::fmt;

use super::{FieldPath, Fields, MapRef, Object, ValueRef, VectorSource, walk::Walker};

/// An object as MessagePack bytes (the map with its head), with the columns that its markers stand for. `Copy`; reading a
/// field decodes nothing else.
#[derive(Clone, Copy)]
pub struct PackedObject<'a> {
    /// One MessagePack map.
    pub bytes: &'a [u8],
    /// Where vectors are that the bytes hold only markers of; `None` when all are inline.
    pub columns: Option<&'a dyn VectorSource>,
}

impl<'a> PackedObject<'a> {
    /// An object whose vectors are inline.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, columns: None }
    }

    /// An object of an object file, with the columns of its slot.
    #[must_use]
    pub const fn with_columns(bytes: &'a [u8], columns: &'a dyn VectorSource) -> Self {
        Self { bytes, columns: Some(columns) }
    }

    /// The value at a path, living as long as the bytes; `None` when missing.
    #[must_use]
    #[inline]
    pub fn get(self, path: &FieldPath) -> Option<ValueRef<'a>> {
        let mut walker = Walker::new(self.bytes);
        for name in path.names() {
            walker.find(name.as_bytes())?;
        }
        walker.value(self.columns)
    }

    /// Gives the names of this object's own fields, as bytes; what follows damaged bytes is left out.
    pub fn for_each_name(self, each: &mut dyn FnMut(&[u8])) {
        let _ = Walker::new(self.bytes).names(each);
    }

    /// The value of a field of this object itself (no dotted path).
    #[must_use]
    pub fn get_name(self, name: &str) -> Option<ValueRef<'a>> {
        let mut walker = Walker::new(self.bytes);
        walker.find(name.as_bytes())?;
        walker.value(self.columns)
    }
}

impl Fields for PackedObject<'_> {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        self.get(path)
    }

    /// Bytes that [`super::check`] would refuse give what could be read of them.
    fn to_object(&self) -> Object {
        MapRef::Packed(*self).to_object()
    }
}

impl fmt::Debug for PackedObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_object().fmt(f)
    }
}
