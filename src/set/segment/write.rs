//! Writing an object file as a stream.

use std::{
    borrow::Cow,
    io::{self, Write},
    sync::Arc,
};

use crate::{
    codec::ContainerWriter,
    object::{FieldPath, Fields, Offset, ValueRef, VectorType, inline_columns, split_columns},
    set::{Cancelled, SetDeclaration, SetError, Steps, StoredObject},
};

use super::{
    about::{ABOUT, About},
    bodies::BodiesWriter,
    column::section_names,
    objects::OBJECT_FILE,
    origin::Origin,
};

/// Objects in the order of a segment: by offset, in a nested family by (owner, offset). Can be walked several times.
pub(in crate::set) trait ObjectSource: Sync {
    /// Walks the objects, always the same ones.
    fn iter(&self) -> Box<dyn Iterator<Item = Result<StoredObject, SetError>> + '_>;

    /// How many there are, at most.
    fn len(&self) -> u64;

    /// The segments on disk that they come from.
    fn origins(&self) -> Vec<Origin> {
        Vec::new()
    }
}

/// How an object file is laid out.
#[derive(Clone, Debug)]
pub(in crate::set) struct Layout {
    /// The set, for errors.
    pub declaration: Arc<SetDeclaration>,
    /// The vector fields that become columns, with their types.
    pub columns: Vec<(FieldPath, VectorType)>,
    /// Whether the objects are compressed.
    pub compressed: bool,
}

/// What went wrong: the target refused, or an object.
pub(in crate::set) enum WriteError {
    Io(io::Error),
    Set(SetError),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Cancelled> for WriteError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Set(cancelled.into())
    }
}

impl From<SetError> for WriteError {
    fn from(error: SetError) -> Self {
        Self::Set(error)
    }
}

/// Writes an object file and returns the number of slots. Keeps 20 bytes an object in memory, the rest streams.
pub(in crate::set) fn write_objects(
    source: &dyn ObjectSource,
    layout: &Layout,
    about: &About,
    out: &mut dyn Write,
    steps: &Steps<'_>,
) -> Result<u32, WriteError> {
    let mut out = ContainerWriter::new(out, OBJECT_FILE)?;
    let places = write_bodies(source, layout, &mut out, steps)?;
    let slots = u32::try_from(places.len()).map_err(|_| too_many(layout, places.len()))?;
    out.section("offsets")?;
    places.iter().try_for_each(|(_, offset)| out.write_all(&offset.0.to_le_bytes()))?;
    if layout.declaration.parent.is_some() {
        write_owners(&places, slots, &mut out)?;
    }
    for (column, (path, of)) in layout.columns.iter().enumerate() {
        let (vectors, present) = section_names(column, *of, path);
        out.section(&vectors)?;
        let bits = write_column(source, layout, path, *of, slots, &mut out)?;
        out.put(&present, &bits)?;
    }
    out.put(ABOUT, &about.encode()?)?;
    out.finish()?;
    Ok(slots)
}

fn write_bodies(
    source: &dyn ObjectSource,
    layout: &Layout,
    out: &mut ContainerWriter<'_>,
    steps: &Steps<'_>,
) -> Result<Vec<(Offset, Offset)>, WriteError> {
    let most = usize::try_from(source.len()).unwrap_or_default();
    let (mut places, mut positions) = (Vec::with_capacity(most), Vec::with_capacity(most + 1));
    positions.push(0_u64);
    let mut end = 0;
    let mut bodies = BodiesWriter::begin(layout.compressed, out)?;
    for object in source.iter() {
        let object = object?;
        let place = (object.owner().unwrap_or(Offset(0)), object.offset());
        if places.last().is_some_and(|last| *last >= place) {
            return Err(out_of_order(layout, place.1));
        }
        let bytes = repack(&object, layout)?;
        bodies.add(&bytes, out)?;
        end += bytes.len() as u64;
        positions.push(end);
        places.push(place);
        steps.advance(1)?;
    }
    bodies.finish(out)?;
    out.section("positions")?;
    positions.iter().try_for_each(|position| out.write_all(&position.to_le_bytes()))?;
    Ok(places)
}

