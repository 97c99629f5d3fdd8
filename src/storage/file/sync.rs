//! Syncing the head soon after commits, and what a failed sync means.

use std::{
    io,
    sync::{Arc, OnceLock, PoisonError},
    time::Duration,
};

use crate::{
    codec::sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
        thread::{self, JoinHandle},
    },
    storage::{StorageError, locked::Lockable},
};

use super::head::HeadFile;

/// Set when a sync has failed: what the disk holds is unknown from then on, so nothing is written until the store is reopened.
#[derive(Debug, Default)]
pub(super) struct Poison {
    why: OnceLock<(String, Arc<io::Error>)>,
    /// Whether other processes have been told, by a head that says so.
    told: AtomicBool,
}

impl Poison {
    pub(super) fn check(&self) -> Result<(), StorageError> {
        match self.why.get() {
            Some(why) => Err(poisoned(why)),
            None => Ok(()),
        }
    }

    /// Records a failed sync; returns the error to report.
    pub(super) fn fail(&self, under_way: &str, error: io::Error) -> StorageError {
        poisoned(self.why.get_or_init(|| (under_way.to_owned(), Arc::new(error))))
    }

    /// Whether the head must still be marked.
    pub(super) fn is_untold(&self) -> bool {
        self.why.get().is_some() && !self.told.load(Ordering::Acquire)
    }

    /// Whether the head must still be marked; true once.
    pub(super) fn must_tell(&self) -> bool {
        self.why.get().is_some() && !self.told.swap(true, Ordering::AcqRel)
    }
}

fn poisoned((under_way, source): &(String, Arc<io::Error>)) -> StorageError {
    StorageError::Poisoned { under_way: under_way.clone(), source: Some(source.clone()) }
}

/// Syncs the head a while after it was written, on a thread that starts with the first commit.
#[derive(Debug)]
pub(super) struct HeadSync {
    delay: Option<Duration>,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    head: HeadFile,
    poison: Arc<Poison>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    written: bool,
    ending: bool,
}

impl HeadSync {
    pub(super) fn new(head: HeadFile, poison: Arc<Poison>, delay: Option<Duration>) -> Self {
        let shared = Shared { head, poison, state: Mutex::default(), changed: Condvar::new() };
        Self { delay, shared: Arc::new(shared), thread: Mutex::default() }
    }

    /// The head was written.
    pub(super) fn written(&self) {
        let Some(delay) = self.delay else { return };
        let mut state = self.shared.state.locked();
        if state.written {
            return;
        }
        state.written = true;
        drop(state);
        self.shared.changed.notify_all();
        let mut thread = self.thread.locked();
        if thread.is_none() {
            let shared = self.shared.clone();
            *thread = thread::Builder::new().name("head sync".to_owned()).spawn(move || shared.run(delay)).ok();
        }
        if thread.is_none() {
            // Without a thread the promise is kept here, at the price of a sync.
            drop(thread);
            self.shared.sync();
        }
    }
}

impl Shared {
    fn run(&self, delay: Duration) {
        loop {
            let state = self.state.locked();
            let state = self.changed.wait_while(state, |state| !state.written && !state.ending);
            let state = state.unwrap_or_else(PoisonError::into_inner);
            let waited = self.changed.wait_timeout_while(state, delay, |state| !state.ending);
            let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let (written, ending) = (state.written, state.ending);
            drop(state);
            if written {
                self.sync();
            }
            if ending {
                return;
            }
        }
    }

    fn sync(&self) {
        // Cleared first: what is written during the sync asks for another one.
        self.state.locked().written = false;
        if let Err(error) = self.head.sync() {
            let error = self.poison.fail("syncing the head", error);
            tracing::error!("{error}");
        }
    }
}

impl Drop for HeadSync {
    fn drop(&mut self) {
        self.shared.state.locked().ending = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.locked().take() {
            // A panic there has nothing left to harm.
            let _ = thread.join();
        }
    }
}
