//! How is a database used from a shell?
//!
//! `args` is the grammar, each command has a file of its own, `output` prints answers, `map` draws them. Errors go to standard error and say
//! what to do; the exit code is 0, 1 for a failed operation, 2 for wrong usage, of which a statement that
//! cannot be read or lacks a parameter is one.

mod args;
mod backup;
mod changes;
mod check;
mod compact;
mod demo;
mod error;
mod import;
mod info;
mod map;
mod output;
mod parameters;
mod progress;
mod query;
mod refused;
mod repl;
mod salvage;
mod shapes;
mod sql;
mod waiting;

use std::process::ExitCode;

use clap::Parser;

pub use error::CliError;

use args::{Arguments, Command};

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("protobase: {error}");
            if let Some(advice) = error.advice() {
                eprintln!("what to do: {advice}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: Arguments) -> Result<(), CliError> {
    match arguments.command {
        Command::Demo { dir, datasets } => demo::run(&dir, datasets.as_deref()),
        Command::Import(arguments) => import::run(&arguments),
        Command::Query(arguments) => query::run(&arguments),
        Command::Sql { db, format } => sql::run(&db, format),
        Command::Info { db, json } => info::run(&db, json),
        Command::Check { db } => check::run(&db),
        Command::Backup { db, folder, link } => backup::run(&db, &folder, link),
        Command::Restore { backup, db } => backup::restore(&backup, &db),
        Command::Salvage { db, saved, json } => salvage::run(&db, &saved, json),
        Command::Changes { db, from, follow, old } => changes::run(&db, from, follow, old),
        Command::Compact { db } => compact::run(&db),
    }
}
