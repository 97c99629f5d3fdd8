//! `protobase query`.

use std::io;

use crate::{
    database::Database,
    sql::{Answer, Prepared},
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
    let prepared = Prepared::new(&arguments.sql, &parameters).map_err(CliError::Statement)?;
    let database = Database::options().read_only(true).open(&arguments.db)?;
    let view = prepared.view(&database.snapshot())?;
    let answer = match (arguments.explain, arguments.analyze) {
        (true, _) => Answer::plan(&prepared.explain(&view)?),
        (_, true) => Answer::plan(&prepared.analyze(&view)?),
        _ => prepared.run(&view)?,
    };
    if let Some(file) = &arguments.map {
        let shapes = Shaped::new(&answer, arguments.geometry.as_deref())?;
        let written = std::fs::write(file, map::drawn(&shapes, &arguments.sql));
        written.map_err(|error| CliError::Refused(format!("--map {}: {error}", file.display())))?;
    }
    let mut out = io::stdout().lock();
    output::print(&answer, arguments.format, arguments.geometry.as_deref(), &mut out)
}
