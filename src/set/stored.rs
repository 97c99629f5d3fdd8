//! One stored version of an object.

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use bytes::Bytes;

use crate::object::{
    FieldPath, Fields, Object, Offset, PackedObject, ValueRef, VectorRef, VectorSource, VectorType, inline_columns,
};

use super::{SetError, delta::Version, segment::SegmentObjects};

/// One whole stored version of an object, verified; fields are read in place, vectors from the column. Cheap to clone.
#[derive(Clone)]
pub struct StoredObject {
    offset: Offset,
    owner: Option<Offset>,
    body: Body,
}

#[derive(Clone)]
enum Body {
    /// In no segment: whole bytes, vectors inline.
    Loose(Bytes),
    /// In a slot of a segment; the bytes at `range` and the vectors of the slot have been verified.
    InSegment { objects: Arc<SegmentObjects>, slot: u32, range: Range<usize> },
    /// In a slot of a segment whose objects are compressed.
    Unpacked { objects: Arc<SegmentObjects>, slot: u32, bytes: Bytes },
}

/// A stored version of an object that was found and not read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presence {
    /// The owner, in a nested family.
    pub owner: Option<Offset>,
}

impl StoredObject {
    /// An object that is in no segment.
    pub(super) fn loose(offset: Offset, owner: Option<Offset>, object: Bytes) -> Self {
        Self { offset, owner, body: Body::Loose(object) }
    }

    /// What a version of the delta holds.
    pub(super) fn of_version(version: &Version) -> Self {
        Self::loose(version.offset, version.owner, version.object.clone())
    }

    /// An object in a slot, whose bytes at `range` and whose vectors have been verified.
    pub(super) fn in_segment(
        offset: Offset,
        owner: Option<Offset>,
        objects: Arc<SegmentObjects>,
        slot: u32,
        range: Range<usize>,
    ) -> Self {
        Self { offset, owner, body: Body::InSegment { objects, slot, range } }
    }

    /// An object in a slot whose bytes were unpacked, and whose vectors have been verified.
    pub(super) fn unpacked(
        offset: Offset,
        owner: Option<Offset>,
        objects: Arc<SegmentObjects>,
        slot: u32,
        bytes: Bytes,
    ) -> Self {
        Self { offset, owner, body: Body::Unpacked { objects, slot, bytes } }
    }

    /// Its address.
    #[must_use]
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The owner, in a nested family.
    #[must_use]
    pub fn owner(&self) -> Option<Offset> {
        self.owner
    }

    /// The stored bytes, read in place.
    #[must_use]
    pub fn packed(&self) -> PackedObject<'_> {
        match &self.body {
            Body::Loose(bytes) => PackedObject::new(bytes),
            Body::InSegment { objects, range, .. } => PackedObject::with_columns(objects.bytes(range.clone()), self),
            Body::Unpacked { bytes, .. } => PackedObject::with_columns(bytes, self),
        }
    }

    /// The object as MessagePack bytes with vectors inline, the way the log holds it.
    pub fn to_bytes(&self) -> Result<Cow<'_, [u8]>, SetError> {
        let (objects, bytes) = match &self.body {
            Body::Loose(bytes) => return Ok(Cow::Borrowed(bytes)),
            Body::InSegment { objects, range, .. } => (objects, objects.bytes(range.clone())),
            Body::Unpacked { objects, bytes, .. } => (objects, &bytes[..]),
        };
        if objects.column_paths().len() == 0 {
            return Ok(Cow::Borrowed(bytes));
        }
        inline_columns(bytes, self).map_err(|source| SetError::Object {
            set: "?".into(),
            object: format!("at offset {}", self.offset).into(),
            source: Box::new(source),
        })
    }

    /// The fields that are stored as columns, with their types.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&FieldPath, VectorType)> {
        let objects = match &self.body {
            Body::Loose(_) => None,
            Body::InSegment { objects, .. } | Body::Unpacked { objects, .. } => Some(objects),
        };
        objects.into_iter().flat_map(|objects| objects.column_paths())
    }
}

impl VectorSource for StoredObject {
    fn vector(&self, column: usize) -> Option<VectorRef<'_>> {
        match &self.body {
            Body::Loose(_) => None,
            Body::InSegment { objects, slot, .. } | Body::Unpacked { objects, slot, .. } => {
                objects.vector(column, *slot)
            }
        }
    }
}

impl Fields for StoredObject {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        match path.standing() {
            Some(standing) => standing.value(self.offset, self.owner),
            None => self.packed().get(path),
        }
    }

    fn to_object(&self) -> Object {
        self.packed().to_object()
    }
}

impl fmt::Debug for StoredObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.offset, self.packed())
    }
}
