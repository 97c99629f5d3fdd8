//! Files of objects: one object after the other.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use crate::object::Object;

use super::{ImportError, format::is_gzip, meter::Meter};

/// One object of a file, with where it stood.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line, counted from 1; in GeoJSON the feature.
    pub number: u64,
    /// What it says.
    pub object: Object,
}

/// The objects of one file, in file order. A bad line is an error of its own, after which reading goes on.
pub type Lines = Box<dyn Iterator<Item = Result<Line, ImportError>>>;

/// Opens a file for reading, unpacking `.gz`. Bytes are counted as they are on disk.
pub(super) fn open(path: &Path, meter: &Meter) -> Result<Box<dyn Read>, ImportError> {
    let file = File::open(path).map_err(|source| io_error(path, source))?;
    let file = BufReader::with_capacity(1 << 18, meter.count(file));
    Ok(if is_gzip(path) { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

pub(super) fn io_error(path: &Path, source: io::Error) -> ImportError {
    let file = path.display().to_string();
    match source.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if is_gzip(path) => {
            ImportError::Format { file, what: format!("not a gzip file, damaged, or cut off: {source}") }
        }
        _ => ImportError::Io { file, source },
    }
}
