//! Finding places in an append-only list by hash, without locks.

use std::sync::OnceLock;

use crate::codec::sync::atomic::{AtomicU32, Ordering};

/// An open-addressed table from hashes to places in an [`super::append::AppendOnly`] list. One writer, any number of readers. A cell holds the newest
/// place of its key; the elements themselves lead to older ones.
///
/// Invariant: a cell that was filled stays filled with places of the same key, so a reader's probe never misses. Probing ends since the
/// table has at least twice as many cells as the list takes elements.
#[derive(Debug)]
pub(in crate::set) struct Probe {
    cells: OnceLock<Box<[AtomicU32]>>,
    mask: usize,
}

impl Probe {
    /// An empty table for a list of this capacity; allocates on first use.
    pub fn for_capacity(capacity: usize) -> Self {
        Self { cells: OnceLock::new(), mask: (capacity.max(8) * 2).next_power_of_two() - 1 }
    }

    /// The newest place whose element is the one asked for.
    pub fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let cells = self.cells.get()?;
        self.path(hash).find_map(|at| match cells[at].load(Ordering::Acquire) {
            0 => Some(None),
            cell if is_it(cell - 1) => Some(Some(cell - 1)),
            _ => None,
        })?
    }

    /// Enters a place that has been appended, over an older one of the same key.
    pub fn set(&self, hash: u64, place: u32, is_it: impl Fn(u32) -> bool) {
        let cells = self.cells.get_or_init(|| (0..=self.mask).map(|_| AtomicU32::new(0)).collect());
        let free = self.path(hash).find(|at| {
            let cell = cells[*at].load(Ordering::Relaxed);
            cell == 0 || is_it(cell - 1)
        });
        if let Some(at) = free {
            cells[at].store(place + 1, Ordering::Release);
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "only the low bits of a hash are wanted")]
    fn path(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.mask;
        let start = hash as usize & mask;
        (0..=mask).map(move |step| (start + step) & mask)
    }
}

/// Spreads a number over the table.
pub(in crate::set) fn spread(number: u64) -> u64 {
    let product = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_set_also_when_hashes_collide() {
        let keys: Vec<u64> = (0..64).map(|n| n % 48).collect();
        let probe = Probe::for_capacity(keys.len());
        for (place, key) in (0u32..).zip(&keys) {
            probe.set(key % 4, place, |other| keys[other as usize] == *key);
        }
        for key in 0..48u64 {
            let newest = (0u32..).zip(&keys).filter(|(_, known)| **known == key).last().map(|(place, _)| place);
            assert_eq!(probe.find(key % 4, |place| keys[place as usize] == key), newest);
        }
        assert_eq!(probe.find(1, |place| keys[place as usize] == 99), None);
    }
}
