//! Slot sets on disk, read in place.
//!
//! Little-endian; a set starts at a multiple of eight bytes, inside it everything is counted from its start:
//!
//! ```text
//! form u32 | count u32                                   count is the number of slots
//! form 1, array:   count x u32                           ascending slots
//! form 2, range:   first u32 | 0 u32
//! form 3, chunks:  chunks u32 | 0 u32 | chunks x entry | bodies, each at a multiple of eight
//! entry:           key u16 | form u16 | count u32 | position u32 | elements u32
//!   key            slot / 65,536, ascending; count: slots in this chunk
//!   form           1 array: elements x u16     2 runs: elements x (first u16, last u16)     3 bits: 1,024 x u64
//! ```
//!
//! The writer takes the smallest form. The reader checks every number that leads to another place before it is used.

use bytes::Bytes;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{
    Repr, SlotSet,
    view::{CHUNK, CHUNK_WORDS, Low, Run, View},
};
use crate::{codec::Section, index::IndexError};

const ARRAY: u32 = 1;
const RANGE: u32 = 2;
const CHUNKS: u32 = 3;
const ENTRY_BYTES: usize = 16;
const HEADER_BYTES: usize = 16;
/// Above so many slots in one chunk, a bitset is smaller than an array.
const ARRAY_MOST: usize = 4096;

/// One chunk's place.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Entry {
    key: u16,
    form: u16,
    count: u32,
    position: u32,
    elements: u32,
}

impl Entry {
    pub fn key(self) -> u32 {
        u32::from(self.key)
    }

    /// Bytes of the body, by its form.
    fn size(self) -> Option<usize> {
        let elements = self.elements as usize;
        match u32::from(self.form) {
            1 => Some(elements * 2),
            2 => Some(elements * 4),
            3 => Some(CHUNK_WORDS * 8),
            _ => None,
        }
    }
}

/// A chunked set over bytes that have been checked: entries ascend, bodies lie inside.
#[derive(Clone, Debug)]
pub(super) struct Chunked {
    bytes: Bytes,
    chunks: usize,
    count: u64,
}

impl Chunked {
    /// Whether both read one memory, which each of them holds.
    pub fn is_clone_of(&self, other: &Self) -> bool {
        std::ptr::eq(&raw const *self.bytes, &raw const *other.bytes)
    }

    pub fn len(&self) -> u64 {
        self.count
    }

    pub fn entries(&self) -> &[Entry] {
        cast(&self.bytes, HEADER_BYTES, self.chunks * ENTRY_BYTES)
    }

    fn key(&self, at: usize) -> Option<u32> {
        self.entries().get(at).map(|entry| entry.key())
    }

    fn view(&self, at: usize) -> View<'_> {
        self.entries().get(at).map_or(View::Narrow(&[]), |entry| self.view_of(entry))
    }

    /// The chunk of an entry.
    #[inline]
    pub fn view_of(&self, entry: &Entry) -> View<'_> {
        let (position, elements) = (entry.position as usize, entry.elements as usize);
        match entry.form {
            1 => View::Narrow(cast(&self.bytes, position, elements * 2)),
            2 => View::Runs(cast(&self.bytes, position, elements * 4)),
            _ => View::Bits { first: 0, words: cast(&self.bytes, position, CHUNK_WORDS * 8) },
        }
    }

    #[inline]
    pub fn contains(&self, slot: u32) -> bool {
        let (key, entries) = (slot / CHUNK, self.entries());
        let Some(first) = entries.first() else { return false };
        // Where no chunk is empty, the entry stands at its own number.
        let guess = key.wrapping_sub(first.key()) as usize;
        let at = match entries.get(guess) {
            Some(entry) if entry.key() == key => guess,
            _ => match entries.binary_search_by_key(&key, |entry| entry.key()) {
                Ok(at) => at,
                Err(_) => return false,
            },
        };
        self.view(at).contains(slot.low())
    }

    pub fn first(&self) -> Option<u32> {
        Some(self.key(0)? * CHUNK + u32::from(self.view(0).first().unwrap_or(0)))
    }

    pub fn last(&self) -> Option<u32> {
        let at = self.chunks.checked_sub(1)?;
        Some(self.key(at)? * CHUNK + u32::from(self.view(at).last().unwrap_or(u16::MAX)))
    }
}

