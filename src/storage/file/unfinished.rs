//! A store that is being made of another one: no database until all of it is there.
//!
//! A note, written first, says what the directory is until then; whoever opens it reads in the error what happened. The marker, which
//! makes it a database, comes when everything else is durable.

use std::{io, sync::Arc};

use crate::storage::{
    StorageError,
    files::{FileSystem, is_vacant},
    publish::publish,
};

use super::{
    FileOptions, FileStorage,
    marker::{MARKER, Marker},
    open::{handle, write_unmarked},
};

/// The note's name.
pub(super) const NOTE: &str = "unfinished";
/// What it says, for whoever looks into the directory.
const TEXT: &str =
    "This is no database yet: it was being restored or salvaged. Remove the directory and start again.\n";
/// The same in errors.
pub(super) const INTERRUPTED: &str =
    "a restore or a salvage into it was interrupted, so it may lack anything; remove the directory and start again";

/// A store that becomes a database by [`Unfinished::finish`], and by nothing less.
#[derive(Debug)]
pub struct Unfinished {
    files: Arc<dyn FileSystem>,
    storage: Arc<FileStorage>,
    marker: Marker,
}

impl FileStorage {
    /// Begins a store in a directory that is empty or does not exist.
    pub fn begin(files: Arc<dyn FileSystem>, options: &FileOptions) -> Result<Unfinished, StorageError> {
        let failed = |error| StorageError::io(format!("writing into {}", files.describe("")), error);
        let marker = Marker::new(files.unique());
        begin_in(&*files)?;
        write_unmarked(&*files, options).map_err(failed)?;
        let mut storage = handle(files.clone(), options)?;
        storage.id = marker.store();
        Ok(Unfinished { files, storage: Arc::new(storage), marker })
    }
}

impl Unfinished {
    /// The store, to be filled.
    #[must_use]
    pub fn storage(&self) -> Arc<FileStorage> {
        self.storage.clone()
    }

    /// Makes it a database. All that it holds is durable, and nobody writes any more.
    pub fn finish(self) -> Result<(), StorageError> {
        self.storage.sync_head()?;
        finish_in(&*self.files, &self.marker)
    }
}

/// Refuses a directory that holds anything; then only the note is in it.
pub(super) fn begin_in(files: &dyn FileSystem) -> Result<(), StorageError> {
    if !is_vacant(files)? {
        let there = files.describe("");
        return Err(StorageError::Refused(format!("{there} is not empty; choose an empty directory, or a new one")));
    }
    let noted = files.create_folder("").and_then(|()| write(files, NOTE, TEXT));
    noted.map_err(|error| StorageError::io(format!("writing into {}", files.describe("")), error))
}

/// The marker, and then no note: where both are, after a power cut for ever, all is there.
pub(super) fn finish_in(files: &dyn FileSystem, marker: &Marker) -> Result<(), StorageError> {
    let marked = write(files, MARKER, &marker.encode()).and_then(|()| files.remove(NOTE));
    marked.map_err(|error| StorageError::io(format!("writing into {}", files.describe("")), error))
}

fn write(files: &dyn FileSystem, name: &str, text: &str) -> io::Result<()> {
    publish(files, name, &mut |out| out.write_all(text.as_bytes())).map(drop)
}
