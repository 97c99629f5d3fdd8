//! Answers on standard output: a table for reading, JSON, CSV or GeoJSON for programs.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::{
    geometry,
    object::{Object, Value},
    sql::{Answer, Done},
};

use super::{CliError, args::Format, shapes::Shaped};

/// Cells of a table are cut to this many characters, so that a text field does not swamp its neighbours.
const CELL_WIDTH: usize = 60;

/// Writes an answer in the asked format; JSON, CSV and GeoJSON, of the shapes in a column, are complete and nothing else.
pub fn print(answer: &Answer, format: Format, shapes: Option<&str>, out: &mut dyn Write) -> Result<(), CliError> {
    match format {
        Format::Table => print_table(answer, out)?,
        Format::Json => print_json(answer, out)?,
        Format::Csv => print_csv(answer, out)?,
        Format::Geojson => Shaped::new(answer, shapes)?.write_geojson(out)?,
    }
    Ok(())
}

fn print_table(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    if answer.is_plan {
        let line = |line: &Object| line.get("plan").and_then(|line| line.as_ref().as_str().map(str::to_owned));
        return answer.objects.iter().filter_map(line).try_for_each(|line| writeln!(out, "{line}"));
    }
    if !answer.columns.is_empty() {
        writeln!(out, "{}", table(&answer.columns, &answer.objects))?;
    }
    match (&answer.done, answer.objects.len()) {
        (Done::Answered, count) => writeln!(out, "{count} {}", if count == 1 { "object" } else { "objects" }),
        (done, _) => writeln!(out, "{done}"),
    }
}

/// A table with a heading; numbers stand right.
pub fn table(columns: &[String], objects: &[Object]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Dynamic).set_header(columns);
    if !table.is_tty() {
        table.set_width(160);
    }
    for object in objects {
        table.add_row(columns.iter().map(|column| object.get(column).map_or_else(String::new, cell)));
    }
    for (index, column) in columns.iter().enumerate() {
        let numeric =
            |object: &Object| matches!(object.get(column), None | Some(Value::Int(_) | Value::Float(_) | Value::Null));
        if objects.iter().all(numeric)
            && let Some(column) = table.column_mut(index)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "null".to_owned(),
        Value::Float(number) if number.abs() >= 1e-3 && number.abs() < 1e9 => {
            let digits = if number.abs() >= 1_000.0 { 0 } else { 4 };
            format!("{number:.digits$}")
        }
        other => other.to_string(),
    };
    match text.char_indices().nth(CELL_WIDTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn print_json(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for (index, object) in answer.objects.iter().enumerate() {
        out.write_all(if index == 0 { b"\n  " } else { b",\n  " })?;
        if answer.all {
            serde_json::to_writer(&mut *out, object)?;
        } else {
            serde_json::to_writer(&mut *out, &with_every_column(&answer.columns, object))?;
        }
    }
    out.write_all(if answer.objects.is_empty() { b"]\n" } else { b"\n]\n" })
}

/// A selected value that is missing is null: programs find every name that they asked for.
fn with_every_column(columns: &[String], object: &Object) -> Object {
    columns
        .iter()
        .fold(Object::new(), |whole, column| whole.with(column, object.get(column).cloned().unwrap_or(Value::Null)))
}

fn print_csv(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    if answer.columns.is_empty() {
        // `*` of nothing: a heading without names would be a line with one empty cell.
        return Ok(());
    }
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(&answer.columns).map_err(io_error)?;
    for object in &answer.objects {
        let cells = answer.columns.iter().map(|column| object.get(column).map_or(Ok(String::new()), whole));
        writer.write_record(cells.collect::<io::Result<Vec<_>>>()?).map_err(io_error)?;
    }
    writer.flush()
}

/// A value as a cell of CSV, complete: shapes as WKT, vectors, lists and maps as JSON.
fn whole(value: &Value) -> io::Result<String> {
    Ok(match value {
        Value::Null => String::new(),
        Value::Geometry(shape) => geometry::to_wkt(shape),
        Value::Vector(_) | Value::List(_) | Value::Map(_) => serde_json::to_string(value)?,
        other => other.to_string(),
    })
}

/// The writer's own error: a reader who has gone away must be known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
