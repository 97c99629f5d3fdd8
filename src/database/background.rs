//! Who maintains a database that nobody looks after?

use std::{
    io,
    sync::{Arc, Weak},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::storage::StorageError;

use super::{Error, core::Core, pressure::Pressure};

/// Maintenance looks around at least this often.
const PERIOD: Duration = Duration::from_millis(500);

/// After so many periods in which nobody wrote, what nobody has read is verified.
const QUIET: u32 = 4;

/// The maintenance thread; ends when this is dropped.
pub(super) struct Background {
    pressure: Arc<Pressure>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts the thread. It holds the database only while it works.
    pub fn start(core: &Arc<Core>) -> Result<Self, Error> {
        let (weak, pressure) = (Arc::downgrade(core), core.pressure.clone());
        let thread = thread::Builder::new().name("protobase maintenance".to_owned());
        let signal = pressure.clone();
        let thread = thread.spawn(move || run(&weak, &signal)).map_err(no_thread)?;
        core.pressure.attend(true);
        Ok(Self { pressure, thread: Some(thread) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.pressure.attend(false);
        self.pressure.stop();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the maintenance thread has panicked");
        }
    }
}

fn run(core: &Weak<Core>, pressure: &Pressure) {
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
    StorageError::Io { what: "starting the maintenance thread".to_owned(), source }.into()
}
