//! One segment as a snapshot sees it.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock, atomic::Ordering},
};

use roaring::RoaringBitmap;

use crate::{
    index::{IndexPart, Registry, Slot, SlotSet, Work},
    object::{Fields, Offset, Sequence},
    storage::{PartEntry, SegmentId, Storage},
};

use super::{
    IndexDeclaration, IndexId, Overlay, SetDeclaration, SetError, StoredObject,
    segment::{Dead, Origin, Part, Segment},
};

/// One segment as a snapshot sees it, minus what the transaction has written anew. Cheap to clone.
#[derive(Clone)]
pub struct SegmentView(Arc<Inner>);

struct Inner {
    segment: Arc<Segment>,
    declaration: Arc<SetDeclaration>,
    dead: Arc<Dead>,
    at: Sequence,
    overlay: Option<Arc<Overlay>>,
    /// The dead slots and those that the overlay hides, once asked for.
    hidden: OnceLock<SlotSet>,
}

impl SegmentView {
    pub(super) fn new(
        segment: Arc<Segment>,
        declaration: Arc<SetDeclaration>,
        dead: Arc<Dead>,
        at: Sequence,
        overlay: Option<Arc<Overlay>>,
    ) -> Self {
        Self(Arc::new(Inner { segment, declaration, dead, at, overlay, hidden: OnceLock::new() }))
    }

    pub(super) fn segment(&self) -> &Segment {
        &self.0.segment
    }

    /// A run of it as what a new segment is made of.
    pub(super) fn origin(&self, run: Range<u32>) -> Origin {
        Origin { segment: self.0.segment.clone(), run, dead: self.dead().clone() }
    }

    /// The number of slots, dead ones included.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.0.segment.objects.slots()
    }

    /// The slots that this snapshot must not see.
    #[must_use]
    pub fn dead(&self) -> &SlotSet {
        self.0.hidden.get_or_init(|| {
            let dead = self.0.dead.set(self.0.at);
            match self.overlaid() {
                hidden if hidden.is_empty() => dead,
                hidden => dead.or(&SlotSet::from_roaring(&hidden), &mut Work::default()),
            }
        })
    }

    /// Whether this snapshot must not see a slot. Cheaper than [`SegmentView::dead`] for a few slots.
    pub fn is_hidden(&self, slot: Slot) -> Result<bool, SetError> {
        if self.0.dead.contains_at(slot.0, self.0.at) {
            return Ok(true);
        }
        let Some(overlay) = &self.0.overlay else { return Ok(false) };
        Ok(overlay.get(self.offset(slot)?).is_some())
    }

    /// The slots of versions that the transaction has replaced or deleted.
    fn overlaid(&self) -> RoaringBitmap {
        let Some(overlay) = &self.0.overlay else { return RoaringBitmap::new() };
        // A damaged block of offsets fails again, loudly, when an object of this segment is read.
        overlay.hiding().filter_map(|offset| self.0.segment.slot_of(offset).ok()?).collect()
    }

    /// The slots of one owner, a contiguous run in a nested family's segment.
    pub fn owned_by(&self, owner: Offset) -> Result<Range<u32>, SetError> {
        Ok(self.0.segment.objects.owned_by(owner)?)
    }

    /// The part of an index; `None` when this segment lacks it (then evaluate).
    #[must_use]
    pub fn part(&self, index: IndexId) -> Option<&dyn IndexPart> {
        self.0.segment.part(index).map(|part| part.part.as_ref())
    }

    /// Takes a damaged part out of use, with a warning: evaluation answers in its place until it has been built again.
    pub fn distrust(&self, index: IndexId, why: &dyn fmt::Display) {
        if let Some(part) = self.0.segment.part(index) {
            part.distrusted.store(true, Ordering::Relaxed);
            tracing::warn!(set = self.0.declaration.name, segment = self.name(), kind = part.index.kind, %why, "index part dropped");
        }
    }

    /// The offset of the object in a slot.
    pub fn offset(&self, slot: Slot) -> Result<Offset, SetError> {
        Ok(self.0.segment.objects.offset(slot.0)?)
    }

    /// The slot of an offset, dead or not; `None` when the segment does not have it.
    pub fn slot_of(&self, offset: Offset) -> Result<Option<Slot>, SetError> {
        Ok(self.0.segment.slot_of(offset)?.map(Slot))
    }

    /// Reads fields of the object in a slot where it lies. A vector is read, and so verified, only when `read` touches it: damage to
    /// what was touched is an error, damage to anything else is none.
    pub fn read<T>(&self, slot: Slot, read: impl FnOnce(&dyn Fields) -> T) -> Result<T, SetError> {
        Ok(self.0.segment.objects.read(slot.0, read)?)
    }

    /// Whether any object of the segment, dead ones included, has a top-level field of this name. Found out once for all names, then known.
    pub fn has_field(&self, name: &str) -> Result<bool, SetError> {
        Ok(self.0.segment.objects.has_field(name)?)
    }

    /// The whole object in a slot, bytes borrowed from the segment; damage to any of it is an error.
    pub fn object(&self, slot: Slot) -> Result<StoredObject, SetError> {
        Ok(self.0.segment.objects.object(slot.0)?)
    }

    /// The key by which a family is ordered: (owner, offset); the owner is 0 in a top-level set.
    pub fn place(&self, slot: u32) -> Result<(Offset, Offset), SetError> {
        let objects = &self.0.segment.objects;
        Ok((objects.owner(slot)?.unwrap_or(Offset(0)), objects.offset(slot)?))
    }

    /// A short name for explain: `segment 12` or `memory 3`.
    #[must_use]
    pub fn name(&self) -> String {
        let kind = if self.0.segment.in_memory() { "memory" } else { "segment" };
        format!("{kind} {}", self.0.segment.id())
    }

    /// The segment's number.
    #[must_use]
    pub fn id(&self) -> SegmentId {
        self.0.segment.id()
    }

    /// Whether the segment is only in memory.
    #[must_use]
    pub fn in_memory(&self) -> bool {
        self.0.segment.in_memory()
    }

    /// Indexes of the declaration that have a part here.
    pub fn indexes(&self) -> impl Iterator<Item = (&IndexDeclaration, &dyn IndexPart)> {
        self.0.segment.trusted().map(|Part { index, part, .. }| (index, part.as_ref()))
    }

    /// The parts that the log says this segment has, in use or not.
    #[must_use]
    pub fn listed_parts(&self) -> &[PartEntry] {
        &self.0.segment.entry.parts
    }

    /// Opens a listed part's file anew and reads all of it. A part of an index or a kind that this binary does not know is passed over.
    pub fn verify_part(&self, part: &PartEntry, storage: &dyn Storage, registry: &Registry) -> Result<(), SetError> {
        self.0.segment.verify_part(part, &self.0.declaration, storage, registry)
    }

    /// Opens the object file anew (what is mapped may have been removed from the disk) and verifies every checksum, the order of slots
    /// and the form of every object; index parts verify themselves.
    pub fn verify(&self, storage: &dyn Storage) -> Result<(), SetError> {
        self.0.segment.verify_objects(storage)
    }

    /// The name of the object file; one that leads nowhere when the segment is only in memory.
    #[must_use]
    pub fn object_file(&self) -> &str {
        &self.0.segment.entry.objects
    }
}

impl fmt::Debug for SegmentView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name(), self.0.declaration.name)
    }
}
