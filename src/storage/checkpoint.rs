//! The list of live segments at one sequence.

use std::fmt;

use bytes::Bytes;
use roaring::RoaringBitmap;

use crate::object::{FamilyId, Sequence};

/// The number of a segment, unique in its store (drawn from the offset leases).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u64);

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One immutable object file with its index parts.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentEntry {
    /// Its number.
    pub id: SegmentId,
    /// The family whose objects it holds.
    pub family: FamilyId,
    /// It holds the newest version of each of its offsets at this sequence.
    pub sequence: Sequence,
    /// The number of slots.
    pub slots: u32,
    /// The blob name of the object file.
    pub objects: String,
    /// The index parts that exist; one may be missing.
    pub parts: Vec<PartEntry>,
}

impl SegmentEntry {
    /// The blobs that it refers to.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        [self.objects.as_str()].into_iter().chain(self.parts.iter().map(|part| part.file.as_str()))
    }
}

/// One index over one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEntry {
    /// The index, by its number in the family's declaration.
    pub index: u32,
    /// The blob name.
    pub file: String,
    /// Whether it was built as settled (a graph where the kind builds one).
    pub settled: bool,
}

/// Everything that is needed to go on from one sequence, except the log after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// The sequence covered: every object written up to it is in the segments below. Replay goes on after it.
    pub sequence: Sequence,
    /// Operations on segments up to this sequence are already in the list below. It may lie after `sequence`, since objects that
    /// are still in memory hold `sequence` back; replay skips `Segments` operations up to it.
    pub listed: Sequence,
    /// The first offset that was never leased.
    pub next_offset: u64,
    /// All families with their declarations, in id order.
    pub families: Vec<FamilyEntry>,
    /// All live segments, each with its dead slots.
    pub segments: Vec<(SegmentEntry, RoaringBitmap)>,
}

/// A checkpoint that is in the store: somewhere to start from, for a state that is no longer the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckpointStamp {
    /// [`Checkpoint::listed`]: what can be gone back to from it is this and whatever is newer.
    pub listed: Sequence,
    /// [`Checkpoint::sequence`]: the log is read from here on.
    pub sequence: Sequence,
    /// When it was written, in microseconds since 1970, if that was noted.
    pub written: Option<i64>,
}

/// A declared family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyEntry {
    /// Its number.
    pub family: FamilyId,
    /// The encoded declaration.
    pub declaration: Bytes,
}