/// Bytes as `T`s. The reader has checked that they are inside and aligned; nothing is returned where it were otherwise.
fn cast<T: FromBytes + Immutable + KnownLayout>(bytes: &[u8], position: usize, size: usize) -> &[T] {
    bytes
        .get(position..position + size)
        .and_then(|bytes| <[T]>::ref_from_bytes(bytes).ok())
        .unwrap_or_else(|| unreachable_slice())
}

#[cold]
fn unreachable_slice<'a, T>() -> &'a [T] {
    debug_assert!(false, "postings are checked before they are read");
    &[]
}

impl SlotSet {
    /// The set as postings; their length is a multiple of eight bytes. A segment has fewer than 2^32 slots, so counts fit u32.
    #[must_use]
    pub fn to_postings(&self) -> Vec<u8> {
        match &self.0 {
            Repr::Nothing => encode_header(ARRAY, 0),
            Repr::Range(first, last) => {
                let mut out = encode_header(RANGE, (last - first).saturating_add(1));
                out.extend_from_slice(&first.to_le_bytes());
                out.extend_from_slice(&0u32.to_le_bytes());
                out
            }
            Repr::Chunked(chunked) => chunked.bytes.to_vec(),
            Repr::Array(slots) => encode(slots),
            Repr::Bitmap(_) => encode(&self.iter().map(|slot| slot.0).collect::<Vec<_>>()),
        }
    }

    /// A set that lies in a section, read in place; its blocks are verified now, so that nothing that follows can fail. `slots` is the number of slots of
    /// the segment: a greater one is damage.
    pub fn from_postings(section: &Section, position: u64, length: u64, slots: u32) -> Result<Self, IndexError> {
        let range = usize::try_from(position).ok().zip(usize::try_from(position.saturating_add(length)).ok());
        let (start, end) = range.ok_or_else(|| damaged("a position past the address space"))?;
        if start > end || end > section.len() {
            return Err(damaged("a position past the end"));
        }
        let set = decode(aligned(section.slice(start..end)?))?;
        if set.last().is_some_and(|last| last.0 >= slots) {
            return Err(damaged("a slot past the segment's end"));
        }
        Ok(set)
    }

    /// Checks that arrays and runs ascend and that counts are right: what [`SlotSet::from_postings`] leaves out.
    pub(in crate::index) fn verify(&self) -> Result<(), IndexError> {
        let mut last = None;
        let mut count = 0;
        for slot in self {
            if last.is_some_and(|last| last >= slot) {
                return Err(damaged("slots that do not ascend"));
            }
            last = Some(slot);
            count += 1;
        }
        if count == self.len() { Ok(()) } else { Err(damaged("a wrong count")) }
    }
}

fn damaged(what: &str) -> IndexError {
    IndexError::Invariant(format!("postings: {what}"))
}

/// The same bytes, at an address that u64s can be read from.
fn aligned(bytes: Bytes) -> Bytes {
    struct Aligned(Vec<u64>, usize);
    impl AsRef<[u8]> for Aligned {
        fn as_ref(&self) -> &[u8] {
            &self.0.as_bytes()[..self.1]
        }
    }
    if bytes.as_ptr().align_offset(align_of::<u64>()) == 0 {
        return bytes;
    }
    let mut words = vec![0u64; bytes.len().div_ceil(8)];
    words.as_mut_bytes()[..bytes.len()].copy_from_slice(&bytes);
    Bytes::from_owner(Aligned(words, bytes.len()))
}

fn decode(bytes: Bytes) -> Result<SlotSet, IndexError> {
    let word = |at: usize| {
        let bytes = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    };
    let (Some(form), Some(count)) = (word(0), word(4)) else { return Err(damaged("no header")) };
    match form {
        ARRAY => {
            let body = bytes.get(8..8 + count as usize * 4).ok_or_else(|| damaged("an array past the end"))?;
            let slots = <[u32]>::ref_from_bytes(body).map_err(|_| damaged("a misplaced array"))?;
            if slots.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(damaged("slots that do not ascend"));
            }
            Ok(if slots.is_empty() { SlotSet::empty() } else { SlotSet(Repr::Array(slots.into())) })
        }
        RANGE => {
            let first = word(8).ok_or_else(|| damaged("a range past the end"))?;
            let last = count.checked_sub(1).and_then(|more| first.checked_add(more));
            let last = last.ok_or_else(|| damaged("a range past the last slot"))?;
            Ok(SlotSet(Repr::Range(first, last)))
        }
        CHUNKS => {
            let chunks = word(8).ok_or_else(|| damaged("no number of chunks"))? as usize;
            decode_chunks(bytes, chunks, u64::from(count))
        }
        _ => Err(damaged("an unknown form")),
    }
}

