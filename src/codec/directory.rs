//! The fixed parts of a container: header, directory and trailer.
//!
//! ```text
//! header 64 | section, padded to 64 | ... | checksum table, padded to 64 | directory, padded to 64 | trailer 64
//! ```
//! The header says what the file is and in which version; the trailer says where the directory is; the directory names the
//! sections. Block checksums lie in a table of their own, itself checked block by block, so that opening a container of any
//! size reads about a page.

use super::{ALIGNMENT, BLOCK, Checksum, CodecError, Cursor};

/// The first eight bytes of every container.
const MAGIC: [u8; 8] = *b"\x89PBASE\r\n";
/// The last magic, at the start of the trailer.
const END_MAGIC: [u8; 8] = *b"PBASEEND";
/// The container version that this code writes, and the newest it reads.
pub(super) const VERSION: u32 = 1;
/// The length of the header, and of the trailer.
pub(super) const FIXED: usize = 64;

/// Where the header says what the file is.
pub(super) const KIND: std::ops::Range<usize> = 16..24;

/// One section, as the directory lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    pub position: u64,
    pub length: u64,
}

/// Everything that opening a container has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directory {
    /// All sections, in file order.
    pub sections: Vec<Entry>,
    /// Where the checksum table starts: one u32 per block of each section, in order.
    pub table_position: u64,
    /// The number of checksums in the table.
    pub table_entries: u64,
    /// The checksums of the table's own blocks.
    pub table_checksums: Vec<u32>,
}

/// The number of blocks of so many bytes.
pub(super) const fn blocks(length: u64) -> u64 {
    length.div_ceil(BLOCK as u64)
}

/// The next multiple of the alignment.
pub(super) const fn aligned(position: u64) -> u64 {
    position.next_multiple_of(ALIGNMENT as u64)
}

/// The checksum of bytes that belong at one position of a file of one kind.
pub(super) fn bound(kind: [u8; 8], position: u64, bytes: &[u8]) -> u32 {
    Checksum::new().bytes(&kind).number(position).bytes(bytes).value()
}

/// The header of a file of this kind.
pub(super) fn header(kind: [u8; 8]) -> [u8; FIXED] {
    let mut header = [0; FIXED];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[KIND].copy_from_slice(&kind);
    seal(kind, 0, &mut header);
    header
}

/// The trailer at `position`, for a directory that lies right before it.
pub(super) fn trailer(kind: [u8; 8], position: u64, directory: u64, checksum: u32) -> [u8; FIXED] {
    let mut trailer = [0; FIXED];
    trailer[..8].copy_from_slice(&END_MAGIC);
    trailer[8..16].copy_from_slice(&directory.to_le_bytes());
    trailer[16..24].copy_from_slice(&(position + FIXED as u64).to_le_bytes());
    trailer[24..28].copy_from_slice(&checksum.to_le_bytes());
    seal(kind, position, &mut trailer);
    trailer
}

fn seal(kind: [u8; 8], position: u64, fixed: &mut [u8; FIXED]) {
    let checksum = bound(kind, position, &fixed[..FIXED - 4]);
    fixed[FIXED - 4..].copy_from_slice(&checksum.to_le_bytes());
}

fn is_sealed(kind: [u8; 8], position: u64, fixed: &[u8]) -> bool {
    fixed[FIXED - 4..] == bound(kind, position, &fixed[..FIXED - 4]).to_le_bytes()
}

