//! What of a container can be read when its header, its directory or its trailer is damaged?
//!
//! Every block, as long as its checksum is found. The checksum table has checksums of its own in the directory; without them the table
//! is taken as it is: a damaged entry makes a sound block look damaged, never the other way round.

use bytes::Bytes;

use super::{
    ALIGNMENT, AlignedBuffer, BLOCK, Container, Cursor, Section,
    directory::{Directory, Entry, FIXED, aligned, blocks},
};

/// Directories are looked for in so many places, from the end of the file.
const PLACES: usize = 4096;

impl Container {
    /// Opens a container by its directory alone, which is recognized by its form: sections and table that follow each other without gap
    /// or overlap up to where it stands. For damaged headers and trailers, and directories whose own checksum fails.
    #[must_use]
    pub fn by_directory(file: &str, kind: [u8; 8], bytes: &Bytes) -> Option<Self> {
        let last = bytes.len().checked_sub(ALIGNMENT)? / ALIGNMENT * ALIGNMENT;
        let starts = (FIXED..=last).rev().step_by(ALIGNMENT).take(PLACES);
        let mut found = starts.filter_map(|start| Directory::standing_at(file, start, bytes));
        found.find_map(|directory| Self::over_table(file, kind, bytes, directory.sections))
    }

    /// Opens a container whose directory is lost by what it must have said: the sections in file order, from the header on without a
    /// gap, each with its name and length. `None` unless the table that follows them vouches for at least one block.
    #[must_use]
    pub fn by_sections(file: &str, kind: [u8; 8], bytes: &Bytes, sections: Vec<(String, u64)>) -> Option<Self> {
        let mut position = FIXED as u64;
        let mut entries = Vec::with_capacity(sections.len());
        for (name, length) in sections {
            entries.push(Entry { name, position, length });
            position = position.checked_add(length)?.checked_next_multiple_of(ALIGNMENT as u64)?;
        }
        let container = Self::over_table(file, kind, bytes, entries)?;
        let vouched = container.sections().any(Section::any_intact);
        vouched.then_some(container)
    }

    /// Sections that follow each other, and the table after them as far as it is there.
    fn over_table(file: &str, kind: [u8; 8], bytes: &Bytes, sections: Vec<Entry>) -> Option<Self> {
        let end = sections.last().map_or(FIXED as u64, |last| aligned(last.position + last.length));
        let end = usize::try_from(end).ok().filter(|end| *end <= bytes.len())?;
        let wanted = usize::try_from(sections.iter().map(|entry| blocks(entry.length) * 4).sum::<u64>()).ok()?;
        let mut table = bytes[end..bytes.len().min(end.saturating_add(wanted))].to_vec();
        // Where the file is cut short, zeros stand for checksums, and their blocks count as damaged.
        table.resize(wanted, 0);
        Some(Self::assemble(file, kind, &AlignedBuffer::aligned(bytes.clone()), sections, Section::in_memory(table)))
    }
}

impl Directory {
    /// The directory that starts at a position, if what stands there is one.
    fn standing_at(file: &str, start: usize, bytes: &[u8]) -> Option<Self> {
        // Its first number is the position of the table, right before it.
        let table = u64::from_le_bytes(bytes.get(start..start + 8)?.try_into().ok()?);
        if table < FIXED as u64 || table > start as u64 || !table.is_multiple_of(ALIGNMENT as u64) {
            return None;
        }
        let directory = Self::decode(&mut Cursor::new(file, start as u64, &bytes[start..])).ok()?;
        directory.check_layout(start as u64).ok().map(|()| directory)
    }
}

impl Section {
    fn any_intact(&self) -> bool {
        (0..self.len()).step_by(BLOCK).any(|start| self.get(start..self.len().min(start + BLOCK)).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::ContainerWriter;

    const KIND: [u8; 8] = *b"REMAINS!";

    fn sample() -> (Vec<u8>, Vec<(String, u64)>) {
        let sections = [("a", vec![1; 3 * BLOCK + 7]), ("b", vec![]), ("c", vec![2; 100]), ("d", vec![3; 2 * BLOCK])];
        let mut bytes = Vec::new();
        let mut writer = ContainerWriter::new(&mut bytes, KIND).unwrap();
        sections.iter().for_each(|(name, content)| writer.put(name, content).unwrap());
        writer.finish().unwrap();
        (bytes, sections.into_iter().map(|(name, content)| (name.to_owned(), content.len() as u64)).collect())
    }

    fn content(container: &Container) -> Vec<Vec<u8>> {
        ["a", "b", "c", "d"].map(|name| container.section(name).unwrap().all().unwrap().to_vec()).to_vec()
    }

    #[test]
    fn without_header_trailer_or_directory_every_block_is_read_80() {
        let (bytes, sections) = sample();
        let whole = Container::open("file", KIND, bytes.clone().into()).unwrap();
        let directory = bytes.len() - 128 - 64;
        for damaged in [0..64, bytes.len() - 64..bytes.len(), bytes.len() - 64..bytes.len() - 63] {
            let mut hurt = bytes.clone();
            hurt[damaged].fill(0xee);
            assert!(Container::open("file", KIND, hurt.clone().into()).is_err());
            let found = Container::by_directory("file", KIND, &hurt.into()).unwrap();
            assert_eq!(content(&found), content(&whole));
        }
        let mut hurt = bytes.clone();
        hurt[directory..].fill(0xee);
        let hurt = Bytes::from(hurt);
        assert!(Container::by_directory("file", KIND, &hurt).is_none());
        let found = Container::by_sections("file", KIND, &hurt, sections.clone()).unwrap();
        assert_eq!(content(&found), content(&whole));
        // Cut within the table: what it still speaks of is there, and nothing else.
        let table = directory - 64;
        let cut = Container::by_sections("file", KIND, &hurt.slice(..table + 20), sections.clone()).unwrap();
        assert!(cut.section("a").unwrap().all().is_ok() && cut.section("c").unwrap().all().is_ok());
        assert!(cut.section("d").unwrap().all().is_err());
        assert!(Container::by_sections("file", KIND, &hurt.slice(..table), sections).is_none());
    }

    #[test]
    fn damage_stays_damage() {
        let (mut bytes, sections) = sample();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        bytes[64 + BLOCK] ^= 1;
        for container in [
            Container::by_directory("file", KIND, &bytes.clone().into()).unwrap(),
            Container::by_sections("file", KIND, &bytes.clone().into(), sections).unwrap(),
        ] {
            let section = container.section("a").unwrap();
            assert!(section.get(BLOCK..BLOCK + 1).is_err());
            assert_eq!(section.get(0..BLOCK).unwrap(), [1; BLOCK]);
        }
    }
}
