//! One JSON object a line; empty lines are passed over.

use std::{
    io::{BufRead, BufReader},
    path::Path,
};

use crate::object::JsonText;

use super::{
    ImportError, Place,
    lines::{Line, Lines, io_error, open},
    meter::Meter,
};

pub(super) fn read(path: &Path, meter: &Meter) -> Result<Lines, ImportError> {
    let reader = BufReader::with_capacity(1 << 18, open(path, meter)?);
    let path = path.to_owned();
    let lines = reader.split(b'\n').enumerate().filter_map(move |(index, line)| {
        let number = index as u64 + 1;
        let bad = |what| ImportError::Line { place: Place::line(&path, number), what };
        match line {
            Err(source) => Some(Err(io_error(&path, source))),
            Ok(bytes) => match std::str::from_utf8(&bytes) {
                Err(error) => Some(Err(bad(format!(
                    "no UTF-8 from byte {} of the line on: save the file as UTF-8",
                    error.valid_up_to() + 1
                )))),
                Ok(text) => {
                    // Some programs mark a file as UTF-8 by a byte order mark.
                    let text = text.trim_start_matches('\u{feff}').trim();
                    (!text.is_empty()).then(|| parse(text, Place::line(&path, number)))
                }
            },
        }
    });
    Ok(Box::new(lines))
}

fn parse(text: &str, place: Place) -> Result<Line, ImportError> {
    let number = place.number;
    match JsonText::read(text) {
        Err(error) => Err(ImportError::Line { place, what: no_json(&error) }),
        Ok(json) => match json.object() {
            Ok(object) => Ok(Line { number, object }),
            Err(error) => Err(ImportError::object(place, &error)),
        },
    }
}

/// What serde_json says, without its line, which is always 1: the text is one line of the file.
fn no_json(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said.split(" at line ").next().unwrap_or(&said);
    format!("no JSON: {what} (column {}): expected one JSON object a line", error.column())
}
