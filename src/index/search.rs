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
    if found.len() * (found.len().max(1).ilog2() as usize) < words {
        sort_slots(&mut found, work);
        // Damage may name a slot twice.
        found.dedup();
        return SlotSet::from_sorted(found);
    }
    let mut bits = vec![0_u64; words];
    for slot in found {
        bits[slot as usize / 64] |= 1 << (slot % 64);
    }
    SlotSet::from_bitmap(bits)
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
