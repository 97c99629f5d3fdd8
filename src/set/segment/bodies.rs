//! The bytes of a segment's objects: as they are, or in blocks compressed by LZ4.
//!
//! A block holds whole objects, so that one object costs one block to read; checksums are over what is stored.

use std::{
    cell::RefCell,
    io::{self, Write},
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use lz4_flex::block::{compress, decompress};

use crate::codec::{CodecError, Container, ContainerWriter, Section};

pub(super) const PLAIN: &str = "objects";
pub(super) const PACKED: &str = "objects lz4";
pub(super) const BLOCKS: &str = "blocks";
/// A block ends with the object that makes it this long.
const BLOCK: usize = 16 << 10;
/// No block of LZ4 becomes more than this many times as long.
const MOST: u64 = 255;
/// Blocks that a thread keeps unpacked.
const KEPT: usize = 4;

/// The objects of a file.
#[derive(Debug)]
pub(super) enum Bodies {
    Plain(Section),
    Packed(Packed),
}

/// Where an object's bytes are.
pub(super) enum Found {
    /// In the file, verified.
    InPlace,
    Unpacked(Bytes),
}

impl Bodies {
    pub fn open(container: &Container) -> Result<Self, CodecError> {
        match container.find(PACKED) {
            None => container.section(PLAIN).map(Self::Plain),
            Some(stored) => Ok(Self::Packed(Packed::open(stored, container.section(BLOCKS)?)?)),
        }
    }

    /// Verifies a range of the objects one after the other, and unpacks it where it is packed.
    pub fn find(&self, range: Range<usize>) -> Result<Found, CodecError> {
        match self {
            Self::Plain(section) => section.get(range).map(|_| Found::InPlace),
            Self::Packed(packed) => packed.get(range).map(Found::Unpacked),
        }
    }

    /// Bytes that were found in place.
    pub fn in_place(&self, range: Range<usize>) -> &[u8] {
        match self {
            Self::Plain(section) => section.get(range).unwrap_or_default(),
            Self::Packed(_) => &[],
        }
    }

    /// The bytes of the objects, as they are stored and as they are: the same unless they are compressed.
    pub fn lengths(&self) -> Result<(u64, u64), CodecError> {
        match self {
            Self::Plain(section) => Ok((section.len() as u64, section.len() as u64)),
            Self::Packed(packed) => {
                let [raw, stored] = packed.mark(packed.count)?;
                Ok((stored, raw))
            }
        }
    }

    /// Whether the blocks are all there is.
    pub fn verify(&self) -> Result<(), CodecError> {
        let Self::Packed(packed) = self else { return Ok(()) };
        let (first, [_, end]) = (packed.mark(0)?, packed.mark(packed.count)?);
        if first != [0, 0] || end != packed.stored.len() as u64 {
            return Err(packed.marks.damaged(0, "the blocks are not all that is stored"));
        }
        Ok(())
    }
}

/// Objects in compressed blocks.
#[derive(Debug)]
pub(super) struct Packed {
    /// No other opened file has it.
    id: u64,
    stored: Section,
    /// Pairs of u64, one more than blocks: where a block starts among the objects, and in what is stored.
    marks: Section,
    count: usize,
}

thread_local! {
    /// The blocks that this thread unpacked last: file, block, bytes.
    static UNPACKED: RefCell<Vec<(u64, usize, Bytes)>> = const { RefCell::new(Vec::new()) };
}

impl Packed {
    fn open(stored: Section, marks: Section) -> Result<Self, CodecError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let pairs = marks.len() / 16;
        if pairs == 0 || !marks.len().is_multiple_of(16) {
            return Err(marks.damaged(0, "it is no list of blocks"));
        }
        Ok(Self { id: NEXT.fetch_add(1, Ordering::Relaxed), stored, marks, count: pairs - 1 })
    }

    fn mark(&self, block: usize) -> Result<[u64; 2], CodecError> {
        let pair = self.marks.array::<u64>(2 * block..2 * block + 2)?;
        Ok([pair[0], pair[1]])
    }

    fn get(&self, range: Range<usize>) -> Result<Bytes, CodecError> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.mark(middle)?[0] as usize <= range.start { low = middle + 1 } else { high = middle }
        }
        let block = low.checked_sub(1).ok_or_else(|| self.damaged(0, "no block holds the first object"))?;
        let start = self.mark(block)?[0] as usize;
        let bytes = self.block(block)?;
        match range.start.checked_sub(start).zip(range.end.checked_sub(start)) {
            Some((from, to)) if from <= to && to <= bytes.len() => Ok(bytes.slice(from..to)),
            _ => Err(self.damaged(block, "an object is not inside its block")),
        }
    }

    fn block(&self, block: usize) -> Result<Bytes, CodecError> {
        let kept = UNPACKED.with_borrow(|kept| {
            let known = kept.iter().find(|(id, at, _)| (*id, *at) == (self.id, block));
            known.map(|(_, _, bytes)| bytes.clone())
        });
        if let Some(bytes) = kept {
            return Ok(bytes);
        }
        let bytes = self.unpack(block)?;
        UNPACKED.with_borrow_mut(|kept| {
            kept.truncate(KEPT - 1);
            kept.insert(0, (self.id, block, bytes.clone()));
        });
        Ok(bytes)
    }

    fn unpack(&self, block: usize) -> Result<Bytes, CodecError> {
        let ([raw, start], [raw_end, end]) = (self.mark(block)?, self.mark(block + 1)?);
        let (length, stored) = (raw_end.wrapping_sub(raw), end.wrapping_sub(start));
        if raw_end < raw || end < start || length > stored.saturating_mul(MOST) {
            return Err(self.damaged(block, "a block has no possible length"));
        }
        let packed = self.stored.get(start as usize..end as usize)?;
        match decompress(packed, length as usize) {
            Ok(bytes) if bytes.len() as u64 == length => Ok(bytes.into()),
            Ok(bytes) => Err(self.damaged(block, &format!("a block has {} bytes, not {length}", bytes.len()))),
            Err(error) => Err(self.damaged(block, &format!("a block cannot be unpacked: {error}"))),
        }
    }

    fn damaged(&self, block: usize, what: &str) -> CodecError {
        let start = self.mark(block).map_or(0, |[_, start]| start as usize);
        self.stored.damaged(start, what)
    }
}

