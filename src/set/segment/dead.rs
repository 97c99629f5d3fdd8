//! The dead slots of one live segment, as any snapshot sees them.

use std::sync::PoisonError;

use roaring::RoaringBitmap;

use crate::{
    codec::sync::Mutex,
    index::SlotSet,
    object::Sequence,
    set::delta::{AppendOnly, Probe, spread},
};

/// Deaths are folded into a new base when this many have been listed. (Few in tests, so that they meet folds.)
const LISTED: usize = match (cfg!(shuttle), cfg!(test)) {
    (true, _) => 4,
    (false, true) => 64,
    (false, false) => 4_096,
};

/// A base bitmap and the deaths since, in commit order. One writer lists; readers see what their sequence allows.
///
/// A snapshot pairs with the `Dead` that was current when it was taken, so it sees the whole base.
#[derive(Debug)]
pub(in crate::set) struct Dead {
    base: RoaringBitmap,
    listed: AppendOnly<(Sequence, u32)>,
    by_slot: Probe,
    /// The last set that was asked for, with the number of listed deaths in it.
    memo: Mutex<(u32, SlotSet)>,
}

impl Dead {
    /// Nothing listed over a base.
    pub fn new(base: RoaringBitmap) -> Self {
        let memo = Mutex::new((0, SlotSet::from_roaring(&base)));
        Self { base, listed: AppendOnly::with_capacity(LISTED), by_slot: Probe::for_capacity(LISTED), memo }
    }

    /// Lists a death; a slot dies once. `false` when the list is full: then go on with a [`Dead::folded`].
    pub fn kill(&self, slot: u32, sequence: Sequence) -> bool {
        match self.listed.push((sequence, slot)) {
            Ok(place) => {
                self.by_slot.set(spread(slot.into()), place, |_| false);
                true
            }
            Err(_) => false,
        }
    }

    /// Whether a slot is dead as of everything applied.
    pub fn contains(&self, slot: u32) -> bool {
        self.contains_at(slot, Sequence(u64::MAX))
    }

    /// Whether a snapshot at this sequence must not see a slot.
    pub fn contains_at(&self, slot: u32, at: Sequence) -> bool {
        self.in_base(slot) || self.died(slot).is_some_and(|sequence| sequence <= at)
    }

    /// When a slot died; `None` when it is alive, and when its death is in the base.
    pub fn died(&self, slot: u32) -> Option<Sequence> {
        let is_it = |place| self.listed.get(place).is_some_and(|(_, known)| *known == slot);
        let place = self.by_slot.find(spread(slot.into()), is_it)?;
        self.listed.get(place).map(|(sequence, _)| *sequence)
    }

    /// Whether a slot was dead before anything was listed.
    pub fn in_base(&self, slot: u32) -> bool {
        self.base.contains(slot)
    }

    /// The number of dead slots at a sequence.
    pub fn len(&self, at: Sequence) -> u64 {
        self.base.len() + u64::from(self.listed_until(at))
    }

    /// The dead slots at a sequence.
    pub fn set(&self, at: Sequence) -> SlotSet {
        let count = self.listed_until(at);
        let mut memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        if memo.0 != count {
            *memo = (count, SlotSet::from_roaring(&self.bitmap(at)));
        }
        memo.1.clone()
    }

    /// The dead slots at a sequence, for a checkpoint.
    pub fn bitmap(&self, at: Sequence) -> RoaringBitmap {
        let count = self.listed_until(at) as usize;
        let mut bitmap = self.base.clone();
        bitmap.extend(self.listed.iter().take(count).map(|(_, slot)| *slot));
        bitmap
    }

    /// The same deaths with an empty list.
    pub fn folded(&self) -> Self {
        Self::new(self.bitmap(Sequence(u64::MAX)))
    }

    /// How many of the listed deaths a snapshot sees. Sequences ascend in the list.
    fn listed_until(&self, at: Sequence) -> u32 {
        let (mut low, mut high) = (0, self.listed.len());
        // Invariant: all before `low` are seen, none from `high` on. Most snapshots see all.
        if high > 0 && self.listed.get(high - 1).is_some_and(|(sequence, _)| *sequence <= at) {
            return high;
        }
        while low < high {
            let middle = low.midpoint(high);
            match self.listed.get(middle) {
                Some((sequence, _)) if *sequence <= at => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_sees_its_own_deaths() {
        let dead = Dead::new(RoaringBitmap::from_iter([5]));
        assert!(dead.kill(7, Sequence(10)) && dead.kill(1, Sequence(12)));
        let seen = |at| dead.set(Sequence(at)).iter().map(|slot| slot.0).collect::<Vec<_>>();
        assert_eq!(seen(9), [5]);
        assert_eq!(seen(12), [1, 5, 7]);
        assert_eq!(seen(10), [5, 7]);
        assert_eq!([dead.len(Sequence(9)), dead.len(Sequence(11)), dead.len(Sequence(12))], [1, 2, 3]);
        assert!(dead.contains(1) && !dead.contains_at(1, Sequence(11)) && dead.contains_at(5, Sequence(0)));
    }

    #[test]
    fn folding_changes_nothing() {
        let dead = Dead::new(RoaringBitmap::new());
        let mut slot = 0;
        while dead.kill(slot, Sequence(slot.into())) {
            slot += 3;
        }
        let folded = dead.folded();
        assert_eq!(folded.bitmap(Sequence(u64::MAX)), dead.bitmap(Sequence(u64::MAX)));
        assert!(folded.kill(slot, Sequence(slot.into())));
        assert_eq!(folded.len(Sequence(u64::MAX)), dead.len(Sequence(u64::MAX)) + 1);
    }
}
