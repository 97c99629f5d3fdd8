//! Statements from a pipe: no prompts, and the first error is the end.

use std::io::{BufRead, Write};

use crate::sql::{SqlError, pieces};

use super::{
    super::CliError,
    shell::{Flow, Shell},
};

/// Runs what is read, each statement when its semicolon has come.
pub(in crate::cli) fn scripted(
    shell: &mut Shell<'_>,
    input: impl BufRead,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut script = Script { unfinished: String::new(), line: 1, number: 0 };
    for line in input.lines() {
        let line = line?;
        if script.unfinished.trim().is_empty() && line.starts_with('\\') {
            if shell.meta(&line, out)? == Flow::Quit {
                return ended(shell);
            }
            script.unfinished.push('\n');
            continue;
        }
        script.unfinished.push_str(&line);
        script.unfinished.push('\n');
        if line.contains(';') {
            script.run(shell, false, out)?;
        }
    }
    script.run(shell, true, out)?;
    ended(shell)
}

/// What is left open is not committed, and whoever forgot to should know.
fn ended(shell: &Shell<'_>) -> Result<(), CliError> {
    if shell.in_transaction() {
        let what = "the input ends inside of a transaction, of which nothing was committed: COMMIT is missing";
        return Err(CliError::Refused(what.to_owned()));
    }
    Ok(())
}

/// What was read and not run yet.
struct Script {
    unfinished: String,
    /// The line that it begins in.
    line: usize,
    /// The statements that have been run.
    number: usize,
}

impl Script {
    /// Runs the statements that have ended, or all.
    fn run(&mut self, shell: &mut Shell<'_>, all: bool, out: &mut dyn Write) -> Result<(), CliError> {
        let text = std::mem::take(&mut self.unfinished);
        for piece in pieces(&text) {
            if !piece.is_ended && !all {
                // It reaches to the end of what was read: pieces are slices of the text.
                let start = piece.text.as_ptr().addr() - text.as_ptr().addr();
                text[start..].clone_into(&mut self.unfinished);
                self.line += piece.line - 1;
                return Ok(());
            }
            self.number += 1;
            let line = self.line + piece.line - 1;
            shell.statement(piece.text, out).map_err(|error| numbered(self.number, line, error))?;
        }
        self.line += text.matches('\n').count();
        Ok(())
    }
}

/// The same error, with the statement that it is about.
fn numbered(number: usize, line: usize, error: CliError) -> CliError {
    let within = |error: SqlError| SqlError::InScript { number, line, source: Box::new(error) };
    match error {
        CliError::Sql(
            error @ (SqlError::Syntax(_) | SqlError::Unsupported { .. } | SqlError::UnknownFunction { .. }),
        ) => CliError::Statement(within(error)),
        CliError::Sql(error) => CliError::Sql(within(error)),
        CliError::Database(error) => CliError::Sql(within(error.into())),
        other => other,
    }
}
