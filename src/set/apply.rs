//! From one state of all families to the next: what a frame says is done.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;

use crate::{
    index::Registry,
    object::{FamilyId, Offset, Sequence},
    storage::{Frame, Operation, SegmentEntry, SegmentId, Storage},
};

use super::{
    SetDeclaration, SetError,
    delta::{Tail, Version},
    segment::{Dead, Segment},
    state::FamilyState,
    world::World,
};

/// One frame on its way into the state. Appending to tails and listing deaths happens in place, under the frame's sequence, which
/// nobody sees yet; whatever needs another structure is collected in `changed`.
pub(super) struct Draft<'a> {
    world: &'a World,
    changed: BTreeMap<FamilyId, FamilyState>,
    sequence: Sequence,
}

impl<'a> Draft<'a> {
    /// Starts a frame.
    pub fn new(world: &'a World, sequence: Sequence) -> Self {
        Self { world, changed: BTreeMap::new(), sequence }
    }

    /// Does one operation. `opened` holds the segments that the frame adds.
    pub fn apply(&mut self, operation: &Operation, opened: &mut Opened) -> Result<(), SetError> {
        match operation {
            Operation::Put { family, offset, owner, object } => self.put(*family, *offset, *owner, object),
            Operation::Delete { family, offset } => self.end(*family, *offset).map(drop),
            Operation::Declare { family, declaration } => self.declare(*family, declaration),
            Operation::Segments { added, removed } => self.segments(added, removed, opened),
        }
    }

    /// The families whose structure changed.
    pub fn into_changed(self) -> BTreeMap<FamilyId, FamilyState> {
        self.changed
    }

    fn state(&self, family: FamilyId) -> Result<&FamilyState, SetError> {
        match self.changed.get(&family) {
            Some(state) => Ok(state),
            None => self.world.family(family).map(Arc::as_ref),
        }
    }

    fn change(&mut self, family: FamilyId) -> Result<&mut FamilyState, SetError> {
        match self.changed.entry(family) {
            std::collections::btree_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::btree_map::Entry::Vacant(entry) => {
                Ok(entry.insert(self.world.family(family)?.as_ref().clone()))
            }
        }
    }

    fn put(&mut self, family: FamilyId, offset: Offset, owner: Option<Offset>, object: &Bytes) -> Result<(), SetError> {
        // Only replay after a checkpoint meets writes that segments already hold.
        if self.state(family)?.reflects(offset, self.sequence)? {
            return Ok(());
        }
        self.end(family, offset)?;
        let state = self.state(family)?;
        let key = state.declaration.unique_key(owner, object);
        let version = Version::new(self.sequence, offset, owner, object.clone(), key);
        let rejected = match state.tails.last() {
            Some(tail) => tail.push(version).err(),
            None => Some(version),
        };
        if let Some(version) = rejected {
            let tail = Tail::new(state.declaration.indexed());
            // An empty tail takes a version.
            let _ = tail.push(version);
            self.change(family)?.tails.push(Arc::new(tail));
        }
        Ok(())
    }

    /// Ends the living version of an offset, wherever it is; `false` when there is none.
    fn end(&mut self, family: FamilyId, offset: Offset) -> Result<bool, SetError> {
        let sequence = self.sequence;
        let state = self.state(family)?;
        if state.tails.iter().rev().any(|tail| tail.kill(offset, sequence)) {
            return Ok(true);
        }
        let mut found = None;
        for (at, live) in state.segments.iter().enumerate().rev() {
            if live.segment.entry.sequence >= sequence && !live.segment.in_memory() {
                continue;
            }
            if let Some(slot) = live.segment.slot_of(offset)?
                && !live.dead.contains(slot)
            {
                found = Some((at, slot));
                break;
            }
        }
        let Some((at, slot)) = found else { return Ok(false) };
        if !state.segments[at].dead.kill(slot, sequence) {
            let live = &mut self.change(family)?.segments[at];
            let folded: Dead = live.dead.folded();
            folded.kill(slot, sequence);
            live.dead = Arc::new(folded);
        }
        Ok(true)
    }

