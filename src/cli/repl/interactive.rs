//! Statements typed at a terminal: history, completion, and lines that go on until a semicolon.

use std::{env, io, path::PathBuf};

use rustyline::{Config, Editor, error::ReadlineError, history::FileHistory};

use crate::sql::pieces;

use super::{
    super::CliError,
    complete::Typing,
    shell::{Flow, Shell},
};

/// In the user's own folder.
const HISTORY: &str = ".protobase_history";

/// Reads and runs until the end of the input, or `\q`.
pub(in crate::cli) fn interactive(shell: &mut Shell<'_>) -> Result<(), CliError> {
    let config = Config::builder().auto_add_history(true).build();
    let mut editor: Editor<Typing<'_>, FileHistory> = Editor::with_config(config).map_err(failed)?;
    editor.set_helper(Some(Typing::new(shell.database)));
    let history = env::home_dir().map(|home| home.join(HISTORY));
    if let Some(file) = &history {
        // The first time there is none.
        let _ = editor.load_history(file);
    }
    println!("protobase {}: statements end with ; \\? lists what else there is", env!("CARGO_PKG_VERSION"));
    let outcome = typed(shell, &mut editor);
    keep(&mut editor, history);
    outcome
}

fn typed(shell: &mut Shell<'_>, editor: &mut Editor<Typing<'_>, FileHistory>) -> Result<(), CliError> {
    loop {
        let input = match editor.readline(shell.prompt()) {
            Ok(input) => input,
            // What was typed so far is not meant.
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        match run(shell, &input) {
            Ok(Flow::Continue) => {}
            Ok(Flow::Quit) => return Ok(()),
            Err(CliError::Io(error)) => return Err(error.into()),
            Err(error) => {
                eprintln!("error: {error}");
                if let Some(advice) = error.advice() {
                    eprintln!("what to do: {advice}");
                }
            }
        }
    }
}

/// Runs what was typed; of several statements, those after one that fails are not run.
fn run(shell: &mut Shell<'_>, input: &str) -> Result<Flow, CliError> {
    let mut out = io::stdout().lock();
    if input.trim_start().starts_with('\\') {
        return shell.meta(input.trim(), &mut out);
    }
    for piece in pieces(input) {
        shell.statement(piece.text, &mut out)?;
    }
    Ok(Flow::Continue)
}

/// Saves what was typed for the next time; where that cannot be, it is said and no harm done.
fn keep(editor: &mut Editor<Typing<'_>, FileHistory>, history: Option<PathBuf>) {
    let Some(file) = history else { return };
    if let Err(error) = editor.save_history(&file) {
        eprintln!("the history is not saved: {}: {error}", file.display());
    }
}

fn failed(error: ReadlineError) -> CliError {
    match error {
        ReadlineError::Io(error) => error.into(),
        error => io::Error::other(error).into(),
    }
}
