//! The manifest: everything of a backup that is in no object file or part.

use std::io;

use bytes::Bytes;
use rmp::encode::{write_array_len, write_bin, write_str, write_uint};

use crate::{
    codec::{CodecError, Container, ContainerWriter},
    object::Sequence,
    storage::{
        Checkpoint, Frame, Lease,
        encoding::{Unpacker, count, decode_checkpoint, decode_transactions, encode_checkpoint, encode_transactions},
    },
};

/// The kind of a manifest's container.
const KIND: [u8; 8] = *b"PBBACKUP";
/// The length of a container's trailer, which vouches for the whole file: for the directory, that for the table of checksums, that for
/// every block.
pub const TRAILER: usize = 64;

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    /// Its name, in the store and in the backup.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// Its last bytes.
    pub trailer: Vec<u8>,
}

/// One backup.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The store that it is of.
    pub store: u64,
    /// What is in the files.
    pub checkpoint: Checkpoint,
    /// Every frame after the checkpoint, up to the sequence that is backed up.
    pub frames: Vec<Frame>,
    /// The files.
    pub files: Vec<BackupFile>,
}

impl Manifest {
    /// The sequence that is backed up.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.frames.last().map_or(self.checkpoint.sequence, |frame| frame.sequence)
    }

    /// The manifest's file name.
    #[must_use]
    pub fn name(&self) -> String {
        Self::name_of(self.sequence())
    }

    pub(super) fn name_of(sequence: Sequence) -> String {
        format!("backup-{:016x}", sequence.0)
    }

    /// The sequence that the manifest with this file name backs up.
    pub(super) fn sequence_of(name: &str) -> Option<Sequence> {
        let digits = name.strip_prefix("backup-")?;
        (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok().map(Sequence))?
    }

    pub(super) fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let mut store = Vec::new();
        write_array_len(&mut store, 2)?;
        write_uint(&mut store, self.store)?;
        write_uint(&mut store, self.sequence().0)?;
        let mut container = ContainerWriter::new(out, KIND)?;
        container.put("backup", &store)?;
        container.put("checkpoint", &encode_checkpoint(&self.checkpoint)?)?;
        container.put("frames", &encode_frames(&self.frames)?)?;
        container.put("files", &encode_files(&self.files)?)?;
        container.finish().map(drop)
    }

    /// Reads a manifest and checks that nothing is missing between its checkpoint and its sequence.
    pub(super) fn read(name: &str, bytes: Bytes) -> Result<Self, CodecError> {
        let container = Container::open(name, KIND, bytes)?;
        // All sections are read whole, which verifies them.
        let section = |section: &str| {
            let section = container.section(section)?;
            section.slice(0..section.len())
        };
        let head = section("backup")?;
        let mut head = Unpacker::new(name, 0, &head);
        head.array_of(2)?;
        let (store, sequence) = (head.u64()?, Sequence(head.u64()?));
        let manifest = Self {
            store,
            checkpoint: decode_checkpoint(name, 0, &section("checkpoint")?)?,
            frames: decode_frames(name, &section("frames")?)?,
            files: decode_files(name, &section("files")?)?,
        };
        let first = manifest.checkpoint.sequence.0;
        let complete = manifest.frames.iter().zip(first + 1..).all(|(frame, sequence)| frame.sequence.0 == sequence);
        if !complete || manifest.sequence() != sequence || manifest.checkpoint.listed > sequence {
            return Err(head.damaged(format!("its frames do not lead from {first} to {sequence}")));
        }
        Ok(manifest)
    }
}

fn encode_frames(frames: &[Frame]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    write_array_len(&mut out, count(frames.len())?)?;
    for frame in frames {
        let lease = frame.lease.unwrap_or(Lease { first: 0, count: 0 });
        let mut payload = Vec::new();
        encode_transactions(&mut payload, &frame.transactions)?;
        count(payload.len())?;
        write_array_len(&mut out, 5)?;
        for number in [frame.sequence.0, lease.first, lease.count, frame.transactions.len() as u64] {
            write_uint(&mut out, number)?;
        }
        write_bin(&mut out, &payload)?;
    }
    Ok(out)
}

fn decode_frames(file: &str, bytes: &Bytes) -> Result<Vec<Frame>, CodecError> {
    let mut unpacker = Unpacker::new(file, 0, bytes);
    let frames = unpacker.list(|unpacker| {
        unpacker.array_of(5)?;
        let sequence = Sequence(unpacker.u64()?);
        let lease = Lease { first: unpacker.u64()?, count: unpacker.u64()? };
        let transactions = unpacker.u32()?;
        let transactions = decode_transactions(file, 0, &unpacker.bytes()?, transactions)?;
        Ok(Frame { sequence, lease: (lease.count > 0).then_some(lease), transactions })
    })?;
    unpacker.end()?;
    Ok(frames)
}

fn encode_files(files: &[BackupFile]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    write_array_len(&mut out, count(files.len())?)?;
    for file in files {
        write_array_len(&mut out, 3)?;
        write_str(&mut out, &file.name)?;
        write_uint(&mut out, file.length)?;
        write_bin(&mut out, &file.trailer)?;
    }
    Ok(out)
}

fn decode_files(file: &str, bytes: &Bytes) -> Result<Vec<BackupFile>, CodecError> {
    let mut unpacker = Unpacker::new(file, 0, bytes);
    let files = unpacker.list(|unpacker| {
        unpacker.array_of(3)?;
        Ok(BackupFile { name: unpacker.text()?, length: unpacker.u64()?, trailer: unpacker.bytes()?.to_vec() })
    })?;
    unpacker.end()?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        object::{FamilyId, Offset},
        storage::Operation,
    };

    fn sample() -> Manifest {
        let delete = Operation::Delete { family: FamilyId(1), offset: Offset(9) };
        let frame =
            |sequence, lease| Frame { sequence: Sequence(sequence), lease, transactions: vec![vec![delete.clone()]] };
        Manifest {
            store: u64::MAX,
            checkpoint: Checkpoint { sequence: Sequence(4), listed: Sequence(6), ..Checkpoint::default() },
            frames: vec![frame(5, Some(Lease { first: 7, count: 3 })), frame(6, None)],
            files: vec![BackupFile { name: "objects-1".to_owned(), length: 640, trailer: vec![3; TRAILER] }],
        }
    }

    #[test]
    fn a_manifest_comes_back_and_every_flipped_bit_is_detected() {
        let mut bytes = Vec::new();
        sample().write(&mut bytes).unwrap();
        assert_eq!(Manifest::read("backup", bytes.clone().into()).unwrap(), sample());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(Manifest::read("backup", flipped.into()), Err(CodecError::Damaged { .. })), "bit {bit}");
        }
    }

    #[test]
    fn a_gap_is_damage() {
        let mut manifest = sample();
        manifest.frames.remove(0);
        let mut bytes = Vec::new();
        manifest.write(&mut bytes).unwrap();
        let error = Manifest::read("backup", bytes.into()).unwrap_err().to_string();
        assert!(error.ends_with("its frames do not lead from 4 to 6"), "{error}");
    }
}
