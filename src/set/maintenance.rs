//! What should be done to a family's segments, and doing it.

use std::sync::Arc;

use crate::{
    index::Registry,
    object::FamilyId,
    storage::{SegmentEntry, SegmentId, Storage},
};

use super::{FamilySizes, IndexId, SetError, Snapshot};

/// What would do a family good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing.
    Rest,
    /// Write the delta as a segment.
    Flush,
    /// Rewrite these segments into one.
    Compact(Vec<SegmentId>),
    /// Build parts of one segment that it lacks, or that should be settled.
    Build(SegmentId, Vec<IndexId>),
}

/// When what is decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Flush at this many bytes of delta.
    pub flush_bytes: u64,
    /// Flush at this many versions of delta.
    pub flush_objects: u64,
    /// Compact when this many segments are of similar size.
    pub tier: usize,
    /// Rewrite a segment when this part of its slots is dead.
    pub dead_ratio: f64,
    /// No segment grows beyond this many slots by compaction.
    pub max_slots: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { flush_bytes: 16 << 20, flush_objects: 64 << 10, tier: 4, dead_ratio: 0.25, max_slots: 16 << 20 }
    }
}

/// Decides, from sizes alone.
#[must_use]
pub fn choose(_sizes: &FamilySizes, _thresholds: &Thresholds) -> Decision {
    unimplemented!()
}

/// What maintenance works with. Every function here reads a snapshot, puts blobs and returns the `Segments` operation to be
/// committed (with the segments it removes still live), or `None` when there is nothing to do.
pub struct Maintenance {
    /// The state to work from.
    pub snapshot: Snapshot,
    /// The index kinds.
    pub registry: Arc<Registry>,
    /// Where blobs go.
    pub storage: Arc<dyn Storage>,
}

/// A `Segments` operation to be committed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentChange {
    /// New segments, or known ones with other parts.
    pub added: Vec<SegmentEntry>,
    /// Segments that they replace.
    pub removed: Vec<SegmentId>,
}

impl Maintenance {
    /// Does what was decided. `id` is the number of the segment that may come out of it.
    pub fn perform(
        &self,
        _family: FamilyId,
        _decision: &Decision,
        _id: SegmentId,
    ) -> Result<Option<SegmentChange>, SetError> {
        unimplemented!()
    }

    /// Writes the delta of a family as a segment on disk.
    pub fn flush(&self, _family: FamilyId, _id: SegmentId) -> Result<Option<SegmentChange>, SetError> {
        unimplemented!()
    }

    /// Rewrites segments into one, without what is dead.
    pub fn compact(
        &self,
        _family: FamilyId,
        _segments: &[SegmentId],
        _id: SegmentId,
    ) -> Result<Option<SegmentChange>, SetError> {
        unimplemented!()
    }

    /// Builds parts of one segment.
    pub fn build(
        &self,
        _family: FamilyId,
        _segment: SegmentId,
        _indexes: &[IndexId],
    ) -> Result<Option<SegmentChange>, SetError> {
        unimplemented!()
    }
}
