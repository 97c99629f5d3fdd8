//! Which transactions are open, so that what was committed since the oldest is remembered?

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{codec::sync::Mutex, object::Sequence, set::Snapshot};

use super::{Isolation, locked::lock};

/// The snapshots of open writing transactions.
#[derive(Debug)]
pub(super) struct OpenTransactions {
    open: Mutex<Open>,
    oldest: Duration,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    transactions: BTreeMap<u64, Registered>,
}

/// One open transaction.
#[derive(Debug)]
struct Registered {
    snapshot: Sequence,
    /// When it began, if it ages.
    begun: Option<Instant>,
    isolation: Isolation,
}

/// Keeps one transaction registered until it is dropped.
#[derive(Debug)]
pub(super) struct OpenGuard {
    transactions: Arc<OpenTransactions>,
    id: u64,
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        lock(&self.transactions.open).transactions.remove(&self.id);
    }
}

impl OpenTransactions {
    /// No transaction; history is kept for none that is older than `oldest`.
    pub fn new(oldest: Duration) -> Self {
        Self { open: Mutex::default(), oldest }
    }

    /// Registers a snapshot. It is taken under the lock, so that nothing after it is forgotten before it is registered.
    pub fn register(
        self: &Arc<Self>,
        isolation: Isolation,
        aging: bool,
        snapshot: impl FnOnce() -> Snapshot,
    ) -> (Snapshot, OpenGuard) {
        let mut open = lock(&self.open);
        let snapshot = snapshot();
        let id = open.next;
        open.next += 1;
        let begun = aging.then(Instant::now);
        open.transactions.insert(id, Registered { snapshot: snapshot.sequence(), begun, isolation });
        (snapshot, OpenGuard { transactions: self.clone(), id })
    }

    /// The oldest snapshot that history is kept for.
    pub fn oldest(&self) -> Option<Sequence> {
        let young = |begun: Option<Instant>| begun.is_none_or(|begun| begun.elapsed() < self.oldest);
        let open = lock(&self.open);
        open.transactions.values().filter(|known| young(known.begun)).map(|known| known.snapshot).min()
    }

    /// Whether any open transaction must be told what others have written, and not only where. One that begins later reads a newer
    /// snapshot than what is published when this is asked.
    pub fn any_serializable(&self) -> bool {
        lock(&self.open).transactions.values().any(|known| known.isolation == Isolation::Serializable)
    }
}
