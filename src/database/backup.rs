//! How does a copy of one moment come about while writing goes on?
//!
//! A checkpoint as of now, its files mapped at once (a map outlives the file's name, so maintenance is not held up), and the frames after
//! it up to the same moment. Copying then takes as long as it takes: none of it changes any more. See [`crate::storage::backup`] for how
//! it is laid down.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use serde::Serialize;

use crate::{
    codec::CodecError,
    set::is_segment_file,
    storage::{
        Checkpoint, FileStorage, Frame, OsFileSystem, SegmentEntry, StorageError,
        backup::{BackupFolder, BackupWriter, CopyMeter, CopyWatch, Kept, Manifest},
        files::FileSystem,
    },
};

use super::{Database, Error, adopt::is_replaced, core::Core};

/// How often a backup starts over because files were replaced under it. Half of the tries insist on every part.
const TRIES: usize = 16;

/// How a backup is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct BackupOptions {
    /// Whether files are shared with the store by hard links where the file system can: quick, and no second copy on the disk, so it
    /// protects from mistakes and not from the disk. Default: no.
    pub link: bool,
}

/// What a backup did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The sequence that is backed up: every commit up to it and none after it.
    pub sequence: u64,
    /// The files that belong to it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The files among them that had to be copied.
    pub copied_files: u64,
    /// Their bytes.
    pub copied_bytes: u64,
    /// The files among them that are shared with the store.
    pub linked_files: u64,
    /// Index parts that are damaged or gone in the store and so left out: they are built again where the backup is restored.
    pub left_out: Vec<String>,
}

/// What a restoring did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The last commit that is there.
    pub sequence: u64,
    /// Files that were written.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Database {
    /// Backs up everything that is committed now into a folder, while writing goes on. A second backup into the same folder copies only
    /// what is new, and replaces the first one when it is complete; until then the first one stays good.
    pub fn backup(&self, folder: impl AsRef<Path>) -> Result<Backup, Error> {
        self.backup_with(Arc::new(OsFileSystem::new(folder.as_ref())), BackupOptions::default(), &|_| {})
    }

    /// The same on any file system, with options.
    pub fn backup_over(&self, files: Arc<dyn FileSystem>, options: BackupOptions) -> Result<Backup, Error> {
        self.backup_with(files, options, &|_| {})
    }

    /// The same, and tells `watch` again and again how much has been copied.
    pub fn backup_with(
        &self,
        files: Arc<dyn FileSystem>,
        options: BackupOptions,
        watch: &CopyWatch<'_>,
    ) -> Result<Backup, Error> {
        self.core.refresh()?;
        let writer = BackupFolder::over(files).begin(self.core.storage.id())?;
        let mut pinned = Pinned::take(&self.core)?;
        let mut backup = Backup { left_out: std::mem::take(&mut pinned.lost), ..Backup::default() };
        let meter = CopyMeter::new(watch, pinned.files.iter().map(|(_, bytes)| bytes.len() as u64).sum());
        let files = pinned.keep(&self.core, &writer, options, &meter, &mut backup)?;
        let Pinned { checkpoint, frames, .. } = pinned;
        let manifest = Manifest { store: self.core.storage.id(), checkpoint, frames, files };
        writer.publish(&manifest, &is_segment_file)?;
        backup.sequence = manifest.sequence().0;
        Ok(backup)
    }

    /// Makes a database of a backup, in a directory that is empty or does not exist. Every byte is verified on its way. The two go
    /// their own ways from then on.
    pub fn restore(backup: impl AsRef<Path>, directory: impl AsRef<Path>) -> Result<Restored, Error> {
        let backup = Arc::new(OsFileSystem::new(backup.as_ref()));
        Self::restore_over(backup, Arc::new(OsFileSystem::new(directory.as_ref())))
    }

    /// The same on any file systems.
    pub fn restore_over(backup: Arc<dyn FileSystem>, directory: Arc<dyn FileSystem>) -> Result<Restored, Error> {
        Self::restore_with(backup, directory, &|_| {})
    }

    /// The same, and tells `watch` again and again how much has been copied.
    pub fn restore_with(
        backup: Arc<dyn FileSystem>,
        directory: Arc<dyn FileSystem>,
        watch: &CopyWatch<'_>,
    ) -> Result<Restored, Error> {
        let manifest = FileStorage::restore(&BackupFolder::over(backup), directory, watch)?;
        Ok(Restored {
            sequence: manifest.sequence().0,
            files: manifest.files.len() as u64,
            bytes: manifest.files.iter().map(|file| file.length).sum(),
        })
    }
}

