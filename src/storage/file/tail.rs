//! What lies past the published head?
//!
//! Frames whose writer died before publishing them, nothing, a torn frame, or damage. A torn frame and damage are told apart by D, the
//! highest position that a valid frame or the head knows to be durable: what is wrong below D was acknowledged.

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
    /// The end and the sequence of the last frame that a later one, be it torn, knows to be on the disk; those of the head without one.
    pub known: (u64, Sequence),
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
        match Self::valid(log, head)? {
            (tail, None) => Ok(tail),
            (_, Some(damage)) => Err(damage.into()),
        }
    }

    /// The same, with damage told beside what is valid before it.
    pub(super) fn valid(log: &LogFile, head: &Head) -> Result<(Self, Option<CodecError>), StorageError> {
        let length = log.file.len().map_err(|error| StorageError::io(format!("reading {}", log.name), error))?;
        let bytes = log.bytes(head.position, length)?;
        let at_head = (head.position, head.sequence);
        let mut tail = Self { end: head.position, sequence: head.sequence, known: at_head, torn: 0 };
        let (mut ends, mut durable) = (vec![at_head], head.position);
        loop {
            let rest = bytes.slice((tail.end - head.position) as usize..);
            match CheckedFrame::read(log, tail.end, tail.sequence.next(), &rest) {
                Ok(frame) => {
                    (tail.end, tail.sequence) = (frame.end(), frame.header.sequence);
                    ends.push((tail.end, tail.sequence));
                    durable = durable.max(frame.header.durable_upto);
                }
                Err(newer @ CodecError::NewerFormat { .. }) => return Err(newer.into()),
                Err(CodecError::Damaged { .. }) => break,
            }
        }
        let rest = &bytes[(tail.end - head.position) as usize..];
        tail.torn = without_zeros(rest).len() as u64;
        let mut damage = None;
        for later in frames_in(log, tail.end, &rest[..tail.torn as usize]) {
            durable = durable.max(later.durable_upto);
            if later.durable_upto > tail.end && damage.is_none() {
                let what = format!("an acknowledged frame is unreadable: frame {} follows it", later.sequence);
                damage = Some(log.damaged(tail.end, what));
            }
        }
        tail.known = ends.into_iter().rfind(|(end, _)| *end <= durable).unwrap_or(at_head);
        Ok((tail, damage))
    }
}

/// Bytes up to the last that is not zero. Most often there is none in a file's whole reserve, so many are looked at at once.
fn without_zeros(bytes: &[u8]) -> &[u8] {
    let is_zero = |chunk: &&[u8]| chunk.iter().fold(0, |all, byte| all | byte) == 0;
    let zeros: usize = bytes.rchunks(64).take_while(is_zero).map(<[u8]>::len).sum();
    let rest = &bytes[..bytes.len() - zeros];
    &rest[..rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
}

/// All valid frame headers in some bytes, wherever they start.
fn frames_in<'a>(log: &'a LogFile, position: u64, bytes: &'a [u8]) -> impl Iterator<Item = FrameHeader> + 'a {
    let starts = bytes.windows(FRAME_MAGIC.len()).enumerate().filter(|(_, window)| *window == FRAME_MAGIC);
    starts.filter_map(move |(start, _)| FrameHeader::read(log, position + start as u64, &bytes[start..]).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_are_left_out_whatever_their_number() {
        for length in 0..300 {
            assert_eq!(without_zeros(&vec![0; length]), [0; 0]);
            for last in 0..length {
                let mut bytes = vec![0; length];
                (bytes[last / 2], bytes[last]) = (7, 1);
                let plain = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                assert_eq!(without_zeros(&bytes), &bytes[..plain], "{length} {last}");
            }
        }
    }
}
