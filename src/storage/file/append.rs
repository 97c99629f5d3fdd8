//! Appending a frame: lock, look past the head, write, sync, publish, unlock.

use std::{io, mem};

use crate::{
    object::Sequence,
    storage::{AppendError, Doubt, FrameDraft, StorageError, files::Sharing, locked::Lockable},
};

use super::{
    FileStorage, LOCK,
    frame_bytes::{EncodedFrame, FRAME_HEADER, Slot},
    head::{HEAD, Head, State},
    log::{LOG_HEADER, LogFile, LogHeader, Place},
};

impl FileStorage {
    pub(super) fn append_frame(&self, after: Sequence, draft: &FrameDraft) -> Result<Sequence, AppendError> {
        self.check_append()?;
        let mut turn = self.turn.locked();
        let frame = EncodedFrame::into(mem::take(&mut turn.buffer), draft)?;
        let _lock = self.lock(LOCK, Sharing::Exclusive)?;
        let head = self.settled_head()?;
        if head.sequence != after {
            return Err(AppendError::Conflict { head: head.sequence });
        }
        let (log, head) = self.room(head, frame.length())?;
        let slot = Slot { log_id: log.header.id, sequence: after.next(), position: head.position };
        let end = head.position + frame.length();
        // Everything before this frame was synced before it was published.
        let bytes = frame.placed(&slot, head.position);
        log.file.write_at(head.position, &bytes).map_err(|error| self.failed("writing", &log.name, error))?;
        turn.keep(bytes);
        if let Err(error) = log.file.sync_data() {
            return Err(self.sync_failed(&head, &log.name, error));
        }
        // The frame is durable now: whoever takes the lock next publishes it if this fails.
        let published = Head { position: end, sequence: slot.sequence, ..head };
        self.head.write(&head, published).map_err(|error| {
            let under_way = format!("writing the head after frame {}, which is durable", slot.sequence);
            AppendError::Unknown(Doubt::new(under_way, error))
        })?;
        self.head_sync.written();
        self.logs.note(slot.sequence, Place { log: head.log, position: end });
        Ok(slot.sequence)
    }

    fn check_append(&self) -> Result<(), StorageError> {
        let writable = self.check_writable();
        // A sync that failed in the background has told nobody yet.
        if self.poison.is_untold() {
            let _lock = self.lock(LOCK, Sharing::Exclusive)?;
            let head = self.read_head()?.head;
            // Only now: whoever did not get the lock leaves it to the next try.
            if self.poison.must_tell() {
                self.tell_failure(&head).map_err(|error| self.failed("writing", HEAD, error))?;
            }
        }
        writable
    }

    /// Publishes frames that are durable and whose writer could not: from now on everybody sees what they refer to.
    pub(super) fn publish_past_head(&self) -> Result<(), StorageError> {
        let _turn = self.turn.locked();
        let _lock = self.lock(LOCK, Sharing::Exclusive)?;
        self.published_head().map(drop)
    }

    /// The head, after publishing what another writer could not. Only under the lock.
    fn published_head(&self) -> Result<Head, StorageError> {
        let found = self.read_head()?;
        if found.head.state == State::Failed {
            let under_way = "syncing the log in another process".to_owned();
            return Err(StorageError::Poisoned { under_way, source: None });
        }
        let nothing = found.damage.is_none() && self.nothing_past(&found.head)?;
        if nothing { Ok(found.head) } else { Ok(self.recover(found)?.0) }
    }

    /// The same, and open for what will be appended.
    fn settled_head(&self) -> Result<Head, StorageError> {
        let head = self.published_head()?;
        if head.state != State::Closed {
            return Ok(head);
        }
        // Whoever made the store, or restored it, may have been told that its names could not be synced, and opened it all the same.
        self.files.sync_folder("").map_err(|error| self.failed("syncing the folder of", HEAD, error))?;
        // From here on a power cut may leave something past the head: whoever opens the store then must look.
        let opened = self.head.write(&head, Head { state: State::Open, ..head });
        let opened = opened.map_err(|error| self.failed("writing", HEAD, error))?;
        self.sync_head()?;
        Ok(opened)
    }

