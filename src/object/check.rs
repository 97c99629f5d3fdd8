//! Is this a valid object?
//!
//! Whatever comes from outside (another program's bytes, serde's output) passes here once, before it is stored; from then on
//! readers may take stored bytes as they are.

use std::fmt;

use crate::{
    geometry::from_wkb,
    metric::{Element, VectorRef},
};

use super::{
    Fields, GeometryRef, MAX_DEPTH, Object, ObjectError, PackedObject, extension,
    walk::{Head, Walker},
};

/// Validates the bytes of a whole object, vectors inline: one map with text keys, each name once; known extensions with valid
/// payloads; integers of i64; finite vectors; valid shapes; at most [`MAX_DEPTH`] levels; nothing after the end.
///
/// # Errors
/// The first fault, naming the field.
pub fn check(bytes: &[u8]) -> Result<(), ObjectError> {
    Checker { bytes, columns: 0 }.object()
}

/// As [`check`], for bytes of an object file that has so many vector columns.
///
/// # Errors
/// The first fault, naming the field.
pub fn check_stored(bytes: &[u8], columns: u32) -> Result<(), ObjectError> {
    Checker { bytes, columns }.object()
}

/// Checks and reads a whole object whose vectors are inline.
///
/// # Errors
/// As [`check`].
pub fn decode(bytes: &[u8]) -> Result<Object, ObjectError> {
    check(bytes)?;
    Ok(PackedObject::new(bytes).to_object())
}

/// So many names are compared each with each, which is faster than sorting them: most differ in length.
const FEW: usize = 8;

/// A name that stands twice.
fn doubled_of_few<'a>(names: &[&'a str]) -> Option<&'a str> {
    names.iter().enumerate().find_map(|(n, name)| names[..n].contains(name).then_some(*name))
}

/// A name that stands twice. Sorts them.
fn doubled<'a>(names: &mut [&'a str]) -> Option<&'a str> {
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

struct Checker<'a> {
    bytes: &'a [u8],
    columns: u32,
}

impl<'a> Checker<'a> {
    fn object(&self) -> Result<(), ObjectError> {
        let mut walker = Walker::new(self.bytes);
        match self.head(&mut walker)? {
            Head::Map(count) => self.map(&mut walker, count, Trail::ROOT)?,
            other => return Err(ObjectError::NotAMap { found: name_of(other) }),
        }
        match walker.rest() {
            [] => Ok(()),
            _ => Err(self.malformed(&walker, "bytes after the end")),
        }
    }

    fn map(&self, walker: &mut Walker<'a>, count: u32, trail: Trail<'_>) -> Result<(), ObjectError> {
        let (mut few, mut many) = ([""; FEW], Vec::new());
        for n in 0..count as usize {
            let name = match self.head(walker)? {
                Head::Str(name) => {
                    str::from_utf8(name).map_err(|_| self.malformed(walker, "a name that is not UTF-8"))?
                }
                other => return Err(ObjectError::KeyNotText { field: trail.to_string(), found: name_of(other) }),
            };
            self.value(walker, trail.field(name))?;
            match few.get_mut(n).filter(|_| count as usize <= FEW) {
                Some(place) => *place = name,
                None => many.push(name),
            }
        }
        let doubled = if many.is_empty() { doubled_of_few(&few[..count as usize]) } else { doubled(&mut many) };
        match doubled {
            Some(name) => Err(ObjectError::Duplicate { field: trail.field(name).to_string() }),
            None => Ok(()),
        }
    }

    fn value(&self, walker: &mut Walker<'a>, trail: Trail<'_>) -> Result<(), ObjectError> {
        match self.head(walker)? {
            Head::Huge(value) => Err(ObjectError::IntegerTooLarge { field: trail.to_string(), value }),
            Head::Str(bytes) if str::from_utf8(bytes).is_err() => Err(self.malformed(walker, "text that is not UTF-8")),
            Head::Array(_) | Head::Map(_) if trail.is_too_deep() => Err(too_deep(trail)),
            Head::Array(count) => (0..count as usize).try_for_each(|i| self.value(walker, trail.element(i))),
            Head::Map(count) => self.map(walker, count, trail),
            Head::Ext(number, payload) => self.extension(walker, number, payload, trail),
            _ => Ok(()),
        }
    }

