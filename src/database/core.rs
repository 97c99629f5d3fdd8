//! What do all handles of one open database share?
//!
//! The live state of all families, the commit queue, the leased offsets and the history that transactions are validated against. State
//! changes only under the commit lock, by applying durable frames in log order, own and foreign alike; readers take snapshots and wait
//! for nobody.

use std::{
    collections::BTreeSet,
    sync::{Arc, TryLockError},
};

use crate::{
    codec::sync::{ArcSwap, Mutex, MutexGuard},
    index::Registry,
    object::Offset,
    set::{BuildMemory, Families, Snapshot},
    storage::{Frame, Lease, Operation, Storage, StorageError},
};

use super::{
    DatabaseOptions, Error, Isolation, MaintenanceInfo,
    adopt::{Adopted, adopt},
    budget::Budget,
    commit::Draft,
    footprint::foreign,
    history::History,
    latest::Freshness,
    lease::{Allocator, LEASE},
    locked::lock,
    open::{OpenGuard, OpenTransactions},
    past::Trail,
    pressure::Pressure,
    queue::Queue,
};

/// What is shared by a database, its sets, its transactions and its maintenance.
pub(super) struct Core {
    pub storage: Arc<dyn Storage>,
    pub registry: Arc<Registry>,
    pub options: DatabaseOptions,
    pub allocator: Allocator,
    pub queue: Queue,
    pub pressure: Arc<Pressure>,
    /// Held by whoever maintains in this process; between processes it is the storage's lock.
    pub maintaining: Mutex<()>,
    /// What background maintenance may write.
    pub budget: Budget,
    /// What building indexes holds.
    pub build_memory: BuildMemory,
    /// What background maintenance is at.
    pub work: Mutex<Option<MaintenanceInfo>>,
    /// Damage to objects that the scrub has found.
    pub damaged: Mutex<BTreeSet<String>>,
    /// When the log was looked at for reading.
    pub freshness: Freshness,
    /// What the log refers to, where the past is kept.
    pub trail: Trail,
    /// Held by a transaction that has conflicted too often, until it is through.
    pub turn: Mutex<()>,
    families: ArcSwap<Families>,
    committer: Mutex<Committer>,
    open: Arc<OpenTransactions>,
}

/// What only the holder of the commit lock touches.
pub(super) struct Committer {
    /// What was committed lately.
    pub history: History,
    /// The first offset that was never leased.
    pub next_offset: u64,
}

impl Core {
    /// Takes up the newest checkpoint and the log after it. Maps files, reads no body, builds no index.
    pub fn open(storage: Arc<dyn Storage>, registry: Arc<Registry>, options: DatabaseOptions) -> Result<Self, Error> {
        let Adopted { families, next_offset, checkpoint } = adopt(&storage, &registry)?;
        let history = History::after(families.snapshot().sequence());
        Ok(Self {
            storage,
            registry,
            allocator: Allocator::default(),
            queue: Queue::default(),
            pressure: Arc::new(Pressure::new(&options, checkpoint)),
            maintaining: Mutex::default(),
            budget: Budget::new(options.maintenance_speed),
            build_memory: BuildMemory::new(options.thresholds.build_bytes),
            work: Mutex::default(),
            damaged: Mutex::default(),
            freshness: Freshness::default(),
            trail: Trail::default(),
            turn: Mutex::default(),
            families: ArcSwap::from_pointee(families),
            committer: Mutex::new(Committer { history, next_offset }),
            open: Arc::new(OpenTransactions::new(options.oldest_transaction)),
            options,
        })
    }

    /// The newest state that this process has seen.
    pub fn snapshot(&self) -> Snapshot {
        self.families.load().snapshot()
    }

    /// The live state, for checkpoints and freezing.
    pub fn families(&self) -> Arc<Families> {
        self.families.load_full()
    }

