//! Who looks at a vector? Only those whose field it is.

use std::sync::OnceLock;

use crate::{
    codec::CodecError,
    object::{FieldPath, Fields, Object, PackedObject, Standing, ValueRef, VectorRef, VectorSource},
};

use super::SegmentObjects;

/// The vector columns of one slot, read and so verified when they are touched.
///
/// Fields have no errors, so damage reads as nothing and is noted here. Whoever made this asks [`TouchedVectors::sound`] before
/// an answer leaves: see [`SegmentObjects::read`], which is the only one who does.
#[derive(Debug)]
pub(super) struct TouchedVectors<'a> {
    objects: &'a SegmentObjects,
    slot: u32,
    damage: OnceLock<CodecError>,
}

impl<'a> TouchedVectors<'a> {
    pub(super) fn new(objects: &'a SegmentObjects, slot: u32) -> Self {
        Self { objects, slot, damage: OnceLock::new() }
    }

    /// What was asked, unless something that was touched is damaged.
    pub(super) fn sound<T>(self, answer: T) -> Result<T, CodecError> {
        self.damage.into_inner().map_or(Ok(answer), Err)
    }
}

/// The fields of one slot, and where its object stands.
pub(super) struct TouchedFields<'a> {
    pub packed: PackedObject<'a>,
    pub touched: &'a TouchedVectors<'a>,
}

impl TouchedFields<'_> {
    fn standing(&self, standing: Standing) -> Option<ValueRef<'static>> {
        let TouchedVectors { objects, slot, damage } = self.touched;
        let found = objects.offset(*slot).and_then(|offset| Ok(standing.value(offset, objects.owner(*slot)?)));
        found.unwrap_or_else(|found| {
            let _ = damage.set(found);
            None
        })
    }
}

impl Fields for TouchedFields<'_> {
    #[inline]
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        match path.standing() {
            Some(standing) => self.standing(standing),
            None => self.packed.field(path),
        }
    }

    fn to_object(&self) -> Object {
        self.packed.to_object()
    }
}

impl VectorSource for TouchedVectors<'_> {
    fn vector(&self, column: usize) -> Option<VectorRef<'_>> {
        self.objects.column(column)?.get(self.slot).unwrap_or_else(|damage| {
            // The first damage is as good as any other.
            let _ = self.damage.set(damage);
            None
        })
    }
}
