//! Walking a slot set that the walker owns.

use crate::index::{Slot, SlotSet};

/// The slots of a set in order, read in blocks that grow: whoever stops early has paid for little.
pub struct SlotCursor {
    slots: SlotSet,
    block: Vec<Slot>,
    at: usize,
    next: Option<u32>,
    size: usize,
}

/// The first block and the largest.
const BLOCK: (usize, usize) = (16, 1024);

impl SlotCursor {
    pub fn new(slots: SlotSet) -> Self {
        let next = slots.first().map(|slot| slot.0);
        Self { slots, block: Vec::new(), at: 0, next, size: BLOCK.0 }
    }

    fn refill(&mut self) {
        let Some(next) = self.next else { return };
        self.block.clear();
        self.at = 0;
        self.block.extend(self.slots.iter_range(next, u32::MAX).take(self.size));
        self.next = if self.block.len() < self.size { None } else { self.block.last().map(|slot| slot.0 + 1) };
        self.size = (self.size * 4).min(BLOCK.1);
    }
}

impl Iterator for SlotCursor {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        if self.at == self.block.len() {
            self.block.clear();
            self.at = 0;
            self.refill();
        }
        let slot = self.block.get(self.at).copied()?;
        self.at += 1;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_comes_once_and_in_order() {
        for slots in [vec![], vec![7], (0..5_000).map(|slot| slot * 3).collect::<Vec<u32>>()] {
            let walked: Vec<u32> = SlotCursor::new(SlotSet::from_sorted(slots.clone())).map(|slot| slot.0).collect();
            assert_eq!(walked, slots);
        }
        assert_eq!(SlotCursor::new(SlotSet::range(10, 2_000)).count(), 1_990);
    }
}