fn decode_chunks(bytes: Bytes, chunks: usize, count: u64) -> Result<SlotSet, IndexError> {
    if chunks == 0 || HEADER_BYTES + chunks * ENTRY_BYTES > bytes.len() {
        return Err(damaged("chunks past the end"));
    }
    let chunked = Chunked { bytes, chunks, count };
    let entries = chunked.entries();
    if entries.windows(2).any(|pair| pair[0].key >= pair[1].key) {
        return Err(damaged("chunks that do not ascend"));
    }
    for entry in entries {
        let size = entry.size().ok_or_else(|| damaged("a chunk of unknown form"))?;
        let position = entry.position as usize;
        if entry.elements == 0 || !position.is_multiple_of(8) || position + size > chunked.bytes.len() {
            return Err(damaged("a chunk past the end"));
        }
    }
    // Whatever else is wrong inside, the first slot is not after the last.
    if chunked.first() > chunked.last() {
        return Err(damaged("slots that do not ascend"));
    }
    if entries.iter().map(|entry| u64::from(entry.count)).sum::<u64>() != count {
        return Err(damaged("a wrong count"));
    }
    Ok(SlotSet(Repr::Chunked(chunked)))
}

fn encode_header(form: u32, count: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_BYTES);
    out.extend_from_slice(&form.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out
}

/// Ascending slots, as an array or in chunks, whichever is smaller.
#[allow(clippy::cast_possible_truncation, reason = "there are at most u32::MAX slots in a segment")]
fn encode(slots: &[u32]) -> Vec<u8> {
    let groups: Vec<&[u32]> = slots.chunk_by(|a, b| a / CHUNK == b / CHUNK).collect();
    let bodies: Vec<(u16, u32, Vec<u8>)> = groups.iter().map(|group| encode_chunk(group)).collect();
    let chunked: usize = bodies.iter().map(|(_, _, body)| ENTRY_BYTES + body.len()).sum::<usize>() + HEADER_BYTES;
    let mut out = encode_header(if chunked < 8 + slots.len() * 4 { CHUNKS } else { ARRAY }, slots.len() as u32);
    if chunked >= 8 + slots.len() * 4 {
        slots.iter().for_each(|slot| out.extend_from_slice(&slot.to_le_bytes()));
        out.resize(out.len().next_multiple_of(8), 0);
        return out;
    }
    out.extend_from_slice(&(groups.len() as u32).to_le_bytes());
    out.extend_from_slice(&0u32.to_le_bytes());
    let mut position = HEADER_BYTES + groups.len() * ENTRY_BYTES;
    for (group, (form, elements, body)) in groups.iter().zip(&bodies) {
        let key = (group[0] / CHUNK) as u16;
        let entry =
            Entry { key, form: *form, count: group.len() as u32, position: position as u32, elements: *elements };
        out.extend_from_slice(entry.as_bytes());
        position += body.len();
    }
    bodies.iter().for_each(|(_, _, body)| out.extend_from_slice(body));
    out
}

/// One chunk in its smallest form: the form, the number of elements, and the body padded to eight bytes.
#[allow(clippy::cast_possible_truncation, reason = "a chunk has at most 65,536 slots")]
fn encode_chunk(slots: &[u32]) -> (u16, u32, Vec<u8>) {
    let runs =
        slots.chunk_by(|a, b| a + 1 == *b).map(|run| Run { start: run[0].low(), last: run[run.len() - 1].low() });
    let runs: Vec<Run> = runs.collect();
    let (form, elements, mut body) = if runs.len() * 4 < (slots.len() * 2).min(CHUNK_WORDS * 8) {
        (2, runs.len(), runs.as_bytes().to_vec())
    } else if slots.len() <= ARRAY_MOST {
        (1, slots.len(), slots.iter().flat_map(|slot| slot.low().to_le_bytes()).collect())
    } else {
        let mut words = vec![0u64; CHUNK_WORDS];
        slots.iter().for_each(|slot| words[usize::from(slot.low() >> 6)] |= 1 << (slot & 63));
        (3, CHUNK_WORDS, words.as_bytes().to_vec())
    };
    body.resize(body.len().next_multiple_of(8), 0);
    (form, elements as u32, body)
}