/// Writes the objects of a file.
pub(super) struct BodiesWriter {
    compressed: bool,
    /// The unfinished block.
    block: Vec<u8>,
    marks: Vec<[u64; 2]>,
}

impl BodiesWriter {
    pub fn begin(compressed: bool, out: &mut ContainerWriter<'_>) -> io::Result<Self> {
        out.section(if compressed { PACKED } else { PLAIN })?;
        Ok(Self { compressed, block: Vec::new(), marks: vec![[0, 0]] })
    }

    pub fn add(&mut self, object: &[u8], out: &mut ContainerWriter<'_>) -> io::Result<()> {
        if !self.compressed {
            return out.write_all(object);
        }
        self.block.extend_from_slice(object);
        if self.block.len() < BLOCK { Ok(()) } else { self.pack(out) }
    }

    fn pack(&mut self, out: &mut ContainerWriter<'_>) -> io::Result<()> {
        let packed = compress(&self.block);
        out.write_all(&packed)?;
        let [raw, stored] = self.marks.last().copied().unwrap_or_default();
        self.marks.push([raw + self.block.len() as u64, stored + packed.len() as u64]);
        self.block.clear();
        Ok(())
    }

    pub fn finish(mut self, out: &mut ContainerWriter<'_>) -> io::Result<()> {
        if !self.compressed {
            return Ok(());
        }
        if !self.block.is_empty() {
            self.pack(out)?;
        }
        out.section(BLOCKS)?;
        self.marks.iter().flatten().try_for_each(|mark| out.write_all(&mark.to_le_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: [u8; 8] = *b"TESTKIND";

    fn written(objects: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut out = ContainerWriter::new(&mut bytes, KIND).unwrap();
        let mut bodies = BodiesWriter::begin(true, &mut out).unwrap();
        objects.iter().for_each(|object| bodies.add(object, &mut out).unwrap());
        bodies.finish(&mut out).unwrap();
        out.finish().unwrap();
        bytes
    }

    fn open(bytes: Vec<u8>) -> Result<Bodies, CodecError> {
        Bodies::open(&Container::open("file", KIND, bytes.into())?)
    }

    #[test]
    fn objects_come_back_in_any_order() {
        let objects: Vec<Vec<u8>> = (0..700_usize).map(|n| vec![(n % 11) as u8; n * 37 % 200]).collect();
        let objects = [objects, vec![vec![9; 100_000], vec![3]]].concat();
        let bodies = open(written(&objects)).unwrap();
        bodies.verify().unwrap();
        let total: usize = objects.iter().map(Vec::len).sum();
        let (stored, raw) = bodies.lengths().unwrap();
        assert!(raw == total as u64 && stored < raw / 4, "{stored} of {raw}");
        let mut starts = vec![0];
        objects.iter().for_each(|object| starts.push(starts[starts.len() - 1] + object.len()));
        for n in (0..objects.len()).rev().chain((0..objects.len()).step_by(13)) {
            let Ok(Found::Unpacked(bytes)) = bodies.find(starts[n]..starts[n + 1]) else { panic!("object {n}") };
            assert_eq!(bytes, objects[n], "object {n}");
        }
        assert!(bodies.find(total..total + 1).is_err() && bodies.find(0..total).is_err());
        assert!(open(written(&[])).unwrap().find(0..1).is_err());
    }
}
