//! Signs of progress on long work, when a terminal is attached.

use std::{io::IsTerminal, time::Duration};

use indicatif::ProgressBar;

/// A spinner for work of unknown length; silent when no terminal is attached.
#[must_use]
pub fn spinner(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
