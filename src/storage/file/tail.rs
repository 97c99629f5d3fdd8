//! What lies past the published head?
//!
//! Frames whose writer died before publishing them, nothing, a torn frame, or damage. A torn frame and damage are told apart by D, the
//! highest position that a valid frame or the head knows to be durable: what is wrong below D was acknowledged.

use bytes::Bytes;

use crate::{codec::CodecError, object::Sequence, storage::StorageError};

use super::{
    frame_bytes::{CheckedFrame, FRAME_MAGIC, FrameHeader},
    head::Head,
    log::LogFile,
};

/// What was found past the head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The end of the last valid frame.
    pub end: u64,
    /// The sequence of the last valid frame.
    pub sequence: Sequence,
    /// Bytes after it that are no frame, up to the last that is not zero.
    pub torn: u64,
}

impl Tail {
    /// Reads the log file from the head on.
    pub(super) fn inspect(log: &LogFile, head: &Head) -> Result<Self, StorageError> {
        let length = log.file.len().map_err(|error| StorageError::io(format!("reading {}", log.name), error))?;
        if length < head.position {
            let what = format!("the file ends before {}, to where it was acknowledged", head.position);
            return Err(log.damaged(length, what).into());
        }
        let bytes = log.bytes(head.position, length)?;
        Ok(Self::of(log, head, &bytes)?)
    }

    fn of(log: &LogFile, head: &Head, bytes: &Bytes) -> Result<Self, CodecError> {
        let (mut end, mut sequence) = (head.position, head.sequence);
        let rest = |end: u64| bytes.slice((end - head.position) as usize..);
        loop {
            match CheckedFrame::read(log, end, sequence.next(), &rest(end)) {
                Ok(frame) => (end, sequence) = (frame.end(), frame.header.sequence),
                Err(newer @ CodecError::NewerFormat { .. }) => return Err(newer),
                Err(CodecError::Damaged { .. }) => break,
            }
        }
        let rest = rest(end);
        let torn = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
        let rest = &rest[..torn as usize];
        if let Some(later) = frames_in(log, end, rest).find(|frame| frame.durable_upto > end) {
            let what = format!("an acknowledged frame is unreadable: frame {} follows it", later.sequence);
            return Err(log.damaged(end, what));
        }
        Ok(Self { end, sequence, torn })
    }
}

/// All valid frame headers in some bytes, wherever they start.
fn frames_in<'a>(log: &'a LogFile, position: u64, bytes: &'a [u8]) -> impl Iterator<Item = FrameHeader> + 'a {
    let starts = bytes.windows(FRAME_MAGIC.len()).enumerate().filter(|(_, window)| *window == FRAME_MAGIC);
    starts.filter_map(move |(start, _)| FrameHeader::read(log, position + start as u64, &bytes[start..]).ok())
}
