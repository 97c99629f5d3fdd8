//! Opening and creating a store.

use std::{io, sync::Arc};

use crate::{
    codec::sync::Mutex,
    object::Sequence,
    storage::{
        StorageError,
        files::{FileAccess, FileSystem, Listed, Sharing},
        publish::{is_temporary, publish},
    },
};

use super::{
    FileOptions, FileStorage, LOADS_LOCK, LOCK, MAINTENANCE_LOCK, Recovery,
    blobs::BLOBS,
    checkpoints::covered_by,
    head::{HEAD, Head, HeadFile, State},
    log::{LOG_HEADER, LogFile, LogHeader, Place, log_number},
    logs::Logs,
    marker::{MARKER, Marker},
    sync::{HeadSync, Poison},
    unfinished::{INTERRUPTED, NOTE},
};

pub(super) fn open(files: Arc<dyn FileSystem>, options: &FileOptions) -> Result<FileStorage, StorageError> {
    let opening = Opening { files, options };
    let marker = match opening.read_marker()? {
        Some(marker) => marker,
        None => opening.create()?,
    };
    if !options.read_only {
        marker.check_writers()?;
    }
    let mut storage = opening.handle()?;
    storage.id = marker.store();
    if options.read_only {
        storage.found_past_head = storage.look_past_head()?;
    } else {
        storage.recovery = storage.recover_at_open()?;
    }
    Ok(storage)
}

/// Opens a store and leaves its log as it is found.
pub(super) fn open_unrecovered(files: Arc<dyn FileSystem>, options: &FileOptions) -> Result<FileStorage, StorageError> {
    let opening = Opening { files, options };
    let marker = opening.read_marker()?.ok_or_else(|| opening.no_database(format!("{MARKER} is missing")))?;
    marker.check_writers()?;
    opening.handle()
}

/// The files of a store whose marker is not written yet.
pub(super) fn handle(files: Arc<dyn FileSystem>, options: &FileOptions) -> Result<FileStorage, StorageError> {
    Opening { files, options }.handle()
}

struct Opening<'o> {
    files: Arc<dyn FileSystem>,
    options: &'o FileOptions,
}

