//! What is in one immutable segment?
//!
//! An object file and one part for each index, all in the same order of slots. The same bytes serve disk and memory: in-memory
//! segments are made by the same builders.

mod about;
mod bodies;
mod build;
mod column;
mod dead;
mod field_names;
mod mark;
mod names;
mod objects;
mod origin;
mod plan;
mod put;
mod remains;
mod touch;
mod write;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    codec::Container,
    index::{IndexPart, Registry},
    object::{Offset, Sequence},
    storage::{PartEntry, SegmentEntry, SegmentId, Storage},
};

use super::{IndexDeclaration, IndexId, SetDeclaration, SetError};

pub(in crate::set) use about::About;
pub(in crate::set) use build::{Examples, PART_FILE, SegmentBuilder, deserves_settling, vector_columns};
pub(in crate::set) use dead::Dead;
pub use names::is_segment_file;
pub(in crate::set) use objects::SegmentObjects;
pub(in crate::set) use origin::Origin;
pub(in crate::set) use put::discard;
pub(in crate::set) use write::ObjectSource;

/// One immutable segment, on disk or in memory.
pub(in crate::set) struct Segment {
    /// Its entry. A segment in memory has one, too, whose names lead nowhere.
    pub entry: SegmentEntry,
    pub objects: Arc<SegmentObjects>,
    pub parts: Vec<Part>,
    /// Bytes of all files.
    pub bytes: u64,
    /// In memory only: when each slot's version was committed.
    pub born: Option<Vec<Sequence>>,
}

/// An opened part.
pub(in crate::set) struct Part {
    pub index: IndexDeclaration,
    pub settled: bool,
    #[allow(clippy::struct_field_names, reason = "what the kind calls a part, with what the set knows of it")]
    pub part: Box<dyn IndexPart>,
    /// Its file; `None` for one that was never on disk.
    pub container: Option<Container>,
    /// It turned out to be damaged: evaluation answers in its place until it has been built again.
    pub distrusted: AtomicBool,
}

impl Segment {
    /// Maps a segment's files; reads no body. A part that can't be opened (damaged, gone, of an unknown kind) is left out with a
    /// warning: evaluation answers in its place until it has been built again.
    pub fn open(
        entry: SegmentEntry,
        declaration: &SetDeclaration,
        storage: &dyn Storage,
        registry: &Registry,
    ) -> Result<Self, SetError> {
        let bytes = storage.open(&entry.objects)?;
        let mut total = bytes.len() as u64;
        let objects = Arc::new(SegmentObjects::open(&entry.objects, bytes, entry.slots)?);
        let mut parts = Vec::new();
        for stored in &entry.parts {
            match open_part(stored, &objects, declaration, storage, registry) {
                Ok(Some((part, bytes))) => {
                    total += bytes;
                    parts.push(part);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!("set '{}': {} is not used: {error}", declaration.name, stored.file);
                }
            }
        }
        Ok(Self { entry, objects, parts, bytes: total, born: None })
    }

    /// Opens a listed part's file anew and reads all of it. A part of an index or a kind that this binary does not know is passed over.
    pub fn verify_part(
        &self,
        stored: &PartEntry,
        declaration: &SetDeclaration,
        storage: &dyn Storage,
        registry: &Registry,
    ) -> Result<(), SetError> {
        match open_part(stored, &self.objects, declaration, storage, registry)? {
            Some((Part { index, part, .. }, _)) => {
                part.verify().map_err(|source| SetError::index(declaration, &index, source))
            }
            None => Ok(()),
        }
    }

    /// Opens the object file anew and reads all of it.
    pub fn verify_objects(&self, storage: &dyn Storage) -> Result<(), SetError> {
        if self.in_memory() {
            return Ok(self.objects.verify()?);
        }
        let SegmentEntry { objects, slots, .. } = &self.entry;
        Ok(Arc::new(SegmentObjects::open(objects, storage.open(objects)?, *slots)?).verify()?)
    }

    /// Its number.
    pub fn id(&self) -> SegmentId {
        self.entry.id
    }

    /// Whether it is the segment of this number on disk. Those in memory have numbers of their own.
    pub fn is(&self, id: SegmentId) -> bool {
        !self.in_memory() && self.entry.id == id
    }

    /// Whether it is only in memory.
    pub fn in_memory(&self) -> bool {
        self.born.is_some()
    }

    /// The parts in use.
    pub fn trusted(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| !part.distrusted.load(Ordering::Relaxed))
    }

    /// The part of an index.
    pub fn part(&self, index: IndexId) -> Option<&Part> {
        self.trusted().find(|part| part.index.id == index)
    }

    /// The slot of an offset.
    pub fn slot_of(&self, offset: Offset) -> Result<Option<u32>, SetError> {
        Ok(self.objects.slot_of(offset)?)
    }

    /// When the version in a slot was committed: known in memory, otherwise at or before the segment's own sequence.
    pub fn born(&self, slot: u32) -> Sequence {
        self.born.as_ref().and_then(|born| born.get(slot as usize)).copied().unwrap_or(self.entry.sequence)
    }
}

fn open_part(
    stored: &PartEntry,
    objects: &Arc<SegmentObjects>,
    declaration: &SetDeclaration,
    storage: &dyn Storage,
    registry: &Registry,
) -> Result<Option<(Part, u64)>, SetError> {
    let Some(index) = declaration.index(IndexId(stored.index)) else { return Ok(None) };
    let Some(kind) = registry.find(&index.kind) else { return Ok(None) };
    let bytes = storage.open(&stored.file)?;
    let length = bytes.len() as u64;
    let container = Container::open(&stored.file, PART_FILE, bytes)?;
    mark::check_mark(&container, &stored.file)?;
    let part = kind
        .open(&index.fields, &index.options, container.clone(), objects.columns(), objects.slots())
        .map_err(|source| SetError::index(declaration, index, source))?;
    let (settled, distrusted) = (stored.settled, AtomicBool::new(false));
    Ok(Some((Part { index: index.clone(), settled, part, container: Some(container), distrusted }, length)))
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("entry", &self.entry).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
