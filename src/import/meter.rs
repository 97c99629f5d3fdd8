//! How much of the files has been read?

use std::{
    cell::Cell,
    fmt, fs,
    io::{self, Read},
    path::Path,
    rc::Rc,
};

use super::format::is_csv;

/// What has been read, of how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadProgress {
    /// Bytes read so far, as they are on disk. A `.csv` file is read twice: first for the types of its columns.
    pub bytes: u64,
    /// Bytes to read.
    pub total: u64,
}

/// Counts what is read of several files, and tells.
#[derive(Clone)]
pub(super) struct Meter {
    bytes: Rc<Cell<u64>>,
    total: u64,
    tell: Rc<dyn Fn(ReadProgress)>,
}

impl Meter {
    /// A meter over these files. A file that cannot be looked at counts nothing: reading it will say why.
    pub(super) fn new<'a>(files: impl Iterator<Item = &'a Path>, tell: impl Fn(ReadProgress) + 'static) -> Self {
        let bytes = |file: &Path| fs::metadata(file).map_or(0, |found| found.len()) * if is_csv(file) { 2 } else { 1 };
        Self { bytes: Rc::default(), total: files.map(bytes).sum(), tell: Rc::new(tell) }
    }

    /// A meter that tells nobody.
    pub(super) fn silent() -> Self {
        Self::new(std::iter::empty(), |_| {})
    }

    /// The same reader, counted.
    pub(super) fn count<R: Read>(&self, reader: R) -> Metered<R> {
        Metered { reader, meter: self.clone() }
    }

    fn add(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes as u64);
        (self.tell)(ReadProgress { bytes: self.bytes.get(), total: self.total });
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.bytes.get(), self.total)
    }
}

/// A reader that tells a meter how much it gave.
#[derive(Debug)]
pub(super) struct Metered<R> {
    reader: R,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(into)?;
        self.meter.add(bytes);
        Ok(bytes)
    }
}