    fn declare(&mut self, family: FamilyId, encoded: &Bytes) -> Result<(), SetError> {
        let declaration = Arc::new(SetDeclaration::decode(encoded)?);
        if self.state(family).is_err() {
            self.changed.insert(family, FamilyState::new(family, declaration, encoded.clone()));
            return Ok(());
        }
        let state = self.change(family)?;
        let moves =
            state.declaration.unique != declaration.unique || !state.declaration.indexed().eq(declaration.indexed());
        state.declaration = declaration;
        state.encoded = encoded.clone();
        if moves {
            state.rebuild_tails(|_| true);
        }
        Ok(())
    }

    /// Publishes segments. Void when a segment that they replace is not live any more: then another process was faster. A segment
    /// without slots has no file; it says that nothing in the delta was alive at its sequence.
    fn segments(&mut self, added: &[SegmentEntry], removed: &[SegmentId], opened: &mut Opened) -> Result<(), SetError> {
        let mut families: BTreeMap<FamilyId, (Vec<Segment>, Vec<SegmentId>)> = BTreeMap::new();
        for id in removed {
            match self.family_of(*id) {
                Some(family) => families.entry(family).or_default().1.push(*id),
                None => return Ok(()),
            }
        }
        for entry in added {
            if entry.slots == 0 {
                self.change(entry.family)?.drop_from_delta(&BTreeSet::new(), entry.sequence)?;
                continue;
            }
            let Some(segment) = opened.take(entry) else { continue };
            if self.state(entry.family)?.segment(entry.id).is_some() {
                self.replace_parts(entry.family, segment)?;
            } else {
                families.entry(entry.family).or_default().0.push(segment);
            }
        }
        families.into_iter().try_for_each(|(family, (added, removed))| self.change(family)?.publish(added, &removed))
    }

    fn family_of(&self, id: SegmentId) -> Option<FamilyId> {
        let has = |family: &FamilyId| self.state(*family).is_ok_and(|state| state.segment(id).is_some());
        self.world.families.keys().chain(self.changed.keys()).copied().find(has)
    }

    fn replace_parts(&mut self, family: FamilyId, segment: Segment) -> Result<(), SetError> {
        let state = self.change(family)?;
        if let Some(live) = state.segments.iter_mut().find(|live| live.segment.is(segment.id())) {
            live.segment = Arc::new(segment);
        }
        Ok(())
    }
}

/// The segments that a frame adds, mapped before anything of the frame is applied: a file that can't be opened leaves the state as it was.
#[derive(Default)]
pub(super) struct Opened(Vec<Segment>);

impl Opened {
    /// Maps the segments of a frame.
    pub fn new(frame: &Frame, world: &World, storage: &dyn Storage, registry: &Registry) -> Result<Self, SetError> {
        let mut declared: BTreeMap<FamilyId, Arc<SetDeclaration>> = BTreeMap::new();
        let mut opened = Vec::new();
        for operation in frame.transactions.iter().flatten() {
            match operation {
                Operation::Declare { family, declaration } => {
                    declared.insert(*family, Arc::new(SetDeclaration::decode(declaration)?));
                }
                Operation::Segments { added, .. } => {
                    for entry in added.iter().filter(|entry| entry.slots > 0) {
                        let declaration = match declared.get(&entry.family) {
                            Some(declaration) => declaration,
                            None => &world.family(entry.family)?.declaration,
                        };
                        opened.push(Segment::open(entry.clone(), declaration, storage, registry)?);
                    }
                }
                Operation::Put { .. } | Operation::Delete { .. } => {}
            }
        }
        Ok(Self(opened))
    }

    fn take(&mut self, entry: &SegmentEntry) -> Option<Segment> {
        let at = self.0.iter().position(|segment| segment.entry == *entry)?;
        Some(self.0.swap_remove(at))
    }
}
