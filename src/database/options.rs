//! How should a database be opened?

use std::{fmt, sync::Arc, time::Duration};

use crate::{index::IndexKind, set::Thresholds, storage::LockWait};

use super::Retention;

/// Settings for opening a database; start with [`super::Database::options`] and end with `open`, `in_memory` or `with_storage`.
#[derive(Clone)]
#[must_use]
#[allow(clippy::struct_excessive_bools, reason = "settings that have nothing to do with each other")]
pub struct DatabaseOptions {
    pub(super) read_only: bool,
    pub(super) create: bool,
    pub(super) background: bool,
    pub(super) kinds: Vec<Arc<dyn IndexKind>>,
    pub(super) oldest_transaction: Duration,
    pub(super) checkpoint_frames: u64,
    pub(super) retention: Retention,
    pub(super) staleness: Duration,
    pub(super) thresholds: Thresholds,
    pub(super) build_memory: Option<u64>,
    pub(super) maintenance_speed: Option<u64>,
    pub(super) scrub_speed: u64,
    pub(super) lock_wait: LockWait,
    /// The store ends with its handles: closing need not tidy up.
    pub(super) volatile: bool,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            read_only: false,
            create: true,
            background: true,
            kinds: Vec::new(),
            oldest_transaction: Duration::from_secs(60),
            checkpoint_frames: 4_096,
            retention: Retention::none(),
            staleness: Duration::ZERO,
            thresholds: Thresholds::default(),
            build_memory: None,
            maintenance_speed: None,
            scrub_speed: 2 << 20,
            lock_wait: LockWait::default(),
            volatile: false,
        }
    }
}

impl DatabaseOptions {
    /// Whether nothing is to be written, not even by maintenance. Default: false.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Whether a directory that holds no database becomes one. Default: true.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Whether a thread flushes, compacts, builds indexes and writes checkpoints by itself. Default: true. Without it, these are done
    /// when the database is asked to: deterministically, for tests.
    pub fn background(mut self, background: bool) -> Self {
        self.background = background;
        self
    }

    /// Adds a kind of index from outside the crate. It must be added again at every opening; without it the database still answers,
    /// by evaluation.
    pub fn register(mut self, kind: Arc<dyn IndexKind>) -> Self {
        self.kinds.push(kind);
        self
    }

    /// How long a transaction may stay open and still be committed when others commit meanwhile. Default: 60 s.
    pub fn oldest_transaction(mut self, age: Duration) -> Self {
        self.oldest_transaction = age;
        self
    }

    /// After how many commits another checkpoint is written. Default: 4,096.
    pub fn checkpoint_every(mut self, frames: u64) -> Self {
        self.checkpoint_frames = frames;
        self
    }

    /// How much of the past is kept, for [`super::Database::at`] and [`super::Database::changes`]. Default: nothing.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// How many bytes a second background maintenance writes at most. Commits that wait for it make it hurry. Default: no limit.
    pub fn maintenance_speed(mut self, bytes_per_second: Option<u64>) -> Self {
        self.maintenance_speed = bytes_per_second;
        self
    }

    /// How many bytes building indexes holds in memory, all builds together, beside the files that they read and write: they wait for each
    /// other, segments are made no larger than can be built within, and a part that does not fit even so is built with less (for vectors:
    /// without a graph), as [`super::IndexInfo::unaffordable`] tells. Default: 2 GiB, enough for five million vectors of 128 dimensions in one
    /// segment. The same as [`Thresholds::build_bytes`], over which it goes.
    ///
    /// A thread of a rayon pool waits for nobody, since what it would wait for may need that very thread. So loads and compactions that a program
    /// runs on several threads of a pool at once (`files.par_iter()` over [`crate::IndexableSet::insert_many`]) may hold this much each, all
    /// together as many times as much as the pool has threads. On threads of its own (`std::thread::scope`) they wait for each other.
    pub fn build_memory(mut self, bytes: u64) -> Self {
        self.build_memory = Some(bytes);
        self
    }

    /// How many bytes a second are verified in the background while nothing else is to be done; 0 for none. Default: 2 MiB.
    pub fn scrub_speed(mut self, bytes_per_second: u64) -> Self {
        self.scrub_speed = bytes_per_second;
        self
    }

    /// How old what is read may be, as far as other processes commit: a read looks at the log unless that was done within this time.
    /// Writing always does. Default: zero, so that every read sees what was committed before it began, by whomever.
    pub fn staleness(mut self, staleness: Duration) -> Self {
        self.staleness = staleness;
        self
    }

    /// How long a commit waits for another process that holds the directory's lock, and who is told of the wait. Default: 10 s, nobody.
    pub fn lock_wait(mut self, wait: LockWait) -> Self {
        self.lock_wait = wait;
        self
    }

    /// When maintenance flushes and compacts.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }
}

impl fmt::Debug for DatabaseOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseOptions")
            .field("read_only", &self.read_only)
            .field("create", &self.create)
            .field("background", &self.background)
            .field("kinds", &self.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
            .field("oldest_transaction", &self.oldest_transaction)
            .field("checkpoint_frames", &self.checkpoint_frames)
            .field("retention", &self.retention)
            .field("staleness", &self.staleness)
            .field("thresholds", &self.thresholds)
            .field("build_memory", &self.build_memory)
            .field("maintenance_speed", &self.maintenance_speed)
            .field("scrub_speed", &self.scrub_speed)
            .field("lock_wait", &self.lock_wait)
            .field("volatile", &self.volatile)
            .finish()
    }
}
