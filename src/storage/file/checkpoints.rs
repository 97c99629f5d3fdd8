//! Publishing and finding checkpoints: a container each, named by the sequence it covers.

use std::io::Write;

use crate::{
    codec::{CodecError, Container, ContainerWriter},
    object::Sequence,
    storage::{
        Checkpoint, StorageError,
        encoding::{decode_checkpoint, encode_checkpoint},
    },
};

use super::{FileStorage, log::Place};

/// The kind of a checkpoint's container.
const KIND: [u8; 8] = *b"PBCHKPNT";
/// The checkpoint itself.
const CONTENT: &str = "checkpoint";
/// Where the log goes on after it: log number and position, eight bytes each.
const PLACE: &str = "place";
/// How many checkpoints are kept: the newest, and one in case it is damaged.
const KEPT: usize = 2;

fn checkpoint_name(sequence: Sequence) -> String {
    format!("checkpoint-{:016x}", sequence.0)
}

fn checkpoint_sequence(name: &str) -> Option<Sequence> {
    let digits = name.strip_prefix("checkpoint-")?;
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok().map(Sequence))?
}

impl FileStorage {
    pub(super) fn publish_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StorageError> {
        self.check_writable()?;
        let name = checkpoint_name(checkpoint.sequence);
        match self.load_checkpoint(checkpoint.sequence) {
            Ok(_) => return Ok(()),
            // A damaged file of the same name makes way for a good one.
            Err(StorageError::Codec(_)) => self.remove_file(&name)?,
            Err(_) => {}
        }
        let refused = |error| StorageError::io(format!("encoding {name}"), error);
        let content = encode_checkpoint(checkpoint).map_err(refused)?;
        let head = self.visible_head()?;
        let place = self.logs.place_after(checkpoint.sequence, &head)?;
        self.publish("", &name, &mut |out| {
            let mut container = ContainerWriter::new(out, KIND)?;
            container.put(CONTENT, &content)?;
            if let Some(place) = place {
                container.section(PLACE)?;
                container.write_all(&place.log.to_le_bytes())?;
                container.write_all(&place.position.to_le_bytes())?;
            }
            container.finish().map(drop)
        })?;
        self.checkpoints()?.into_iter().skip(KEPT).try_for_each(|old| self.remove_file(&checkpoint_name(old)))
    }

    /// The sequences of all checkpoints, newest first.
    pub(super) fn checkpoints(&self) -> Result<Vec<Sequence>, StorageError> {
        let listed = self.files.list("").map_err(|error| self.failed("listing", "", error))?;
        let mut sequences: Vec<_> = listed.iter().filter_map(|listed| checkpoint_sequence(&listed.name)).collect();
        sequences.sort_unstable_by(|a, b| b.cmp(a));
        Ok(sequences)
    }

    pub(super) fn read_newest_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        loop {
            let sequences = self.checkpoints()?;
            match self.first_readable(&sequences) {
                // Somebody has removed it, so there is a newer one; as long as that is so, look again.
                Err(error) if error.is_not_found() && self.checkpoints()? != sequences => {}
                result => return result,
            }
        }
    }

    fn first_readable(&self, sequences: &[Sequence]) -> Result<Option<Checkpoint>, StorageError> {
        let Some((newest, older)) = sequences.split_first() else { return Ok(None) };
        let damage = match self.load_checkpoint(*newest) {
            Err(StorageError::Codec(damage @ CodecError::Damaged { .. })) => damage,
            result => return result.map(Some),
        };
        let head = self.visible_head()?;
        for sequence in older {
            // An older one will do only if the log still leads from it to now.
            if let Ok(checkpoint) = self.load_checkpoint(*sequence)
                && self.logs.reaches(checkpoint.sequence, &head)?
            {
                tracing::warn!("{damage}; going on from the checkpoint at {sequence}");
                return Ok(Some(checkpoint));
            }
        }
        Err(damage.into())
    }

    pub(super) fn load_checkpoint(&self, sequence: Sequence) -> Result<Checkpoint, StorageError> {
        let name = checkpoint_name(sequence);
        let bytes = self.files.map(&name).map_err(|error| self.failed("opening", &name, error))?;
        let container = Container::open(&name, KIND, bytes)?;
        container.verify()?;
        let content = container.section(CONTENT)?;
        let checkpoint = decode_checkpoint(&name, 0, &content.slice(0..content.len())?)?;
        if checkpoint.sequence != sequence {
            return Err(content.damaged(0, &format!("it covers {}", checkpoint.sequence)).into());
        }
        if let Some(place) = container.find(PLACE) {
            let [log, position] = *place.array::<u64>(0..2)? else { return Ok(checkpoint) };
            self.logs.note(sequence, Place { log, position });
        }
        Ok(checkpoint)
    }
}
