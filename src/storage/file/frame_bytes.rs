//! The bytes of one frame: a header of 64, the payload, the payload's checksum.
//!
//! Both checksums cover the log's id, the sequence and the position, so that bytes which are stale or in a wrong place never pass.

use bytes::Bytes;

use crate::{
    codec::{Checksum, CodecError, Cursor},
    object::Sequence,
    storage::{
        Frame, FrameDraft, Lease, Operation, StorageError,
        encoding::{decode_transactions, encode_transactions},
    },
};

use super::log::LogFile;

pub(super) const FRAME_HEADER: usize = 64;
/// The first bytes of a frame.
pub(super) const FRAME_MAGIC: [u8; 8] = *b"\xf4PBFRM\r\n";
const VERSION: u32 = 1;
/// The longest payload: a transaction that is larger belongs into segments.
const LONGEST: usize = 1 << 30;
/// What surrounds the payload.
const AROUND: u64 = FRAME_HEADER as u64 + 4;

/// Where a frame goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub log_id: u64,
    pub sequence: Sequence,
    pub position: u64,
}

impl Slot {
    pub(super) fn checksum(&self, bytes: &[u8]) -> [u8; 4] {
        let bound = Checksum::new().number(self.log_id).number(self.sequence.0).number(self.position);
        bound.bytes(bytes).value().to_le_bytes()
    }
}

/// A frame without its place: encoded once, whatever file it will go to.
pub(super) struct EncodedFrame {
    bytes: Vec<u8>,
}

impl EncodedFrame {
    pub(super) fn new(draft: &FrameDraft) -> Result<Self, StorageError> {
        Self::into(Vec::new(), draft)
    }

    /// Encodes into a buffer that served another frame: fresh memory costs more than the bytes.
    pub(super) fn into(mut bytes: Vec<u8>, draft: &FrameDraft) -> Result<Self, StorageError> {
        let operations = draft.transactions.iter().flatten().map(Operation::bytes).sum::<u64>();
        bytes.clear();
        bytes.reserve((AROUND + operations) as usize);
        bytes.resize(FRAME_HEADER, 0);
        encode_transactions(&mut bytes, &draft.transactions)
            .map_err(|error| StorageError::Refused(format!("a transaction cannot be written: {error}")))?;
        let length = bytes.len() - FRAME_HEADER;
        if length > LONGEST {
            let what = format!("a commit of {length} bytes is longer than {LONGEST}; load that much in bulk");
            return Err(StorageError::Refused(what));
        }
        bytes[..8].copy_from_slice(&FRAME_MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&(draft.transactions.len() as u32).to_le_bytes());
        let lease = draft.lease.unwrap_or(Lease { first: 0, count: 0 });
        bytes[32..40].copy_from_slice(&lease.first.to_le_bytes());
        bytes[40..48].copy_from_slice(&lease.count.to_le_bytes());
        bytes[56..60].copy_from_slice(&(length as u32).to_le_bytes());
        Ok(Self { bytes })
    }

    /// The length in the log.
    pub(super) fn length(&self) -> u64 {
        self.bytes.len() as u64 + 4
    }

    /// The frame's bytes at a place. Everything before `durable_upto` is known to be synced.
    pub(super) fn placed(mut self, slot: &Slot, durable_upto: u64) -> Vec<u8> {
        self.bytes[16..24].copy_from_slice(&slot.log_id.to_le_bytes());
        self.bytes[24..32].copy_from_slice(&slot.sequence.0.to_le_bytes());
        self.bytes[48..56].copy_from_slice(&durable_upto.to_le_bytes());
        let header = slot.checksum(&self.bytes[..60]);
        self.bytes[60..64].copy_from_slice(&header);
        let payload = slot.checksum(&self.bytes[FRAME_HEADER..]);
        self.bytes.extend(payload);
        self.bytes
    }
}

/// A frame's header, verified.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameHeader {
    pub sequence: Sequence,
    pub durable_upto: u64,
    lease: Lease,
    transactions: u32,
    payload: usize,
}

impl FrameHeader {
    /// The length of the whole frame.
    pub(super) fn length(&self) -> u64 {
        self.payload as u64 + AROUND
    }

    /// Reads the header at the start of `bytes`, which lie at `position` of `log`. Any sequence goes.
    pub(super) fn read(log: &LogFile, position: u64, bytes: &[u8]) -> Result<Self, CodecError> {
        let mut cursor = Cursor::new(&log.name, position, bytes);
        let start = cursor.clone();
        if cursor.array()? != FRAME_MAGIC {
            return Err(start.damaged("no frame starts here"));
        }
        let (version, transactions) = (cursor.u32()?, cursor.u32()?);
        let slot = Slot { log_id: cursor.u64()?, sequence: Sequence(cursor.u64()?), position };
        let lease = Lease { first: cursor.u64()?, count: cursor.u64()? };
        let (durable_upto, payload) = (cursor.u64()?, cursor.u32()? as usize);
        if slot.log_id != log.header.id || cursor.array()? != slot.checksum(&bytes[..60]) {
            return Err(start.damaged("the checksum of a frame's header does not match"));
        }
        if version > VERSION {
            return Err(CodecError::NewerFormat { file: log.name.clone(), found: version, known: VERSION });
        }
        Ok(Self { sequence: slot.sequence, durable_upto, lease, transactions, payload })
    }
}

