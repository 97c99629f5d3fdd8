//! Bars for long work, when a terminal is attached.

use std::{
    borrow::Cow,
    io::IsTerminal,
    ops::ControlFlow,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    import::ReadProgress,
    set::{Progress, Step},
    storage::backup::Copied,
};

/// One bar on standard error for one piece of work after the other; nothing when no terminal is attached. Gone when dropped.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    /// What the bar shows now.
    shown: Mutex<Option<(String, Step)>>,
}

/// What a bar counts in.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Objects,
    Bytes,
    Files,
    Percent,
}

impl Bar {
    /// A bar of no work yet.
    #[must_use]
    pub fn new() -> Self {
        let bar = match std::io::stderr().is_terminal() {
            true => ProgressBar::new(0),
            false => ProgressBar::hidden(),
        };
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, shown: Mutex::default() }
    }

    /// Reading files: gives what is to be told how far it is.
    pub fn reading(&self, what: &str) -> impl Fn(ReadProgress) + use<> {
        let show = self.bytes(what);
        move |read| show(read.bytes, read.total)
    }

    /// Copying the files of a backup: gives what is to be told how far it is.
    pub fn copying(&self, what: &str) -> impl Fn(Copied) + use<> {
        let show = self.bytes(what);
        move |copied| show(copied.bytes, copied.total)
    }

    /// Work through so many bytes, of how many.
    fn bytes(&self, what: &str) -> impl Fn(u64, u64) + use<> {
        self.begin(what.to_owned().into(), Unit::Bytes);
        let bar = self.bar.clone();
        move |bytes, total| {
            bar.set_length(total);
            bar.set_position(bytes);
        }
    }

    /// Work through so many objects: gives what is to be told after each.
    pub fn objects(&self, what: &str, total: u64) -> impl Fn() + use<> {
        self.begin(what.to_owned().into(), Unit::Objects);
        self.bar.set_length(total);
        let bar = self.bar.clone();
        move || bar.inc(1)
    }

    /// Shows how far the database is, which shall always go on.
    pub fn watch(&self, progress: Progress<'_>) -> ControlFlow<()> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if !shown.as_ref().is_some_and(|(set, step)| set == progress.set && *step == progress.step) {
            *shown = Some((progress.set.to_owned(), progress.step));
            self.begin(format!("{}: {}", progress.set, progress.step).into(), unit(progress.step));
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        ControlFlow::Continue(())
    }

    fn begin(&self, what: Cow<'static, str>, unit: Unit) {
        self.bar.reset();
        self.bar.set_length(0);
        self.bar.set_style(style(unit));
        self.bar.set_message(what);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

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

fn unit(step: Step) -> Unit {
    match step {
        Step::VerifyFiles => Unit::Files,
        // Its steps are no number that means anything to a reader.
        Step::BuildIndexes => Unit::Percent,
        _ => Unit::Objects,
    }
}

fn style(unit: Unit) -> ProgressStyle {
    let count = match unit {
        Unit::Objects => "{human_pos} of {human_len} objects",
        Unit::Bytes => "{bytes} of {total_bytes}",
        Unit::Files => "{human_pos} of {human_len} files",
        Unit::Percent => "{percent} %",
    };
    // A template of ours that is wrong would fail the test below; the user gets the plain bar.
    let style = ProgressStyle::with_template(&format!("{{msg}} [{{bar:30}}] {count}, {{eta}} left"));
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressDrawTarget;

    use super::*;

    #[test]
    fn a_bar_has_a_total_and_starts_anew_with_each_step() {
        let bar =
            Bar { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()), shown: Mutex::default() };
        let told = |step, done, total| {
            assert!(bar.watch(Progress { set: "cities", step, done, total }).is_continue());
            (bar.bar.position(), bar.bar.length(), bar.bar.message())
        };
        assert_eq!(told(Step::WriteObjects, 3, 7), (3, Some(7), "cities: writing objects".into()));
        assert_eq!(told(Step::BuildIndexes, 1, 14), (1, Some(14), "cities: building indexes".into()));
        bar.reading("reading")(ReadProgress { bytes: 10, total: 20 });
        assert_eq!((bar.bar.position(), bar.bar.length()), (10, Some(20)));
        bar.copying("backing up")(Copied { bytes: 3, total: 30 });
        assert_eq!((bar.bar.position(), bar.bar.length()), (3, Some(30)));
        bar.objects("checking", 5)();
        assert_eq!((bar.bar.position(), bar.bar.length()), (1, Some(5)));
    }

    #[test]
    fn every_unit_has_a_template_that_is_understood() {
        for unit in [Unit::Objects, Unit::Bytes, Unit::Files, Unit::Percent] {
            let bar = ProgressBar::with_draw_target(Some(4), ProgressDrawTarget::hidden()).with_style(style(unit));
            bar.inc(1);
        }
    }
}
