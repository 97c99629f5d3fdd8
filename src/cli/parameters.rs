//! `--param NAME=VALUE`: JSON, plain text, or one line of a matrix. `--param NAME:TYPE=VALUE`: what the type says.

use std::path::Path;

use crate::{
    import::{FieldType, NpyMatrix},
    object::{JsonText, Kind, Value},
    sql::{Parameters, parameter_names},
};

use super::CliError;

/// Reads the parameters of a statement as they stand on the command line. One that is given twice, or that the statement does not use, is a
/// slip of the pen that should not pass in silence.
pub fn parameters(given: &[(String, String)], sql: &str) -> Result<Parameters, CliError> {
    let used = parameter_names(sql).map_err(CliError::Statement)?;
    let mut parameters = Parameters::new();
    let mut known: Vec<&str> = Vec::new();
    for (written, text) in given {
        let (name, kind) = match written.split_once(':') {
            Some((name, kind)) => (name, Some(kind)),
            None => (written.as_str(), None),
        };
        if known.contains(&name) {
            return Err(CliError::Usage(format!("--param {name} is given twice: expected one value")));
        }
        if !used.contains(name) {
            let used: Vec<String> = used.iter().map(|name| format!("${name}")).collect();
            let used = if used.is_empty() { "none".to_owned() } else { used.join(", ") };
            return Err(CliError::Usage(format!(
                "--param {name}: the statement has no ${name}; its parameters: {used}"
            )));
        }
        known.push(name);
        let value = match kind {
            None => value(name, text)?,
            Some(kind) => typed(name, kind, text)?,
        };
        parameters = parameters.with(name, value);
    }
    Ok(parameters)
}

fn value(name: &str, text: &str) -> Result<Value, CliError> {
    if let Some(reference) = text.strip_prefix('@') {
        return vector(name, reference);
    }
    match JsonText::read(text) {
        Ok(json) => json.single().map_err(|error| CliError::Usage(format!("--param {name}: {error}"))),
        Err(_) => Ok(Value::String(text.to_owned())),
    }
}

/// A value of the type that is asked for; text is taken as it stands.
fn typed(name: &str, kind: &str, text: &str) -> Result<Value, CliError> {
    let wrong = |why: String| CliError::Usage(format!("--param {name}:{kind}={text}: {why}"));
    let kind = match kind {
        "text" => return Ok(Value::String(text.to_owned())),
        "json" => {
            let json = JsonText::read(text).map_err(|error| wrong(format!("no JSON: {error}")))?;
            return json.single().map_err(|error| wrong(error.to_string()));
        }
        "integer" | "int" => FieldType::Int,
        "float" => FieldType::Float,
        "bool" => FieldType::Of(Kind::Bool),
        "timestamp" => FieldType::Of(Kind::Timestamp),
        _ => return Err(wrong("expected the type text, integer, float, bool, timestamp or json".into())),
    };
    kind.convert(Value::String(text.to_owned())).map_err(wrong)
}

/// `FILE.npy[ROW]`, rows counted from 0.
fn vector(name: &str, reference: &str) -> Result<Value, CliError> {
    let wrong =
        || CliError::Usage(format!("--param {name}=@{reference}: expected @FILE.npy[ROW], rows counted from 0"));
    let (file, row) = reference.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).ok_or_else(wrong)?;
    let row: usize = row.parse().map_err(|_| wrong())?;
    let matrix = NpyMatrix::read(Path::new(file))?;
    let vector = matrix.vector(row).ok_or_else(|| {
        CliError::Usage(format!("--param {name}: row {row}: {file} has rows 0 to {}", matrix.len().saturating_sub(1)))
    })?;
    Ok(Value::from(vector.to_vec()))
}
