//! Which slots of a new segment are dead, and what of the delta is now in it?
//!
//! A segment that was built at sequence b holds the newest version of each of its offsets at b. What was written to them since is
//! marked here, so that no delete is lost to a flush or a compaction that ran beside it. The log does not say where a
//! segment's objects come from, and need not: a version of the delta that was written by b and has a slot is in the segment.

use std::{collections::BTreeSet, sync::Arc};

use roaring::RoaringBitmap;

use crate::{
    object::{Offset, Sequence},
    storage::SegmentId,
};

use super::{
    SetError,
    segment::{Dead, Segment},
    state::{FamilyState, Gone, LiveSegment},
};

impl FamilyState {
    /// Takes in new segments of one operation and lets go of those that they replace. All of the log before the operation
    /// has been applied.
    pub fn publish(&mut self, added: Vec<Segment>, removed: &[SegmentId]) -> Result<(), SetError> {
        let (sources, kept): (Vec<_>, Vec<_>) =
            self.segments.drain(..).partition(|live| removed.iter().any(|id| live.segment.is(*id)));
        self.segments = kept;
        for segment in added {
            let accounts = self.account(&segment, &sources)?;
            let dead = self.dead_in(&segment, &sources, &accounts)?;
            let dead = Arc::new(Dead::new(dead));
            if !accounts.in_delta.is_empty() {
                let moved = accounts.alive.iter().map(|slot| segment.objects.offset(slot)).collect::<Result<_, _>>()?;
                self.drop_from_delta(&moved, segment.entry.sequence)?;
            }
            // Segments in memory are newer than all on disk.
            let at = self.segments.iter().position(|live| live.segment.in_memory()).unwrap_or(self.segments.len());
            self.segments.insert(at, LiveSegment { segment: Arc::new(segment), dead });
        }
        Ok(())
    }

    /// Finds every version that the new segment may hold: in the delta, and, of those that died, in the segments it replaces.
    fn account(&self, new: &Segment, sources: &[LiveSegment]) -> Result<Accounts, SetError> {
        let mut accounts = Accounts::default();
        let until = new.entry.sequence;
        for version in self.tails.iter().flat_map(|tail| tail.iter()).filter(|version| version.sequence <= until) {
            accounts.delta(new.slot_of(version.offset)?, version.is_alive());
        }
        for gone in self.gone.iter().filter(|gone| gone.born <= until) {
            accounts.delta(new.slot_of(gone.offset)?, false);
        }
        for LiveSegment { segment, dead } in self.segments.iter().filter(|live| live.segment.in_memory()) {
            let counts = |slot: &u32| segment.born(*slot) <= until && !dead.in_base(*slot);
            for slot in (0..segment.objects.slots()).filter(counts) {
                accounts.delta(new.slot_of(segment.objects.offset(slot)?)?, dead.died(slot).is_none());
            }
        }
        for LiveSegment { segment, dead } in sources {
            for slot in dead.bitmap(Sequence(u64::MAX)) {
                if let Some(slot) = new.slot_of(segment.objects.offset(slot)?)? {
                    accounts.ended.insert(slot);
                }
            }
        }
        Ok(accounts)
    }

    /// The slots of a new segment whose versions have ended since it was built.
    fn dead_in(&self, new: &Segment, sources: &[LiveSegment], accounts: &Accounts) -> Result<RoaringBitmap, SetError> {
        let mut dead = RoaringBitmap::new();
        for slot in &accounts.ended {
            let offset = new.objects.offset(slot)?;
            // An older version of the object may have died in one place while the one in the new segment lives on in another.
            if !accounts.alive.contains(slot) && !is_alive_in(sources, offset)? {
                dead.insert(slot);
            }
        }
        if sources.is_empty() {
            self.find_strangers(new, accounts, &mut dead)?;
        }
        Ok(dead)
    }

    /// Slots that came neither from the delta nor from a replaced segment, although their objects were known before: another
    /// segment took them already.
    fn find_strangers(&self, new: &Segment, accounts: &Accounts, dead: &mut RoaringBitmap) -> Result<(), SetError> {
        if accounts.in_delta.len() == u64::from(new.objects.slots()) {
            return Ok(());
        }
        let mut others = Vec::new();
        for live in &self.segments {
            if live.segment.objects.overlaps(&new.objects)? {
                others.push(live);
            }
        }
        if others.is_empty() {
            return Ok(());
        }
        for slot in (0..new.objects.slots()).filter(|slot| !accounts.in_delta.contains(*slot)) {
            let offset = new.objects.offset(slot)?;
            for live in &others {
                if live.segment.slot_of(offset)?.is_some() {
                    dead.insert(slot);
                }
            }
        }
        Ok(())
    }

    /// Takes out of the delta what is now in a segment on disk, and what had ended when that was built, at `until`.
    pub fn drop_from_delta(&mut self, moved: &BTreeSet<Offset>, until: Sequence) -> Result<(), SetError> {
        self.rebuild_tails(|version| version.sequence > until || !moved.contains(&version.offset));
        let mut gone = (*self.gone).clone();
        let mut segments = Vec::with_capacity(self.segments.len());
        for live in self.segments.drain(..) {
            if live.segment.in_memory() {
                segments.extend(live.without(moved, until, &mut gone)?);
            } else {
                segments.push(live);
            }
        }
        self.segments = segments;
        // Flushes follow each other: none that is still to come can hold what had ended when this one was built.
        gone.retain(|gone| gone.died > until);
        self.gone = Arc::new(gone);
        Ok(())
    }
}

/// What is known of a new segment's slots.
#[derive(Debug, Default)]
struct Accounts {
    /// Versions of these are in the delta, alive or not.
    in_delta: RoaringBitmap,
    /// The version in the delta is alive: it is the one in the segment.
    alive: RoaringBitmap,
    /// Some version has ended.
    ended: RoaringBitmap,
}

impl Accounts {
    fn delta(&mut self, slot: Option<u32>, alive: bool) {
        let Some(slot) = slot else { return };
        self.in_delta.insert(slot);
        if alive {
            self.alive.insert(slot);
        } else {
            self.ended.insert(slot);
        }
    }
}

impl LiveSegment {
    /// An in-memory segment without what has moved to disk; `None` when nothing is left. What ended is remembered as gone: the base of
    /// an in-memory segment's dead slots holds only what is accounted for elsewhere.
    fn without(
        self,
        moved: &BTreeSet<Offset>,
        until: Sequence,
        gone: &mut Vec<Gone>,
    ) -> Result<Option<Self>, SetError> {
        let Self { segment, dead } = self;
        let mut hidden = RoaringBitmap::new();
        for slot in 0..segment.objects.slots() {
            if dead.in_base(slot) {
                hidden.insert(slot);
                continue;
            }
            let (offset, born) = (segment.objects.offset(slot)?, segment.born(slot));
            if let Some(died) = dead.died(slot) {
                gone.push(Gone { offset, born, died });
                hidden.insert(slot);
            } else if born <= until && moved.contains(&offset) {
                hidden.insert(slot);
            }
        }
        if hidden.len() == u64::from(segment.objects.slots()) {
            return Ok(None);
        }
        Ok(Some(Self { segment, dead: Arc::new(Dead::new(hidden)) }))
    }
}

fn is_alive_in(sources: &[LiveSegment], offset: Offset) -> Result<bool, SetError> {
    for LiveSegment { segment, dead } in sources {
        if segment.slot_of(offset)?.is_some_and(|slot| !dead.contains(slot)) {
            return Ok(true);
        }
    }
    Ok(false)
}
