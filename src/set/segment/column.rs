//! A vector field of a segment, stored once, in slot order.

use crate::{
    codec::{CodecError, Section},
    index::{IndexError, Slot, VectorColumn},
    object::{Element, FieldPath, VectorRef, VectorType},
};

/// One vector column of an object file: vectors of one type, and one bit for each slot that has one.
#[derive(Debug)]
pub(in crate::set) struct Column {
    pub path: FieldPath,
    of: VectorType,
    slots: usize,
    vectors: Section,
    present: Section,
}

impl Column {
    /// A column over its two sections; reads nothing.
    pub fn new(path: FieldPath, of: VectorType, slots: u32, vectors: Section, present: Section) -> Self {
        Self { path, of, slots: slots as usize, vectors, present }
    }

    /// The vector of a slot.
    pub fn get(&self, slot: u32) -> Result<Option<VectorRef<'_>>, CodecError> {
        let byte = slot as usize / 8;
        if self.present.get(byte..byte + 1)?[0] >> (slot % 8) & 1 == 0 {
            return Ok(None);
        }
        if self.of.element == Element::F32 {
            let start = slot as usize * self.of.dimension;
            return self.vectors.array(start..start + self.of.dimension).map(|vector| Some(VectorRef::Slice(vector)));
        }
        let length = self.of.bytes();
        let start = slot as usize * length;
        let unfit = || self.vectors.damaged(start, "bits after the end of a vector");
        VectorRef::new(self.of, self.vectors.get(start..start + length)?).ok_or_else(unfit).map(Some)
    }
}

impl VectorColumn for Column {
    fn of(&self) -> VectorType {
        self.of
    }

    fn len(&self) -> usize {
        self.slots
    }

    fn vector(&self, slot: Slot) -> Result<Option<VectorRef<'_>>, IndexError> {
        Ok(self.get(slot.0)?)
    }
}

/// The names of a column's two sections: `vectors 0 384 ["embedding"]` and `present 0`. Where the elements are not f32 their type is said:
/// `vectors 0 384:f16 ["embedding"]`.
pub(super) fn section_names(column: usize, of: VectorType, path: &FieldPath) -> (String, String) {
    let names: Vec<&str> = path.names().iter().map(AsRef::as_ref).collect();
    let path = serde_json::Value::from(names);
    let element = if of.element == Element::F32 { String::new() } else { format!(":{}", of.element) };
    (format!("vectors {column} {}{element} {path}", of.dimension), format!("present {column}"))
}

/// Reads the name of a vectors section back: column number, type and path.
pub(super) fn parse_section_name(name: &str) -> Option<(usize, VectorType, FieldPath)> {
    let mut words = name.strip_prefix("vectors ")?.splitn(3, ' ');
    let column = words.next()?.parse().ok()?;
    let of = words.next()?;
    let (dimension, element) = match of.split_once(':') {
        Some((dimension, element)) => (dimension, Element::parse(element).ok()?),
        None => (of, Element::F32),
    };
    let of = VectorType { element, dimension: dimension.parse().ok()? };
    let names: Vec<String> = serde_json::from_str(words.next()?).ok()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| (column, of, FieldPath::of(&names)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_names_come_back() {
        for names in [&["embedding"][..], &["a", "b.c", "d \"e\""]] {
            let path = FieldPath::of(names);
            for element in Element::ALL {
                let of = VectorType { element, dimension: 384 };
                let (vectors, _) = section_names(3, of, &path);
                assert_eq!(parse_section_name(&vectors), Some((3, of, path.clone())));
            }
        }
        let of = VectorType { element: Element::F32, dimension: 384 };
        assert_eq!(section_names(0, of, &"v".into()).0, r#"vectors 0 384 ["v"]"#);
        assert_eq!(parse_section_name("vectors 0 384:f64 [\"v\"]"), None);
        assert_eq!(parse_section_name("vectors x"), None);
        assert_eq!(parse_section_name("objects"), None);
    }
}
