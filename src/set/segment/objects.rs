//! How are objects found in an object file?

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use crate::{
    codec::{CodecError, Container, Section},
    index::{Columns, VectorColumn},
    object::{FieldPath, Fields, Offset, PackedObject, VectorRef, VectorType, check_stored, inline_columns},
    set::StoredObject,
};

use super::{
    about::{ABOUT, About},
    bodies::{Bodies, Found},
    column::{Column, parse_section_name},
    field_names::{self, FieldNames},
    names::objects_file,
    touch::{TouchedFields, TouchedVectors},
};

/// What the file says it is.
pub(in crate::set) const OBJECT_FILE: [u8; 8] = *b"PBOBJECT";

/// The name of a file that was never on disk.
pub(in crate::set) const IN_MEMORY: &str = "memory";

/// The objects of one segment. Opening reads the file's directory and no body.
#[derive(Debug)]
pub(in crate::set) struct SegmentObjects {
    slots: u32,
    /// u64 by slot.
    offsets: Section,
    /// In a nested family.
    nested: Option<Nested>,
    /// Where each object starts in `objects`: u64, one more than slots.
    positions: Section,
    bodies: Bodies,
    columns: Vec<Arc<Column>>,
    /// What the file says about itself; files of early versions say nothing.
    about: Option<Section>,
    container: Container,
    /// The smallest and the greatest offset, once asked for.
    span: OnceLock<(Offset, Offset)>,
    /// The names of all fields, once asked for.
    names: OnceLock<FieldNames>,
}

/// Refuses a file that says it is another one: checksums do not tell whole files in each other's place. What cannot be read of it is
/// left to verification, as everything in the file's body is.
fn check_name(container: &Container, file: &str) -> Result<(), CodecError> {
    let about = container.find(ABOUT).and_then(|about| About::decode(&about).ok());
    match about.map(|about| objects_file(about.id)).filter(|own| own != file) {
        None => Ok(()),
        Some(own) => {
            let what = format!("it is {own}, under another file's name");
            Err(CodecError::Damaged { file: file.to_owned(), position: 0, what })
        }
    }
}

#[derive(Debug)]
struct Nested {
    /// u64 by slot; ascending.
    owners: Section,
    /// u32 slots sorted by offset.
    by_offset: Section,
}

impl SegmentObjects {
    /// Opens an object file of so many slots.
    pub fn open(file: &str, bytes: Bytes, slots: u32) -> Result<Self, CodecError> {
        Self::over(file, Container::open(file, OBJECT_FILE, bytes)?, slots)
    }

    /// The objects of a container of so many slots.
    pub(super) fn over(file: &str, container: Container, slots: u32) -> Result<Self, CodecError> {
        if file != IN_MEMORY {
            check_name(&container, file)?;
        }
        let count = slots as usize;
        let offsets = sized(&container, "offsets", count * 8)?;
        let nested = match container.find("owners") {
            None => None,
            Some(_) => Some(Nested {
                owners: sized(&container, "owners", count * 8)?,
                by_offset: sized(&container, "by offset", count * 4)?,
            }),
        };
        Ok(Self {
            slots,
            offsets,
            nested,
            positions: sized(&container, "positions", (count + 1) * 8)?,
            bodies: Bodies::open(&container)?,
            columns: columns(&container, slots)?,
            about: container.find(ABOUT),
            container,
            span: OnceLock::new(),
            names: OnceLock::new(),
        })
    }

    /// Opens an object file of as many slots as it seems to have. For salvage: files of live segments have entries.
    pub fn open_unlisted(file: &str, bytes: Bytes) -> Result<Self, CodecError> {
        let container = Container::open(file, OBJECT_FILE, bytes)?;
        let slots = seeming_slots(&container)?;
        Self::over(file, container, slots)
    }

    /// What the file says about itself; files of early versions say nothing.
    pub fn about(&self) -> Option<About> {
        About::decode(self.about.as_ref()?).ok()
    }

    /// The file; `None` for one that was never on disk.
    pub fn container(&self) -> Option<&Container> {
        (self.container.file() != IN_MEMORY).then_some(&self.container)
    }

    /// The number of slots.
    pub fn slots(&self) -> u32 {
        self.slots
    }

    /// The offset of the object in a slot.
    pub fn offset(&self, slot: u32) -> Result<Offset, CodecError> {
        element(&self.offsets, slot).map(Offset)
    }

    /// The owner of the object in a slot.
    pub fn owner(&self, slot: u32) -> Result<Option<Offset>, CodecError> {
        self.nested.as_ref().map(|nested| element(&nested.owners, slot).map(Offset)).transpose()
    }

