//! Walking a set chunk by chunk, with skips.

use super::{
    Repr, SlotSet,
    bitmap::Bitmap,
    postings::{Chunked, Entry},
    sink::{Sink, Words},
    view::{CHUNK, CHUNK_WORDS, Low, Run, View},
};

/// The chunks of a set that are not empty, in order. (A bitmap's may be.)
#[derive(Clone, Debug)]
pub(super) enum Cursor<'a> {
    Nothing,
    /// What is left of a range, both ends inside.
    Range(u32, u32),
    /// What is left of an array.
    Array(&'a [u32]),
    /// A bitmap and the next chunk.
    Bitmap(&'a Bitmap, u32),
    /// Postings and the chunk entries that are left.
    Chunked(&'a Chunked, &'a [Entry]),
}

impl SlotSet {
    /// A cursor before the first chunk.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        match &self.0 {
            Repr::Nothing => Cursor::Nothing,
            Repr::Range(first, last) => Cursor::Range(*first, *last),
            Repr::Array(slots) => Cursor::Array(slots),
            Repr::Bitmap(bitmap) => Cursor::Bitmap(bitmap, bitmap.first() / CHUNK),
            Repr::Chunked(chunked) => Cursor::Chunked(chunked, chunked.entries()),
        }
    }
}

impl<'a> Cursor<'a> {
    /// The key of the next chunk: its slots divided by 65,536.
    pub fn key(&self) -> Option<u32> {
        match self {
            Self::Nothing => None,
            Self::Range(first, _) => Some(first / CHUNK),
            Self::Array(slots) => slots.first().map(|slot| slot / CHUNK),
            Self::Bitmap(bitmap, key) => (*key <= bitmap.last() / CHUNK).then_some(*key),
            Self::Chunked(_, entries) => entries.first().map(|entry| entry.key()),
        }
    }

    /// Skips the chunks before `key`.
    pub fn seek(&mut self, key: u32) {
        match self {
            Self::Nothing => {}
            Self::Range(first, last) => {
                if *last / CHUNK < key {
                    *self = Self::Nothing;
                } else {
                    *first = (*first).max(key * CHUNK);
                }
            }
            Self::Array(slots) => *slots = &slots[gallop(slots, |slot| slot / CHUNK < key)..],
            Self::Bitmap(_, at) => *at = (*at).max(key),
            Self::Chunked(_, entries) => *entries = &entries[gallop(entries, |entry| entry.key() < key)..],
        }
    }

    /// The next chunk and its key.
    pub fn next(&mut self) -> Option<(u32, View<'a>)> {
        let key = self.key()?;
        let view = match self {
            Self::Nothing => return None,
            Self::Range(first, last) => {
                let (start, end) = (*first, (*last).min(key * CHUNK + (CHUNK - 1)));
                if end == *last {
                    *self = Self::Nothing;
                } else {
                    *first = end + 1;
                }
                View::Run(Run { start: start.low(), last: end.low() })
            }
            Self::Array(slots) => {
                let (head, tail) = slots.split_at(gallop(slots, |slot| slot / CHUNK == key));
                *slots = tail;
                View::Wide(head)
            }
            Self::Bitmap(bitmap, at) => {
                *at += 1;
                bitmap_chunk(bitmap, key)
            }
            Self::Chunked(chunked, entries) => {
                let (entry, rest) = entries.split_first()?;
                *entries = rest;
                chunked.view_of(entry)
            }
        };
        Some((key, view))
    }

    /// Puts everything that is left into a bitmap that spans it; returns what was visited.
    pub fn fill(mut self, words: &mut Words) -> u64 {
        let mut visited = 0;
        while let Some((key, view)) = self.next() {
            visited += words.push_view(key * CHUNK, view);
        }
        visited
    }
}

/// The words of a bitmap that belong to one chunk.
fn bitmap_chunk(bitmap: &Bitmap, key: u32) -> View<'_> {
    let (chunk, start) = (key as usize * CHUNK_WORDS, bitmap.first_word() as usize);
    let words = bitmap.words();
    let low = chunk.saturating_sub(start).min(words.len());
    let high = (chunk + CHUNK_WORDS).saturating_sub(start).min(words.len());
    View::Bits { first: start.saturating_sub(chunk), words: &words[low..high] }
}

/// How many elements at the front satisfy a condition that holds for a prefix: doubling steps, then bisection, so that the cost is
/// logarithmic in the answer and not in the length.
#[inline]
pub(super) fn gallop<T: Copy>(elements: &[T], before: impl Fn(T) -> bool) -> usize {
    let mut step = 1;
    while step <= elements.len() && before(elements[step - 1]) {
        step *= 2;
    }
    let (low, high) = (step / 2, step.min(elements.len()));
    low + elements[low..high].partition_point(|element| before(*element))
}
