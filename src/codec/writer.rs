//! Writing a container as a stream.

use std::io::{self, Write};

use super::{
    BLOCK,
    directory::{Directory, Entry, aligned, bound, header, trailer},
};

/// Writes a container as a stream: sections one after the other, then checksums and directory. Never seeks.
pub struct ContainerWriter<'w> {
    out: &'w mut dyn Write,
    kind: [u8; 8],
    /// The bytes handed to `out`.
    position: u64,
    /// The unfinished last block of the open section; always shorter than a block.
    block: Vec<u8>,
    sections: Vec<Entry>,
    /// The checksums of all finished blocks.
    checksums: Vec<u32>,
}

impl<'w> ContainerWriter<'w> {
    /// Starts a container. `kind` is eight bytes that say what the file is.
    pub fn new(out: &'w mut dyn Write, kind: [u8; 8]) -> io::Result<Self> {
        let header = header(kind);
        out.write_all(&header)?;
        let position = header.len() as u64;
        Ok(Self { out, kind, position, block: Vec::with_capacity(BLOCK), sections: Vec::new(), checksums: Vec::new() })
    }

    /// Starts the next section; everything written until the next call belongs to it. A name may be used once.
    pub fn section(&mut self, name: &str) -> io::Result<()> {
        if name.len() > usize::from(u16::MAX) || self.sections.iter().any(|entry| entry.name == name) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("section name '{name}' is taken or too long"),
            ));
        }
        self.end_section()?;
        self.sections.push(Entry { name: name.to_owned(), position: self.position, length: 0 });
        Ok(())
    }

    /// Writes a whole section at once.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.section(name)?;
        self.write_all(bytes)
    }

    /// Writes the directory and the footer; returns the length of the file.
    pub fn finish(mut self) -> io::Result<u64> {
        self.end_section()?;
        let table_position = self.position;
        let table_entries = self.checksums.len() as u64;
        let table: Vec<u8> = std::mem::take(&mut self.checksums).into_iter().flat_map(u32::to_le_bytes).collect();
        self.blocks(&table[..table.len() / BLOCK * BLOCK])?;
        self.block.extend(&table[table.len() / BLOCK * BLOCK..]);
        self.end_section()?;
        let table_checksums = std::mem::take(&mut self.checksums);
        let sections = std::mem::take(&mut self.sections);
        let directory = Directory { sections, table_position, table_entries, table_checksums }.encode();
        let start = self.position;
        self.emit(&directory)?;
        let trailer = trailer(self.kind, self.position, start, bound(self.kind, start, &directory));
        self.emit(&trailer)?;
        self.out.flush()?;
        Ok(self.position)
    }

    /// Closes the open block. Its checksum covers the padding too, so that no byte of the file goes unchecked.
    fn end_section(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let mut block = std::mem::take(&mut self.block);
        let padding = aligned(block.len() as u64) - block.len() as u64;
        block.extend(std::iter::repeat_n(0, padding as usize));
        self.checksums.push(bound(self.kind, self.position, &block));
        self.emit(&block)?;
        block.clear();
        self.block = block;
        Ok(())
    }

    /// Writes whole blocks.
    fn blocks(&mut self, bytes: &[u8]) -> io::Result<()> {
        debug_assert!(self.block.is_empty() && bytes.len().is_multiple_of(BLOCK));
        for (n, block) in bytes.chunks_exact(BLOCK).enumerate() {
            self.checksums.push(bound(self.kind, self.position + (n * BLOCK) as u64, block));
        }
        self.emit(bytes)
    }

    fn emit(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Takes what completes the open block, or as many whole blocks as there are.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.is_empty() && bytes.len() >= BLOCK {
            let whole = bytes.len() / BLOCK * BLOCK;
            self.blocks(&bytes[..whole])?;
            return Ok(whole);
        }
        let taken = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK {
            let mut block = std::mem::take(&mut self.block);
            self.blocks(&block)?;
            block.clear();
            self.block = block;
        }
        Ok(taken)
    }
}

impl Write for ContainerWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.sections.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "bytes before the first section"));
        }
        let taken = self.take(bytes)?;
        if let Some(section) = self.sections.last_mut() {
            section.length += taken as u64;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
