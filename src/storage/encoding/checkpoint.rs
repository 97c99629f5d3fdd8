//! The content of a checkpoint: one MessagePack array.

use std::io;

use bytes::Bytes;
use rmp::encode::{write_array_len, write_bin, write_uint};
use roaring::RoaringBitmap;

use crate::{
    codec::CodecError,
    object::{FamilyId, Sequence},
    storage::{Checkpoint, FamilyEntry, SegmentEntry},
};

use super::{
    operations::{count, decode_segment, encode_segment},
    unpack::Unpacker,
};

/// The checkpoint's bytes.
pub(in crate::storage) fn encode_checkpoint(checkpoint: &Checkpoint) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    write_array_len(&mut out, 5)?;
    write_uint(&mut out, checkpoint.sequence.0)?;
    write_uint(&mut out, checkpoint.listed.0)?;
    write_uint(&mut out, checkpoint.next_offset)?;
    write_array_len(&mut out, count(checkpoint.families.len())?)?;
    for family in &checkpoint.families {
        write_array_len(&mut out, 2)?;
        write_uint(&mut out, family.family.0.into())?;
        write_bin(&mut out, &family.declaration)?;
    }
    write_array_len(&mut out, count(checkpoint.segments.len())?)?;
    for (segment, dead) in &checkpoint.segments {
        write_array_len(&mut out, 2)?;
        encode_segment(&mut out, segment)?;
        let mut bitmap = Vec::with_capacity(dead.serialized_size());
        dead.serialize_into(&mut bitmap)?;
        write_bin(&mut out, &bitmap)?;
    }
    Ok(out)
}

/// Reads a checkpoint, which must be all of `bytes`.
pub(in crate::storage) fn decode_checkpoint(
    file: &str,
    position: u64,
    bytes: &Bytes,
) -> Result<Checkpoint, CodecError> {
    let mut unpacker = Unpacker::new(file, position, bytes);
    unpacker.array_of(5)?;
    let checkpoint = Checkpoint {
        sequence: Sequence(unpacker.u64()?),
        listed: Sequence(unpacker.u64()?),
        next_offset: unpacker.u64()?,
        families: unpacker.list(decode_family)?,
        segments: unpacker.list(decode_live_segment)?,
    };
    unpacker.end()?;
    Ok(checkpoint)
}

fn decode_family(unpacker: &mut Unpacker<'_>) -> Result<FamilyEntry, CodecError> {
    unpacker.array_of(2)?;
    Ok(FamilyEntry { family: FamilyId(unpacker.u32()?), declaration: unpacker.bytes()? })
}

fn decode_live_segment(unpacker: &mut Unpacker<'_>) -> Result<(SegmentEntry, RoaringBitmap), CodecError> {
    unpacker.array_of(2)?;
    let segment = decode_segment(unpacker)?;
    let bytes = unpacker.bytes()?;
    let dead = RoaringBitmap::deserialize_from(&bytes[..])
        .map_err(|error| unpacker.damaged(format!("dead slots of segment {}: {error}", segment.id.0)))?;
    Ok((segment, dead))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SegmentId;

    #[test]
    fn a_checkpoint_comes_back() {
        let segment = SegmentEntry {
            id: SegmentId(77),
            family: FamilyId(1),
            sequence: Sequence(10),
            slots: 100_000,
            objects: "segment-77".into(),
            parts: Vec::new(),
        };
        let checkpoint = Checkpoint {
            sequence: Sequence(10),
            listed: Sequence(12),
            next_offset: 1 << 33,
            families: vec![FamilyEntry { family: FamilyId(1), declaration: Bytes::from_static(b"places") }],
            segments: vec![(segment, (5..40_000).step_by(3).collect())],
        };
        let bytes = Bytes::from(encode_checkpoint(&checkpoint).unwrap());
        assert_eq!(decode_checkpoint("checkpoint", 64, &bytes).unwrap(), checkpoint);
        for length in 0..100 {
            assert!(decode_checkpoint("checkpoint", 64, &bytes.slice(..length)).is_err());
        }
    }
}
