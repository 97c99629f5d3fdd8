//! How far is the log published?
//!
//! The `head` file has two slots of one sector each, written in turn, so that a reader without a lock always finds one whole slot, and
//! so that no write can take the last good one with it. The slot with the higher count is the newer.

use std::{io, sync::Arc};

use arc_swap::ArcSwapOption;

use crate::{
    codec::{Checksum, CodecError, Cursor},
    object::Sequence,
    storage::files::StoredFile,
};

/// The file's name.
pub(super) const HEAD: &str = "head";
/// The length of a slot: a sector.
pub(super) const SLOT: usize = 512;
/// What of a slot is used, apart from the checksum at its end.
const USED: usize = 48;
const MAGIC: [u8; 8] = *b"PBHEAD\r\n";
const VERSION: u32 = 1;

/// What may be said about the log beyond the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Frames may lie past the head.
    Open = 0,
    /// All handles were closed: nothing lies past the head.
    Closed = 1,
    /// A sync failed: what lies past the head is void, and nothing is appended until somebody opens the store anew.
    Failed = 2,
}

/// The published end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub state: State,
    /// The number of the log file.
    pub log: u64,
    /// The end of the newest published frame in it.
    pub position: u64,
    /// The sequence of that frame.
    pub sequence: Sequence,
    /// How often the head was written.
    pub count: u64,
}

impl Head {
    fn encode(&self) -> [u8; SLOT] {
        let mut slot = [0; SLOT];
        slot[..8].copy_from_slice(&MAGIC);
        slot[8..12].copy_from_slice(&VERSION.to_le_bytes());
        slot[12..16].copy_from_slice(&(self.state as u32).to_le_bytes());
        for (n, number) in [self.log, self.position, self.sequence.0, self.count].into_iter().enumerate() {
            slot[16 + 8 * n..24 + 8 * n].copy_from_slice(&number.to_le_bytes());
        }
        let checksum = checksum(self.slot(), &slot);
        slot[SLOT - 4..].copy_from_slice(&checksum.to_le_bytes());
        slot
    }

    fn slot(&self) -> u64 {
        self.count % 2
    }

    fn decode(slot: u64, bytes: &[u8]) -> Result<Self, CodecError> {
        let mut cursor = Cursor::new(HEAD, slot * SLOT as u64, bytes);
        let start = cursor.clone();
        if bytes.len() != SLOT || bytes[..8] != MAGIC || bytes[SLOT - 4..] != checksum(slot, bytes).to_le_bytes() {
            return Err(start.damaged("the checksum of the log's head does not match"));
        }
        cursor.take(8)?;
        let version = cursor.u32()?;
        if version > VERSION {
            return Err(CodecError::NewerFormat { file: HEAD.to_owned(), found: version, known: VERSION });
        }
        let state = match cursor.u32()? {
            0 => State::Open,
            1 => State::Closed,
            2 => State::Failed,
            other => return Err(start.damaged(format!("the state {other} is unknown"))),
        };
        let (log, position, sequence) = (cursor.u64()?, cursor.u64()?, Sequence(cursor.u64()?));
        Ok(Self { state, log, position, sequence, count: cursor.u64()? })
    }
}

fn checksum(slot: u64, bytes: &[u8]) -> u32 {
    Checksum::new().number(slot * SLOT as u64).bytes(&bytes[..bytes.len().min(SLOT - 4)]).value()
}

/// What was found in the file.
#[derive(Debug)]
pub(super) struct HeadFound {
    pub head: Head,
    /// The other slot, when it is damaged.
    pub damage: Option<CodecError>,
}

/// The open `head` file.
#[derive(Clone, Debug)]
pub(super) struct HeadFile {
    file: Arc<dyn StoredFile>,
    /// The bytes that were read or written last, both slots whole, and what they say: most readers find nothing else.
    known: Arc<ArcSwapOption<([u8; 2 * SLOT], Head)>>,
}

/// Why a head could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Both slots were being written when the power went, as far as one can see.
    #[error(transparent)]
    Torn(CodecError),
}

