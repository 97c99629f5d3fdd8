//! How much a family holds, and where.

use std::collections::BTreeMap;

use crate::{
    index::{BuildEffort, Registry},
    object::Sequence,
    storage::SegmentId,
};

use super::{
    IndexDeclaration, IndexId, SetDeclaration, SetError,
    memory::most_slots,
    segment::{Segment, deserves_settling, vector_columns},
    state::{FamilyState, LiveSegment},
};

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
    /// Bytes that building a settled part of each declared index holds for each slot.
    pub build_bytes: BTreeMap<IndexId, u64>,
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
    /// Bytes of the objects as they are stored: fewer than `object_bytes` when they are compressed.
    pub stored_bytes: u64,
    /// Bytes of the objects, without indexed vectors.
    pub object_bytes: u64,
    /// Declared indexes that it lacks a part of.
    pub missing: Vec<IndexId>,
    /// Indexes whose part deserves to be built as settled.
    pub unsettled: Vec<IndexId>,
    /// Whether it lacks the column of a vector index that was declared later: then it must be rewritten.
    pub lacks_column: bool,
}

impl SegmentSizes {
    /// Slots that are not dead.
    #[must_use]
    pub fn live(&self) -> u32 {
        self.slots.saturating_sub(self.dead)
    }

    /// Bytes that rewriting would give back, roughly.
    #[must_use]
    pub fn reclaimable(&self) -> u64 {
        self.bytes * u64::from(self.dead) / u64::from(self.slots.max(1))
    }
}

impl FamilySizes {
    pub(super) fn of(state: &FamilyState, at: Sequence, registry: &Registry) -> Result<Self, SetError> {
        let bytes = |index: &IndexDeclaration| {
            let kind = registry.find(&index.kind)?;
            Some((index.id, kind.build_bytes(&index.options, BuildEffort::Settled)))
        };
        let build_bytes = state.declaration.indexes.iter().filter_map(bytes).collect();
        let mut sizes = Self { objects: state.len(at, None)?, build_bytes, ..Self::default() };
        for tail in &state.tails {
            sizes.delta_objects += u64::from(tail.len());
            sizes.delta_bytes += tail.bytes();
        }
        for LiveSegment { segment, dead } in &state.segments {
            if segment.in_memory() {
                sizes.delta_objects += u64::from(segment.objects.slots());
                sizes.delta_bytes += segment.bytes;
            } else {
                let dead = u32::try_from(dead.len(at)).unwrap_or(u32::MAX);
                sizes.segments.push(segment_sizes(segment, dead, &state.declaration, registry));
            }
        }
        Ok(sizes)
    }

    /// The most slots of a segment over which every index can be built while builds hold so much memory.
    #[must_use]
    pub fn most_slots(&self, limit: u64) -> u32 {
        most_slots(self.build_bytes.values().copied().max().unwrap_or(0), limit)
    }

    /// The indexes of a segment whose part deserves to be built as settled, and can be while builds hold so much memory.
    #[must_use]
    pub fn to_settle(&self, segment: &SegmentSizes, limit: u64) -> Vec<IndexId> {
        let bytes = |index: &IndexId| self.build_bytes.get(index).copied().unwrap_or(0);
        let fits = |index: &&IndexId| bytes(index).saturating_mul(u64::from(segment.slots)) <= limit;
        segment.unsettled.iter().filter(fits).copied().collect()
    }

    /// Bytes that rewriting the segments would give back, roughly.
    #[must_use]
    pub fn reclaimable(&self) -> u64 {
        self.segments.iter().map(SegmentSizes::reclaimable).sum()
    }
}

fn segment_sizes(segment: &Segment, dead: u32, declaration: &SetDeclaration, registry: &Registry) -> SegmentSizes {
    let (mut missing, mut unsettled) = (Vec::new(), Vec::new());
    for index in &declaration.indexes {
        let Some(kind) = registry.find(&index.kind) else { continue };
        match segment.part(index.id) {
            None => missing.push(index.id),
            Some(part) if !part.settled && deserves_settling(kind.as_ref(), &index.options) => {
                unsettled.push(index.id);
            }
            Some(_) => {}
        }
    }
    let has = |wanted: &crate::object::FieldPath| segment.objects.column_paths().any(|(path, _)| path == wanted);
    // What cannot be told is found damaged by whoever reads it.
    let (stored_bytes, object_bytes) = segment.objects.lengths().unwrap_or_default();
    SegmentSizes {
        id: segment.id(),
        slots: segment.objects.slots(),
        dead,
        bytes: segment.bytes,
        stored_bytes,
        object_bytes,
        missing,
        unsettled,
        lacks_column: vector_columns(declaration, registry).iter().any(|(path, _)| !has(path)),
    }
}
