//! Comma-separated values with a heading line. Columns are typed by a first pass over the whole file, and those that are to be text stay as they
//! are written. An empty cell is missing.

use std::{io::BufReader, path::Path};

use csv::{Reader, ReaderBuilder, StringRecord};

use crate::object::{Kind, Object};

use super::{
    FieldType, ImportError, Note, Place,
    infer::{Column, ColumnType},
    lines::{Line, Lines, io_error, open},
    meter::Meter,
};

type CsvReader = Reader<BufReader<Box<dyn std::io::Read>>>;

/// The lines; `given` says which type a column is given by its name.
pub(super) fn read(
    path: &Path,
    meter: &Meter,
    given: &dyn Fn(&str) -> Option<FieldType>,
    notes: &mut Vec<Note>,
) -> Result<Lines, ImportError> {
    let (names, columns) = infer(path, meter)?;
    let untyped = names.iter().zip(&columns).filter(|(name, _)| given(name).is_none());
    notes.extend(untyped.filter_map(|(name, column)| note(path, name, column)));
    let kind = |(name, column): (&String, &Column)| match given(name) {
        Some(FieldType::Of(Kind::String)) => ColumnType::Text,
        _ => column.kind(),
    };
    let types: Vec<ColumnType> = names.iter().zip(&columns).map(kind).collect();
    let mut reader = reader(path, meter)?;
    reader.headers().map_err(|error| bad_line(path, 1, error))?;
    let path = path.to_owned();
    let lines = reader.into_records().enumerate().map(move |(index, cells)| {
        // The heading is line 1. Quoted line breaks make a cell's real line later: then the reader knows better.
        let counted = index as u64 + 2;
        let cells = cells.map_err(|error| bad_line(&path, counted, error))?;
        let number = cells.position().map_or(counted, csv::Position::line);
        Ok(Line { number, object: object(&names, &types, &cells) })
    });
    Ok(Box::new(lines))
}

fn reader(path: &Path, meter: &Meter) -> Result<CsvReader, ImportError> {
    Ok(ReaderBuilder::new().from_reader(BufReader::with_capacity(1 << 18, open(path, meter)?)))
}

/// The heading's names, and the narrowest type that every cell of each column fits. Lines that cannot be read are left to the second pass.
fn infer(path: &Path, meter: &Meter) -> Result<(Vec<String>, Vec<Column>), ImportError> {
    let mut reader = reader(path, meter)?;
    let names: Vec<String> =
        reader.headers().map_err(|error| bad_line(path, 1, error))?.iter().map(str::to_owned).collect();
    if let Some(what) = bad_heading(&names) {
        return Err(ImportError::Format { file: path.display().to_string(), what });
    }
    let mut columns: Vec<Column> = names.iter().map(|_| Column::new()).collect();
    let mut cells = StringRecord::new();
    loop {
        match reader.read_record(&mut cells) {
            Ok(true) => {
                let line = cells.position().map_or(0, csv::Position::line);
                columns.iter_mut().zip(&cells).for_each(|(column, cell)| column.add(cell, line));
            }
            Ok(false) => return Ok((names, columns)),
            Err(error) if error.is_io_error() => return Err(bad_line(path, 0, error)),
            Err(_) => {}
        }
    }
}

/// What is wrong with a heading, if anything is.
fn bad_heading(names: &[String]) -> Option<String> {
    if let Some(twice) = names.iter().enumerate().find_map(|(at, name)| names[..at].contains(name).then_some(name)) {
        return Some(format!("the heading names '{twice}' twice"));
    }
    match names {
        [] => Some("no heading: expected a first line that names the columns, separated by commas".into()),
        [one] => {
            let (_, delimiter) =
                [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|(sign, _)| one.contains(*sign))?;
            Some(format!(
                "the columns of the heading are separated by {delimiter}: expected commas; save the file with commas between the cells"
            ))
        }
        _ => None,
    }
}

/// What whoever imports should know of a column's type.
fn note(path: &Path, name: &str, column: &Column) -> Option<Note> {
    let (line, cell) = column.made_text_by()?;
    let what = format!(
        "{cell} is an integer beyond 64 bits, so the whole column is read as text; \
         --type {name}:text says that this is meant, --type {name}:float reads rounded numbers"
    );
    Some(Note { place: Place::line(path, line), field: name.to_owned(), what })
}

fn object(names: &[String], types: &[ColumnType], cells: &StringRecord) -> Object {
    let mut object = Object::new();
    for ((name, kind), cell) in names.iter().zip(types).zip(cells) {
        if let Some(value) = kind.value(cell) {
            object.set(name.as_str(), value);
        }
    }
    object
}

fn bad_line(path: &Path, counted: u64, error: csv::Error) -> ImportError {
    let line = error.position().map_or(counted, csv::Position::line);
    let what = match error.into_kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} {}: expected {expected_len}, as in the heading", if len == 1 { "cell" } else { "cells" })
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("no UTF-8 in cell {}: save the file as UTF-8", err.field() + 1),
        csv::ErrorKind::Io(source) => return io_error(path, source),
        other => format!("no CSV: {}", csv_text(&other)),
    };
    ImportError::Line { place: Place::line(path, line), what }
}

/// What is left: kinds of errors that reading untyped cells does not have.
fn csv_text(kind: &csv::ErrorKind) -> &'static str {
    match kind {
        csv::ErrorKind::Seek => "the file cannot be read from its beginning again",
        _ => "the cells cannot be read",
    }
}
