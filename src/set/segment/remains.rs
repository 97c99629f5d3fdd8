//! What of an object file can be read when its header, its directory or its trailer is damaged?
//!
//! What the directory said follows from the file's last section, which tells whose objects these are and how they are declared: sections
//! come in one order, and all lengths but that of the objects follow from the number of slots. Whatever is read afterwards must have its
//! block's checksum, so a wrong guess finds nothing. Where there is no such section, as in files of early versions, the directory is taken
//! that looks like one, though nothing vouches for it.

use bytes::Bytes;

use crate::{
    codec::{ALIGNMENT, Container},
    index::Registry,
    set::SetDeclaration,
};

use super::{
    about::{ABOUT, About},
    bodies::{BLOCKS, PACKED, PLAIN},
    build::vector_columns,
    column::section_names,
    names::objects_file,
    objects::{OBJECT_FILE, SegmentObjects, seeming_slots},
};

/// Where sections start.
const START: usize = 64;

impl SegmentObjects {
    /// Opens what is left of a damaged object file; `slots` as its entry says, when there is one. `None` when its checksums can't be
    /// found, so that nothing in it can be told to be intact.
    pub fn open_remains(file: &str, bytes: &Bytes, slots: Option<u32>) -> Option<Self> {
        let starts = (START..bytes.len()).step_by(ALIGNMENT).rev();
        let mut found = starts.filter_map(|start| Remains::of(file, bytes, start));
        let by_last_section = found.find_map(|remains| match slots {
            Some(slots) => remains.open(slots, false),
            // Each more takes sixteen bytes of positions and offsets.
            None => (0..u32::try_from(remains.end / 16).ok()?).find_map(|slots| remains.open(slots, true)),
        });
        by_last_section.or_else(|| {
            let container = Container::by_directory(file, OBJECT_FILE, bytes)?;
            let slots = slots.map_or_else(|| seeming_slots(&container), Ok).ok()?;
            Self::over(file, container, slots).ok()
        })
    }
}

/// An object file whose last section was found.
struct Remains<'a> {
    file: &'a str,
    bytes: &'a Bytes,
    declaration: SetDeclaration,
    columns: Vec<(String, usize, String)>,
    /// Where the last section starts, and its length.
    end: usize,
    about: usize,
}

impl<'a> Remains<'a> {
    fn of(file: &'a str, bytes: &'a Bytes, end: usize) -> Option<Self> {
        let (about, length) = About::read(&bytes.slice(end..))?;
        if objects_file(about.id) != file {
            return None;
        }
        let declaration = SetDeclaration::decode(&about.declaration).ok()?;
        let columns = vector_columns(&declaration, &Registry::builtin()).into_iter().enumerate();
        let columns = columns.map(|(column, (path, of))| {
            let (vectors, present) = section_names(column, of, &path);
            (vectors, of.bytes(), present)
        });
        Some(Self { file, bytes, columns: columns.collect(), declaration, end, about: length })
    }

    /// Opens the file with so many slots. `doubtful`: only when where objects start and end says the same.
    fn open(&self, slots: u32, doubtful: bool) -> Option<SegmentObjects> {
        let after = self.after_bodies(slots as usize);
        let length: usize = after.iter().map(|(_, length)| padded(*length)).fold(0, usize::saturating_add);
        let positions = self.end.checked_sub(length).filter(|start| *start >= START)?;
        if doubtful && self.number(positions)? != 0 {
            return None;
        }
        let objects = self.number(positions + 8 * slots as usize)?;
        if doubtful && !self.declaration.compressed && START + padded(objects) != positions {
            return None;
        }
        let mut sections = self.bodies(positions, objects)?;
        sections.extend(after);
        sections.push((ABOUT, self.about));
        let sections = sections.into_iter().map(|(name, length)| (name.to_owned(), length as u64)).collect();
        let container = Container::by_sections(self.file, OBJECT_FILE, self.bytes, sections)?;
        SegmentObjects::over(self.file, container, slots).ok()
    }

    /// The sections between the objects and the last one.
    fn after_bodies(&self, slots: usize) -> Vec<(&str, usize)> {
        let mut sections = vec![("positions", 8 * (slots + 1)), ("offsets", 8 * slots)];
        if self.declaration.parent.is_some() {
            sections.extend([("owners", 8 * slots), ("by offset", 4 * slots)]);
        }
        for (vectors, bytes, present) in &self.columns {
            sections.push((vectors, slots.saturating_mul(*bytes)));
            sections.push((present, slots.div_ceil(8)));
        }
        sections
    }

    /// The sections up to `end`, where objects of so many bytes are.
    fn bodies(&self, end: usize, objects: usize) -> Option<Vec<(&str, usize)>> {
        if !self.declaration.compressed {
            return Some(vec![(PLAIN, end - START)]);
        }
        // Pairs of where a block starts among the objects and in what is stored: from (0, 0) to both ends.
        for pairs in 1..=(end - START) / 16 {
            let Some(start) = end.checked_sub(padded(16 * pairs)).filter(|start| *start >= START) else { break };
            let pair = |n: usize| Some((self.number(start + 16 * n)?, self.number(start + 16 * n + 8)?));
            let (first, last) = (pair(0)?, pair(pairs - 1)?);
            if first == (0, 0) && last.0 == objects && START + padded(last.1) == start {
                return Some(vec![(PACKED, last.1), (BLOCKS, 16 * pairs)]);
            }
        }
        None
    }

    fn number(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(8)?)?;
        usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
    }
}

/// A length with the padding after it; of a number that is no length, the greatest.
fn padded(length: usize) -> usize {
    length.checked_next_multiple_of(ALIGNMENT).unwrap_or(usize::MAX)
}
