//! `protobase query`.

use std::io;

use crate::{database::Database, sql::Prepared};

use super::{CliError, args::QueryArguments, output, parameters::parameters};

pub fn run(arguments: &QueryArguments) -> Result<(), CliError> {
    let parameters = parameters(&arguments.parameters)?;
    let database = Database::options().read_only(true).open(&arguments.db)?;
    let prepared = Prepared::new(&arguments.sql, &parameters)?;
    let view = prepared.view(&database.snapshot())?;
    if arguments.explain {
        print!("{}", prepared.explain(&view)?);
    } else if arguments.analyze {
        print!("{}", prepared.analyze(&view)?);
    } else {
        let answer = prepared.run(&view)?;
        output::print(&answer, arguments.format, &mut io::stdout().lock())?;
    }
    Ok(())
}
