//! What a set needs from the database around it.

use std::sync::Arc;

use crate::{
    index::Registry,
    object::{Offset, Sequence},
    storage::Storage,
};

use super::{BuildMemory, SetError, Snapshot, WriteBatch};

/// The database, as a set's handle sees it: snapshots, commits, leases.
pub trait Engine: Send + Sync {
    /// The newest committed state that this process knows.
    fn snapshot(&self) -> Snapshot;

    /// A state for reading, as new as is wanted.
    fn latest(&self) -> Result<Snapshot, SetError> {
        Ok(self.snapshot())
    }

    /// Starts a batch on a snapshot as new as the log. While the batch lives, what others commit is remembered, so that it can be
    /// validated; a batch on a plain [`Engine::snapshot`] may come back as a conflict for no other reason than its age.
    fn begin(&self) -> Result<WriteBatch, SetError>;

    /// The index kinds that this database knows.
    fn registry(&self) -> &Arc<Registry>;

    /// Where blobs go.
    fn storage(&self) -> &Arc<dyn Storage>;

    /// What building indexes may hold in memory.
    fn build_memory(&self) -> &BuildMemory;

    /// Takes `count` offsets that follow each other, ascending within this handle, and returns the first. Segments get their numbers here, too.
    fn lease(&self, count: u64) -> Result<Offset, SetError>;

    /// Commits a batch whole, or nothing of it. [`SetError::Conflict`] asks to try again on a newer snapshot.
    fn commit(&self, batch: WriteBatch) -> Result<Sequence, SetError>;
}
