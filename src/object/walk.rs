//! Reading MessagePack in place, without trusting it.
//!
//! A [`Walker`] never panics, never allocates and never recurses: MessagePack is a flat stream of heads, so skipping a value
//! is counting heads down. Every length is checked against the bytes that are there.

use super::{FamilyId, GeometryRef, ListRef, MapRef, Offset, PackedObject, Value, ValueRef, VectorSource, extension};

/// What stands at one place: a scalar whole, a container's number of elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Head<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// An unsigned number beyond i64.
    Huge(u64),
    Float(f64),
    Str(&'a [u8]),
    Bin(&'a [u8]),
    Array(u32),
    Map(u32),
    Ext(i8, &'a [u8]),
}

/// How many bytes a value takes whose first byte says it all, that byte included; 0 for the others. Looking up a field steps
/// over most values by this table alone.
static WHOLE_LENGTH: [u8; 256] = {
    let mut lengths = [0; 256];
    let mut code = 0;
    while code < 256 {
        lengths[code] = match code {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => 1,
            0xa0..=0xbf => code as u8 - 0xa0 + 1,
            0xcc | 0xd0 => 2,
            0xcd | 0xd1 => 3,
            0xca | 0xce | 0xd2 => 5,
            0xcb | 0xcf | 0xd3 => 9,
            0xd4..=0xd8 => 2 + (1 << (code - 0xd4)),
            _ => 0,
        };
        code += 1;
    }
    lengths
};

/// A place in MessagePack bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walker<'a> {
    rest: &'a [u8],
}

impl<'a> Walker<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not yet read.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    /// A length of one, two or four bytes: `code` counts from the one-byte form.
    #[inline]
    fn length(&mut self, code: u8) -> Option<u32> {
        match code {
            0 => self.array::<1>().map(|b| u32::from(b[0])),
            1 => self.array().map(u16::from_be_bytes).map(u32::from),
            _ => self.array().map(u32::from_be_bytes),
        }
    }

    /// Reads the next head. `None` at the end and on bytes that are no MessagePack.
    #[inline]
    pub(super) fn head(&mut self) -> Option<Head<'a>> {
        let [code] = self.array::<1>()?;
        Some(match code {
            0x00..=0x7f => Head::Int(i64::from(code)),
            0xe0..=0xff => Head::Int(i64::from(code.cast_signed())),
            0x80..=0x8f => Head::Map(u32::from(code & 0x0f)),
            0x90..=0x9f => Head::Array(u32::from(code & 0x0f)),
            0xa0..=0xbf => Head::Str(self.take(usize::from(code & 0x1f))?),
            0xc0 => Head::Null,
            0xc1 => return None,
            0xc2 | 0xc3 => Head::Bool(code == 0xc3),
            0xca..=0xd3 => self.number(code)?,
            0xc4..=0xc6 => {
                let length = self.length(code - 0xc4)?;
                Head::Bin(self.take(length as usize)?)
            }
            0xd9..=0xdb => {
                let length = self.length(code - 0xd9)?;
                Head::Str(self.take(length as usize)?)
            }
            0xdc | 0xdd => Head::Array(self.length(code - 0xdc + 1)?),
            0xde | 0xdf => Head::Map(self.length(code - 0xde + 1)?),
            0xc7..=0xc9 => {
                let length = self.length(code - 0xc7)?;
                self.extension(length as usize)?
            }
            0xd4..=0xd8 => self.extension(1 << (code - 0xd4))?,
        })
    }

    fn number(&mut self, code: u8) -> Option<Head<'a>> {
        Some(match code {
            0xca => Head::Float(f64::from(f32::from_be_bytes(self.array()?))),
            0xcb => Head::Float(f64::from_be_bytes(self.array()?)),
            0xcc..=0xce => Head::Int(i64::from(self.length(code - 0xcc)?)),
            0xcf => {
                let value = u64::from_be_bytes(self.array()?);
                i64::try_from(value).map_or(Head::Huge(value), Head::Int)
            }
            0xd0 => Head::Int(i64::from(i8::from_be_bytes(self.array()?))),
            0xd1 => Head::Int(i64::from(i16::from_be_bytes(self.array()?))),
            0xd2 => Head::Int(i64::from(i32::from_be_bytes(self.array()?))),
            _ => Head::Int(i64::from_be_bytes(self.array()?)),
        })
    }

    fn extension(&mut self, length: usize) -> Option<Head<'a>> {
        let [number] = self.array::<1>()?;
        Some(Head::Ext(number.cast_signed(), self.take(length)?))
    }

    /// Steps over one whole value.
    #[inline]
    fn skip(&mut self) -> Option<()> {
        match WHOLE_LENGTH[usize::from(*self.rest.first()?)] {
            0 => self.skip_values(1),
            length => {
                self.rest = self.rest.get(usize::from(length)..)?;
                Some(())
            }
        }
    }

    /// Reads a map's key.
    #[inline]
    fn key(&mut self) -> Option<&'a [u8]> {
        if let Some((code @ 0xa0..=0xbf, rest)) = self.rest.split_first() {
            let (key, rest) = rest.split_at_checked(usize::from(code & 0x1f))?;
            self.rest = rest;
            return Some(key);
        }
        match self.head()? {
            Head::Str(key) => Some(key),
            _ => None,
        }
    }

    /// Steps over so many values. Ends: each turn reads at least one byte, and more values than bytes are refused.
    #[inline]
    fn skip_values(&mut self, mut pending: u64) -> Option<()> {
        while pending > 0 {
            pending -= 1;
            match self.head()? {
                Head::Array(count) => pending += u64::from(count),
                Head::Map(count) => pending += 2 * u64::from(count),
                _ => continue,
            }
            if pending > self.rest.len() as u64 {
                return None;
            }
        }
        Some(())
    }

    /// Reads a map's head and steps to the value of one of its names; `None` when it is no map or has no such name.
    #[inline]
    pub(super) fn find(&mut self, name: &[u8]) -> Option<()> {
        let Head::Map(count) = self.head()? else { return None };
        for _ in 0..count {
            if self.key()? == name {
                return Some(());
            }
            self.skip()?;
        }
        None
    }

    /// Reads a map's head and gives each of its names; stops where the bytes are no map of texts.
    pub(super) fn names(&mut self, each: &mut dyn FnMut(&[u8])) -> Option<()> {
        let Head::Map(count) = self.head()? else { return None };
        for _ in 0..count {
            each(self.key()?);
            self.skip()?;
        }
        Some(())
    }

    /// Reads one whole value. `None` on bytes that hold none, and on a column marker without its column.
    #[inline]
    pub(super) fn value(&mut self, columns: Option<&'a dyn VectorSource>) -> Option<ValueRef<'a>> {
        let start = self.rest;
        let head = self.head()?;
        if let Head::Array(count) = head {
            self.skip_values(u64::from(count))?;
            return Some(ValueRef::List(ListRef::Packed(&start[..start.len() - self.rest.len()])));
        }
        if let Head::Map(count) = head {
            self.skip_values(2 * u64::from(count))?;
            let bytes = &start[..start.len() - self.rest.len()];
            return Some(ValueRef::Map(MapRef::Packed(PackedObject { bytes, columns })));
        }
        scalar(head, columns)
    }
}

