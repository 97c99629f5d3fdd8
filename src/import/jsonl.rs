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
    let lines = reader.lines().enumerate().filter_map(move |(index, line)| {
        let number = index as u64 + 1;
        match line {
            Err(source) => Some(Err(io_error(&path, source))),
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => Some(parse(&text, number).map_err(|what| ImportError::Line {
                file: path.display().to_string(),
                line: number,
                what,
            })),
        }
    });
    Ok(Box::new(lines))
}

fn parse(text: &str, number: u64) -> Result<Line, String> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    let object = from_json(&json).map_err(|error| error.to_string())?;
    Ok(Line { number, object })
}