impl Opening<'_> {
    fn failed(&self, what: &str, name: &str, error: io::Error) -> StorageError {
        StorageError::io(format!("{what} {}", self.files.describe(name)), error)
    }

    fn no_database(&self, why: impl Into<String>) -> StorageError {
        StorageError::NoDatabase { path: self.files.describe(""), why: why.into() }
    }

    fn read_file(&self, name: &str) -> io::Result<Vec<u8>> {
        let file = self.files.open(name, FileAccess::Read)?;
        // Every file read this way is tiny; a longer one is not what it should be.
        let mut bytes = vec![0; file.len()?.min(4096) as usize];
        let read = file.read_at(0, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    fn read_marker(&self) -> Result<Option<Marker>, StorageError> {
        match self.read_file(MARKER) {
            Ok(bytes) => Marker::decode(&bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(self.no_database("it is a file")),
            Err(error) => Err(self.failed("reading", MARKER, error)),
        }
    }

    /// Opens the files that every handle needs.
    fn handle(&self) -> Result<FileStorage, StorageError> {
        let access = if self.options.read_only { FileAccess::Read } else { FileAccess::Write };
        let head = self.files.open(HEAD, access).map_err(|error| self.failed("opening", HEAD, error))?;
        let (head, poison) = (HeadFile::new(head), Arc::new(Poison::default()));
        Ok(FileStorage {
            id: 0,
            logs: Logs::new(self.files.clone(), access),
            files: self.files.clone(),
            options: self.options.clone(),
            head_sync: HeadSync::new(head.clone(), poison.clone(), self.options.head_sync),
            head,
            turn: Mutex::default(),
            poison,
            recovery: Recovery::default(),
            found_past_head: None,
        })
    }

    /// Makes a database of an empty directory. The marker comes last: what has none was never finished and holds nothing.
    fn create(&self) -> Result<Marker, StorageError> {
        if let Err(error) = self.check_creatable() {
            // What is in the way may be what another process has written since, after the marker.
            return self.read_marker()?.ok_or(error);
        }
        self.files.create_folder("").map_err(|error| self.failed("creating", "", error))?;
        let lock = self.files.lock(LOCK, Sharing::Exclusive, &self.options.lock_wait);
        let _lock = lock.map_err(|error| self.failed("locking", LOCK, error))?;
        // Another process may have been faster.
        if let Some(marker) = self.read_marker()? {
            return Ok(marker);
        }
        self.check_creatable()?;
        let marker = Marker::new(self.files.unique());
        let written = write_unmarked(&*self.files, self.options).and_then(|()| {
            publish(&*self.files, MARKER, &mut |out| out.write_all(marker.encode().as_bytes())).map(drop)
        });
        written.map_err(|error| self.failed("creating a database in", "", error))?;
        Ok(marker)
    }

    fn check_creatable(&self) -> Result<(), StorageError> {
        let listed = match self.files.list("") {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.options.read_only || !self.options.create {
                    return Err(self.no_database("there is no such directory"));
                }
                Vec::new()
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(self.no_database("it is a file"));
            }
            Err(error) => return Err(self.failed("listing", "", error)),
        };
        if listed.iter().any(|listed| is_note(&listed.name)) {
            return Err(self.no_database(INTERRUPTED));
        }
        // A creation that was cut off has written no frame, no checkpoint and no blob.
        let holds_frames = || listed.iter().any(|listed| self.holds_frames(&listed.name));
        if !covered_by(&listed).is_empty() || holds_frames() {
            return Err(self.marker_lost("beside a log or checkpoints"));
        }
        if let Some(foreign) = listed.iter().find(|listed| !is_leftover(listed)) {
            let creates = self.options.create && !self.options.read_only;
            let so = if creates { ", so none is created in it" } else { "" };
            let why = format!("{MARKER} is missing, and it holds '{}'{so}", foreign.name);
            return Err(self.no_database(why));
        }
        if !self.files.list(BLOBS).unwrap_or_default().is_empty() {
            return Err(self.marker_lost("beside blobs"));
        }
        if self.options.read_only || !self.options.create {
            return Err(self.no_database(format!("{MARKER} is missing")));
        }
        Ok(())
    }

    fn marker_lost(&self, beside: &str) -> StorageError {
        StorageError::Missing { file: self.files.describe(MARKER), beside: beside.to_owned() }
    }

    /// Whether this is a log file and anything follows its header. What cannot be read may.
    fn holds_frames(&self, name: &str) -> bool {
        let written = |bytes: Vec<u8>| bytes.iter().skip(LOG_HEADER as usize).any(|byte| *byte != 0);
        log_number(name).is_some() && self.read_file(name).map_or(true, written)
    }
}

/// All files of an empty store but the marker.
pub(super) fn write_unmarked(files: &dyn FileSystem, options: &FileOptions) -> io::Result<()> {
    files.create_folder(BLOBS)?;
    let number = files.list("")?.iter().filter_map(|listed| log_number(&listed.name)).max().unwrap_or(0) + 1;
    let header = LogHeader { id: files.unique(), number, after: Sequence(0), previous: Place { log: 0, position: 0 } };
    LogFile::create(files, header, options.log_step.max(2 * LOG_HEADER))?;
    let head = match files.create(HEAD) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => files.open(HEAD, FileAccess::Write)?,
        result => result?,
    };
    let first = Head { state: State::Closed, log: number, position: LOG_HEADER, sequence: Sequence(0), count: 0 };
    HeadFile::new(head).write_both(&first, first)?;
    files.sync_folder("")
}

/// Whether a name is the note's, or was about to be.
fn is_note(name: &str) -> bool {
    name == NOTE || (name.starts_with(NOTE) && is_temporary(name))
}

/// Whether a creation that was cut off can have left this.
fn is_leftover(listed: &Listed) -> bool {
    let name = listed.name.as_str();
    let file = [LOCK, MAINTENANCE_LOCK, LOADS_LOCK, HEAD].contains(&name)
        || log_number(name).is_some()
        || (name.starts_with(MARKER) && is_temporary(name));
    if listed.length.is_some() { file } else { name == BLOBS }
}
