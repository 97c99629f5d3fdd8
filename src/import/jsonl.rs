//! One JSON object a line; empty lines are passed over.

use std::{
    io::{BufRead, BufReader},
    path::Path,
};

use crate::object::from_json;

use super::{
    ImportError,
    lines::{Line, Lines, io_error, open},
};

pub(super) fn read(path: &Path) -> Result<Lines, ImportError> {
    let reader = BufReader::with_capacity(1 << 18, open(path)?);
    let path = path.to_owned();
    let lines = reader.split(b'\n').enumerate().filter_map(move |(index, line)| {
        let number = index as u64 + 1;
        let bad = |what| ImportError::Line { file: path.display().to_string(), line: number, what };
        match line {
            Err(source) => Some(Err(io_error(&path, source))),
            Ok(bytes) => match std::str::from_utf8(&bytes) {
                Err(error) => Some(Err(bad(format!("no UTF-8: {error}")))),
                Ok(text) => {
                    // Some programs mark a file as UTF-8 by a byte order mark.
                    let text = text.trim_start_matches('\u{feff}').trim();
                    (!text.is_empty()).then(|| parse(text, number).map_err(bad))
                }
            },
        }
    });
    Ok(Box::new(lines))
}

fn parse(text: &str, number: u64) -> Result<Line, String> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    let object = from_json(&json).map_err(|error| error.to_string())?;
    Ok(Line { number, object })
}