    /// Whether no frame starts right at the head. False also where the file ends, or ends too early: then somebody must look closer.
    pub(super) fn nothing_past(&self, head: &Head) -> Result<bool, StorageError> {
        let log = self.logs.open(head.log)?;
        let past = log.bytes(head.position, head.position + FRAME_HEADER as u64)?;
        Ok(past.len() == FRAME_HEADER && past.iter().all(|byte| *byte == 0))
    }

    /// The log file that has room for a frame of this length, reserved on the disk, and the head in it.
    fn room(&self, head: Head, length: u64) -> Result<(LogFile, Head), AppendError> {
        let full = head.position > LOG_HEADER && head.position + length > self.options.log_length;
        let head = if full { self.start_log(&head, head).map_err(|error| self.told(&head, error))? } else { head };
        let log = self.logs.open(head.log)?;
        // Room for one more header: what is past the head can always be looked at.
        match log.reserve(head.position + length + FRAME_HEADER as u64, self.options.log_step) {
            Ok(()) => Ok((log, head)),
            // No frame was begun, so a full disk is no failed sync.
            Err(error) if is_full(&error) => Err(self.failed("reserving space in", &log.name, error).into()),
            Err(error) => Err(self.sync_failed(&head, &log.name, error)),
        }
    }

    /// Starts a log file that goes on after `end` and publishes it; `before` is the head as last written.
    pub(super) fn start_log(&self, before: &Head, end: Head) -> Result<Head, StorageError> {
        let previous = Place { log: end.log, position: end.position };
        let header =
            LogHeader { id: self.files.unique(), number: self.logs.next_number()?, after: end.sequence, previous };
        let log = LogFile::create(&*self.files, header, self.options.log_step.max(LOG_HEADER + FRAME_HEADER as u64));
        let log = log.map_err(|error| self.failed("starting a log file in", "", error))?;
        let head = Head { state: State::Open, log: log.header.number, position: LOG_HEADER, ..end };
        self.head.write_both(before, head).map_err(|error| self.poison.fail("publishing a new log file", error))
    }

    /// After a failed sync nobody knows what the disk holds past the head, so it is declared void.
    fn sync_failed(&self, head: &Head, name: &str, error: io::Error) -> AppendError {
        self.told(head, self.poison.fail(&format!("syncing {}", self.files.describe(name)), error))
    }

    /// A failure, of which other processes are told first when it was one to sync.
    fn told(&self, head: &Head, failure: StorageError) -> AppendError {
        match self.poison.must_tell().then(|| self.tell_failure(head)) {
            None | Some(Ok(())) => AppendError::Failed(failure),
            Some(Err(error)) => AppendError::Unknown(Doubt::new(format!("saying in the head that {failure}"), error)),
        }
    }

    fn tell_failure(&self, head: &Head) -> io::Result<()> {
        self.head.write_both(head, Head { state: State::Failed, ..*head }).map(drop)
    }

    /// Publishes that nothing lies past the head, so that the next opening need not look.
    pub(super) fn close_log(&self) -> Result<(), StorageError> {
        if self.options.read_only || self.poison.check().is_err() {
            return Ok(());
        }
        let _turn = self.turn.locked();
        let _lock = self.lock(LOCK, Sharing::Exclusive)?;
        let found = self.read_head()?;
        if found.head.state == State::Open && found.damage.is_none() && self.nothing_past(&found.head)? {
            let closed = self.head.write(&found.head, Head { state: State::Closed, ..found.head });
            closed.map_err(|error| self.failed("writing", HEAD, error))?;
        }
        self.sync_head()
    }
}

/// Whether the disk, or the share of it that the user may fill, is full.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