    /// The commit lock.
    pub fn committer(&self) -> MutexGuard<'_, Committer> {
        lock(&self.committer)
    }

    /// The commit lock, if nobody holds it.
    pub fn try_committer(&self) -> Option<MutexGuard<'_, Committer>> {
        match self.committer.try_lock() {
            Ok(committer) => Some(committer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Reads what other processes have committed. Costs one look at the head when there is nothing.
    pub fn refresh(&self) -> Result<(), Error> {
        if self.storage.head()? <= self.snapshot().sequence() {
            return Ok(());
        }
        self.catch_up(&mut self.committer())
    }

    /// A snapshot for a transaction that will write: as new as the log, and registered, so that what is committed from here on is
    /// remembered until the guard is dropped (for `aging` transactions up to the age limit).
    pub fn begin(&self, isolation: Isolation, aging: bool) -> Result<(Snapshot, OpenGuard), Error> {
        self.refresh()?;
        Ok(self.open.register(isolation, aging, || self.snapshot()))
    }

    /// A transaction's operations as history keeps them: only if somebody may ask what was written.
    pub fn remembered(&self, operations: impl FnOnce() -> Vec<Operation>) -> Option<Vec<Operation>> {
        self.open.any_serializable().then(operations)
    }

    /// Forgets history that no open transaction needs. Called after the state was published.
    pub fn forget_history(&self, committer: &mut Committer) {
        let needed = self.open.oldest().unwrap_or_else(|| self.snapshot().sequence());
        committer.history.forget(needed);
    }

    /// `count` offsets in a row that belong to this handle.
    pub fn lease(&self, count: u64) -> Result<Offset, Error> {
        loop {
            if let Some(first) = self.allocator.take(count) {
                return Ok(Offset(first));
            }
            let draft = Draft { snapshot: self.snapshot().sequence(), lease: count.max(LEASE), ..Draft::default() };
            self.commit(draft)?;
        }
    }

    /// Builds in-memory segments of open tails that are full, on these threads.
    pub fn freeze(&self) {
        self.pressure.frozen();
        if let Err(error) = self.families().freeze() {
            // Nothing is lost: what is not frozen is evaluated object by object.
            tracing::warn!(%error, "freezing the open tails failed");
        }
    }

    /// Applies all frames that are in the log and not in the state.
    pub fn catch_up(&self, committer: &mut Committer) -> Result<(), Error> {
        let frames = match self.storage.read(self.snapshot().sequence()) {
            Err(StorageError::Trimmed { .. }) => return self.readopt(committer),
            frames => frames?,
        };
        for frame in &frames {
            if let Err(error) = self.apply_foreign(committer, frame) {
                // A segment may be gone already: then a newer checkpoint exists and no longer refers to it.
                tracing::debug!(%error, sequence = %frame.sequence, "taking up the state anew");
                return self.readopt(committer);
            }
        }
        self.forget_history(committer);
        Ok(())
    }

    /// Applies a frame that this process appended. When that fails, as when a file can't be mapped, the state is taken up anew.
    pub fn apply_own(&self, committer: &mut Committer, frame: &Frame) -> Result<(), Error> {
        if let Err(error) = self.families.load().apply(frame) {
            tracing::warn!(%error, sequence = %frame.sequence, "applying a commit failed; taking up the state anew");
            self.readopt(committer)?;
        }
        committer.note(frame);
        Ok(())
    }

    fn apply_foreign(&self, committer: &mut Committer, frame: &Frame) -> Result<(), Error> {
        let before = self.snapshot();
        self.families.load().apply(frame)?;
        committer.note(frame);
        for operations in &frame.transactions {
            let remembered = self.remembered(|| operations.clone());
            committer.history.record(frame.sequence, foreign(&before, operations), remembered);
        }
        Ok(())
    }

    /// Takes up a newer checkpoint after having fallen behind a trimmed log. Transactions that began before can't be validated any more.
    fn readopt(&self, committer: &mut Committer) -> Result<(), Error> {
        let Adopted { families, next_offset, checkpoint } = adopt(&self.storage, &self.registry)?;
        committer.history = History::after(families.snapshot().sequence());
        committer.next_offset = committer.next_offset.max(next_offset);
        self.pressure.checkpointed(checkpoint);
        self.families.store(Arc::new(families));
        Ok(())
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            // Whatever was committed is durable already; the next opening has more to replay.
            tracing::warn!(%error, "closing the database failed");
        }
    }
}

impl Committer {
    fn note(&mut self, frame: &Frame) {
        self.next_offset = self.next_offset.max(frame.lease.map_or(0, Lease::end));
    }
}
