//! The simulated disk as a file system.

use std::{io, sync::Arc};

use bytes::Bytes;

use crate::storage::{
    LockWait,
    files::{FileAccess, FileLock, FileSystem, Listed, Sharing, StoredFile},
    locked::Lockable,
};

use super::{FileOperation, SimulatedFileSystem, faults::Call, file::OpenFile, names::NameChange};

impl FileSystem for SimulatedFileSystem {
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Create)?;
        if disk.names.now.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        disk.check_folder_of(name)?;
        let id = disk.add_file();
        disk.change(FileOperation::Create(name.to_owned()), NameChange::Link(name.to_owned(), id))?;
        drop(disk);
        Ok(self.opened(name, id, FileAccess::Write))
    }

    fn open(&self, name: &str, access: FileAccess) -> io::Result<Arc<dyn StoredFile>> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Open)?;
        let id = disk.find(name)?;
        drop(disk);
        Ok(self.opened(name, id, access))
    }

    fn map(&self, name: &str) -> io::Result<Bytes> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Map)?;
        let id = disk.find(name)?;
        Ok(disk.file(id).mapped())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Rename)?;
        let id = disk.find(from)?;
        let change = NameChange::Rename(from.to_owned(), to.to_owned(), id);
        disk.change(FileOperation::Rename(from.to_owned(), to.to_owned()), change)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Remove)?;
        disk.find(name)?;
        disk.change(FileOperation::Remove(name.to_owned()), NameChange::Unlink(name.to_owned()))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::List)?;
        disk.list(folder)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        if disk.folders.contains(folder) {
            return Ok(());
        }
        disk.call(Call::CreateFolder)?;
        disk.begin(FileOperation::CreateFolder(folder.to_owned()))?;
        disk.folders.insert(folder.to_owned());
        disk.done();
        Ok(())
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        let fault = disk.call(Call::SyncFolder)?;
        disk.begin(FileOperation::SyncFolder(folder.to_owned()))?;
        let synced = disk.sync_folder(folder, fault);
        disk.done();
        synced
    }

    /// Without a limit: whoever holds a lock here is no stopped process.
    fn lock(&self, name: &str, sharing: Sharing, _wait: &LockWait) -> io::Result<FileLock> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Lock)?;
        while !disk.locks.take(name, sharing) {
            disk = self.machine.unlocked.wait(disk).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        drop(disk);
        Ok(self.held(name))
    }

    fn try_lock(&self, name: &str, sharing: Sharing) -> io::Result<Option<FileLock>> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Lock)?;
        let free = disk.locks.take(name, sharing);
        drop(disk);
        Ok(free.then(|| self.held(name)))
    }

    fn unique(&self) -> u64 {
        self.machine.disk.locked().unique.next()
    }

    fn describe(&self, name: &str) -> String {
        name.to_owned()
    }
}

impl SimulatedFileSystem {
    fn release(&self, name: &str) {
        self.machine.disk.locked().locks.release(name);
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
