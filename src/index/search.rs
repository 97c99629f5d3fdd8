//! What indexes of several kinds do alike: binary search over what may turn out to be damaged, putting slots into order.

use std::{cell::RefCell, mem};

use crate::object::FieldPath;

use super::{IndexError, SlotSet, Work};

/// How many of `0..len` satisfy a condition that holds for a prefix. The condition may fail.
pub(super) fn partition_point(
    len: usize,
    mut before: impl FnMut(usize) -> Result<bool, IndexError>,
) -> Result<usize, IndexError> {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Puts slots into ascending order, and counts them. Nobody else sorts slots: whoever merges them is given them in order.
pub(super) fn sort_slots(slots: &mut [u32], work: &mut Work) {
    if !slots.is_sorted() {
        slots.sort_unstable();
        work.sorted += slots.len() as u64;
    }
}

/// The set of slots that were found in another order, each once: by comparing when they are few, else by setting bits.
pub(super) fn slot_set(mut found: Vec<u32>, work: &mut Work) -> SlotSet {
    let words = found.iter().max().map_or(0, |last| *last as usize / 64 + 1);
    if found.len() >= words {
        let mut bits = vec![0_u64; words];
        for slot in found {
            bits[slot as usize / 64] |= 1 << (slot % 64);
        }
        return SlotSet::from_bitmap(bits);
    }
    // Setting a bit and finding it again takes as long as four comparisons, to look for sixty-four words as one.
    let compared = found.len() * (found.len().max(1).ilog2() as usize);
    if compared < words / 64 + found.len() * 4 {
        sort_slots(&mut found, work);
        // Damage may name a slot twice.
        found.dedup();
    } else {
        SPARSE.with_borrow_mut(|bits| bits.sort(&mut found, words));
    }
    SlotSet::from_sorted(found)
}

thread_local! {
    static SPARSE: RefCell<SparseBits> = RefCell::default();
}

/// Puts fewer slots than words into order by their bits in the words, and by bits that say which words have any. No bit stays set, so that
/// nothing needs to be cleared the next time.
#[derive(Default)]
struct SparseBits {
    words: Vec<u64>,
    filled: Vec<u64>,
}

impl SparseBits {
    /// More words than these, a megabyte, are not kept.
    const KEPT: usize = 1 << 17;

    fn sort(&mut self, slots: &mut Vec<u32>, words: usize) {
        if self.words.len() < words {
            self.words.resize(words, 0);
            self.filled.resize(words.div_ceil(64), 0);
        }
        for slot in slots.drain(..) {
            let word = slot as usize / 64;
            self.words[word] |= 1 << (slot % 64);
            self.filled[word / 64] |= 1 << (word % 64);
        }
        for (above, bits) in self.filled[..words.div_ceil(64)].iter_mut().enumerate() {
            let mut bits = mem::take(bits);
            while bits != 0 {
                let at = above * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let mut word = mem::take(&mut self.words[at]);
                while word != 0 {
                    slots.push((at * 64) as u32 + word.trailing_zeros());
                    word &= word - 1;
                }
            }
        }
        if self.words.len() > Self::KEPT {
            *self = Self::default();
        }
    }
}

/// Makes an [`IndexError`] that says which part is damaged and how.
pub(super) fn damaged(kind: &str, what: impl std::fmt::Display) -> IndexError {
    IndexError::Invariant(format!("{kind}: {what}"))
}

/// Refuses a number of fields that a kind can't work with, and any option that it does not know.
pub(super) fn check_declaration(
    kind: &'static str,
    fields: &[FieldPath],
    allowed: std::ops::RangeInclusive<usize>,
    options: &super::Options,
) -> Result<(), IndexError> {
    if let Some((option, value)) = options.iter().next() {
        let expected = "no options".to_owned();
        return Err(IndexError::Option { kind, option: option.to_owned(), value: value.to_owned(), expected });
    }
    if !allowed.contains(&fields.len()) {
        let expected = match allowed.end() {
            1 => "1 field".to_owned(),
            end => format!("{} to {end} fields", allowed.start()),
        };
        return Err(IndexError::fields(kind, fields, expected));
    }
    Ok(())
}
