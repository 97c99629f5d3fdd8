//! The file format shared by object files, index parts and checkpoints.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    AlignedBuffer, CodecError, Section,
    directory::{Directory, Entry, FIXED, KIND, aligned, blocks, damaged},
    verified::{Checksums, Verified, count_verified},
};

/// An opened container. Opening reads the header and the directory, no body. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Container {
    file: Arc<str>,
    sections: Arc<[(String, Section)]>,
    /// The block checksums of all sections.
    table: Section,
}

impl Container {
    /// Opens a container that lies in memory or in a map. `file` is its name for errors.
    pub fn open(file: &str, kind: [u8; 8], bytes: Bytes) -> Result<Self, CodecError> {
        let directory = Directory::read(file, kind, &bytes)?;
        // Maps start on a page; what lies in memory askew is copied once, so that arrays can be read in place.
        let bytes = AlignedBuffer::aligned(bytes);
        let file: Arc<str> = file.into();
        let table_length = directory.table_entries * 4;
        let table = Entry { name: "checksums".to_owned(), position: directory.table_position, length: table_length };
        count_verified(bytes.len() - aligned(table.position + table_length) as usize + FIXED);
        let table = open_section(&file, kind, &bytes, &table, Checksums::Listed(directory.table_checksums));
        Ok(Self::assemble(&file, kind, &bytes, directory.sections, table))
    }

    /// Sections that lie inside the bytes, with the table of their checksums.
    pub(super) fn assemble(file: &str, kind: [u8; 8], bytes: &Bytes, sections: Vec<Entry>, table: Section) -> Self {
        let file: Arc<str> = file.into();
        let mut first = 0;
        let mut opened = Vec::with_capacity(sections.len());
        for entry in sections {
            let section = open_section(&file, kind, bytes, &entry, Checksums::Table(table.clone(), first));
            first += blocks(entry.length) as usize;
            opened.push((entry.name, section));
        }
        Self { sections: opened.into(), table, file }
    }

    /// Opens a container of whatever kind it says it is, for copying and verifying.
    pub fn open_any(file: &str, bytes: Bytes) -> Result<Self, CodecError> {
        let kind = bytes.get(KIND).and_then(|kind| kind.try_into().ok());
        Self::open(file, kind.unwrap_or_default(), bytes)
    }

    /// Damage of this file, found by whoever knows more about it.
    #[must_use]
    pub fn damaged(&self, position: u64, what: &str) -> CodecError {
        damaged(&self.file, position as usize, what)
    }

    /// The file's name, for errors.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// A section by name; a missing one is damage.
    pub fn section(&self, name: &str) -> Result<Section, CodecError> {
        self.find(name).ok_or_else(|| damaged(&self.file, 0, format!("section '{name}' is missing")))
    }

    /// A section by name, if there is one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Section> {
        self.sections.iter().find(|(known, _)| known == name).map(|(_, section)| section.clone())
    }

    /// The names of all sections, in file order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str())
    }

    /// All sections, in file order.
    pub(super) fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().map(|(_, section)| section)
    }

    /// Verifies the checksum table. Where a block of it is damaged, none of the blocks that it speaks of can be read.
    pub fn verify_table(&self) -> Result<(), CodecError> {
        self.table.all().map(drop)
    }

    /// Verifies every block of every section; names the first damaged one.
    pub fn verify(&self) -> Result<(), CodecError> {
        self.table.all()?;
        self.sections.iter().try_for_each(|(_, section)| section.all().map(drop))
    }
}

