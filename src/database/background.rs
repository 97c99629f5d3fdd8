//! Who maintains a database that nobody looks after?
//!
//! Two threads: one flushes, compacts and builds, which may take long, and one freezes tails as they become full. Freezing is quick and
//! waits for none of that: queries read what is not frozen object by object.

use std::{
    io,
    sync::{Arc, Weak},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{codec::step_back, storage::StorageError};

use super::{Error, core::Core, pressure::Pressure};

/// Each looks around at least this often: other processes commit, too.
const PERIOD: Duration = Duration::from_millis(500);

/// After so many periods in which nobody wrote, what nobody has read is verified.
const QUIET: u32 = 4;

/// The background threads; they end when this is dropped.
pub(super) struct Background {
    pressure: Arc<Pressure>,
    threads: Vec<JoinHandle<()>>,
}

/// What a thread does until it is told to end.
type Work = fn(&Weak<Core>, &Pressure);

/// How far the threads step back for those who commit and ask. Who freezes goes before who maintains: queries are slower until it is through.
const MAINTENANCE: i32 = 10;
const FREEZING: i32 = 5;

impl Background {
    /// Starts the threads. They hold the database only while they work.
    pub fn start(core: &Arc<Core>) -> Result<Self, Error> {
        let mut background = Self { pressure: core.pressure.clone(), threads: Vec::new() };
        let works: [(&str, i32, Work); 2] =
            [("protobase maintenance", MAINTENANCE, maintain), ("protobase freezing", FREEZING, freeze)];
        for (name, nice, work) in works {
            let (weak, pressure) = (Arc::downgrade(core), core.pressure.clone());
            let work = move || {
                step_back(nice);
                work(&weak, &pressure);
            };
            let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
            background.threads.push(thread.map_err(no_thread)?);
        }
        core.pressure.attend(true);
        Ok(background)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.pressure.attend(false);
        self.pressure.stop();
        for thread in self.threads.drain(..) {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                tracing::error!(name, "a background thread has panicked");
            }
        }
    }
}

fn freeze(core: &Weak<Core>, pressure: &Pressure) {
    while pressure.wait_for_full(PERIOD) {
        let Some(core) = core.upgrade() else { return };
        core.freeze();
    }
}

fn maintain(core: &Weak<Core>, pressure: &Pressure) {
    let mut quiet = 0;
    while pressure.wait_for_work(PERIOD) {
        let Some(core) = core.upgrade() else { return };
        let before = core.snapshot().sequence();
        if let Err(error) = core.pass() {
            tracing::warn!(%error, "maintenance failed and will be tried again");
            // Not at once: what failed will most likely fail again.
            thread::sleep(PERIOD);
        }
        quiet = if core.snapshot().sequence() == before { quiet + 1 } else { 0 };
        if quiet > QUIET {
            core.scrub_a_while(PERIOD);
        }
    }
}

fn no_thread(source: io::Error) -> Error {
    StorageError::Io { what: "starting a background thread".to_owned(), source }.into()
}
