//! The folder that backups of one store go to.

use std::{collections::HashSet, io, path::Path, sync::Arc};

use bytes::Bytes;

use crate::{
    codec::Container,
    object::Sequence,
    storage::{
        StorageError,
        files::{FileAccess, FileLock, FileSystem, Sharing},
        publish::{is_temporary, publish},
    },
};

use super::{BackupFile, CopyMeter, Manifest, manifest::TRAILER};

/// The folder of files.
const BLOBS: &str = "blobs";
/// Held while a backup is being made.
const LOCK: &str = "lock";

/// A folder that holds a backup, or will.
#[derive(Debug)]
pub struct BackupFolder {
    files: Arc<dyn FileSystem>,
}

/// The right to make a backup in a folder: one holder at a time.
pub struct BackupWriter {
    folder: BackupFolder,
    /// What is there already.
    before: Option<Manifest>,
    _lock: FileLock,
}

/// How a file came into a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was there already.
    Known,
    /// The store and the backup share it.
    Linked,
    /// Its bytes were verified and written.
    Copied,
}

impl BackupFolder {
    /// Where the folder is, for messages.
    #[must_use]
    pub fn describe(&self) -> String {
        self.files.describe("")
    }

    /// The folder on any file system.
    #[must_use]
    pub fn over(files: Arc<dyn FileSystem>) -> Self {
        Self { files }
    }

    fn failed(&self, what: &str, name: &str, error: io::Error) -> StorageError {
        StorageError::io(format!("{what} {}", self.files.describe(name)), error)
    }

    /// The newest manifest; `None` where there is none. A damaged one is an error.
    pub fn newest(&self) -> Result<Option<Manifest>, StorageError> {
        let Some(sequence) = self.sequences()?.into_iter().next_back() else { return Ok(None) };
        let name = Manifest::name_of(sequence);
        let bytes = self.files.map(&name).map_err(|error| self.failed("reading", &name, error))?;
        let described = self.files.describe(&name);
        Ok(Some(Manifest::read(&described, bytes)?))
    }

    /// What the manifests back up, ascending.
    fn sequences(&self) -> Result<Vec<Sequence>, StorageError> {
        let listed = match self.files.list("") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed.map_err(|error| self.failed("listing", "", error))?,
        };
        let mut sequences: Vec<_> = listed.iter().filter_map(|listed| Manifest::sequence_of(&listed.name)).collect();
        sequences.sort_unstable();
        Ok(sequences)
    }

    /// The bytes of a file of a backup: complete, and what the manifest says.
    pub fn read(&self, file: &BackupFile) -> Result<Bytes, StorageError> {
        let path = path(&file.name);
        let bytes = self.files.map(&path).map_err(|error| self.failed("opening", &path, error))?;
        let described = self.files.describe(&path);
        let container = Container::open_any(&described, bytes.clone())?;
        if bytes.len() as u64 != file.length || !bytes.ends_with(&file.trailer) {
            return Err(container.damaged(0, "it is not the file that the backup's manifest lists").into());
        }
        container.verify()?;
        Ok(bytes)
    }

    /// Begins a backup of a store: makes the folder where it is missing, and removes what an interrupted backup was writing.
    pub fn begin(self, store: u64) -> Result<BackupWriter, StorageError> {
        self.check_usable()?;
        self.files.create_folder(BLOBS).map_err(|error| self.failed("creating", BLOBS, error))?;
        let lock =
            self.files.try_lock(LOCK, Sharing::Exclusive).map_err(|error| self.failed("locking", LOCK, error))?;
        let Some(lock) = lock else {
            return Err(StorageError::Refused(format!("another backup to {} is under way", self.files.describe(""))));
        };
        let before = self.newest()?;
        if let Some(before) = &before
            && before.store != store
        {
            let there = self.files.describe("");
            return Err(StorageError::Refused(format!(
                "{there} holds a backup of another database ({:016x}, not {store:016x}); choose another folder",
                before.store
            )));
        }
        for folder in ["", BLOBS] {
            self.remove_where(folder, &is_temporary)?;
        }
        Ok(BackupWriter { folder: self, before, _lock: lock })
    }

    /// A folder that is in use for something else is left alone.
    fn check_usable(&self) -> Result<(), StorageError> {
        let listed = match self.files.list("") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            listed => listed.map_err(|error| self.failed("listing", "", error))?,
        };
        let has_manifest = listed.iter().any(|listed| Manifest::sequence_of(&listed.name).is_some());
        let is_ours = |name: &str| [LOCK, BLOBS].contains(&name) || name.starts_with("backup-");
        let stranger = listed.iter().find(|listed| match has_manifest {
            true => listed.name == "protobase.format",
            false => !is_ours(&listed.name),
        });
        match stranger {
            Some(stranger) => Err(StorageError::Refused(format!(
                "{} holds '{}', which belongs to no backup; choose an empty folder",
                self.files.describe(""),
                stranger.name
            ))),
            None => Ok(()),
        }
    }

    fn remove_where(&self, folder: &str, unwanted: &dyn Fn(&str) -> bool) -> Result<(), StorageError> {
        let listed = self.files.list(folder).map_err(|error| self.failed("listing", folder, error))?;
        for name in listed.into_iter().map(|listed| listed.name).filter(|name| unwanted(name)) {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            self.files.remove(&path).map_err(|error| self.failed("removing", &path, error))?;
        }
        Ok(())
    }
}