impl Directory {
    /// The directory's bytes, padded.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(self.table_position.to_le_bytes());
        out.extend(self.table_entries.to_le_bytes());
        for checksum in &self.table_checksums {
            out.extend(checksum.to_le_bytes());
        }
        out.extend(u32::try_from(self.sections.len()).unwrap_or(u32::MAX).to_le_bytes());
        for section in &self.sections {
            out.extend(u16::try_from(section.name.len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend(section.name.as_bytes());
            out.extend(section.position.to_le_bytes());
            out.extend(section.length.to_le_bytes());
        }
        out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
        out
    }

    /// Reads the fixed parts of a whole file, and nothing of its sections.
    pub(super) fn read(file: &str, kind: [u8; 8], bytes: &[u8]) -> Result<Self, CodecError> {
        check_header(file, kind, bytes)?;
        let end = bytes.len() - FIXED;
        let start = check_trailer(file, kind, bytes)?;
        let directory = Self::decode(&mut Cursor::new(file, start as u64, &bytes[start..end]))?;
        directory.check_layout(start as u64).map_err(|what| damaged(file, start, what))?;
        Ok(directory)
    }

    pub(super) fn decode(cursor: &mut Cursor<'_>) -> Result<Self, CodecError> {
        let table_position = cursor.u64()?;
        let table_entries = cursor.u64()?;
        let Some(table_length) = table_entries.checked_mul(4) else {
            return Err(cursor.damaged("the checksum table is impossibly long"));
        };
        // Every count is checked against the bytes that are left before memory is asked for.
        let table_blocks = usize::try_from(blocks(table_length)).unwrap_or(usize::MAX);
        let listed = cursor.take(table_blocks.saturating_mul(4))?;
        let table_checksums = listed.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
        let mut sections = Vec::new();
        for _ in 0..cursor.u32()? {
            let length = usize::from(cursor.u16()?);
            let Ok(name) = std::str::from_utf8(cursor.take(length)?) else {
                return Err(cursor.damaged("a section's name is not UTF-8"));
            };
            sections.push(Entry { name: name.to_owned(), position: cursor.u64()?, length: cursor.u64()? });
        }
        Ok(Self { sections, table_position, table_entries, table_checksums })
    }

    /// Sections and table follow each other without gap or overlap up to the directory at `end`.
    pub(super) fn check_layout(&self, end: u64) -> Result<(), String> {
        let mut position = FIXED as u64;
        let mut entries = 0_u64;
        for section in &self.sections {
            if section.position != position {
                return Err(format!("section '{}' is said to start at {}", section.name, section.position));
            }
            position = advance(position, section.length, end)?;
            entries += blocks(section.length);
        }
        if self.table_position != position || self.table_entries != entries {
            return Err(format!("{} checksums at {}", self.table_entries, self.table_position));
        }
        position = advance(position, entries * 4, end)?;
        if position == end { Ok(()) } else { Err(format!("the sections end at {position}")) }
    }
}

fn advance(position: u64, length: u64, end: u64) -> Result<u64, String> {
    match position.checked_add(length).and_then(|next| next.checked_next_multiple_of(ALIGNMENT as u64)) {
        Some(next) if next <= end => Ok(next),
        _ => Err(format!("{length} bytes at {position} do not fit into the file")),
    }
}

fn check_header(file: &str, kind: [u8; 8], bytes: &[u8]) -> Result<(), CodecError> {
    if bytes.len() < 2 * FIXED {
        return Err(damaged(file, bytes.len(), "the file is shorter than a header and a trailer"));
    }
    if bytes[..8] != MAGIC {
        return Err(damaged(file, 0, "it does not start like a protobase file"));
    }
    let mut cursor = Cursor::new(file, 8, &bytes[8..FIXED]);
    let (version, _, found) = (cursor.u32()?, cursor.u32()?, cursor.array::<8>()?);
    // The header's checksum keeps its place in every version, so that a flipped bit does not pass for a newer format.
    if !is_sealed(found, 0, &bytes[..FIXED]) {
        return Err(damaged(file, 0, "the header's checksum does not match"));
    }
    if version > VERSION {
        return Err(CodecError::NewerFormat { file: file.to_owned(), found: version, known: VERSION });
    }
    if found != kind {
        let [found, kind] = [found, kind].map(|kind| kind.escape_ascii().to_string());
        return Err(damaged(file, 16, format!("it is a file of kind '{found}', not '{kind}'")));
    }
    Ok(())
}

/// Checks the trailer and the directory's checksum; returns where the directory starts.
fn check_trailer(file: &str, kind: [u8; 8], bytes: &[u8]) -> Result<usize, CodecError> {
    let end = bytes.len() - FIXED;
    let trailer = &bytes[end..];
    if trailer[..8] != END_MAGIC || !is_sealed(kind, end as u64, trailer) {
        return Err(damaged(file, end, "the trailer is damaged, or the file is cut short"));
    }
    let mut cursor = Cursor::new(file, end as u64 + 8, &trailer[8..]);
    let (start, length, checksum) = (cursor.u64()?, cursor.u64()?, cursor.u32()?);
    if length != bytes.len() as u64 {
        return Err(damaged(file, end, format!("the file should have {length} bytes and has {}", bytes.len())));
    }
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    if start < FIXED || start > end || !start.is_multiple_of(ALIGNMENT) {
        return Err(damaged(file, end, format!("the directory cannot be at {start}")));
    }
    if bound(kind, start as u64, &bytes[start..end]) != checksum {
        return Err(damaged(file, start, "the directory's checksum does not match"));
    }
    Ok(start)
}

pub(super) fn damaged(file: &str, position: usize, what: impl Into<String>) -> CodecError {
    CodecError::Damaged { file: file.to_owned(), position: position as u64, what: what.into() }
}