fn scalar<'a>(head: Head<'a>, columns: Option<&'a dyn VectorSource>) -> Option<ValueRef<'a>> {
    Some(match head {
        Head::Null => ValueRef::Null,
        Head::Bool(value) => ValueRef::Bool(value),
        Head::Int(value) => ValueRef::Int(value),
        Head::Float(value) => ValueRef::Float(value),
        Head::Str(bytes) => ValueRef::String(str::from_utf8(bytes).ok()?),
        Head::Bin(bytes) => ValueRef::Bytes(bytes),
        Head::Ext(number, payload) => extended(number, payload, columns)?,
        Head::Huge(_) | Head::Array(_) | Head::Map(_) => return None,
    })
}

fn extended<'a>(number: i8, payload: &'a [u8], columns: Option<&'a dyn VectorSource>) -> Option<ValueRef<'a>> {
    Some(match number {
        extension::VECTOR | extension::STORED_VECTOR => ValueRef::Vector(extension::read_vector(number, payload)?),
        extension::GEOMETRY => ValueRef::Geometry(GeometryRef::Wkb(payload)),
        extension::TIMESTAMP | extension::STANDARD_TIMESTAMP => {
            ValueRef::Timestamp(extension::read_timestamp(number, payload)?)
        }
        extension::REFERENCE => {
            let (family, offset): (FamilyId, Offset) = extension::read_reference(payload)?;
            ValueRef::Reference(family, offset)
        }
        extension::NESTED => ValueRef::Nested,
        extension::COLUMN => {
            let column = u32::from_le_bytes(payload.try_into().ok()?);
            ValueRef::Vector(columns?.vector(column as usize)?)
        }
        _ => return None,
    })
}

/// What an extension stands for, owned, without columns.
pub(super) fn read_extension(number: i8, payload: &[u8]) -> Option<Value> {
    Some(extended(number, payload, None)?.to_value())
}