/// A verified frame whose payload has not been decoded.
pub(super) struct CheckedFrame {
    pub header: FrameHeader,
    pub position: u64,
    payload: Bytes,
}

impl CheckedFrame {
    /// Verifies the frame of one sequence at the start of `bytes`, which lie at `position` of `log`.
    pub(super) fn read(log: &LogFile, position: u64, sequence: Sequence, bytes: &Bytes) -> Result<Self, CodecError> {
        let header = FrameHeader::read(log, position, bytes)?;
        if header.sequence != sequence {
            return Err(log.damaged(position, format!("frame {} is where {sequence} belongs", header.sequence)));
        }
        let end = FRAME_HEADER + header.payload;
        let Some(checksum) = bytes.get(end..end + 4) else {
            return Err(log.damaged(position, "a frame is cut short"));
        };
        let payload = bytes.slice(FRAME_HEADER..end);
        let slot = Slot { log_id: log.header.id, sequence, position };
        if slot.checksum(&payload) != checksum {
            return Err(log.damaged(position, "the checksum of a frame's payload does not match"));
        }
        Ok(Self { header, position, payload })
    }

    pub(super) fn end(&self) -> u64 {
        self.position + self.header.length()
    }

    /// Decodes the payload.
    pub(super) fn decode(self, log: &LogFile) -> Result<Frame, CodecError> {
        let FrameHeader { sequence, lease, transactions, .. } = self.header;
        let start = self.position + FRAME_HEADER as u64;
        if lease.first.checked_add(lease.count).is_none() {
            let what = format!("a lease of {} offsets from {}, past the last there is", lease.count, lease.first);
            return Err(log.damaged(self.position, what));
        }
        let transactions = decode_transactions(&log.name, start, &self.payload, transactions)?;
        Ok(Frame { sequence, lease: (lease.count > 0).then_some(lease), transactions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        object::{FamilyId, Offset},
        storage::{Operation, simulate::SimulatedFileSystem},
    };

    use super::super::log::{LogHeader, Place};

    /// Whole frames at another place, and one frame's header before the payload of another: nothing that is stale passes.
    #[test]
    fn a_frame_belongs_to_one_place() {
        let disk = SimulatedFileSystem::new();
        let log = |id, number| {
            let header = LogHeader { id, number, after: Sequence(0), previous: Place { log: 0, position: 0 } };
            LogFile::create(&disk, header, 1024).unwrap()
        };
        let (log, other) = (log(7, 1), log(8, 2));
        let placed = |slot: &Slot| {
            let draft = FrameDraft { lease: None, transactions: vec![vec![]] };
            EncodedFrame::new(&draft).unwrap().placed(slot, 64)
        };
        let read = |log: &LogFile, position, sequence, bytes: &[u8]| {
            CheckedFrame::read(log, position, Sequence(sequence), &Bytes::copy_from_slice(bytes)).map(drop)
        };
        let slot = Slot { log_id: 7, sequence: Sequence(1), position: 64 };
        let bytes = placed(&slot);
        read(&log, 64, 1, &bytes).unwrap();
        for (log, position, sequence) in [(&other, 64, 1), (&log, 128, 1), (&log, 64, 2)] {
            read(log, position, sequence, &bytes).unwrap_err();
        }
        let stale =
            [Slot { log_id: 8, ..slot }, Slot { sequence: Sequence(2), ..slot }, Slot { position: 128, ..slot }];
        for stale in stale {
            let mixed = [&bytes[..FRAME_HEADER], &placed(&stale)[FRAME_HEADER..]].concat();
            read(&log, 64, 1, &mixed).expect_err(&format!("the payload belongs to {stale:?}"));
        }
    }

    /// The example in `docs/format.md`, which was put together by other means.
    #[test]
    fn the_documented_bytes_are_written() {
        let delete = Operation::Delete { family: FamilyId(2), offset: Offset(5) };
        let draft = FrameDraft { lease: Some(Lease { first: 100, count: 10 }), transactions: vec![vec![delete]] };
        let slot = Slot { log_id: 258, sequence: Sequence(7), position: 64 };
        let frame = EncodedFrame::new(&draft).unwrap();
        let length = frame.length() as usize;
        let bytes = frame.placed(&slot, 64);
        assert_eq!(bytes.len(), length);
        let hex = |line: &[u8]| line.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
        let text: String = bytes.chunks(16).enumerate().map(|(n, row)| format!("{:4}{}\n", n * 16, hex(row))).collect();
        assert!(include_str!("../../../docs/format.md").contains(&text), "{text}");
    }
}