impl BackupWriter {
    /// Brings one file in, with its bytes as the store maps them. What is there under its name already is compared by its trailer. `link`
    /// is where the store keeps the file, when it may be shared instead of copied.
    pub fn keep(
        &self,
        name: &str,
        bytes: &Bytes,
        link: Option<&Path>,
        meter: &CopyMeter<'_>,
    ) -> Result<(BackupFile, Kept), StorageError> {
        let container = Container::open_any(name, bytes.clone())?;
        let trailer = bytes[bytes.len().saturating_sub(TRAILER)..].to_vec();
        let file = BackupFile { name: name.to_owned(), length: bytes.len() as u64, trailer };
        if self.has(&file)? {
            meter.add(file.length);
            return Ok((file, Kept::Known));
        }
        container.verify()?;
        let path = path(name);
        let failed = |error| self.folder.failed("writing", &path, error);
        if let Some(link) = link
            && self.folder.files.link(link, &path).is_ok()
        {
            self.folder.files.sync_folder(BLOBS).map_err(failed)?;
            meter.add(file.length);
            return Ok((file, Kept::Linked));
        }
        publish(&*self.folder.files, &path, &mut |out| meter.copy(bytes, out)).map_err(failed)?;
        Ok((file, Kept::Copied))
    }

    /// Whether the folder has this very file. Another one of its name is removed when no backup refers to it.
    fn has(&self, file: &BackupFile) -> Result<bool, StorageError> {
        let path = path(&file.name);
        let stored = match self.folder.files.open(&path, FileAccess::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            stored => stored.map_err(|error| self.folder.failed("opening", &path, error))?,
        };
        let mut trailer = vec![0; file.trailer.len()];
        let length = stored.len().map_err(|error| self.folder.failed("reading", &path, error))?;
        let read = stored.read_at(length.saturating_sub(TRAILER as u64), &mut trailer);
        let read = read.map_err(|error| self.folder.failed("reading", &path, error))?;
        if length == file.length && trailer[..read] == file.trailer {
            return Ok(true);
        }
        if self.before.iter().flat_map(|before| &before.files).any(|known| known.name == file.name) {
            let path = self.folder.files.describe(&path);
            let what =
                format!("{path} is another file than the store's: the backup is of a database that went another way");
            return Err(StorageError::Refused(format!("{what}; choose another folder")));
        }
        self.folder.files.remove(&path).map_err(|error| self.folder.failed("removing", &path, error))?;
        Ok(false)
    }

    /// Publishes a backup, and then removes what it makes superfluous: older manifests, and files that `ours` recognizes by their names
    /// and nothing refers to.
    pub fn publish(self, manifest: &Manifest, ours: &dyn Fn(&str) -> bool) -> Result<(), StorageError> {
        let (folder, name) = (self.folder, manifest.name());
        if let Some(before) = self.before.as_ref().filter(|before| before.sequence() > manifest.sequence()) {
            let what = format!("the backup there is newer ({} and not {})", before.sequence(), manifest.sequence());
            return Err(StorageError::Refused(format!("{}: {what}", folder.files.describe(""))));
        }
        publish(&*folder.files, &name, &mut |out| manifest.write(out))
            .map_err(|error| folder.failed("writing", &name, error))?;
        let is_older = |listed: &str| Manifest::sequence_of(listed).is_some() && listed != name;
        // One that a power cut brings back is not the newest, and the next backup removes it again.
        folder.remove_where("", &is_older)?;
        let live: HashSet<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
        folder.remove_where(BLOBS, &|listed| ours(listed) && !live.contains(listed))
    }
}

/// Where a file of a backup lies.
fn path(name: &str) -> String {
    format!("{BLOBS}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::ContainerWriter, storage::simulate::SimulatedFileSystem};

    fn container(content: &[u8]) -> Bytes {
        let mut bytes = Vec::new();
        let mut container = ContainerWriter::new(&mut bytes, *b"TESTFILE").unwrap();
        container.put("content", content).unwrap();
        container.finish().unwrap();
        bytes.into()
    }

    fn refused(error: StorageError, what: &str) {
        let error = error.to_string();
        assert!(error.contains("objects-1") && error.contains("position"), "{what}: {error}");
    }

    #[test]
    fn a_file_of_a_backup_is_the_one_that_was_kept_and_whole() {
        let disk = SimulatedFileSystem::new();
        let writer = BackupFolder::over(Arc::new(disk.clone())).begin(1).unwrap();
        let meter = CopyMeter::new(&|_| {}, 0);
        let bytes = container(b"ours");
        let (file, _) = writer.keep("objects-1", &bytes, None, &meter).unwrap();
        let folder = BackupFolder::over(Arc::new(disk.clone()));
        assert_eq!(folder.read(&file).unwrap(), bytes);
        // Whole files, of the same length and of another.
        for other in [container(b"they"), container(&[7; 1000])] {
            disk.replace_file("blobs/objects-1", other.to_vec());
            refused(folder.read(&file).unwrap_err(), "another file");
        }
        let mut flipped = bytes.to_vec();
        flipped[64] ^= 1;
        disk.replace_file("blobs/objects-1", flipped.clone());
        refused(folder.read(&file).unwrap_err(), "damaged in the backup");
        disk.remove("blobs/objects-1").unwrap();
        refused(writer.keep("objects-1", &flipped.into(), None, &meter).unwrap_err(), "damaged in the store");
        assert_eq!(disk.list(BLOBS).unwrap(), []);
    }
}
