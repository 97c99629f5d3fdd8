//! Giving up damaged frames, on explicit request only.

use std::{path::Path, sync::Arc};

use crate::{
    codec::CodecError,
    object::Sequence,
    storage::{
        FrameDraft, Lease, OsFileSystem, StorageError,
        files::{FileSystem, Sharing},
    },
};

use super::{
    FileOptions, FileStorage, LOCK,
    head::{Head, State},
    open,
    tail::Tail,
};

/// How far offsets move on: what the lost frames leased is unknown, and an offset is never used twice.
const OFFSETS_SKIPPED: u64 = 1 << 40;

/// What a salvage kept.
#[derive(Clone, Debug)]
pub struct Salvage {
    /// The last sequence that was kept; what was committed after it is lost.
    pub kept: Sequence,
    /// What was found damaged; `None` when nothing was, and nothing was changed.
    pub damage: Option<CodecError>,
}

impl FileStorage {
    /// Makes a directory with a damaged log usable again: keeps what can be read from the newest checkpoint on, up to the first
    /// damaged frame, and gives up that one and all after it. The damaged files stay where they are.
    pub fn salvage(directory: impl AsRef<Path>, options: &FileOptions) -> Result<Salvage, StorageError> {
        Self::salvage_over(Arc::new(OsFileSystem::new(directory.as_ref())), options)
    }

    /// The same on any file system.
    pub fn salvage_over(files: Arc<dyn FileSystem>, options: &FileOptions) -> Result<Salvage, StorageError> {
        let options = FileOptions { create: false, read_only: false, ..options.clone() };
        let salvage = open::open_unrecovered(files, &options)?.cut_damage()?;
        if salvage.damage.is_some() {
            tracing::warn!("the log was cut after frame {}", salvage.kept);
        }
        Ok(salvage)
    }

    fn cut_damage(&self) -> Result<Salvage, StorageError> {
        let lock = self.lock(LOCK, Sharing::Exclusive)?;
        let (before, head_damage) = match self.read_head() {
            Ok(found) => (found.head, None),
            Err(StorageError::Codec(damage @ CodecError::Damaged { .. })) => (self.log_start()?, Some(damage)),
            Err(error) => return Err(error),
        };
        let checkpoint = self.read_newest_checkpoint()?.unwrap_or_default();
        let start = checkpoint.sequence.max(self.logs.oldest(&before)?);
        let cut = self.logs.readable(start, &before)?;
        let (end, damage) = match cut.damage {
            Some(damage) => {
                (Head { log: cut.end.log, position: cut.end.position, sequence: cut.sequence, ..before }, damage)
            }
            None => match self.damage_past(&before, head_damage)? {
                Some((end, damage)) => (end, damage),
                None => return Ok(Salvage { kept: before.sequence, damage: None }),
            },
        };
        self.start_log(&before, Head { state: State::Open, ..end })?;
        drop(lock);
        let first = checkpoint.next_offset.max(cut.next_offset) + OFFSETS_SKIPPED;
        let draft = FrameDraft { lease: Some(Lease { first, count: 1 }), transactions: Vec::new() };
        self.append_frame(end.sequence, &draft).map_err(|error| StorageError::Refused(error.to_string()))?;
        Ok(Salvage { kept: end.sequence, damage: Some(damage) })
    }

    /// Damage past the head, and the end of what is valid before it. A damaged head counts, wherever the log ends.
    fn damage_past(&self, head: &Head, known: Option<CodecError>) -> Result<Option<(Head, CodecError)>, StorageError> {
        if head.state == State::Failed {
            return Ok(None);
        }
        let (tail, damage) = Tail::valid(&self.logs.open(head.log)?, head)?;
        let end = Head { position: tail.end, sequence: tail.sequence, ..*head };
        Ok(known.or(damage).map(|damage| (end, damage)))
    }
}