/// Whether a slot looks like a part of one head and a part of another: what all heads have in common is as it should be.
fn looks_torn(slot: &[u8]) -> bool {
    let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    slot.len() == SLOT
        && slot[..8] == MAGIC
        && slot[8..12] == VERSION.to_le_bytes()
        && slot[12] <= State::Failed as u8
        && zeros(&slot[13..16])
        && zeros(&slot[USED..SLOT - 4])
}

impl HeadFile {
    pub(super) fn new(file: Arc<dyn StoredFile>) -> Self {
        Self { file, known: Arc::default() }
    }

    /// The head alone.
    pub(super) fn peek(&self) -> Result<Head, HeadError> {
        Ok(self.read()?.head)
    }

    /// The newer of the readable slots, cheaply where nothing has moved. Needs no lock: a slot that is being written is not the newer one
    /// yet.
    pub(super) fn read(&self) -> Result<HeadFound, HeadError> {
        let mut bytes = [0; 2 * SLOT];
        let read = self.file.read_at(0, &mut bytes)?;
        if let Some(known) = &*self.known.load()
            && known.0 == bytes
        {
            return Ok(HeadFound { head: known.1, damage: None });
        }
        let found = Self::decode(&bytes, read)?;
        if found.damage.is_none() {
            self.known.store(Some(Arc::new((bytes, found.head))));
        }
        Ok(found)
    }

    fn decode(bytes: &[u8; 2 * SLOT], read: usize) -> Result<HeadFound, HeadError> {
        let slot = |n: usize| &bytes[(n * SLOT).min(read)..((n + 1) * SLOT).min(read)];
        match (Head::decode(0, slot(0)), Head::decode(1, slot(1))) {
            (Ok(a), Ok(b)) => Ok(HeadFound { head: if a.count > b.count { a } else { b }, damage: None }),
            (Ok(head), Err(damage)) | (Err(damage), Ok(head)) => Ok(HeadFound { head, damage: Some(damage) }),
            (Err(damage @ CodecError::Damaged { .. }), Err(_)) if looks_torn(slot(0)) && looks_torn(slot(1)) => {
                Err(HeadError::Torn(damage))
            }
            (Err(damage), Err(_)) => Err(damage.into()),
        }
    }

    /// Writes a head after `before` into the slot that does not hold `before`; returns it as written.
    pub(super) fn write(&self, before: &Head, head: Head) -> io::Result<Head> {
        let head = Head { count: before.count + 1, ..head };
        let (slot, start) = (head.encode(), head.slot() as usize * SLOT);
        self.file.write_at(start as u64, &slot)?;
        if let Some(known) = &*self.known.load()
            && known.1 == *before
        {
            let mut bytes = known.0;
            bytes[start..start + SLOT].copy_from_slice(&slot);
            self.known.store(Some(Arc::new((bytes, head))));
        }
        Ok(head)
    }

    /// Writes a head into both slots, durably: from now on neither says anything older.
    pub(super) fn write_both(&self, before: &Head, head: Head) -> io::Result<Head> {
        let once = self.write(before, head)?;
        self.sync()?;
        let twice = self.write(&once, head)?;
        self.sync()?;
        Ok(twice)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{files::FileSystem, simulate::SimulatedFileSystem};

    fn head(sequence: u64) -> Head {
        Head { state: State::Open, log: 1, position: sequence * 100, sequence: Sequence(sequence), count: 0 }
    }

    #[test]
    fn the_newer_slot_wins_and_damage_to_one_is_told() {
        let disk = SimulatedFileSystem::new();
        let file = HeadFile::new(disk.create(HEAD).unwrap());
        assert!(file.read().is_err());
        let mut last = file.write_both(&head(0), head(1)).unwrap();
        for sequence in 2..5 {
            last = file.write(&last, head(sequence)).unwrap();
            let found = file.read().unwrap();
            assert_eq!((found.head, found.damage.is_some()), (last, false));
        }
        let bytes = disk.read_file(HEAD).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            disk.replace_file(HEAD, flipped);
            let found =
                HeadFile::new(disk.open(HEAD, crate::storage::files::FileAccess::Read).unwrap()).read().unwrap();
            let Some(CodecError::Damaged { file, position, .. }) = found.damage else { panic!("bit {bit}") };
            assert_eq!((file.as_str(), position as usize), (HEAD, bit / 8 / SLOT * SLOT));
            assert!(found.head.sequence.0 >= 3);
        }
    }
}