    /// The slot of an offset.
    pub fn slot_of(&self, offset: Offset) -> Result<Option<u32>, CodecError> {
        if self.slots == 0 {
            return Ok(None);
        }
        let (first, last) = self.span()?;
        if offset < first || last < offset {
            return Ok(None);
        }
        // Offsets ascend by at least one from slot to slot, which bounds the place from both ends. Most often nothing was ever
        // removed between the ends, and one place is left.
        let count = u64::from(self.slots);
        let low = (count - 1).saturating_sub(last.0 - offset.0) as u32;
        let high = (count - 1).min(offset.0 - first.0) as u32 + 1;
        let at = partition_point(low..high, |n| Ok(self.offset(self.nth_by_offset(n)?)? < offset))?;
        if at >= high {
            return Ok(None);
        }
        let slot = self.nth_by_offset(at)?;
        Ok((self.offset(slot)? == offset).then_some(slot))
    }

    /// The slots of one owner: a contiguous run. Empty in a top-level set's segment.
    pub fn owned_by(&self, owner: Offset) -> Result<Range<u32>, CodecError> {
        let Some(nested) = &self.nested else { return Ok(0..0) };
        let start = partition_point(0..self.slots, |slot| Ok(element(&nested.owners, slot)? < owner.0))?;
        let end = partition_point(0..self.slots, |slot| Ok(element(&nested.owners, slot)? <= owner.0))?;
        Ok(start..end)
    }

    /// Reads fields of the object in a slot where it lies. A vector is read, and so verified, only when `read` touches it: damage to
    /// what was touched is an error here, whatever `read` made of it, and damage to anything else concerns nobody.
    pub fn read<T>(&self, slot: u32, read: impl FnOnce(&dyn Fields) -> T) -> Result<T, CodecError> {
        let touched = TouchedVectors::new(self, slot);
        let answer = self.read_bytes(slot, |bytes| {
            read(&TouchedFields { packed: PackedObject::with_columns(bytes, &touched), touched: &touched })
        })?;
        touched.sound(answer)
    }

    /// The object in a slot without its vectors.
    pub(super) fn read_packed<T>(&self, slot: u32, read: impl FnOnce(PackedObject<'_>) -> T) -> Result<T, CodecError> {
        self.read_bytes(slot, |bytes| read(PackedObject::new(bytes)))
    }

    /// Whether any object, dead or not, has a top-level field of this name. The first time, all names are walked over.
    pub fn has_field(&self, name: &str) -> Result<bool, CodecError> {
        let names = match self.names.get() {
            Some(names) => names,
            None => {
                let names = field_names::collect(self)?;
                self.names.get_or_init(|| names)
            }
        };
        Ok(names.contains(name.as_bytes()))
    }

    fn read_bytes<T>(&self, slot: u32, read: impl FnOnce(&[u8]) -> T) -> Result<T, CodecError> {
        let range = self.range(slot)?;
        let found = self.bodies.find(range.clone())?;
        let bytes = match &found {
            Found::InPlace => self.bodies.in_place(range),
            Found::Unpacked(bytes) => bytes,
        };
        Ok(read(bytes))
    }

    /// The whole object in a slot, its bytes and its vectors verified: what is damaged is an error here, and never an object that
    /// lacks something. Blocks that have been verified before cost a look at a bit.
    pub fn object(self: &Arc<Self>, slot: u32) -> Result<StoredObject, CodecError> {
        let range = self.range(slot)?;
        let found = self.bodies.find(range.clone())?;
        self.verify_vectors(slot)?;
        let (offset, owner, objects) = (self.offset(slot)?, self.owner(slot)?, self.clone());
        Ok(match found {
            Found::InPlace => StoredObject::in_segment(offset, owner, objects, slot, range),
            Found::Unpacked(bytes) => StoredObject::unpacked(offset, owner, objects, slot, bytes),
        })
    }

    /// Where the bytes of an object lie.
    fn range(&self, slot: u32) -> Result<Range<usize>, CodecError> {
        let at = slot as usize;
        let positions = self.positions.array::<u64>(at..at + 2)?;
        Ok(position(positions[0])..position(positions[1]))
    }

    /// Bytes that [`SegmentObjects::object`] has verified in place.
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bodies.in_place(range)
    }

    /// The bytes of the objects as they are stored, and as they are.
    pub fn lengths(&self) -> Result<(u64, u64), CodecError> {
        self.bodies.lengths()
    }

    /// The fields that are stored as columns; the markers in object bytes are numbers in this list.
    pub fn column_paths(&self) -> impl ExactSizeIterator<Item = (&FieldPath, VectorType)> {
        self.columns.iter().map(|column| (&column.path, column.of()))
    }

