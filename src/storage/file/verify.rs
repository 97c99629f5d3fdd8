//! Checking everything that the storage layer keeps itself.

use std::{thread, time::Duration};

use crate::{
    codec::CodecError,
    storage::{
        LockWait, StorageError,
        files::{FileAccess, Sharing},
    },
};

use super::{
    FileStorage, LOCK,
    head::{Head, HeadFound},
    log::log_name,
    logs::Logs,
    marker::{MARKER, Marker},
    tail::Tail,
};

/// How long the lock is waited for; writers hold it for the time of a sync.
const BRIEF: Duration = Duration::from_millis(200);
/// How often the head is looked at again beside a writer.
const LOOKS: usize = 20;
/// So many bytes of frames are in memory at once.
const PIECE: u64 = 1 << 20;

impl FileStorage {
    /// Reads the marker, both slots of the head, all frames, what lies past them, and all checkpoints. Names the first fault.
    pub(super) fn verify_all(&self) -> Result<(), StorageError> {
        self.verify_marker()?;
        self.verify_log()?;
        self.all_checkpoints()?.into_iter().try_for_each(|covered| self.load_checkpoint(covered).map(drop))
    }

    fn verify_marker(&self) -> Result<(), StorageError> {
        let bytes = self.files.map(MARKER).map_err(|error| self.failed("reading", MARKER, error))?;
        Marker::decode(&bytes).map(drop)
    }

    /// The head as it is read beside a writer: what is half written now is whole at another look.
    fn quiet_head(&self) -> Result<HeadFound, StorageError> {
        let mut found = self.read_head();
        for _ in 0..LOOKS {
            if matches!(&found, Ok(HeadFound { damage: None, .. })) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
            found = self.read_head();
        }
        found
    }

    fn verify_log(&self) -> Result<(), StorageError> {
        // With the lock held, nobody writes past the head and nobody's head is half written. It is not insisted on: whoever holds it
        // may hold it for ever, and what is published can be verified beside it. Where no lock can be taken, nobody can write either.
        let brief = LockWait { limit: BRIEF, tell: None };
        let lock = self.files.lock(LOCK, Sharing::Exclusive, &brief);
        let found = if lock.is_ok() { self.read_head()? } else { self.quiet_head()? };
        if let Some(damage) = found.damage {
            return Err(damage.into());
        }
        let head = found.head;
        if lock.is_ok() {
            let log = self.logs.open(head.log)?;
            let tail = Tail::inspect(&log, &head)?;
            if tail.torn > 0 {
                let what = format!("{} bytes after the last frame are no frame", tail.torn);
                return Err(log.damaged(tail.end, what).into());
            }
        }
        drop(lock);
        // Opened anew, so that headers are checked as they are stored. Files that lead nowhere are garbage and not looked at.
        verify_frames(&Logs::new(self.files.clone(), FileAccess::Read), &head)
    }
}

/// Reads all frames up to the head, some at a time, however long the log is. What is trimmed meanwhile needs no more verifying.
fn verify_frames(logs: &Logs, head: &Head) -> Result<(), StorageError> {
    let mut read = logs.oldest(head)?;
    while read < head.sequence {
        let frames = match logs.read_some(read, PIECE, || Ok(*head)) {
            Err(StorageError::Trimmed { oldest }) if oldest > read => {
                read = oldest;
                continue;
            }
            frames => frames?,
        };
        let Some(last) = frames.last() else {
            let what = format!("the frames after {read} are not there, the last is {}", head.sequence);
            return Err(CodecError::Damaged { file: log_name(head.log), position: head.position, what }.into());
        };
        read = last.sequence;
    }
    Ok(())
}
