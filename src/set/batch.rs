//! The writes of one transaction, checked and ready to be logged.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use crate::{
    object::{FamilyId, Offset},
    storage::{Operation, SegmentEntry},
};

use super::{Engine, Overlay, SetError, SetView, Snapshot, StoredObject};

/// What one transaction wants to change, on top of the snapshot it reads. Autocommit and transactions both stage here, so both
/// check the same things: every object before it is logged, unique keys against the snapshot and the batch itself.
#[derive(Clone)]
pub struct WriteBatch {
    snapshot: Snapshot,
    writes: BTreeMap<FamilyId, Arc<Overlay>>,
    segments: Vec<BulkSegment>,
    open: Option<Arc<dyn Send + Sync>>,
}

/// A segment of new objects that is already in storage, to be committed by its entry.
#[derive(Clone, Debug)]
pub struct BulkSegment {
    /// The segment.
    pub entry: SegmentEntry,
    /// The owner of all its objects, in a nested family.
    pub owner: Option<Offset>,
    /// The unique keys that its objects take (see [`super::key_bytes`]), led by the owner in a nested family.
    pub keys: Vec<Box<[u8]>>,
}

impl WriteBatch {
    /// Nothing staged yet.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, writes: BTreeMap::new(), segments: Vec::new(), open: None }
    }

    /// [`WriteBatch::new`], with what keeps its snapshot registered as that of an open transaction until the batch is dropped.
    #[must_use]
    pub fn registered(snapshot: Snapshot, open: Arc<dyn Send + Sync>) -> Self {
        Self { open: Some(open), ..Self::new(snapshot) }
    }

    /// What the transaction reads, without its own writes.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// A family, or one owner's nested set, with the staged writes on top.
    pub fn view(&self, family: FamilyId, owner: Option<Offset>) -> Result<SetView, SetError> {
        self.snapshot.view_with(family, owner, self.writes.get(&family).cloned())
    }

    /// Stages a new object and returns its offset.
    pub fn insert(
        &mut self,
        _engine: &dyn Engine,
        _family: FamilyId,
        _owner: Option<Offset>,
        _object: Bytes,
    ) -> Result<Offset, SetError> {
        unimplemented!()
    }

    /// Stages a new version of the object with the same unique key, or a new object when there is none.
    pub fn upsert(
        &mut self,
        _engine: &dyn Engine,
        _family: FamilyId,
        _owner: Option<Offset>,
        _object: Bytes,
    ) -> Result<Offset, SetError> {
        unimplemented!()
    }

    /// Stages a new version of an object; [`SetError::NotFound`] when there is none at the offset.
    pub fn update(
        &mut self,
        _engine: &dyn Engine,
        _family: FamilyId,
        _owner: Option<Offset>,
        _offset: Offset,
        _object: Bytes,
    ) -> Result<(), SetError> {
        unimplemented!()
    }

    /// Stages the end of an object and of everything nested in it, level by level; `false` when there is none.
    pub fn remove(&mut self, _family: FamilyId, _owner: Option<Offset>, _offset: Offset) -> Result<bool, SetError> {
        unimplemented!()
    }

    /// An object by offset, with the staged writes on top.
    pub fn get(
        &self,
        family: FamilyId,
        owner: Option<Offset>,
        offset: Offset,
    ) -> Result<Option<StoredObject>, SetError> {
        self.view(family, owner)?.get(offset)
    }

    /// Adds segments of new objects.
    pub fn add_segments(&mut self, segments: impl IntoIterator<Item = BulkSegment>) {
        self.segments.extend(segments);
    }

    /// The staged writes by family.
    pub fn writes(&self) -> impl Iterator<Item = (FamilyId, &Overlay)> {
        self.writes.iter().map(|(family, overlay)| (*family, &**overlay))
    }

    /// The segments to be committed.
    #[must_use]
    pub fn segments(&self) -> &[BulkSegment] {
        &self.segments
    }

    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.writes.values().all(|overlay| overlay.is_empty())
    }

    /// The operations to log, in an order that can be applied.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        unimplemented!()
    }
}
