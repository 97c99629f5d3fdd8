//! Files of objects: which format, and one object after the other.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;

use crate::object::Object;

use super::{ImportError, csv, geojson, jsonl, meter::Meter};

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

/// Opens a file by its extension: `.jsonl` or `.ndjson`, `.csv`, `.geojson`, each also with `.gz`.
pub fn read_lines(path: &Path) -> Result<Lines, ImportError> {
    read_metered(path, &Meter::silent())
}

/// [`read_lines`], counted.
pub(super) fn read_metered(path: &Path, meter: &Meter) -> Result<Lines, ImportError> {
    if path.is_dir() {
        return Err(ImportError::Format {
            file: path.display().to_string(),
            what: "a directory: expected a file".into(),
        });
    }
    match format_of(path).as_str() {
        "jsonl" | "ndjson" => jsonl::read(path, meter),
        "csv" => csv::read(path, meter),
        "geojson" => geojson::read(path, meter),
        "" => Err(ImportError::Format {
            file: path.display().to_string(),
            what: "no extension: expected .jsonl, .csv or .geojson, each also with .gz".into(),
        }),
        other => Err(ImportError::Format {
            file: path.display().to_string(),
            what: format!("extension '.{other}': expected .jsonl, .csv or .geojson, each also with .gz"),
        }),
    }
}

/// The extension, without `.gz`, in lower case.
fn format_of(path: &Path) -> String {
    let bare = if is_gzip(path) { path.with_extension("") } else { PathBuf::from(path) };
    bare.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// Whether the name says that the file is GeoJSON.
pub(super) fn is_geojson(path: &Path) -> bool {
    format_of(path) == "geojson"
}

/// Whether the name says that the file is CSV.
pub(super) fn is_csv(path: &Path) -> bool {
    format_of(path) == "csv"
}

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
