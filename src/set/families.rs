//! The live state of all families: what the log has said so far.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    index::Registry,
    object::{FamilyId, FieldPath, Offset, Sequence},
    storage::{Checkpoint, Frame, SegmentId, Storage},
};

use super::{Overlay, SetDeclaration, SetError, SetView};

/// All families. Frames are applied by one writer at a time; snapshots cost two loads and hold nobody up.
pub struct Families {
    #[expect(dead_code)]
    storage: Arc<dyn Storage>,
    #[expect(dead_code)]
    registry: Arc<Registry>,
}

impl Families {
    /// Takes up a checkpoint (the default one for an empty store): maps its files, reads no body. Frames after
    /// `checkpoint.sequence` must then be applied.
    pub fn open(
        storage: Arc<dyn Storage>,
        registry: Arc<Registry>,
        _checkpoint: &Checkpoint,
    ) -> Result<Self, SetError> {
        Ok(Self { storage, registry })
    }

    /// Applies the next durable frame, own or foreign, in log order, and then makes it visible. Segments it adds are mapped from storage.
    pub fn apply(&self, _frame: &Frame) -> Result<(), SetError> {
        unimplemented!()
    }

    /// A read view of the newest applied sequence.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        unimplemented!()
    }

    /// Builds in-memory segments of open tails that are full. Cheap when there are none; called now and then by whoever maintains.
    pub fn freeze(&self) -> Result<(), SetError> {
        unimplemented!()
    }

    /// What a checkpoint would say now: `sequence` is the newest up to which all objects are in segments on disk.
    pub fn checkpoint(&self, _next_offset: u64) -> Result<Checkpoint, SetError> {
        unimplemented!()
    }
}

/// A consistent read view of all families at one sequence. Cheap to clone; keeps what it needs.
#[derive(Clone)]
pub struct Snapshot {}

impl Snapshot {
    /// The sequence that this snapshot sees.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        unimplemented!()
    }

    /// A family by its name: `places`, `countries.cities`.
    #[must_use]
    pub fn family(&self, _name: &str) -> Option<FamilyId> {
        unimplemented!()
    }

    /// The family of the nested sets at a field of a family's objects.
    pub fn nested(&self, _parent: FamilyId, _field: &FieldPath) -> Result<FamilyId, SetError> {
        unimplemented!()
    }

    /// All families nested directly in one.
    #[must_use]
    pub fn children(&self, _parent: FamilyId) -> Vec<FamilyId> {
        unimplemented!()
    }

    /// A family's declaration.
    pub fn declaration(&self, _family: FamilyId) -> Result<&Arc<SetDeclaration>, SetError> {
        unimplemented!()
    }

    /// All families, by number.
    pub fn families(&self) -> impl Iterator<Item = (FamilyId, &Arc<SetDeclaration>)> {
        std::iter::empty()
    }

    /// A set by name, as queries read it.
    pub fn set(&self, _name: &str) -> Result<SetView, SetError> {
        unimplemented!()
    }

    /// A family, or one owner's nested set in it.
    pub fn view(&self, family: FamilyId, owner: Option<Offset>) -> Result<SetView, SetError> {
        self.view_with(family, owner, None)
    }

    /// [`Snapshot::view`] with a transaction's own writes on top.
    pub fn view_with(
        &self,
        _family: FamilyId,
        _owner: Option<Offset>,
        _overlay: Option<Arc<Overlay>>,
    ) -> Result<SetView, SetError> {
        unimplemented!()
    }

    /// Whether a segment is live.
    #[must_use]
    pub fn has_segment(&self, _family: FamilyId, _segment: SegmentId) -> bool {
        unimplemented!()
    }

    /// What a family takes, for `info` and for [`super::choose`].
    pub fn sizes(&self, _family: FamilyId) -> Result<FamilySizes, SetError> {
        unimplemented!()
    }
}

/// How much a family holds, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilySizes {
    /// Visible objects.
    pub objects: u64,
    /// Versions in memory that are in no segment on disk.
    pub delta_objects: u64,
    /// Their bytes.
    pub delta_bytes: u64,
    /// Segments on disk, oldest first.
    pub segments: Vec<SegmentSizes>,
}

/// How much a segment on disk holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentSizes {
    /// The segment.
    pub id: SegmentId,
    /// Its slots, dead ones included.
    pub slots: u32,
    /// Its dead slots.
    pub dead: u32,
    /// Bytes of the object file and of all parts.
    pub bytes: u64,
    /// Declared indexes that it lacks a part of (or, for a vector index, the column).
    pub missing: Vec<super::IndexId>,
    /// Indexes whose part deserves to be built as settled.
    pub unsettled: Vec<super::IndexId>,
}

/// The canonical bytes of a unique key: equal for values that are equal. `None` for null and missing, which are not checked.
#[must_use]
pub fn key_bytes(_value: &crate::object::Value) -> Option<Bytes> {
    unimplemented!()
}
