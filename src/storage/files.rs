//! Which file operations does the storage layer rely on?
//!
//! Few enough that a simulated disk can implement them all and lose power at any of them: see [`super::simulate`]. Names are
//! relative to the store's directory, with `/` between folder and file.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

use super::{LockWait, StorageError};

/// A directory on some disk.
pub trait FileSystem: Send + Sync + fmt::Debug {
    /// Creates a file, for reading and writing; it must not be there yet. Its name is durable after [`FileSystem::sync_folder`].
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>>;

    /// Opens a file that is there.
    fn open(&self, name: &str, access: FileAccess) -> io::Result<Arc<dyn StoredFile>>;

    /// Maps a whole file that will not change any more. The bytes stay valid after the file is removed.
    fn map(&self, name: &str) -> io::Result<Bytes>;

    /// Gives a file another name in the same folder, replacing what has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Gives a file that will not change any more, from anywhere on this machine, a name here, without copying it.
    fn link(&self, _file: &Path, _name: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Where a name lies on this machine, if it does.
    fn locate(&self, _name: &str) -> Option<PathBuf> {
        None
    }

    /// Removes a file's name.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// What is in a folder; the directory itself is `""`. Names come without the folder, in order.
    fn list(&self, folder: &str) -> io::Result<Vec<Listed>>;

    /// Creates a folder, with those above it; that it exists is fine. The name is durable when this returns.
    fn create_folder(&self, folder: &str) -> io::Result<()>;

    /// Makes creations, renames and removals in a folder durable.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;

    /// Waits for a lock on a file, created when missing; not for ever, see [`LockWait`]. Let go of when dropped, or when the process
    /// ends.
    fn lock(&self, name: &str, sharing: Sharing, wait: &LockWait) -> io::Result<FileLock>;

    /// Takes a lock on a file unless another handle's lock forbids it.
    fn try_lock(&self, name: &str, sharing: Sharing) -> io::Result<Option<FileLock>>;

    /// A number that no other call has returned, here or anywhere.
    fn unique(&self) -> u64 {
        RandomState::new().hash_one(0_u64)
    }

    /// A name as users know it, for messages.
    fn describe(&self, name: &str) -> String;
}

/// Whether a directory holds nothing, or is not there.
pub fn is_vacant(files: &dyn FileSystem) -> Result<bool, StorageError> {
    match files.list("") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(StorageError::io(format!("listing {}", files.describe("")), error)),
        Ok(listed) => Ok(listed.is_empty()),
    }
}

/// An open file.
pub trait StoredFile: Send + Sync + fmt::Debug {
    /// Reads some bytes, at least one unless the file ends there or the buffer is empty.
    fn read_some(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes some of the bytes, at least one unless there are none; the file grows when they reach past its end.
    fn write_some(&self, position: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Reads until the buffer is full or the file ends; returns how much was read.
    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match uninterrupted(|| self.read_some(position + filled as u64, &mut buffer[filled..]))? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }

    /// Writes all bytes.
    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            match uninterrupted(|| self.write_some(position + written as u64, &bytes[written..]))? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                more => written += more,
            }
        }
        Ok(())
    }

    /// Makes everything written durable, and the length if it changed.
    fn sync_data(&self) -> io::Result<()>;

    /// The length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file holds nothing.
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }
}

/// Asks again when a signal came first.
pub(super) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A held lock; dropping it lets go.
pub type FileLock = Box<dyn Send + Sync>;

/// What an opened file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAccess {
    /// Reading only.
    Read,
    /// Reading and writing.
    Write,
}

/// Who else may hold a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody.
    Exclusive,
    /// Others that share it.
    Shared,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name, without the folder.
    pub name: String,
    /// The length of a file in bytes; `None` for a folder.
    pub length: Option<u64>,
}