    /// The vector of a slot in a column, of an object that [`SegmentObjects::object`] has verified; `None` where there is none.
    pub fn vector(&self, column: usize, slot: u32) -> Option<VectorRef<'_>> {
        self.columns.get(column)?.get(slot).ok()?
    }

    /// A column by the number that markers have.
    pub(super) fn column(&self, column: usize) -> Option<&Column> {
        self.columns.get(column).map(Arc::as_ref)
    }

    /// Reads (and so verifies) the vectors of a slot.
    fn verify_vectors(&self, slot: u32) -> Result<(), CodecError> {
        self.columns.iter().try_for_each(|column| column.get(slot).map(drop))
    }

    /// The columns, as index parts see them.
    pub fn columns(&self) -> Columns {
        self.columns.iter().fold(Columns::new(), |columns, column| columns.with(column.path.clone(), column.clone()))
    }

    /// The slot that comes at a place when slots are sorted by offset.
    pub fn nth_by_offset(&self, n: u32) -> Result<u32, CodecError> {
        let Some(nested) = &self.nested else { return Ok(n) };
        let slot = nested.by_offset.array::<u32>(n as usize..n as usize + 1)?[0];
        if slot < self.slots {
            Ok(slot)
        } else {
            Err(nested.by_offset.damaged(n as usize * 4, "a slot that the segment does not have"))
        }
    }

    /// The smallest and the greatest offset of a segment that has slots.
    fn span(&self) -> Result<(Offset, Offset), CodecError> {
        if let Some(span) = self.span.get() {
            return Ok(*span);
        }
        let first = self.offset(self.nth_by_offset(0)?)?;
        let last = self.offset(self.nth_by_offset(self.slots - 1)?)?;
        Ok(*self.span.get_or_init(|| (first, last)))
    }

    /// Whether the spans of offsets of two segments overlap.
    pub fn overlaps(&self, other: &Self) -> Result<bool, CodecError> {
        if self.slots == 0 || other.slots == 0 {
            return Ok(false);
        }
        let ((first, last), (other_first, other_last)) = (self.span()?, other.span()?);
        Ok(first <= other_last && other_first <= last)
    }

    /// Checks what the directory cannot tell: every checksum, the order of offsets and owners, the bounds of every object.
    pub fn verify(self: &Arc<Self>) -> Result<(), CodecError> {
        self.about.as_ref().map(About::decode).transpose()?;
        self.bodies.verify()?;
        let mut before: Option<(Option<Offset>, Offset)> = None;
        let columns = u32::try_from(self.columns.len()).unwrap_or(u32::MAX);
        for slot in 0..self.slots {
            let place = (self.owner(slot)?, self.offset(slot)?);
            if before.is_some_and(|before| before >= place) {
                return Err(self.offsets.damaged(slot as usize * 8, "offsets do not ascend"));
            }
            before = Some(place);
            let object = self.object(slot)?;
            let packed = object.packed();
            if check_stored(packed.bytes, columns).is_err() {
                return Err(self.positions.damaged(slot as usize * 8, "a slot whose bytes are no object"));
            }
            if inline_columns(packed.bytes, &object).is_err() {
                return Err(self.positions.damaged(slot as usize * 8, "an object whose vector is in no column"));
            }
            if self.slot_of(object.offset())? != Some(slot) {
                return Err(self.offsets.damaged(slot as usize * 8, "an offset that is not found by search"));
            }
        }
        Ok(())
    }
}

/// How many slots a container has by the length of its positions.
pub(super) fn seeming_slots(container: &Container) -> Result<u32, CodecError> {
    let positions = container.section("positions")?;
    let slots = u32::try_from((positions.len() / 8).saturating_sub(1));
    slots.map_err(|_| positions.damaged(0, "more slots than a segment can have"))
}

fn sized(container: &Container, name: &str, length: usize) -> Result<Section, CodecError> {
    let section = container.section(name)?;
    if section.len() == length {
        return Ok(section);
    }
    let what = format!("section '{name}' has {} bytes, expected {length}", section.len());
    Err(section.damaged(0, &what))
}

fn columns(container: &Container, slots: u32) -> Result<Vec<Arc<Column>>, CodecError> {
    let mut columns = Vec::new();
    for name in container.names() {
        let Some((number, of, path)) = parse_section_name(name) else { continue };
        let vectors = sized(container, name, (slots as usize).saturating_mul(of.bytes()))?;
        if number != columns.len() {
            return Err(vectors.damaged(0, "vector columns are out of order"));
        }
        let present = sized(container, &format!("present {number}"), (slots as usize).div_ceil(8))?;
        columns.push(Arc::new(Column::new(path, of, slots, vectors, present)));
    }
    Ok(columns)
}

fn element(section: &Section, slot: u32) -> Result<u64, CodecError> {
    Ok(section.array::<u64>(slot as usize..slot as usize + 1)?[0])
}

/// A stored position; one beyond memory's reach is out of every section's bounds, too.
fn position(stored: u64) -> usize {
    usize::try_from(stored).unwrap_or(usize::MAX)
}

/// The first of a range for which the test fails, given that it fails for all after that; the end when it never does.
fn partition_point(range: Range<u32>, holds: impl Fn(u32) -> Result<bool, CodecError>) -> Result<u32, CodecError> {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
