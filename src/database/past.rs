//! What was in the database as of an earlier commit?
//!
//! The newest checkpoint whose list of segments is not newer than that, and the log after it up to there: what opening does, stopped earlier.

use std::collections::{HashMap, HashSet};

use crate::{
    codec::sync::Mutex,
    object::Sequence,
    set::{Families, Snapshot},
    storage::{Checkpoint, Operation, SegmentEntry, StorageError},
};

use super::{Error, core::Core, locked::lock};

/// The log is read in pieces of about so many bytes.
const PIECE: u64 = 8 << 20;

/// How often going back is tried again because maintenance was faster.
const TRIES: usize = 8;

impl Core {
    /// What [`super::Database::at`] gives.
    pub fn at(&self, sequence: Sequence) -> Result<Snapshot, Error> {
        let now = self.snapshot();
        if sequence == now.sequence() { Ok(now) } else { Ok(self.families_at(sequence)?.snapshot()) }
    }

    /// A state of its own as of a commit; more frames can be applied to it.
    pub fn families_at(&self, sequence: Sequence) -> Result<Families, Error> {
        if sequence > self.snapshot().sequence() {
            self.refresh()?;
        }
        let newest = self.snapshot().sequence();
        if sequence > newest {
            return Err(Error::NotCommitted { sequence, newest });
        }
        for _ in 0..TRIES {
            match self.try_at(sequence) {
                Err(Error::Storage(error)) if error.is_not_found() => {}
                Err(Error::Storage(StorageError::Trimmed { .. })) => break,
                outcome => return outcome,
            }
        }
        Err(Error::Trimmed { sequence, oldest: self.oldest_after(sequence)? })
    }

    fn try_at(&self, sequence: Sequence) -> Result<Families, Error> {
        let stamps = self.storage.checkpoints()?;
        let base = stamps.iter().rev().find(|stamp| stamp.listed <= sequence);
        let checkpoint = base.map(|stamp| self.storage.checkpoint(stamp)).transpose()?.unwrap_or_default();
        let families = Families::open(self.storage.clone(), self.registry.clone(), &checkpoint)?;
        let mut at = checkpoint.sequence;
        while at < sequence {
            let frames = self.storage.read_some(at, PIECE)?;
            for frame in frames.iter().take_while(|frame| frame.sequence <= sequence) {
                families.apply(frame)?;
            }
            let Some(last) = frames.last() else { break };
            at = last.sequence;
            families.freeze()?;
        }
        Ok(families)
    }

    /// The oldest state after one that is gone which is still there in full.
    fn oldest_after(&self, gone: Sequence) -> Result<Sequence, Error> {
        let log = self.storage.oldest()?;
        for stamp in self.storage.checkpoints()?.iter().filter(|stamp| stamp.listed > gone && stamp.sequence >= log) {
            let opened =
                self.storage.checkpoint(stamp).map_err(Error::from).and_then(|checkpoint| {
                    Ok(Families::open(self.storage.clone(), self.registry.clone(), &checkpoint)?)
                });
            match opened {
                Ok(_) => return Ok(stamp.listed),
                Err(Error::Storage(error)) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.snapshot().sequence())
    }
}

/// Which frames refer to which files, so that files of kept frames are kept: read from the log once.
#[derive(Debug, Default)]
pub(super) struct Trail(Mutex<Followed>);

#[derive(Debug, Default)]
struct Followed {
    /// Frames after this and up to that have been read.
    from: Sequence,
    to: Sequence,
    /// The newest frame that refers to each file.
    files: HashMap<String, Sequence>,
}

impl Core {
    /// The files that segments in frames after `log` consist of.
    pub fn files_since(&self, log: Sequence) -> Result<HashSet<String>, Error> {
        let log = log.max(self.storage.oldest()?);
        let mut followed = lock(&self.trail.0);
        if log < followed.from || followed.to < log {
            *followed = Followed { from: log, to: log, ..Followed::default() };
        }
        followed.from = log;
        followed.files.retain(|_, sequence| *sequence > log);
        loop {
            let frames = self.storage.read_some(followed.to, PIECE)?;
            let Some(last) = frames.last() else { break };
            followed.to = last.sequence;
            for frame in &frames {
                let published = frame.transactions.iter().flatten().filter_map(|operation| match operation {
                    Operation::Segments { added, .. } => Some(added),
                    _ => None,
                });
                let files = published.flatten().flat_map(SegmentEntry::files);
                followed.files.extend(files.map(|file| (file.to_owned(), frame.sequence)));
            }
        }
        Ok(followed.files.keys().cloned().collect())
    }

    /// The files of all checkpoints from `listed` on.
    pub fn files_of_checkpoints(&self, listed: Sequence) -> Result<HashSet<String>, Error> {
        let mut files = HashSet::new();
        for stamp in self.storage.checkpoints()?.iter().filter(|stamp| stamp.listed >= listed) {
            files.extend(files_of_checkpoint(&self.storage.checkpoint(stamp)?).map(ToOwned::to_owned));
        }
        Ok(files)
    }
}

/// The files that a checkpoint refers to.
pub(super) fn files_of_checkpoint(checkpoint: &Checkpoint) -> impl Iterator<Item = &str> {
    checkpoint.segments.iter().flat_map(|(entry, _)| entry.files())
}
