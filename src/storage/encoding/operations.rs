//! The payload of a frame: its transactions one after the other.

use std::io;

use bytes::Bytes;
use rmp::encode::{write_array_len, write_bin, write_bool, write_nil, write_str, write_uint};

use crate::{
    codec::CodecError,
    object::{FamilyId, Offset, Sequence},
    storage::{Operation, PartEntry, SegmentEntry, SegmentId},
};

use super::unpack::Unpacker;

const PUT: u64 = 0;
const DELETE: u64 = 1;
const DECLARE: u64 = 2;
const SEGMENTS: u64 = 3;

pub(in crate::storage) fn count(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "more than 2^32 elements"))
}

/// Appends the transactions to `out`.
pub(in crate::storage) fn encode_transactions(out: &mut Vec<u8>, transactions: &[Vec<Operation>]) -> io::Result<()> {
    for transaction in transactions {
        write_array_len(out, count(transaction.len())?)?;
        transaction.iter().try_for_each(|operation| encode_operation(out, operation))?;
    }
    Ok(())
}

fn encode_operation(out: &mut Vec<u8>, operation: &Operation) -> io::Result<()> {
    match operation {
        Operation::Put { family, offset, owner, object } => {
            write_array_len(out, 5)?;
            write_uint(out, PUT)?;
            write_uint(out, family.0.into())?;
            write_uint(out, offset.0)?;
            match owner {
                Some(owner) => drop(write_uint(out, owner.0)?),
                None => write_nil(out)?,
            }
            count(object.len())?;
            write_bin(out, object)?;
        }
        Operation::Delete { family, offset } => {
            write_array_len(out, 3)?;
            write_uint(out, DELETE)?;
            write_uint(out, family.0.into())?;
            write_uint(out, offset.0)?;
        }
        Operation::Declare { family, declaration } => {
            write_array_len(out, 3)?;
            write_uint(out, DECLARE)?;
            write_uint(out, family.0.into())?;
            count(declaration.len())?;
            write_bin(out, declaration)?;
        }
        Operation::Segments { added, removed } => {
            write_array_len(out, 3)?;
            write_uint(out, SEGMENTS)?;
            write_array_len(out, count(added.len())?)?;
            added.iter().try_for_each(|segment| encode_segment(out, segment))?;
            write_array_len(out, count(removed.len())?)?;
            removed.iter().try_for_each(|id| write_uint(out, id.0).map(drop))?;
        }
    }
    Ok(())
}

pub(super) fn encode_segment(out: &mut Vec<u8>, segment: &SegmentEntry) -> io::Result<()> {
    write_array_len(out, 6)?;
    write_uint(out, segment.id.0)?;
    write_uint(out, segment.family.0.into())?;
    write_uint(out, segment.sequence.0)?;
    write_uint(out, segment.slots.into())?;
    write_str(out, &segment.objects)?;
    write_array_len(out, count(segment.parts.len())?)?;
    for part in &segment.parts {
        write_array_len(out, 3)?;
        write_uint(out, part.index.into())?;
        write_str(out, &part.file)?;
        write_bool(out, part.settled)?;
    }
    Ok(())
}

/// Reads `count` transactions, which must be all of `payload`. `file` and `position` say where it lies.
pub(in crate::storage) fn decode_transactions(
    file: &str,
    position: u64,
    payload: &Bytes,
    count: u32,
) -> Result<Vec<Vec<Operation>>, CodecError> {
    let mut unpacker = Unpacker::new(file, position, payload);
    if count as usize > payload.len() {
        return Err(unpacker.damaged(format!("{count} transactions are announced in {} bytes", payload.len())));
    }
    let transactions = (0..count).map(|_| unpacker.list(decode_operation)).collect::<Result<_, _>>()?;
    unpacker.end()?;
    Ok(transactions)
}

fn decode_operation(unpacker: &mut Unpacker<'_>) -> Result<Operation, CodecError> {
    let length = unpacker.array()?;
    let code = unpacker.u64()?;
    match (code, length) {
        (PUT, 5) => Ok(Operation::Put {
            family: FamilyId(unpacker.u32()?),
            offset: Offset(unpacker.u64()?),
            owner: unpacker.optional()?.map(Offset),
            object: unpacker.bytes()?,
        }),
        (DELETE, 3) => Ok(Operation::Delete { family: FamilyId(unpacker.u32()?), offset: Offset(unpacker.u64()?) }),
        (DECLARE, 3) => Ok(Operation::Declare { family: FamilyId(unpacker.u32()?), declaration: unpacker.bytes()? }),
        (SEGMENTS, 3) => Ok(Operation::Segments {
            added: unpacker.list(decode_segment)?,
            removed: unpacker.list(|unpacker| unpacker.u64().map(SegmentId))?,
        }),
        _ => Err(unpacker.damaged(format!("operation {code} with {length} elements is unknown"))),
    }
}

pub(super) fn decode_segment(unpacker: &mut Unpacker<'_>) -> Result<SegmentEntry, CodecError> {
    unpacker.array_of(6)?;
    Ok(SegmentEntry {
        id: SegmentId(unpacker.u64()?),
        family: FamilyId(unpacker.u32()?),
        sequence: Sequence(unpacker.u64()?),
        slots: unpacker.u32()?,
        objects: unpacker.text()?,
        parts: unpacker.list(decode_part)?,
    })
}

fn decode_part(unpacker: &mut Unpacker<'_>) -> Result<PartEntry, CodecError> {
    unpacker.array_of(3)?;
    Ok(PartEntry { index: unpacker.u32()?, file: unpacker.text()?, settled: unpacker.bool()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn sample() -> Vec<Vec<Operation>> {
        let parts = vec![PartEntry { index: 3, file: "part".into(), settled: true }];
        let (id, family) = (SegmentId(u64::MAX), FamilyId(u32::MAX));
        let segment =
            SegmentEntry { id, family, sequence: Sequence(9), slots: 70_000, objects: "objects".into(), parts };
        vec![
            vec![
                Operation::Put { family, offset: Offset(1 << 40), owner: None, object: Bytes::from_static(b"abc") },
                Operation::Put { family: FamilyId(0), offset: Offset(0), owner: Some(Offset(5)), object: Bytes::new() },
                Operation::Delete { family, offset: Offset(200) },
            ],
            vec![],
            vec![
                Operation::Declare { family, declaration: vec![7; 300].into() },
                Operation::Segments { added: vec![segment], removed: vec![SegmentId(1), SegmentId(2)] },
            ],
        ]
    }

    #[test]
    fn operations_come_back() {
        let transactions = sample();
        let mut bytes = Vec::new();
        encode_transactions(&mut bytes, &transactions).unwrap();
        let bytes = Bytes::from(bytes);
        assert_eq!(decode_transactions("log", 0, &bytes, 3).unwrap(), transactions);
        assert!(decode_transactions("log", 0, &bytes, 2).is_err());
        assert!(decode_transactions("log", 0, &bytes, u32::MAX).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_panic() {
        let mut bytes = Vec::new();
        encode_transactions(&mut bytes, &sample()).unwrap();
        for length in 0..bytes.len() {
            let error = decode_transactions("log", 1000, &Bytes::copy_from_slice(&bytes[..length]), 3).unwrap_err();
            assert!(matches!(error, CodecError::Damaged { file, position, .. } if file == "log" && position >= 1000));
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = decode_transactions("log", 0, &flipped.into(), 3);
        }
    }
}