    fn extension(&self, walker: &Walker<'_>, number: i8, payload: &[u8], trail: Trail<'_>) -> Result<(), ObjectError> {
        let refuse = |what| Err(self.malformed(walker, what));
        match number {
            extension::VECTOR | extension::STORED_VECTOR => match extension::read_vector(number, payload) {
                Some(vector) => finite(vector, trail),
                None => refuse(match number {
                    extension::VECTOR => "a vector whose length is no multiple of four",
                    _ => "a vector of an unknown element type, of a wrong length, or whose unused bits are not zero",
                }),
            },
            extension::GEOMETRY => geometry(payload, trail),
            extension::TIMESTAMP | extension::STANDARD_TIMESTAMP => match extension::read_timestamp(number, payload) {
                Some(_) => Ok(()),
                None => refuse("a timestamp out of range or of an unknown length"),
            },
            extension::REFERENCE if extension::read_reference(payload).is_some() => Ok(()),
            extension::REFERENCE => refuse("a reference that is not twelve bytes long"),
            extension::NESTED if payload == extension::NESTED_PAYLOAD => Ok(()),
            extension::NESTED => refuse("a nested set with content"),
            extension::COLUMN => match <[u8; 4]>::try_from(payload) {
                Ok(column) if u32::from_le_bytes(column) < self.columns => Ok(()),
                _ => refuse("a marker of a column that is not there"),
            },
            _ => refuse("an extension of an unknown number"),
        }
    }

    fn head(&self, walker: &mut Walker<'a>) -> Result<Head<'a>, ObjectError> {
        let before = *walker;
        walker.head().ok_or_else(|| self.malformed(&before, "bytes that are no MessagePack, or end too early"))
    }

    const fn malformed(&self, at: &Walker<'_>, what: &'static str) -> ObjectError {
        ObjectError::Malformed { position: self.bytes.len() - at.rest().len(), what }
    }
}

/// Refuses NaN and infinity.
pub(super) fn finite(vector: VectorRef<'_>, trail: Trail<'_>) -> Result<(), ObjectError> {
    if matches!(vector.element(), Element::I8 | Element::Binary) {
        return Ok(());
    }
    for (component, value) in vector.iter().enumerate() {
        if !value.is_finite() {
            return Err(ObjectError::NotFinite { field: trail.to_string(), component, value: value.into() });
        }
    }
    Ok(())
}

/// Refuses bytes that are no shape, and shapes that are not on the globe.
pub(super) fn geometry(payload: &[u8], trail: Trail<'_>) -> Result<(), ObjectError> {
    if GeometryRef::Wkb(payload).point().is_some() {
        return Ok(());
    }
    match from_wkb(payload) {
        Ok(_) => Ok(()),
        Err(source) => Err(ObjectError::Geometry { field: trail.to_string(), source }),
    }
}

pub(super) fn too_deep(trail: Trail<'_>) -> ObjectError {
    ObjectError::TooDeep { field: trail.outermost() }
}

const fn name_of(head: Head<'_>) -> &'static str {
    match head {
        Head::Null => "null",
        Head::Bool(_) => "a bool",
        Head::Int(_) | Head::Huge(_) => "an integer",
        Head::Float(_) => "a float",
        Head::Str(_) => "text",
        Head::Bin(_) => "bytes",
        Head::Array(_) => "a list",
        Head::Map(_) => "a map",
        Head::Ext(..) => "an extension",
    }
}

/// The way from the object to the value in hand, for errors: names and positions on the stack, no allocation.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
    depth: usize,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Element(usize),
}

impl<'a> Trail<'a> {
    pub(super) const ROOT: Self = Self { parent: None, step: Step::Root, depth: 0 };

    pub(super) const fn field(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Field(name), depth: self.depth + 1 }
    }

    pub(super) const fn element(&'a self, at: usize) -> Self {
        Self { parent: Some(self), step: Step::Element(at), depth: self.depth + 1 }
    }

    /// Whether no list or map may stand here any more.
    pub(super) const fn is_too_deep(&self) -> bool {
        self.depth >= MAX_DEPTH
    }

    /// The name of the object's own field.
    fn outermost(&self) -> String {
        match self.parent {
            Some(parent) if parent.parent.is_some() => parent.outermost(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) if self.depth > 1 => write!(f, ".{name}"),
            Step::Field(name) => f.write_str(name),
            Step::Element(at) => write!(f, "[{at}]"),
        }
    }
}