fn write_owners(places: &[(Offset, Offset)], slots: u32, out: &mut ContainerWriter<'_>) -> Result<(), WriteError> {
    out.section("owners")?;
    places.iter().try_for_each(|(owner, _)| out.write_all(&owner.0.to_le_bytes()))?;
    let mut by_offset: Vec<u32> = (0..slots).collect();
    by_offset.sort_unstable_by_key(|slot| places[*slot as usize].1);
    out.section("by offset")?;
    by_offset.iter().try_for_each(|slot| out.write_all(&slot.to_le_bytes()))?;
    Ok(())
}

/// Writes the vectors of one field; returns the bits that say which slots have one.
fn write_column(
    source: &dyn ObjectSource,
    layout: &Layout,
    path: &FieldPath,
    of: VectorType,
    slots: u32,
    out: &mut ContainerWriter<'_>,
) -> Result<Vec<u8>, WriteError> {
    let mut present = vec![0u8; (slots as usize).div_ceil(8)];
    let absent = vec![0u8; of.bytes()];
    for (slot, object) in source.iter().enumerate() {
        let object = object?;
        match object.field(path) {
            Some(ValueRef::Vector(vector)) if vector.of() == of => {
                present[slot / 8] |= 1 << (slot % 8);
                out.write_all(&vector.stored())?;
            }
            Some(ValueRef::Vector(vector)) => {
                return Err(WriteError::Set(wrong_type(layout, &object, path, vector.of(), of)));
            }
            _ => {
                refuse_lost_vectors(&object, layout)?;
                out.write_all(&absent)?;
            }
        }
    }
    Ok(present)
}

/// An object without a value at a column's path must not have a marker that leads nowhere: what it stood for would be lost for good.
fn refuse_lost_vectors(object: &StoredObject, layout: &Layout) -> Result<(), SetError> {
    let packed = object.packed();
    let Some(columns) = packed.columns else { return Ok(()) };
    inline_columns(packed.bytes, columns)
        .map(drop)
        .map_err(|error| SetError::object(&layout.declaration, object.offset(), error))
}

/// The object's bytes with this layout's column markers. Most often (a compaction among like segments) they have them already.
fn repack<'a>(object: &'a StoredObject, layout: &Layout) -> Result<Cow<'a, [u8]>, SetError> {
    let packed = object.packed();
    if object.columns().eq(layout.columns.iter().map(|(path, of)| (path, *of))) {
        return Ok(Cow::Borrowed(packed.bytes));
    }
    let inline = match packed.columns {
        None => Cow::Borrowed(packed.bytes),
        Some(columns) => inline_columns(packed.bytes, columns)
            .map_err(|error| SetError::object(&layout.declaration, object.offset(), error))?,
    };
    if layout.columns.is_empty() {
        return Ok(inline);
    }
    let paths: Vec<FieldPath> = layout.columns.iter().map(|(path, _)| path.clone()).collect();
    Ok(Cow::Owned(split_columns(&inline, &paths).0))
}

fn wrong_type(
    layout: &Layout,
    object: &StoredObject,
    path: &FieldPath,
    found: VectorType,
    expected: VectorType,
) -> SetError {
    let object = format!("at offset {}", object.offset());
    SetError::value(&layout.declaration, object, path, format!("a vector of {found}"), expected.to_string())
}

/// Two versions under one offset, or an order that is not the segment's: only a damaged log leads here.
fn out_of_order(layout: &Layout, offset: Offset) -> WriteError {
    WriteError::Set(SetError::Unsupported {
        set: layout.declaration.name.clone(),
        why: format!("the object at offset {offset} comes twice or out of order"),
    })
}

fn too_many(layout: &Layout, found: usize) -> WriteError {
    WriteError::Set(SetError::Unsupported {
        set: layout.declaration.name.clone(),
        why: format!("{found} objects are more than one segment can hold"),
    })
}
