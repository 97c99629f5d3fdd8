//! Publishing and finding checkpoints: a container each, named by what it covers.

use std::{collections::HashSet, io::Write};

use crate::{
    codec::{CodecError, Container, ContainerWriter},
    object::Sequence,
    storage::{
        Checkpoint, CheckpointStamp, StorageError,
        encoding::{decode_checkpoint, encode_checkpoint},
        files::{FileSystem, Listed},
    },
};

use super::{FileStorage, log::Place};

/// The kind of a checkpoint's container.
const KIND: [u8; 8] = *b"PBCHKPNT";
/// The checkpoint itself.
const CONTENT: &str = "checkpoint";
/// Where the log goes on after it: log number and position, eight bytes each.
const PLACE: &str = "place";
/// When it was written: microseconds since 1970, eight bytes; only where checkpoints are kept by age.
const WRITTEN: &str = "written";
/// How many checkpoints are kept at least: the newest, and one in case it is damaged.
const KEPT: usize = 2;

/// What a checkpoint covers, and so how new it is: a later list of segments may cover the same frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Covered {
    sequence: Sequence,
    listed: Sequence,
}

impl Covered {
    fn of(checkpoint: &Checkpoint) -> Self {
        Self { sequence: checkpoint.sequence, listed: checkpoint.listed }
    }

    pub(super) fn file(self) -> String {
        format!("checkpoint-{:016x}-{:016x}", self.sequence.0, self.listed.0)
    }

    fn of_file(name: &str) -> Option<Self> {
        let (sequence, listed) = name.strip_prefix("checkpoint-")?.split_once('-')?;
        let number = |digits: &str| (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok().map(Sequence))?;
        Some(Self { sequence: number(sequence)?, listed: number(listed)? })
    }
}

impl FileStorage {
    pub(super) fn publish_checkpoint(&self, checkpoint: &Checkpoint, written: Option<i64>) -> Result<(), StorageError> {
        self.check_writable()?;
        let covered = Covered::of(checkpoint);
        if self.load_checkpoint(covered).is_ok_and(|known| known == *checkpoint) {
            return Ok(());
        }
        let name = covered.file();
        let refused = |error| StorageError::io(format!("encoding {name}"), error);
        let content = encode_checkpoint(checkpoint).map_err(refused)?;
        let head = self.visible_head()?;
        let place = self.logs.place_after(checkpoint.sequence, &head)?;
        // What has this name already is damaged or covers the same: until the rename it stays the newest.
        self.publish(&name, &mut |out| {
            let mut container = ContainerWriter::new(out, KIND)?;
            container.put(CONTENT, &content)?;
            if let Some(place) = place {
                container.section(PLACE)?;
                container.write_all(&place.log.to_le_bytes())?;
                container.write_all(&place.position.to_le_bytes())?;
            }
            if let Some(written) = written {
                container.put(WRITTEN, &written.to_le_bytes())?;
            }
            container.finish().map(drop)
        })?;
        Ok(())
    }

    /// Removes checkpoints listed before `keep`, but not the newest and the one before it.
    pub(super) fn remove_checkpoints_before(&self, keep: Sequence) -> Result<(), StorageError> {
        self.check_writable()?;
        let old = self.all_checkpoints()?.into_iter().skip(KEPT).filter(|covered| covered.listed < keep);
        old.into_iter().try_for_each(|old| self.remove_file(&old.file()))
    }

    /// All checkpoints that can be read, oldest first.
    pub(super) fn checkpoint_stamps(&self) -> Result<Vec<CheckpointStamp>, StorageError> {
        let mut stamps = Vec::new();
        for covered in self.all_checkpoints()? {
            match self.stamp(covered) {
                Ok(stamp) => stamps.push(stamp),
                Err(error) if error.is_not_found() => {}
                // There is another, or the database does not open anyway.
                Err(StorageError::Codec(damage)) => tracing::warn!("{damage}; going without {}", covered.file()),
                Err(error) => return Err(error),
            }
        }
        stamps.sort_unstable();
        Ok(stamps)
    }

