//! Reading MessagePack structures of a known shape.

use std::fmt;

use bytes::Bytes;
use rmp::{
    Marker,
    decode::{read_array_len, read_bin_len, read_bool, read_int, read_str_len},
};

use crate::codec::CodecError;

/// Reads one value after the other. Errors name the file and the position of the value.
pub(in crate::storage) struct Unpacker<'a> {
    file: &'a str,
    /// The position in the file of the first byte.
    position: u64,
    whole: &'a Bytes,
    rest: &'a [u8],
}

impl<'a> Unpacker<'a> {
    pub(in crate::storage) fn new(file: &'a str, position: u64, whole: &'a Bytes) -> Self {
        Self { file, position, whole, rest: whole }
    }

    fn at(&self) -> usize {
        self.whole.len() - self.rest.len()
    }

    pub(in crate::storage) fn damaged(&self, what: impl Into<String>) -> CodecError {
        CodecError::Damaged {
            file: self.file.to_owned(),
            position: self.position + self.at() as u64,
            what: what.into(),
        }
    }

    fn checked<T, E: fmt::Display>(&self, what: &str, result: Result<T, E>) -> Result<T, CodecError> {
        result.map_err(|error| self.damaged(format!("no {what}: {error}")))
    }

    /// The length of an array that follows. Each element takes a byte at least.
    pub(in crate::storage) fn array(&mut self) -> Result<usize, CodecError> {
        let length = read_array_len(&mut self.rest);
        let length = self.checked("array", length)? as usize;
        if length > self.rest.len() { Err(self.damaged("an array is longer than the bytes left")) } else { Ok(length) }
    }

    /// An array that follows must have this length.
    pub(in crate::storage) fn array_of(&mut self, length: usize) -> Result<(), CodecError> {
        match self.array()? {
            found if found == length => Ok(()),
            found => Err(self.damaged(format!("an array has {found} elements, not {length}"))),
        }
    }

    /// All elements of an array, each read by `element`.
    pub(in crate::storage) fn list<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, CodecError> {
        let length = self.array()?;
        let mut list = Vec::new();
        for _ in 0..length {
            list.push(element(self)?);
        }
        Ok(list)
    }

    pub(in crate::storage) fn u64(&mut self) -> Result<u64, CodecError> {
        let number = read_int(&mut self.rest);
        self.checked("number", number)
    }

    pub(in crate::storage) fn u32(&mut self) -> Result<u32, CodecError> {
        let number = read_int(&mut self.rest);
        self.checked("number", number)
    }

    pub(in crate::storage) fn bool(&mut self) -> Result<bool, CodecError> {
        let value = read_bool(&mut self.rest);
        self.checked("boolean", value)
    }

    /// A number, or nil.
    pub(in crate::storage) fn optional(&mut self) -> Result<Option<u64>, CodecError> {
        if self.rest.first() == Some(&Marker::Null.to_u8()) {
            self.rest = &self.rest[1..];
            return Ok(None);
        }
        self.u64().map(Some)
    }

    /// Bytes, shared with the whole.
    pub(in crate::storage) fn bytes(&mut self) -> Result<Bytes, CodecError> {
        let length = read_bin_len(&mut self.rest);
        let length = self.checked("bytes", length)? as usize;
        let start = self.at();
        self.take(length)?;
        Ok(self.whole.slice(start..start + length))
    }

    pub(in crate::storage) fn text(&mut self) -> Result<String, CodecError> {
        let length = read_str_len(&mut self.rest);
        let length = self.checked("text", length)? as usize;
        let bytes = self.take(length)?;
        self.checked("text", std::str::from_utf8(bytes)).map(str::to_owned)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CodecError> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.damaged(format!("{length} bytes are announced, {} are left", self.rest.len()))),
        }
    }

    /// Everything must have been read.
    pub(in crate::storage) fn end(&self) -> Result<(), CodecError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.damaged("bytes are left over")) }
    }
}
