//! What one snapshot sees of one set: the interface that queries run on.

use std::{ops::Range, sync::Arc};

use crate::{
    index::{IndexPart, Slot, SlotSet},
    object::{FamilyId, FieldPath, Fields, Object, Offset, ValueRef},
};

use super::{IndexDeclaration, IndexId, SetDeclaration, SetError};

/// One family, or one owner's nested set in it, at one sequence, with a transaction's own writes on top. Cheap to clone.
#[derive(Clone)]
pub struct SetView {
    declaration: Arc<SetDeclaration>,
    owner: Option<Offset>,
    segments: Arc<[SegmentView]>,
}

impl SetView {
    /// The declaration as of this snapshot.
    #[must_use]
    pub fn declaration(&self) -> &SetDeclaration {
        &self.declaration
    }

    /// The family's number.
    #[must_use]
    pub fn family(&self) -> FamilyId {
        FamilyId(0)
    }

    /// The owner, when this is one nested set and not a whole family.
    #[must_use]
    pub fn owner(&self) -> Option<Offset> {
        self.owner
    }

    /// All segments, on disk and in memory, oldest first.
    #[must_use]
    pub fn segments(&self) -> &[SegmentView] {
        &self.segments
    }

    /// Visible objects that are in no segment: the open tail's and the transaction's own, in the set's order; of one owner when the view is.
    #[must_use]
    pub fn loose(&self) -> Arc<[StoredObject]> {
        Arc::from(Vec::new())
    }

    /// An object by offset.
    pub fn get(&self, _offset: Offset) -> Result<Option<StoredObject>, SetError> {
        Ok(None)
    }

    /// The object with this unique key (of this owner, when the view is one nested set).
    pub fn find_unique(&self, _key: &crate::object::Value) -> Result<Option<Offset>, SetError> {
        unimplemented!()
    }

    /// The number of visible objects; fetches none.
    pub fn len(&self) -> Result<u64, SetError> {
        Ok(0)
    }

    /// All visible objects: in offset order, a whole nested family by (owner, offset).
    pub fn iter(&self) -> impl Iterator<Item = Result<StoredObject, SetError>> + '_ {
        std::iter::empty()
    }
}

/// One segment as a snapshot sees it.
#[derive(Clone)]
pub struct SegmentView {
    dead: SlotSet,
}

impl SegmentView {
    /// The number of slots, dead ones included.
    #[must_use]
    pub fn slots(&self) -> u32 {
        0
    }

    /// The slots that this snapshot must not see.
    #[must_use]
    pub fn dead(&self) -> &SlotSet {
        &self.dead
    }

    /// The slots of one owner, a contiguous run in a nested family's segment.
    pub fn owned_by(&self, _owner: Offset) -> Result<Range<u32>, SetError> {
        Ok(0..0)
    }

    /// The part of an index; `None` when this segment lacks it (then evaluate).
    pub fn part(&self, _index: IndexId) -> Option<&dyn IndexPart> {
        None
    }

    /// The declared index of a part, for explain.
    pub fn offset(&self, _slot: Slot) -> Result<Offset, SetError> {
        Ok(Offset(0))
    }

    /// The object in a slot, bytes borrowed from the segment.
    pub fn object(&self, _slot: Slot) -> Result<StoredObject, SetError> {
        unimplemented!()
    }

    /// Verifies every checksum and the form of every object; index parts verify themselves.
    pub fn verify(&self) -> Result<(), SetError> {
        unimplemented!()
    }

    /// A short name for explain: `segment 12` or `memory 3`.
    #[must_use]
    pub fn name(&self) -> String {
        String::new()
    }

    /// Indexes of the declaration that have a part here.
    pub fn indexes(&self) -> impl Iterator<Item = (&IndexDeclaration, &dyn IndexPart)> {
        std::iter::empty()
    }
}

/// One stored version of an object; fields are read in place, vectors from the column. Cheap to clone.
#[derive(Clone)]
pub struct StoredObject {
    offset: Offset,
}

impl StoredObject {
    /// Its address.
    #[must_use]
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The owner, in a nested family.
    #[must_use]
    pub fn owner(&self) -> Option<Offset> {
        None
    }
}

impl Fields for StoredObject {
    fn field(&self, _path: &FieldPath) -> Option<ValueRef<'_>> {
        None
    }

    fn to_object(&self) -> Object {
        Object::new()
    }
}
