//! How do committed bytes survive?
//!
//! [`Storage`] is the seam to the world: a commit log that several writers share, and immutable blobs. It knows no index kinds and no
//! meaning of objects; everything above it works the same on memory and on a directory.

pub mod backup;
mod behind;
mod checkpoint;
mod doubt;
mod encoding;
mod error;
mod file;
pub mod files;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod hostile;
mod locked;
mod map;
mod memory;
mod os;
mod publish;
pub mod simulate;
#[cfg(test)]
mod tests;
mod waiting;

pub use checkpoint::{Checkpoint, CheckpointStamp, FamilyEntry, PartEntry, SegmentEntry, SegmentId};
pub use doubt::Doubt;
pub use error::{AppendError, StorageError};
pub use file::{Evidence, FileOptions, FileStorage, Recovery, Salvage, TornFrame, Unfinished};
pub use frame::{Frame, FrameDraft, Lease, Operation};
pub use memory::MemoryStorage;
pub use os::OsFileSystem;
pub use waiting::LockWait;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use bytes::Bytes;

use crate::object::Sequence;

/// A place that keeps a database: a commit log and immutable blobs.
pub trait Storage: Send + Sync + std::fmt::Debug {
    /// The newest durable sequence, as everybody sees it now.
    fn head(&self) -> Result<Sequence, StorageError>;

    /// Appends a frame after `after`, the sequence that its members were validated against: durable whole, or not there.
    fn append(&self, after: Sequence, frame: &FrameDraft) -> Result<Sequence, AppendError>;

    /// All durable frames after `after`, in order. Fails with [`StorageError::Trimmed`] when some are gone.
    fn read(&self, after: Sequence) -> Result<Vec<Frame>, StorageError>;

    /// [`Storage::read`] that stops when it has read about so many bytes of frames, and one frame at least if there is any.
    fn read_some(&self, after: Sequence, bytes: u64) -> Result<Vec<Frame>, StorageError>;

    /// The oldest sequence that the log can be read after.
    fn oldest(&self) -> Result<Sequence, StorageError>;

    /// Lets go of log before `before`; never of frames at or after it.
    fn trim(&self, before: Sequence) -> Result<(), StorageError>;

    /// Publishes an immutable blob: complete, durable and under its name when this returns, or not there. Returns its length.
    fn put(&self, name: &str, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Result<u64, StorageError>;

    /// Maps a blob. The bytes stay valid after [`Storage::remove`]. A blob that is not there: [`StorageError::is_not_found`].
    fn open(&self, name: &str) -> Result<Bytes, StorageError>;

    /// Where a blob lies on the file system of this machine, for programs that share files by links; `None` for a store that is elsewhere.
    fn locate(&self, _name: &str) -> Option<PathBuf> {
        None
    }

    /// The store's number: copies that go different ways have different ones. Zero for one that cannot tell.
    fn id(&self) -> u64 {
        0
    }

    /// Removes a blob that nothing refers to any more; absent is fine.
    fn remove(&self, name: &str) -> Result<(), StorageError>;

    /// The names and lengths of all blobs.
    fn list(&self) -> Result<Vec<(String, u64)>, StorageError>;

    /// Publishes a checkpoint, unless a newer one is there: one that covers more frames, or the same with a later list of segments. `written`
    /// is when, in microseconds since 1970, if somebody will ask.
    fn put_checkpoint(&self, checkpoint: &Checkpoint, written: Option<i64>) -> Result<(), StorageError>;

    /// All checkpoints that are there, oldest first.
    fn checkpoints(&self) -> Result<Vec<CheckpointStamp>, StorageError>;

    /// One of them. One that is gone meanwhile: [`StorageError::is_not_found`].
    fn checkpoint(&self, stamp: &CheckpointStamp) -> Result<Checkpoint, StorageError>;

    /// Lets go of checkpoints listed before `keep`; never of the newest.
    fn forget_checkpoints(&self, keep: Sequence) -> Result<(), StorageError>;

    /// The newest readable checkpoint; `None` in an empty store.
    fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError>;

    /// Whether this handle may write.
    fn read_only(&self) -> bool;

    /// Tries to become the one process that maintains (flushes, compacts, trims); dropped with the guard.
    fn try_maintain(&self) -> Result<Option<Box<dyn Send>>, StorageError>;

    /// Says that blobs will be written which nothing refers to until a later commit (a bulk load): nobody sweeps until the guard is
    /// dropped. Waits for a sweep that is under way.
    fn begin_load(&self) -> Result<Box<dyn Send + Sync>, StorageError> {
        Ok(Box::new(()))
    }

    /// Tries to keep all loads, of this process and of others, from being under way until the guard is dropped, so that blobs which
    /// nothing refers to are garbage. Call it while maintaining only. `None`: a load is under way, or the store can't tell; then nothing may be removed.
    fn try_sweep(&self) -> Result<Option<Box<dyn Send>>, StorageError> {
        Ok(None)
    }

    /// Checks everything that the store keeps besides blobs: log, head, checkpoints. Names the first fault.
    fn verify(&self) -> Result<(), StorageError> {
        Ok(())
    }

    /// Writes what closing owes (a synced head).
    fn close(&self) -> Result<(), StorageError>;
}
