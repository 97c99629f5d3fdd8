//! How does a directory keep commits and blobs, for several processes at once?
//!
//! A commit is a frame appended to a log file under the directory's exclusive lock: written, synced, then published by moving the head.
//! Readers take no lock and never look past the head. Blobs are written under a temporary name, synced and renamed. No file is ever
//! truncated, reused or overwritten, except for the two slots of the head.
//!
//! ```text
//! protobase.format      what makes the directory a database
//! head                  the published end of the log
//! log-<number>          the commit log, oldest number first
//! checkpoint-<covered>  lists of live segments
//! blobs/<name>          object files and index parts
//! lock maintenance.lock loads.lock
//! ```

mod append;
mod blobs;
mod checkpoints;
mod evidence;
mod frame_bytes;
mod head;
#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod hostile;
mod log;
mod logs;
mod lost_head;
mod marker;
mod open;
mod places;
mod recovery;
mod restore;
mod salvage;
mod sync;
mod tail;
#[cfg(test)]
mod tests;
mod unfinished;
mod verify;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;

use crate::{codec::sync::Mutex, object::Sequence};

use super::{
    AppendError, Checkpoint, CheckpointStamp, Frame, FrameDraft, LockWait, OsFileSystem, Storage, StorageError,
    files::{FileAccess, FileLock, FileSystem, Sharing},
};

use head::{Head, HeadError, HeadFile, HeadFound};
use logs::Logs;
use sync::{HeadSync, Poison};

pub use evidence::Evidence;
pub use recovery::{Recovery, TornFrame};
pub use salvage::Salvage;
pub use unfinished::Unfinished;

/// Held while the log is appended to or the head is moved.
const LOCK: &str = "lock";
/// Held by the one process that maintains.
const MAINTENANCE_LOCK: &str = "maintenance.lock";
/// Shared by loads, held alone by a sweep.
const LOADS_LOCK: &str = "loads.lock";

/// How a directory is opened.
#[derive(Clone, Debug)]
pub struct FileOptions {
    /// Whether to make a database of a directory that is empty or does not exist.
    pub create: bool,
    /// Whether nothing will be written.
    pub read_only: bool,
    /// The length from which on a new log file is started.
    pub log_length: u64,
    /// Log files grow in steps of this many bytes, zeroed and synced ahead of use.
    pub log_step: u64,
    /// How long a lock of another process is waited for.
    pub lock_wait: LockWait,
    /// How long after a commit the head is synced; `None`: only by [`FileStorage::sync_head`] and when closed.
    pub head_sync: Option<Duration>,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            create: true,
            read_only: false,
            log_length: 64 << 20,
            log_step: 1 << 20,
            lock_wait: LockWait::default(),
            head_sync: Some(Duration::from_millis(500)),
        }
    }
}

/// A store in a directory. Several handles, of one process or of many, may be open on the same directory.
#[derive(Debug)]
pub struct FileStorage {
    id: u64,
    files: Arc<dyn FileSystem>,
    options: FileOptions,
    head: HeadFile,
    logs: Logs,
    /// Serializes the appends of this handle: the lock on the file excludes other handles only.
    turn: Mutex<Turn>,
    poison: Arc<Poison>,
    head_sync: HeadSync,
    recovery: Recovery,
    /// What a read-only handle found past the head when it was opened: known to be durable, though the head does not say so.
    found_past_head: Option<Head>,
}

/// What an append of this handle leaves to the next.
#[derive(Debug, Default)]
struct Turn {
    /// Memory for the bytes of a frame.
    buffer: Vec<u8>,
}

impl Turn {
    /// The longest buffer that is kept.
    const KEPT: usize = 1 << 20;

    fn keep(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= Self::KEPT {
            self.buffer = buffer;
        }
    }
}

impl FileStorage {
    /// Opens a directory, creating it when the options say so.
    pub fn open(directory: impl AsRef<Path>, options: &FileOptions) -> Result<Self, StorageError> {
        Self::over(Arc::new(OsFileSystem::new(directory.as_ref())), options)
    }

    /// Opens a store on any file system.
    pub fn over(files: Arc<dyn FileSystem>, options: &FileOptions) -> Result<Self, StorageError> {
        open::open(files, options)
    }

    /// What was found to be repaired when this handle was opened.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Makes the head durable now. The head is also synced soon after each commit, see [`FileOptions::head_sync`].
    pub fn sync_head(&self) -> Result<(), StorageError> {
        self.check_writable()?;
        self.head.sync().map_err(|error| self.poison.fail("syncing the head", error))
    }

    fn access(&self) -> FileAccess {
        if self.options.read_only { FileAccess::Read } else { FileAccess::Write }
    }

    fn check_writable(&self) -> Result<(), StorageError> {
        if self.options.read_only {
            return Err(StorageError::Refused("the database was opened for reading only".to_owned()));
        }
        self.poison.check()
    }

