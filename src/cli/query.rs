//! `protobase query`.

use std::io;

use crate::{
    database::Database,
    sql::{Answer, SqlError, Statement},
};

use super::{
    CliError,
    args::{Format, QueryArguments},
    map, output,
    parameters::parameters,
    shapes::Shaped,
};

pub fn run(arguments: &QueryArguments) -> Result<(), CliError> {
    let is_plan = arguments.explain || arguments.analyze;
    if is_plan && arguments.format == Format::Geojson {
        return Err(CliError::Usage("--format geojson: a plan has no places: expected table, json or csv".to_owned()));
    }
    let parameters = parameters(&arguments.parameters, &arguments.sql)?;
    let statement = Statement::parse(&arguments.sql).map_err(CliError::Statement)?;
    statement.check(&parameters).map_err(CliError::Statement)?;
    let database = Database::options().read_only(true).open(&arguments.db)?;
    let snapshot = database.snapshot();
    let answered = match (arguments.explain, arguments.analyze) {
        (true, _) => statement.explain(&snapshot, &parameters).map(|plan| Answer::plan(&plan)),
        (_, true) => statement.analyze(&snapshot, &parameters).map(|plan| Answer::plan(&plan)),
        _ => statement.answer(&snapshot, &parameters),
    };
    let answer = answered.map_err(refused)?;
    if let Some(file) = &arguments.map {
        let shapes = Shaped::new(&answer, arguments.geometry.as_deref())?;
        let written = std::fs::write(file, map::drawn(&shapes, &arguments.sql));
        written.map_err(|error| CliError::Refused(format!("--map {}: {error}", file.display())))?;
    }
    let mut out = io::stdout().lock();
    output::print(&answer, arguments.format, arguments.geometry.as_deref(), &mut out)
}

/// A statement over several sets is read in full only when these are known.
fn refused(error: SqlError) -> CliError {
    match error {
        SqlError::Unsupported { .. } | SqlError::MissingParameter(_) | SqlError::Syntax(_) => {
            CliError::Statement(error)
        }
        other => other.into(),
    }
}