/// One moment of a store, held so that nothing can take it away.
struct Pinned {
    checkpoint: Checkpoint,
    /// After the checkpoint, up to the moment.
    frames: Vec<Frame>,
    /// The files of the checkpoint's segments.
    files: Vec<(String, Bytes)>,
    /// Parts that are listed and not there.
    lost: Vec<String>,
}

impl Pinned {
    fn take(core: &Core) -> Result<Self, Error> {
        let mut tries = 1;
        loop {
            match Self::try_take(core, tries > TRIES / 2) {
                Err(error) if tries < TRIES && is_replaced(&error) => {
                    tracing::debug!(%error, "starting the backup over from a newer state");
                    tries += 1;
                    core.refresh()?;
                }
                pinned => return pinned,
            }
        }
    }

    fn try_take(core: &Core, without_lost: bool) -> Result<Self, Error> {
        let mut checkpoint = core.plan_checkpoint()?;
        let (mut files, mut lost) = (Vec::new(), Vec::new());
        for (entry, _) in &mut checkpoint.segments {
            files.push((entry.objects.clone(), core.storage.open(&entry.objects)?));
            let mut parts = Vec::new();
            for part in std::mem::take(&mut entry.parts) {
                match core.storage.open(&part.file) {
                    Err(error) if without_lost && error.is_not_found() => {
                        lost.push(part.file);
                        continue;
                    }
                    bytes => files.push((part.file.clone(), bytes?)),
                }
                parts.push(part);
            }
            entry.parts = parts;
        }
        let mut frames = core.storage.read(checkpoint.sequence)?;
        frames.retain(|frame| frame.sequence <= checkpoint.listed);
        Ok(Self { checkpoint, frames, files, lost })
    }

    /// Brings the files in. A damaged part is left out; a damaged object file ends the backup.
    fn keep(
        &mut self,
        core: &Core,
        writer: &BackupWriter,
        options: BackupOptions,
        meter: &CopyMeter<'_>,
        backup: &mut Backup,
    ) -> Result<Vec<crate::storage::backup::BackupFile>, Error> {
        let mut files = Vec::with_capacity(self.files.len());
        for (name, bytes) in &self.files {
            let place = core.storage.locate(name).filter(|_| options.link);
            let (file, kept) = match writer.keep(name, bytes, place.as_deref(), meter) {
                Err(StorageError::Codec(CodecError::Damaged { .. })) if forget_part(&mut self.checkpoint, name) => {
                    backup.left_out.push(name.clone());
                    meter.add(bytes.len() as u64);
                    continue;
                }
                kept => kept?,
            };
            backup.files += 1;
            backup.bytes += file.length;
            backup.copied_files += u64::from(kept == Kept::Copied);
            backup.copied_bytes += if kept == Kept::Copied { file.length } else { 0 };
            backup.linked_files += u64::from(kept == Kept::Linked);
            files.push(file);
        }
        Ok(files)
    }
}

/// Takes a part off the list; `false` when the file is no part.
fn forget_part(checkpoint: &mut Checkpoint, name: &str) -> bool {
    let is_here = |entry: &&mut SegmentEntry| entry.parts.iter().any(|part| part.file == name);
    let mut entries = checkpoint.segments.iter_mut().map(|(entry, _)| entry);
    match entries.find(is_here) {
        Some(entry) => {
            entry.parts.retain(|part| part.file != name);
            true
        }
        None => false,
    }
}