    /// An error of the operating system about one of the store's files.
    fn failed(&self, what: &str, name: &str, error: io::Error) -> StorageError {
        StorageError::io(format!("{what} {}", self.files.describe(name)), error)
    }

    fn lock(&self, name: &str, sharing: Sharing) -> Result<FileLock, StorageError> {
        self.files.lock(name, sharing, &self.options.lock_wait).map_err(|error| self.failed("locking", name, error))
    }

    fn read_head(&self) -> Result<HeadFound, StorageError> {
        self.head.read().map_err(|error| self.head_failed(error))
    }

    fn head_failed(&self, error: HeadError) -> StorageError {
        match error {
            HeadError::Io(error) => self.failed("reading", head::HEAD, error),
            HeadError::Codec(error) | HeadError::Torn(error) => error.into(),
        }
    }

    /// The end of the log as this handle may see it.
    fn visible_head(&self) -> Result<Head, StorageError> {
        let head = match (self.head.peek(), self.found_past_head) {
            // Nobody has written since this handle looked for the end itself.
            (Err(HeadError::Torn(_)), Some(found)) => return Ok(found),
            (head, _) => head.map_err(|error| self.head_failed(error))?,
        };
        Ok(match self.found_past_head {
            Some(found) if found.sequence > head.sequence => found,
            _ => head,
        })
    }
}

impl Storage for FileStorage {
    fn head(&self) -> Result<Sequence, StorageError> {
        Ok(self.visible_head()?.sequence)
    }

    fn append(&self, after: Sequence, frame: &FrameDraft) -> Result<Sequence, AppendError> {
        self.append_frame(after, frame)
    }

    fn read(&self, after: Sequence) -> Result<Vec<Frame>, StorageError> {
        self.logs.read(after, || self.visible_head())
    }

    fn read_some(&self, after: Sequence, bytes: u64) -> Result<Vec<Frame>, StorageError> {
        self.logs.read_some(after, bytes, || self.visible_head())
    }

    fn oldest(&self) -> Result<Sequence, StorageError> {
        self.logs.oldest(&self.visible_head()?)
    }

    fn trim(&self, before: Sequence) -> Result<(), StorageError> {
        self.check_writable()?;
        self.logs.trim(before, &self.visible_head()?)
    }

    fn put(&self, name: &str, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Result<u64, StorageError> {
        self.put_blob(name, write)
    }

    fn open(&self, name: &str) -> Result<Bytes, StorageError> {
        let path = blobs::path(name)?;
        self.files.map(&path).map_err(|error| self.failed("opening", &path, error))
    }

    fn locate(&self, name: &str) -> Option<PathBuf> {
        self.files.locate(&blobs::path(name).ok()?)
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.check_writable()?;
        self.remove_file(&blobs::path(name)?)
    }

    fn list(&self) -> Result<Vec<(String, u64)>, StorageError> {
        self.list_blobs()
    }

    fn put_checkpoint(&self, checkpoint: &Checkpoint, written: Option<i64>) -> Result<(), StorageError> {
        self.publish_checkpoint(checkpoint, written)
    }

    fn checkpoints(&self) -> Result<Vec<CheckpointStamp>, StorageError> {
        self.checkpoint_stamps()
    }

    fn checkpoint(&self, stamp: &CheckpointStamp) -> Result<Checkpoint, StorageError> {
        self.load_stamped(stamp)
    }

    fn forget_checkpoints(&self, keep: Sequence) -> Result<(), StorageError> {
        self.remove_checkpoints_before(keep)
    }

    fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        self.read_newest_checkpoint()
    }

    fn read_only(&self) -> bool {
        self.options.read_only
    }

    fn try_maintain(&self) -> Result<Option<Box<dyn Send>>, StorageError> {
        self.try_lock(MAINTENANCE_LOCK)
    }

    fn begin_load(&self) -> Result<Box<dyn Send + Sync>, StorageError> {
        self.check_writable()?;
        self.lock(LOADS_LOCK, Sharing::Shared)
    }

    fn try_sweep(&self) -> Result<Option<Box<dyn Send>>, StorageError> {
        let sweeping = self.try_lock(LOADS_LOCK)?;
        if sweeping.is_some() {
            // A segment that was committed by a frame past the head must not look like garbage.
            self.publish_past_head()?;
            self.remove_temporary_files()?;
        }
        Ok(sweeping)
    }

    fn verify(&self) -> Result<(), StorageError> {
        self.verify_all()
    }

    fn close(&self) -> Result<(), StorageError> {
        self.close_log()
    }
}

impl FileStorage {
    fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Send>>, StorageError> {
        self.check_writable()?;
        let lock = self.files.try_lock(name, Sharing::Exclusive);
        let lock = lock.map_err(|error| self.failed("locking", name, error))?;
        Ok(lock.map(|lock| -> Box<dyn Send> { lock }))
    }
}
