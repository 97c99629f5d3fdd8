//! What an unclean stop leaves is published, cut or refused.

use crate::{
    codec::CodecError,
    storage::{StorageError, files::Sharing},
};

use super::{
    FileStorage, LOCK,
    head::{Head, HeadFound, State},
    tail::Tail,
};

/// What was found to be repaired when a store was opened.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// How many frames were durable and are published now: their writer stopped in between.
    pub published: u64,
    /// A frame that was being written when its writer stopped; nobody was told that it is there, and it is not.
    pub torn: Option<TornFrame>,
    /// A slot of the head was damaged, or both were torn; the other one and the log made up for it.
    pub damaged_head: Option<CodecError>,
    /// A sync had failed: what lay past the head is void, and a new log file was started.
    pub failed_sync: bool,
}

/// An unfinished frame at the end of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornFrame {
    /// The log file.
    pub file: String,
    /// Where the frame starts.
    pub position: u64,
    /// How many bytes of it were found.
    pub length: u64,
}

impl FileStorage {
    /// Brings the log into order when a handle for writing is opened. Returns a report.
    pub(super) fn recover_at_open(&self) -> Result<Recovery, StorageError> {
        let _lock = self.lock(LOCK, Sharing::Exclusive)?;
        let (found, lost) = self.read_head_or_start()?;
        let clean = found.head.state == State::Closed && found.damage.is_none();
        if clean && self.nothing_past(&found.head)? {
            return Ok(Recovery::default());
        }
        if found.head.state == State::Failed {
            self.start_log(&found.head, found.head)?;
            tracing::warn!("a sync had failed: a new log file was started after frame {}", found.head.sequence);
            return Ok(Recovery { failed_sync: true, damaged_head: found.damage, ..Recovery::default() });
        }
        let before = found.head;
        let (head, recovery) = self.recover(found)?;
        if head == before {
            // Whoever wrote it may have stopped over a failed sync: then it counts as clean, and only what is written anew is synced.
            let rewritten = self.head.write_both(&head, head);
            rewritten.map_err(|error| self.poison.fail("syncing the head", error))?;
        }
        // Which frames a lost head had published already, nobody knows.
        Ok(Recovery { published: if lost { 0 } else { recovery.published }, ..recovery })
    }

    /// Syncs and publishes valid frames past the head, and goes on in a new log file after a torn one. Only under the lock.
    pub(super) fn recover(&self, found: HeadFound) -> Result<(Head, Recovery), StorageError> {
        let HeadFound { head, damage } = found;
        let log = self.logs.open(head.log)?;
        let tail = Tail::inspect(&log, &head)?;
        let published = tail.sequence.0 - head.sequence.0;
        if published > 0 {
            // Their writer may have stopped over a failed sync: then their pages count as clean and are not on the disk, and only
            // what is written anew is synced.
            let bytes = log.bytes(head.position, tail.end)?;
            let synced = log.file.write_at(head.position, &bytes).and_then(|()| log.file.sync_data());
            synced.map_err(|error| self.poison.fail(&format!("syncing {}", log.name), error))?;
            tracing::info!("{published} durable frames were published");
        }
        if let Some(damage) = &damage {
            tracing::warn!("{damage}; the rest of the head and the log make up for it");
        }
        let end = Head { state: State::Open, position: tail.end, sequence: tail.sequence, ..head };
        let (now, torn) = if tail.torn > 0 {
            let torn = TornFrame { file: log.name.clone(), position: tail.end, length: tail.torn };
            tracing::warn!("{}: an unfinished frame at position {} is cut off", torn.file, torn.position);
            // Its bytes stay where they are and are never looked at again: the new file says where this one ends.
            (self.start_log(&head, end)?, Some(torn))
        } else if published > 0 || damage.is_some() {
            let now = self.head.write_both(&head, end);
            (now.map_err(|error| self.poison.fail("syncing the head", error))?, None)
        } else {
            (head, None)
        };
        Ok((now, Recovery { published, torn, damaged_head: damage, failed_sync: false }))
    }

    /// Frames past the head that a handle for reading may show: those that a later frame knows to be on the disk. The very last one may
    /// be in memory only, where a failed sync has left it, and no sync would tell: only whoever writes it anew makes sure. So a reader
    /// sees it when a handle for writing has published it, and nothing that a power cut could still take.
    pub(super) fn look_past_head(&self) -> Result<Option<Head>, StorageError> {
        // Waits for nobody: whoever holds the lock has looked past the head, and publishes. Where no lock can be taken, nobody can be
        // writing in a way that a lock would tell.
        let Some(_lock) = self.files.try_lock(LOCK, Sharing::Shared).map_or(Some(None), |lock| lock.map(Some)) else {
            return self.read_head().map(|_| None);
        };
        let (HeadFound { head, .. }, lost) = self.read_head_or_start()?;
        if head.state != State::Open {
            return Ok(None);
        }
        let log = self.logs.open(head.log)?;
        let tail = Tail::inspect(&log, &head)?;
        let (position, sequence) = tail.known;
        Ok((lost || position > head.position).then_some(Head { position, sequence, ..head }))
    }
}
