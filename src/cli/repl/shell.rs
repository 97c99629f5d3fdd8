//! Runs statements over one session, and prints what they answer.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use crate::{
    database::Database,
    sql::{Done, Parameters, Session},
};

use super::super::{CliError, args::Format, output};

/// A session with its settings.
pub(in crate::cli) struct Shell<'db> {
    pub database: &'db Database,
    session: Session<'db>,
    pub format: Format,
    /// Whether the time of each statement is told.
    pub timing: bool,
}

/// Whether more is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Flow {
    Continue,
    Quit,
}

impl<'db> Shell<'db> {
    /// Outside of any transaction.
    pub fn new(database: &'db Database, format: Format) -> Self {
        Self { database, session: Session::new(database), format, timing: false }
    }

    /// What stands before a line: whether a transaction is open, and whether it can still be committed.
    pub fn prompt(&self) -> &'static str {
        match (self.session.in_transaction(), self.session.is_aborted()) {
            (_, true) => "protobase=!> ",
            (true, false) => "protobase=*> ",
            (false, false) => "protobase=> ",
        }
    }

    /// Whether a transaction waits for its end.
    pub fn in_transaction(&self) -> bool {
        self.session.in_transaction()
    }

    /// Runs one statement. In formats for programs, standard output gets answers only, and what was done is told on standard error.
    pub fn statement(&mut self, text: &str, out: &mut dyn Write) -> Result<(), CliError> {
        let started = Instant::now();
        let answer = self.session.execute(text, &Parameters::new())?;
        let elapsed = started.elapsed();
        let answers = answer.done == Done::Answered || !answer.columns.is_empty();
        if self.format == Format::Table || answers {
            output::print(&answer, self.format, None, out)?;
        }
        if self.format != Format::Table && answer.done != Done::Answered {
            eprintln!("{}", answer.done);
        }
        if self.timing {
            self.tell(&format!("time: {}", milliseconds(elapsed)), out)?;
        }
        Ok(out.flush()?)
    }

    /// Says something that is no answer.
    pub fn tell(&self, text: &str, out: &mut dyn Write) -> Result<(), CliError> {
        if self.format == Format::Table {
            writeln!(out, "{text}")?;
        } else {
            eprintln!("{text}");
        }
        Ok(())
    }
}

fn milliseconds(elapsed: Duration) -> String {
    format!("{:.3} ms", elapsed.as_secs_f64() * 1_000.0)
}
