//! What is left after a power cut, when memory of the disk may have been lost in any part?
//!
//! [`SimulatedFileSystem`] keeps, for every file, what was synced and what was only written, sector by sector, and for every
//! folder which names are durable. It can stop at any operation, and then be started again with any part of the unsynced bytes
//! and names: all decided by a seed. It can also run out of space and fail syncs, it logs what is done, and it counts what is
//! read. Made for tests; deterministic when driven from one thread.

mod disk;
mod file;
mod random;

use std::{
    io,
    sync::{Arc, Condvar, Mutex},
};

use bytes::Bytes;

use crate::codec::AlignedBuffer;

use super::{
    files::{FileAccess, FileLock, FileSystem, Listed, Sharing, StoredFile},
    locked::Lockable,
};

use disk::{Disk, NameChange};
use file::OpenFile;

/// A directory on a disk in memory that can lose power. Clones are handles on the same disk.
#[derive(Clone, Debug, Default)]
pub struct SimulatedFileSystem {
    machine: Arc<Machine>,
}

#[derive(Debug, Default)]
struct Machine {
    disk: Mutex<Disk>,
    unlocked: Condvar,
}

/// What of the unsynced writes and names survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Only what was synced.
    Nothing,
    /// Everything up to some moment.
    Prefix,
    /// Any sectors and any names, each independently.
    Any,
    /// Everything: the process was killed, the machine went on.
    Everything,
}

/// One operation that changed the disk or made a change durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// A file was created.
    Create(String),
    /// Bytes were written.
    Write {
        /// The name the file had when it was opened.
        name: String,
        /// Where.
        position: u64,
        /// How many.
        length: u64,
    },
    /// A file was synced.
    Sync(String),
    /// A file was renamed.
    Rename(String, String),
    /// A file was removed.
    Remove(String),
    /// A folder was created.
    CreateFolder(String),
    /// A folder was synced.
    SyncFolder(String),
}

impl SimulatedFileSystem {
    /// An empty disk with unlimited space. The directory exists.
    #[must_use]
    pub fn new() -> Self {
        let new = Self::default();
        new.machine.disk.locked().folders.insert(String::new());
        new
    }

    /// The number of operations so far: those that [`FileOperation`] lists.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.machine.disk.locked().log.len() as u64
    }

    /// What was done, from the first operation on.
    #[must_use]
    pub fn operation_log(&self) -> Vec<FileOperation> {
        self.machine.disk.locked().log.clone()
    }

    /// The bytes read through open files so far. What is touched in maps, [`crate::codec::bytes_verified`] counts.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.machine.disk.locked().bytes_read
    }

    /// Cuts the power during the operation of this number, counted from zero: it has begun, but it and all later ones fail.
    pub fn cut_power_at(&self, operation: u64) {
        self.machine.disk.locked().power_until = Some(operation);
    }

    /// Limits the bytes that all files may have together; `None` is no limit.
    pub fn limit_space(&self, bytes: Option<u64>) {
        self.machine.disk.locked().capacity = bytes;
    }

    /// Makes the sync of this number, counted from now and from zero, fail and lose what it should have kept.
    pub fn fail_sync(&self, which: Option<u64>) {
        self.machine.disk.locked().failing_sync = which;
    }

    /// The disk as it is found when power comes back: a new disk, this one stays as it is.
    #[must_use]
    pub fn after_power_cut(&self, keep: Keep, seed: u64) -> Self {
        let disk = self.machine.disk.locked().after_power_cut(keep, seed);
        Self { machine: Arc::new(Machine { disk: Mutex::new(disk), unlocked: Condvar::new() }) }
    }

    /// The content of a file, for tests that damage it.
    pub fn read_file(&self, name: &str) -> io::Result<Vec<u8>> {
        let disk = self.machine.disk.locked();
        Ok(disk.files[disk.find(name)?].content.clone())
    }

    /// Replaces or creates a file, durably and without an operation, for tests that damage it.
    pub fn replace_file(&self, name: &str, content: Vec<u8>) {
        self.machine.disk.locked().replace(name, content);
    }

    /// The names of all files.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        self.machine.disk.locked().names.keys().cloned().collect()
    }

    fn release(&self, name: &str) {
        self.machine.disk.locked().unlock(name);
        self.machine.unlocked.notify_all();
    }

    fn held(&self, name: &str) -> FileLock {
        Box::new(HeldLock { disk: self.clone(), name: name.to_owned() })
    }

    fn opened(&self, name: &str, id: usize, access: FileAccess) -> Arc<dyn StoredFile> {
        Arc::new(OpenFile { machine: self.machine.clone(), id, name: name.to_owned(), access })
    }
}

struct HeldLock {
    disk: SimulatedFileSystem,
    name: String,
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        self.disk.release(&self.name);
    }
}

impl FileSystem for SimulatedFileSystem {
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let mut disk = self.machine.disk.locked();
        if disk.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        disk.check_folder_of(name)?;
        let id = disk.add_file();
        disk.change(FileOperation::Create(name.to_owned()), NameChange::Link(name.to_owned(), id))?;
        drop(disk);
        Ok(self.opened(name, id, FileAccess::Write))
    }

    fn open(&self, name: &str, access: FileAccess) -> io::Result<Arc<dyn StoredFile>> {
        let disk = self.machine.disk.locked();
        disk.check_power()?;
        let id = disk.find(name)?;
        drop(disk);
        Ok(self.opened(name, id, access))
    }

    fn map(&self, name: &str) -> io::Result<Bytes> {
        let disk = self.machine.disk.locked();
        disk.check_power()?;
        Ok(AlignedBuffer::copy_of(&disk.files[disk.find(name)?].content).into_bytes())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        let id = disk.find(from)?;
        let change = NameChange::Rename(from.to_owned(), to.to_owned(), id);
        disk.change(FileOperation::Rename(from.to_owned(), to.to_owned()), change)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        disk.find(name)?;
        disk.change(FileOperation::Remove(name.to_owned()), NameChange::Unlink(name.to_owned()))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        let disk = self.machine.disk.locked();
        disk.check_power()?;
        disk.list(folder)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        if disk.folders.contains(folder) {
            return Ok(());
        }
        disk.begin(FileOperation::CreateFolder(folder.to_owned()))?;
        disk.folders.insert(folder.to_owned());
        Ok(())
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        disk.begin(FileOperation::SyncFolder(folder.to_owned()))?;
        disk.sync_folder(folder);
        Ok(())
    }

    fn lock(&self, name: &str, sharing: Sharing) -> io::Result<FileLock> {
        let mut disk = self.machine.disk.locked();
        disk.check_power()?;
        while !disk.lock(name, sharing) {
            disk = self.machine.unlocked.wait(disk).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        drop(disk);
        Ok(self.held(name))
    }

    fn try_lock(&self, name: &str, sharing: Sharing) -> io::Result<Option<FileLock>> {
        let mut disk = self.machine.disk.locked();
        disk.check_power()?;
        let free = disk.lock(name, sharing);
        drop(disk);
        Ok(free.then(|| self.held(name)))
    }

    fn describe(&self, name: &str) -> String {
        name.to_owned()
    }
}
