//! `protobase query`.

use std::io::{self, Write};

use crate::{
    database::Database,
    sql::{Answer, Prepared},
};

use super::{
    CliError,
    args::{Format, QueryArguments},
    output,
    parameters::parameters,
};

pub fn run(arguments: &QueryArguments) -> Result<(), CliError> {
    let parameters = parameters(&arguments.parameters, &arguments.sql)?;
    let prepared = Prepared::new(&arguments.sql, &parameters).map_err(CliError::Statement)?;
    let database = Database::options().read_only(true).open(&arguments.db)?;
    let view = prepared.view(&database.snapshot())?;
    let answer = match (arguments.explain, arguments.analyze) {
        (true, _) => Answer::plan(&prepared.explain(&view)?),
        (_, true) => Answer::plan(&prepared.analyze(&view)?),
        _ => prepared.run(&view)?,
    };
    let mut out = io::stdout().lock();
    if answer.is_plan && arguments.format == Format::Table {
        for line in &answer.objects {
            writeln!(out, "{}", line.get("plan").and_then(|line| line.as_ref().as_str()).unwrap_or_default())?;
        }
        return Ok(());
    }
    output::print(&answer, arguments.format, &mut out)?;
    Ok(())
}
