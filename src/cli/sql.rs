//! `protobase sql`: statements typed at a prompt, or piped in.

use std::io::{self, IsTerminal};

use crate::database::Database;

use super::{
    CliError,
    args::Format,
    repl::{Shell, interactive, scripted},
};

/// Opens a database and runs statements over it until standard input ends. At a terminal errors are told and typing goes on; in a script
/// the first error is the end.
pub fn run(db: &std::path::Path, format: Format) -> Result<(), CliError> {
    if format == Format::Geojson {
        return Err(CliError::Usage(
            "--format geojson: a session has answers of any shape: expected table, json or csv".into(),
        ));
    }
    let database = Database::open(db)?;
    let mut shell = Shell::new(&database, format);
    if io::stdin().is_terminal() {
        interactive(&mut shell)
    } else {
        scripted(&mut shell, io::stdin().lock(), &mut io::stdout().lock())
    }
}
