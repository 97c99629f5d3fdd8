//! A store made of a backup.

use std::sync::Arc;

use crate::storage::{
    Checkpoint, FrameDraft, StorageError,
    backup::{BackupFolder, CopyMeter, CopyWatch, Manifest},
    files::FileSystem,
    publish::publish,
};

use super::{
    FileOptions, FileStorage,
    blobs::{self, BLOBS},
    frame_bytes::{EncodedFrame, Slot},
    head::{HEAD, Head, HeadFile, State},
    log::{LOG_HEADER, LogFile, LogHeader, Place},
    marker::Marker,
    open::handle,
    unfinished::{begin_in, finish_in},
};

/// The number of the restored log's only file.
const LOG: u64 = 1;

impl FileStorage {
    /// Makes a store of the backup in a folder, in a directory that is empty or does not exist. Every byte is verified on its way. The
    /// store gets a number of its own: from now on it goes its own way. Until all is there the directory is no store; what an interrupted try has left must be removed.
    pub fn restore(
        backup: &BackupFolder,
        files: Arc<dyn FileSystem>,
        watch: &CopyWatch<'_>,
    ) -> Result<Manifest, StorageError> {
        let failed = |what: &str, error| StorageError::io(format!("{what} {}", files.describe("")), error);
        let manifest = backup.newest()?.ok_or_else(|| no_backup(backup))?;
        let meter = CopyMeter::new(watch, manifest.files.iter().map(|file| file.length).sum());
        begin_in(&*files)?;
        files.create_folder(BLOBS).map_err(|error| failed("creating", error))?;
        for file in &manifest.files {
            let (bytes, path) = (backup.read(file)?, blobs::path(&file.name)?);
            publish(&*files, &path, &mut |out| meter.copy(&bytes, out))
                .map_err(|error| failed("writing into", error))?;
        }
        write_log(&*files, &manifest)?;
        let storage = handle(files.clone(), &FileOptions { head_sync: None, ..FileOptions::default() })?;
        if manifest.checkpoint != Checkpoint::default() {
            storage.publish_checkpoint(&manifest.checkpoint, None)?;
        }
        finish_in(&*files, &Marker::new(files.unique()))?;
        Ok(manifest)
    }
}

fn no_backup(backup: &BackupFolder) -> StorageError {
    let there = backup.describe();
    StorageError::Refused(format!(
        "{there} holds no backup: expected the folder that a backup was made into, with a file named backup-, \
         followed by 16 digits, and the folder blobs"
    ))
}

/// One log file with all frames, and a head that says so.
fn write_log(files: &dyn FileSystem, manifest: &Manifest) -> Result<(), StorageError> {
    let after = manifest.checkpoint.sequence;
    let (mut position, mut frames) = (LOG_HEADER, Vec::new());
    let header = LogHeader { id: files.unique(), number: LOG, after, previous: Place { log: 0, position: 0 } };
    for frame in &manifest.frames {
        let draft = FrameDraft { lease: frame.lease, transactions: frame.transactions.clone() };
        let slot = Slot { log_id: header.id, sequence: frame.sequence, position };
        // Nothing but the header is synced before all frames are.
        let bytes = EncodedFrame::new(&draft)?.placed(&slot, LOG_HEADER);
        position += bytes.len() as u64;
        frames.extend(bytes);
    }
    let head = Head { state: State::Closed, log: LOG, position, sequence: manifest.sequence(), count: 0 };
    let written = LogFile::create(files, header, (position + 1).next_multiple_of(1 << 20)).and_then(|log| {
        log.file.write_at(LOG_HEADER, &frames)?;
        log.file.sync_data()?;
        HeadFile::new(files.create(HEAD)?).write_both(&head, head)?;
        files.sync_folder("")
    });
    written.map_err(|error| StorageError::io(format!("writing the log in {}", files.describe("")), error))
}
