//! A vector field of a segment, stored once, in slot order.

use crate::{
    codec::{CodecError, Section},
    index::{IndexError, Slot, VectorColumn},
    object::FieldPath,
};

/// One vector column of an object file: fixed-size vectors, and one bit for each slot that has one.
#[derive(Debug)]
pub(in crate::set) struct Column {
    pub path: FieldPath,
    dimension: usize,
    slots: usize,
    vectors: Section,
    present: Section,
}

impl Column {
    /// A column over its two sections; reads nothing.
    pub fn new(path: FieldPath, dimension: usize, slots: u32, vectors: Section, present: Section) -> Self {
        Self { path, dimension, slots: slots as usize, vectors, present }
    }

    /// The vector of a slot.
    pub fn get(&self, slot: u32) -> Result<Option<&[f32]>, CodecError> {
        let byte = slot as usize / 8;
        if self.present.get(byte..byte + 1)?[0] >> (slot % 8) & 1 == 0 {
            return Ok(None);
        }
        let start = slot as usize * self.dimension;
        self.vectors.array(start..start + self.dimension).map(Some)
    }
}

impl VectorColumn for Column {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn len(&self) -> usize {
        self.slots
    }

    fn vector(&self, slot: Slot) -> Result<Option<&[f32]>, IndexError> {
        Ok(self.get(slot.0)?)
    }
}

/// The names of a column's two sections: `vectors 0 384 ["embedding"]` and `present 0`.
pub(super) fn section_names(column: usize, dimension: usize, path: &FieldPath) -> (String, String) {
    let names: Vec<&str> = path.names().iter().map(AsRef::as_ref).collect();
    let path = serde_json::Value::from(names);
    (format!("vectors {column} {dimension} {path}"), format!("present {column}"))
}

/// Reads the name of a vectors section back: column number, dimension and path.
pub(super) fn parse_section_name(name: &str) -> Option<(usize, usize, FieldPath)> {
    let mut words = name.strip_prefix("vectors ")?.splitn(3, ' ');
    let column = words.next()?.parse().ok()?;
    let dimension = words.next()?.parse().ok()?;
    let names: Vec<String> = serde_json::from_str(words.next()?).ok()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| (column, dimension, FieldPath::of(&names)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_names_come_back() {
        for names in [&["embedding"][..], &["a", "b.c", "d \"e\""]] {
            let path = FieldPath::of(names);
            let (vectors, _) = section_names(3, 384, &path);
            assert_eq!(parse_section_name(&vectors), Some((3, 384, path)));
        }
        assert_eq!(parse_section_name("vectors x"), None);
        assert_eq!(parse_section_name("objects"), None);
    }
}
