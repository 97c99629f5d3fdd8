//! Frames and checkpoints of any content, for `fuzzing`.

use bytes::Bytes;

use super::{
    Checkpoint, FrameDraft,
    encoding::{decode_checkpoint, decode_transactions, encode_checkpoint, encode_transactions},
    file::hostile::sealed,
};

/// Reads a frame whose checksums are made right; it must be the same when it is written and read again.
pub(crate) fn frame(data: &[u8]) -> Option<FrameDraft> {
    let frame = sealed(data)?.ok()?;
    let mut bytes = Vec::new();
    encode_transactions(&mut bytes, &frame.transactions).ok()?;
    let again = decode_transactions("again", 0, &bytes.into(), frame.transactions.len() as u32);
    assert_eq!(again.ok().as_ref(), Some(&frame.transactions), "transactions change when they are written and read");
    Some(FrameDraft { lease: frame.lease, transactions: frame.transactions })
}

/// Reads the content of a checkpoint; it must be the same when it is written and read again.
pub(crate) fn checkpoint(data: &[u8]) -> Option<Checkpoint> {
    let checkpoint = decode_checkpoint("checkpoint", 0, &Bytes::copy_from_slice(data)).ok()?;
    let again = encode_checkpoint(&checkpoint).ok()?;
    let again = decode_checkpoint("again", 0, &again.into());
    assert_eq!(again.ok().as_ref(), Some(&checkpoint), "a checkpoint changes when it is written and read");
    Some(checkpoint)
}

/// The content of a sound checkpoint, for a corpus.
#[cfg(test)]
pub(crate) fn content(checkpoint: &Checkpoint) -> Vec<u8> {
    encode_checkpoint(checkpoint).unwrap()
}

/// A sound frame as [`frame`] takes it, for a corpus.
#[cfg(test)]
pub(crate) fn bytes_of(frame: &super::Frame) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    let lease = frame.lease.unwrap_or(super::Lease { first: 0, count: 0 });
    bytes[12..16].copy_from_slice(&(frame.transactions.len() as u32).to_le_bytes());
    bytes[24..32].copy_from_slice(&frame.sequence.0.to_le_bytes());
    bytes[32..40].copy_from_slice(&lease.first.to_le_bytes());
    bytes[40..48].copy_from_slice(&lease.count.to_le_bytes());
    encode_transactions(&mut bytes, &frame.transactions).unwrap();
    bytes
}
