//! What indexes of several kinds do alike: binary search over what may turn out to be damaged, putting slots into order.

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
    // Clearing four words takes as long as one comparison, setting a bit and finding it again as long as four.
    let compared = found.len() * (found.len().max(1).ilog2() as usize);
    if compared < words / 4 + found.len() * 4 {
        sort_slots(&mut found, work);
        // Damage may name a slot twice.
        found.dedup();
        return SlotSet::from_sorted(found);
    }
    let mut bits = vec![0_u64; words];
    if found.len() >= words {
        for slot in found {
            bits[slot as usize / 64] |= 1 << (slot % 64);
        }
        return SlotSet::from_bitmap(bits);
    }
    SlotSet::from_sorted(in_order(found, &mut bits))
}

/// Puts fewer slots than words into order by their bits in the words, and by bits that say which words have any.
fn in_order(mut found: Vec<u32>, words: &mut [u64]) -> Vec<u32> {
    let mut filled = vec![0_u64; words.len().div_ceil(64)];
    for slot in found.drain(..) {
        let word = slot as usize / 64;
        words[word] |= 1 << (slot % 64);
        filled[word / 64] |= 1 << (word % 64);
    }
    for (above, mut bits) in filled.into_iter().enumerate() {
        while bits != 0 {
            let at = above * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let mut word = words[at];
            while word != 0 {
                found.push((at * 64) as u32 + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
    found
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
