//! What a set's handle asks of the database.

use std::sync::Arc;

use crate::{
    index::Registry,
    object::{Offset, Sequence},
    set::{BuildMemory, Conflict, Engine, SetError, Snapshot, WriteBatch},
    storage::{Operation, SegmentId, Storage},
};

use super::{
    Error, Isolation,
    commit::{Draft, ReadSet},
    core::Core,
    footprint::of_batch,
};

impl Engine for Core {
    fn snapshot(&self) -> Snapshot {
        Self::snapshot(self)
    }

    fn latest(&self) -> Result<Snapshot, SetError> {
        Ok(Self::latest(self)?)
    }

    fn begin(&self) -> Result<WriteBatch, SetError> {
        // A bulk load may take longer than the age limit of transactions that a program forgot to end.
        let (snapshot, guard) = Self::begin(self, Isolation::Snapshot, false)?;
        Ok(WriteBatch::registered(snapshot, Arc::new(guard)))
    }

    fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    fn build_memory(&self) -> &BuildMemory {
        &self.build_memory
    }

    fn lease(&self, count: u64) -> Result<Offset, SetError> {
        Ok(Self::lease(self, count)?)
    }

    fn commit(&self, batch: WriteBatch) -> Result<Sequence, SetError> {
        match self.commit_batch(&batch) {
            // A set's own call stages again from a new snapshot, which costs it nothing but the work.
            Err(Error::SnapshotTooOld { snapshot, .. }) => Err(SetError::Conflict(Conflict::Forgotten(snapshot))),
            outcome => Ok(outcome?),
        }
    }
}

impl Core {
    /// Commits a batch; one without writes is committed as of its snapshot.
    pub fn commit_batch(&self, batch: &WriteBatch) -> Result<Sequence, Error> {
        let snapshot = batch.snapshot().sequence();
        if batch.is_empty() {
            return Ok(snapshot);
        }
        let reads = batch.reads().map(|reads| ReadSet { snapshot: batch.snapshot().clone(), reads: reads.clone() });
        self.commit(Draft {
            snapshot,
            operations: batch.operations(),
            footprint: of_batch(batch),
            reads,
            ..Draft::default()
        })
    }

    /// A number for a segment.
    pub fn segment_id(&self) -> Result<SegmentId, Error> {
        Ok(SegmentId(self.lease(1)?.0))
    }

    /// Commits a change of segments made from a state of which all of them must still be live.
    pub fn commit_segments(&self, from: &Snapshot, change: crate::set::SegmentChange) -> Result<Sequence, Error> {
        let crate::set::SegmentChange { added, removed } = change;
        let known = added.iter().map(|entry| (entry.family, entry.id));
        let gone = from.every_family().flat_map(|(family, _)| removed.iter().map(move |id| (family, *id)));
        let segments = known.chain(gone).filter(|(family, id)| from.has_segment(*family, *id)).collect();
        self.commit(Draft {
            snapshot: from.sequence(),
            operations: vec![Operation::Segments { added, removed }],
            segments,
            ..Draft::default()
        })
    }
}