    fn stamp(&self, covered: Covered) -> Result<CheckpointStamp, StorageError> {
        let name = covered.file();
        let bytes = self.files.map(&name).map_err(|error| self.failed("opening", &name, error))?;
        let container = Container::open(&name, KIND, bytes)?;
        let written = match container.find(WRITTEN) {
            Some(section) => section.array::<i64>(0..1)?.first().copied(),
            None => None,
        };
        Ok(CheckpointStamp { listed: covered.listed, sequence: covered.sequence, written })
    }

    pub(super) fn load_stamped(&self, stamp: &CheckpointStamp) -> Result<Checkpoint, StorageError> {
        self.load_checkpoint(Covered { sequence: stamp.sequence, listed: stamp.listed })
    }

    /// What all checkpoints cover, newest first.
    pub(super) fn all_checkpoints(&self) -> Result<Vec<Covered>, StorageError> {
        let listed = self.files.list("").map_err(|error| self.failed("listing", "", error))?;
        Ok(covered_by(&listed))
    }

    pub(super) fn read_newest_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        loop {
            let all = self.all_checkpoints()?;
            match self.first_readable(&all) {
                // Somebody has removed it, so there is a newer one; as long as that is so, look again.
                Err(error) if error.is_not_found() && self.all_checkpoints()? != all => {}
                result => return result,
            }
        }
    }

    fn first_readable(&self, all: &[Covered]) -> Result<Option<Checkpoint>, StorageError> {
        let Some((newest, older)) = all.split_first() else { return Ok(None) };
        let damage = match self.load_checkpoint(*newest) {
            Err(StorageError::Codec(damage @ CodecError::Damaged { .. })) => damage,
            result => return result.map(Some),
        };
        let head = self.visible_head()?;
        for covered in older {
            // An older one will do only if the log still leads from it to now, and if its files have not been swept away.
            if let Ok(checkpoint) = self.load_checkpoint(*covered)
                && self.logs.reaches(checkpoint.sequence, &head)?
                && self.has_files_of(&checkpoint)?
            {
                tracing::warn!("{damage}; going on from {}", covered.file());
                return Ok(Some(checkpoint));
            }
        }
        Err(damage.into())
    }

    fn has_files_of(&self, checkpoint: &Checkpoint) -> Result<bool, StorageError> {
        let there: HashSet<String> = self.list_blobs()?.into_iter().map(|(name, _)| name).collect();
        Ok(checkpoint.segments.iter().all(|(segment, _)| {
            there.contains(&segment.objects) && segment.parts.iter().all(|part| there.contains(&part.file))
        }))
    }

    pub(super) fn load_checkpoint(&self, covered: Covered) -> Result<Checkpoint, StorageError> {
        let (checkpoint, place) = read_checkpoint(&*self.files, covered)?;
        if let Some(place) = place {
            self.logs.note(covered.sequence, place);
        }
        Ok(checkpoint)
    }
}

/// What the checkpoints among some files cover, newest first.
pub(super) fn covered_by(listed: &[Listed]) -> Vec<Covered> {
    let mut all: Vec<_> = listed.iter().filter_map(|listed| Covered::of_file(&listed.name)).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all
}

/// A checkpoint, and where the log goes on after it.
pub(super) fn read_checkpoint(
    files: &dyn FileSystem,
    covered: Covered,
) -> Result<(Checkpoint, Option<Place>), StorageError> {
    let name = covered.file();
    let failed = |error| StorageError::io(format!("opening {}", files.describe(&name)), error);
    let container = Container::open(&name, KIND, files.map(&name).map_err(failed)?)?;
    container.verify()?;
    let content = container.section(CONTENT)?;
    let checkpoint = decode_checkpoint(&name, 0, &content.slice(0..content.len())?)?;
    if Covered::of(&checkpoint) != covered {
        return Err(content.damaged(0, &format!("it covers what {} does", Covered::of(&checkpoint).file())).into());
    }
    let Some(place) = container.find(PLACE) else { return Ok((checkpoint, None)) };
    let [log, position] = *place.array::<u64>(0..2)? else { return Ok((checkpoint, None)) };
    Ok((checkpoint, Some(Place { log, position })))
}
