//! What do some versions hold in one field? Their values by type, one after the other, so that a condition reads them without their objects.

use crate::object::{Element, GeometryRef, ValueRef, VectorRef, VectorType};

/// Text up to this long is copied; longer text is read where it lies.
const SHORT_TEXT: usize = 64;

/// A point's stored bytes: byte order, type, longitude, latitude. No other geometry is as short.
const POINT: usize = 21;

/// One field of up to 64 versions. Values of one type are here; what is of another type, or large, stays in its object's bytes.
#[derive(Debug)]
pub(in crate::set) struct Block {
    values: Values,
    /// One bit for each version whose value is in `values`; these are packed, in the versions' order.
    here: u64,
    missing: u64,
    null: u64,
}

/// What a block says of one version.
#[derive(Clone, Copy, Debug)]
pub(in crate::set) enum Cell<'a> {
    /// The field's value.
    Value(ValueRef<'a>),
    /// The version lacks the field.
    Missing,
    /// The version has a value that is not here.
    Elsewhere,
}

impl Block {
    /// The most versions that a block describes.
    pub const VERSIONS: u32 = u64::BITS;

    /// Takes the values of a field, version by version; the first one that has a type here says what the block holds.
    pub fn new<'v>(values: impl Iterator<Item = Option<ValueRef<'v>>>) -> Self {
        let mut block = Self { values: Values::None, here: 0, missing: 0, null: 0 };
        for (value, bit) in values.zip((0..Self::VERSIONS).map(|version| 1 << version)) {
            match value {
                None => block.missing |= bit,
                Some(ValueRef::Null) => block.null |= bit,
                Some(value) if block.values.push(value) => block.here |= bit,
                Some(_) => {}
            }
        }
        block
    }

    /// The value of a version, by its number in the block.
    #[inline]
    pub fn get(&self, version: u32) -> Cell<'_> {
        let bit = 1_u64 << version;
        if self.here & bit != 0 {
            let before = if self.here == u64::MAX { version } else { (self.here & (bit - 1)).count_ones() };
            self.values.get(before as usize).map_or(Cell::Elsewhere, Cell::Value)
        } else if self.missing & bit != 0 {
            Cell::Missing
        } else if self.null & bit != 0 {
            Cell::Value(ValueRef::Null)
        } else {
            Cell::Elsewhere
        }
    }
}

/// Values of one type.
#[derive(Debug)]
enum Values {
    None,
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Timestamps(Vec<i64>),
    /// All text, and where each ends.
    Texts(String, Vec<usize>),
    Points(Vec<[u8; POINT]>),
    /// All components, and the dimension.
    Vectors(Vec<f32>, usize),
    /// The same of another element type: stored bytes.
    Stored(Vec<u8>, VectorType),
}

impl Values {
    /// An empty list for values like this one.
    fn like(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Bool(_) => Self::Bools(Vec::new()),
            ValueRef::Int(_) => Self::Ints(Vec::new()),
            ValueRef::Float(_) => Self::Floats(Vec::new()),
            ValueRef::Timestamp(_) => Self::Timestamps(Vec::new()),
            ValueRef::String(text) if text.len() <= SHORT_TEXT => Self::Texts(String::new(), Vec::new()),
            ValueRef::Geometry(GeometryRef::Wkb(bytes)) if bytes.len() == POINT => Self::Points(Vec::new()),
            ValueRef::Vector(vector) if vector.is_empty() => Self::None,
            ValueRef::Vector(vector) if vector.element() == Element::F32 => Self::Vectors(Vec::new(), vector.len()),
            ValueRef::Vector(vector) => Self::Stored(Vec::new(), vector.of()),
            _ => Self::None,
        }
    }

    /// Appends a value of this list's type; `false` when it is of another one.
    fn push(&mut self, value: ValueRef<'_>) -> bool {
        if let Self::None = self {
            *self = Self::like(value);
        }
        match (self, value) {
            (Self::Bools(values), ValueRef::Bool(value)) => values.push(value),
            (Self::Ints(values), ValueRef::Int(value)) | (Self::Timestamps(values), ValueRef::Timestamp(value)) => {
                values.push(value);
            }
            (Self::Floats(values), ValueRef::Float(value)) => values.push(value),
            (Self::Texts(all, ends), ValueRef::String(text)) if text.len() <= SHORT_TEXT => {
                all.push_str(text);
                ends.push(all.len());
            }
            (Self::Points(values), ValueRef::Geometry(GeometryRef::Wkb(bytes))) => {
                let Ok(point) = bytes.try_into() else { return false };
                values.push(point);
            }
            (Self::Vectors(all, dimension), ValueRef::Vector(vector))
                if vector.len() == *dimension && vector.element() == Element::F32 =>
            {
                all.extend(vector.iter());
            }
            (Self::Stored(all, of), ValueRef::Vector(vector)) if vector.of() == *of => all.extend(&*vector.stored()),
            _ => return false,
        }
        true
    }

    #[inline]
    fn get(&self, at: usize) -> Option<ValueRef<'_>> {
        Some(match self {
            Self::None => return None,
            Self::Bools(values) => ValueRef::Bool(*values.get(at)?),
            Self::Ints(values) => ValueRef::Int(*values.get(at)?),
            Self::Floats(values) => ValueRef::Float(*values.get(at)?),
            Self::Timestamps(values) => ValueRef::Timestamp(*values.get(at)?),
            Self::Texts(all, ends) => {
                let start = if at == 0 { 0 } else { *ends.get(at - 1)? };
                ValueRef::String(all.get(start..*ends.get(at)?)?)
            }
            Self::Points(values) => ValueRef::Geometry(GeometryRef::Wkb(values.get(at)?)),
            Self::Vectors(all, dimension) => {
                ValueRef::Vector(VectorRef::Slice(all.get(at * dimension..(at + 1) * dimension)?))
            }
            Self::Stored(all, of) => {
                let length = of.bytes();
                ValueRef::Vector(VectorRef::new(*of, all.get(at * length..(at + 1) * length)?)?)
            }
        })
    }
}
