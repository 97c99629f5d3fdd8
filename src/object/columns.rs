//! Vectors that stand in a column instead of in the object's bytes.
//!
//! An object file keeps each declared vector field once, as a column. The object's bytes hold a marker (`column n`, see
//! [`extension`]) that readers replace: [`super::PackedObject`] when it reads a field, [`inline_columns`] when whole bytes
//! leave the file.

use std::borrow::Cow;

use super::{
    FieldPath, ObjectError, ValueRef, VectorBuf, VectorRef,
    encode::Pack,
    extension::{self, vector_payload},
    walk::{Head, Walker},
};

/// The vector columns of one slot of an object file.
pub trait VectorSource: Send + Sync {
    /// The slot's vector in a column; `None` when there is no such column or no vector in it.
    fn vector(&self, column: usize) -> Option<VectorRef<'_>>;
}

/// Takes the vectors at these paths out of an object's bytes: column i holds what stood at path i, `None` where there was no
/// vector. The bytes that come back hold markers in their places.
#[must_use]
pub fn split_columns(bytes: &[u8], paths: &[FieldPath]) -> (Vec<u8>, Vec<Option<VectorBuf>>) {
    let mut columns = vec![None; paths.len()];
    let mut found = Vec::new();
    for (column, path) in (0u32..).zip(paths) {
        let Some((start, end, vector)) = locate(bytes, path) else { continue };
        // A path given twice takes its vector once.
        if found.iter().any(|(_, known, _)| *known == start) {
            continue;
        }
        columns[column as usize] = Some(vector.into());
        found.push((column, start, end));
    }
    found.sort_unstable_by_key(|(_, start, _)| *start);
    let mut out = Pack::default();
    let mut copied = 0;
    for (column, start, end) in found {
        out.raw(&bytes[copied..start]);
        out.fixed(extension::COLUMN, &column.to_le_bytes());
        copied = end;
    }
    out.raw(&bytes[copied..]);
    (out.into_vec(), columns)
}

/// An object's bytes, vectors inline, with another vector in place of the one at a path; the bytes as they are when there is none.
///
/// # Errors
/// When the vector is longer than the format can count.
pub fn replace_vector(bytes: &[u8], path: &FieldPath, vector: VectorRef<'_>) -> Result<Vec<u8>, ObjectError> {
    let Some((start, end, _)) = locate(bytes, path) else { return Ok(bytes.to_vec()) };
    let (number, payload) = vector_payload(vector);
    let length = u32::try_from(payload.len())
        .map_err(|_| ObjectError::TooLong { field: path.to_string(), length: payload.len() })?;
    let mut out = Pack::default();
    out.raw(&bytes[..start]);
    out.extension(number, &payload, length);
    out.raw(&bytes[end..]);
    Ok(out.into_vec())
}

/// From where to where the vector at a path stands, and the vector.
fn locate<'a>(bytes: &'a [u8], path: &FieldPath) -> Option<(usize, usize, VectorRef<'a>)> {
    let mut walker = Walker::new(bytes);
    for name in path.names() {
        walker.find(name.as_bytes())?;
    }
    let start = bytes.len() - walker.rest().len();
    let ValueRef::Vector(vector) = walker.value(None)? else { return None };
    Some((start, bytes.len() - walker.rest().len(), vector))
}

/// An object's bytes with every marker replaced by its vector; the bytes as they are when there is none.
///
/// # Errors
/// When a marker's column is not there.
pub fn inline_columns<'a>(bytes: &'a [u8], columns: &dyn VectorSource) -> Result<Cow<'a, [u8]>, ObjectError> {
    let mut out = Pack::default();
    let mut copied = 0;
    let mut walker = Walker::new(bytes);
    // Heads follow each other flat, so this meets every value at any depth.
    loop {
        let start = bytes.len() - walker.rest().len();
        let Some(head) = walker.head() else { break };
        let Head::Ext(extension::COLUMN, payload) = head else { continue };
        let end = bytes.len() - walker.rest().len();
        let payload = payload.try_into().map_err(|_| ObjectError::Malformed {
            position: start,
            what: "a column marker that is not four bytes long",
        })?;
        let column = u32::from_le_bytes(payload);
        let missing = ObjectError::MissingColumn { column };
        let (number, payload) = vector_payload(columns.vector(column as usize).ok_or(missing)?);
        let length = u32::try_from(payload.len())
            .map_err(|_| ObjectError::TooLong { field: format!("column {column}"), length: payload.len() })?;
        out.raw(&bytes[copied..start]);
        out.extension(number, &payload, length);
        copied = end;
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(bytes));
    }
    out.raw(&bytes[copied..]);
    Ok(Cow::Owned(out.into_vec()))
}
