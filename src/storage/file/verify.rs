//! Checking everything that the storage layer keeps itself.

use crate::storage::{
    StorageError,
    files::{FileAccess, Sharing},
};

use super::{
    FileStorage, LOCK,
    logs::Logs,
    marker::{MARKER, Marker},
    tail::Tail,
};

impl FileStorage {
    /// Reads the marker, both slots of the head, all frames, what lies past them, and all checkpoints. Names the first fault.
    pub(super) fn verify_all(&self) -> Result<(), StorageError> {
        self.verify_marker()?;
        self.verify_log()?;
        self.all_checkpoints()?.into_iter().try_for_each(|covered| self.load_checkpoint(covered).map(drop))
    }

    fn verify_marker(&self) -> Result<(), StorageError> {
        let bytes = self.files.map(MARKER).map_err(|error| self.failed("reading", MARKER, error))?;
        Marker::decode(&bytes).map(drop)
    }

    fn verify_log(&self) -> Result<(), StorageError> {
        // With the lock held, nobody writes past the head and nobody's head is half written.
        let lock = self.files.lock(LOCK, Sharing::Exclusive);
        let found = self.read_head()?;
        if let Some(damage) = found.damage {
            return Err(damage.into());
        }
        let head = found.head;
        if lock.is_ok() {
            let log = self.logs.open(head.log)?;
            let tail = Tail::inspect(&log, &head)?;
            if tail.torn > 0 {
                let what = format!("{} bytes after the last frame are no frame", tail.torn);
                return Err(log.damaged(tail.end, what).into());
            }
        }
        drop(lock);
        // Opened anew, so that headers are checked as they are stored. Files that lead nowhere are garbage and not looked at.
        let logs = Logs::new(self.files.clone(), FileAccess::Read);
        let oldest = logs.oldest(&head)?;
        logs.read(oldest, || Ok(head)).map(drop)
    }
}
