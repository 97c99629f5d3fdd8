//! Reading a file of objects, whatever its format.

use std::path::Path;

use super::{FieldType, ImportError, Lines, Note, csv, format::format_of, geojson, jsonl, meter::Meter};

/// Opens a file by its extension: `.jsonl` or `.ndjson`, `.csv`, `.geojson`, each also with `.gz`.
pub fn read_lines(path: &Path) -> Result<Lines, ImportError> {
    read_metered(path, &Meter::silent(), &|_| None, &mut Vec::new())
}

/// [`read_lines`], counted, with what was decided about fields. `given` says which type a field is given by its name: then nothing need be decided.
pub(super) fn read_metered(
    path: &Path,
    meter: &Meter,
    given: &dyn Fn(&str) -> Option<FieldType>,
    notes: &mut Vec<Note>,
) -> Result<Lines, ImportError> {
    if path.is_dir() {
        return Err(ImportError::Format {
            file: path.display().to_string(),
            what: "a directory: expected a file".into(),
        });
    }
    match format_of(path).as_str() {
        "jsonl" | "ndjson" => jsonl::read(path, meter),
        "csv" => csv::read(path, meter, given, notes),
        "geojson" => geojson::read(path, meter, notes),
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