/// The layout has been checked against the file's length: the section and its padding are inside.
fn open_section(file: &Arc<str>, kind: [u8; 8], bytes: &Bytes, entry: &Entry, checksums: Checksums) -> Section {
    let (start, len) = (entry.position as usize, entry.length as usize);
    let stored = bytes.slice(start..aligned(entry.position + entry.length) as usize);
    Section::stored(stored, len, Verified::new(file.clone(), kind, entry.name.clone(), entry.position, len, checksums))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::codec::{
        ALIGNMENT, BLOCK, ContainerWriter,
        directory::{bound, header, trailer},
    };

    const KIND: [u8; 8] = *b"TESTKIND";

    fn write(sections: &[(&str, Vec<u8>)]) -> Bytes {
        let mut out = AlignedBuffer::new();
        let mut writer = ContainerWriter::new(&mut out, KIND).unwrap();
        for (n, (name, bytes)) in sections.iter().enumerate() {
            writer.section(name).unwrap();
            // Pieces of odd sizes, so that blocks are completed in every way.
            for piece in bytes.chunks(1 + n * 1777) {
                writer.write_all(piece).unwrap();
            }
        }
        assert_eq!(writer.finish().unwrap() as usize, out.len());
        out.into_bytes()
    }

    fn sample(lengths: &[usize]) -> Vec<(&'static str, Vec<u8>)> {
        let names = ["a", "bb", "ccc", "dddd", "eeeee", "f"];
        let fill = |(n, length): (usize, &usize)| (0..*length).map(|i| (i * 31 + n) as u8).collect();
        names.into_iter().zip(lengths.iter().enumerate().map(fill)).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let sections = sample(&[0, 1, BLOCK, BLOCK + 1, 5 * BLOCK - 1, 64]);
        let bytes = write(&sections);
        let container = Container::open("file", KIND, bytes.clone()).unwrap();
        assert!(container.names().eq(sections.iter().map(|(name, _)| *name)));
        for (name, content) in &sections {
            let section = container.section(name).unwrap();
            assert_eq!(section.all().unwrap(), content);
            assert_eq!(section.stored_address() % ALIGNMENT, 0);
            for start in [0, 1, 4095, 4096, 9000] {
                let wanted = content.get(start..(start + 100).min(content.len()).max(start));
                assert_eq!(section.get(start..(start + 100).min(content.len()).max(start)).ok(), wanted);
            }
        }
        container.verify().unwrap();
        assert!(container.section("none").is_err() && container.find("none").is_none());
        let empty = write(&[]);
        assert_eq!(Container::open("file", KIND, empty).unwrap().names().count(), 0);
    }

    /// The example in `docs/format.md`, which was put together by other means.
    #[test]
    fn the_documented_bytes_are_written() {
        let mut out = Vec::new();
        let mut writer = ContainerWriter::new(&mut out, *b"EXAMPLE!").unwrap();
        writer.put("text", b"hello").unwrap();
        writer.finish().unwrap();
        let lines = out.chunks(16).enumerate().filter(|(_, line)| line.iter().any(|byte| *byte != 0));
        let hex = |line: &[u8]| line.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
        let text: String = lines.map(|(n, line)| format!("{:4}{}\n", n * 16, hex(line))).collect();
        assert!(include_str!("../../docs/format.md").contains(&text), "{text}");
    }

    #[test]
    fn a_large_table_is_checked_in_its_own_blocks() {
        let sections = vec![("large", vec![7_u8; BLOCK * 1500 + 3])];
        let container = Container::open("file", KIND, write(&sections)).unwrap();
        let section = container.section("large").unwrap();
        assert_eq!(section.get(BLOCK * 1500..BLOCK * 1500 + 3).unwrap(), [7; 3]);
        assert_eq!(section.clone().all().unwrap().len(), BLOCK * 1500 + 3);
    }

    #[test]
    fn opening_touches_no_body() {
        let sections = sample(&[3 * BLOCK, 3 * BLOCK]);
        let mut bytes = write(&sections).to_vec();
        bytes[64..64 + 6 * BLOCK].fill(0xee);
        let container = Container::open("file", KIND, bytes.into()).unwrap();
        let error = container.section("bb").unwrap().get(BLOCK + 5..BLOCK + 6).unwrap_err();
        let CodecError::Damaged { file, position, .. } = error else { panic!("{error}") };
        assert_eq!((file.as_str(), position as usize), ("file", 64 + 4 * BLOCK));
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        let bytes = write(&sample(&[10, 0, BLOCK + 70, 64])).to_vec();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let result = Container::open("file", KIND, flipped.into()).and_then(|container| container.verify());
            let Err(CodecError::Damaged { file, position, .. }) = result else { panic!("bit {bit}: {result:?}") };
            // The position is the start of the block that holds the bit, or of the checksum that guards it.
            assert_eq!(file, "file");
            assert!(position as usize <= bit / 8 && bit / 8 < position as usize + BLOCK, "bit {bit}: {position}");
        }
    }

    #[test]
    fn every_truncation_and_extension_is_detected() {
        let bytes = write(&sample(&[10, 100]));
        for length in 0..bytes.len() {
            assert!(Container::open("file", KIND, bytes.slice(..length)).is_err(), "{length}");
        }
        let longer = [&bytes[..], &[0; 64]].concat();
        assert!(Container::open("file", KIND, longer.into()).is_err());
    }

    #[test]
    fn blocks_from_elsewhere_are_detected() {
        let bytes = write(&[("a", [[1; BLOCK], [2; BLOCK]].concat()), ("b", [[2; BLOCK], [1; BLOCK]].concat())]);
        let mut swapped = bytes.to_vec();
        swapped.copy_within(64 + BLOCK..64 + 2 * BLOCK, 64);
        assert!(Container::open("file", KIND, swapped.into()).unwrap().section("a").unwrap().get(0..1).is_err());
        let error = Container::open("file", *b"OTHERKND", bytes).unwrap_err().to_string();
        assert_eq!(error, "file: damaged at position 16: it is a file of kind 'TESTKIND', not 'OTHERKND'");
    }

    proptest! {
        /// Directories whose checksums are right and whose numbers are anything: opened or refused, never a panic.
        #[test]
        fn any_directory_is_read_without_panic(
            numbers in prop::collection::vec(prop_oneof![0..400_u64, any::<u64>(), Just(u64::MAX - 63)], 4),
            tail in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut directory: Vec<u8> = [numbers[0].to_le_bytes(), (numbers[1] % 3).to_le_bytes()].concat();
            directory.extend([0; 4]);
            directory.extend([1, 0, 0, 0, 1, 0, b'a']);
            directory.extend(numbers[2].to_le_bytes());
            directory.extend(numbers[3].to_le_bytes());
            directory.extend(tail);
            directory.resize(directory.len().next_multiple_of(64), 0);
            let mut file = header(KIND).to_vec();
            file.resize(320, 7);
            let checksum = bound(KIND, 320, &directory);
            file.extend(&directory);
            file.extend(trailer(KIND, file.len() as u64, 320, checksum));
            let _ = Container::open("file", KIND, file.into()).and_then(|container| container.verify());
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        let mut bytes = write(&[]).to_vec();
        bytes[8] = 2;
        let seal = bound(KIND, 0, &bytes[..60]);
        bytes[60..64].copy_from_slice(&seal.to_le_bytes());
        let error = Container::open("file", KIND, bytes.into()).unwrap_err();
        assert!(matches!(error, CodecError::NewerFormat { found: 2, known: 1, .. }), "{error}");
    }

    #[test]
    fn a_writer_refuses_misuse() {
        let mut out = Vec::new();
        let mut writer = ContainerWriter::new(&mut out, KIND).unwrap();
        assert!(writer.write(b"x").is_err());
        writer.section("a").unwrap();
        assert!(writer.section("a").is_err());
    }
}
