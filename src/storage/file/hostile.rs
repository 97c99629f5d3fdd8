//! Frames whose checksums are right whatever else they say.

use bytes::Bytes;

use crate::{
    codec::CodecError,
    object::Sequence,
    storage::{Frame, files::FileSystem, simulate::SimulatedFileSystem},
};

use super::{
    frame_bytes::{CheckedFrame, FRAME_HEADER, FRAME_MAGIC, Slot},
    log::{LogFile, LogHeader, Place},
};

const LOG: u64 = 258;
const POSITION: u64 = 64;

/// Reads a frame of a header and a payload; magic, log and checksums are put right, and the length too, unless the header's is to be
/// believed: when the eighth bit of its version is set. `None` when there is no whole header.
pub(in crate::storage) fn sealed(data: &[u8]) -> Option<Result<Frame, CodecError>> {
    let (header, payload) = data.split_first_chunk::<FRAME_HEADER>()?;
    let mut header = *header;
    header[..8].copy_from_slice(&FRAME_MAGIC);
    header[16..24].copy_from_slice(&LOG.to_le_bytes());
    if header[8] & 0x80 == 0 {
        header[56..60].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    }
    header[8] &= 0x7f;
    let sequence = Sequence(u64::from_le_bytes(header[24..32].try_into().ok()?));
    let slot = Slot { log_id: LOG, sequence, position: POSITION };
    let seal = slot.checksum(&header[..60]);
    header[60..].copy_from_slice(&seal);
    let bytes: Bytes = [&header[..], payload, &slot.checksum(payload)].concat().into();
    let files = SimulatedFileSystem::new();
    let header = LogHeader { id: LOG, number: 1, after: Sequence(0), previous: Place { log: 0, position: 0 } };
    let log = LogFile::over("log".to_owned(), header, files.create("log").ok()?);
    Some(CheckedFrame::read(&log, POSITION, sequence, &bytes).and_then(|frame| frame.decode(&log)))
}
