//! The live state of all families: what the log has said so far.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError},
};

use crate::{
    codec::sync::{ArcSwap, Mutex},
    index::Registry,
    object::Sequence,
    storage::{Checkpoint, FamilyEntry, Frame, Operation, SegmentId, Storage},
};

use super::{
    SetDeclaration, SetError, Snapshot,
    apply::{Draft, Opened},
    delta::Tail,
    freeze::frozen,
    segment::{Dead, Segment},
    state::{FamilyState, LiveSegment},
    world::World,
};

/// All families. Frames are applied by one writer at a time; snapshots cost two loads and hold nobody up.
pub struct Families {
    storage: Arc<dyn Storage>,
    registry: Arc<Registry>,
    current: ArcSwap<World>,
    writer: Mutex<Writer>,
}

/// What only the writer knows.
struct Writer {
    /// `Segments` operations up to here were in the checkpoint's list.
    listed: Sequence,
    /// Numbers in-memory segments; they are only names for people.
    frozen: u64,
}

impl Families {
    /// Takes up a checkpoint (the default one for an empty store): maps its files, reads no body. Frames after
    /// `checkpoint.sequence` must then be applied, at least up to `checkpoint.listed`.
    pub fn open(storage: Arc<dyn Storage>, registry: Arc<Registry>, checkpoint: &Checkpoint) -> Result<Self, SetError> {
        let mut families = BTreeMap::new();
        for FamilyEntry { family, declaration } in &checkpoint.families {
            let decoded = Arc::new(SetDeclaration::decode(declaration)?);
            families.insert(*family, FamilyState::new(*family, decoded, declaration.clone()));
        }
        for (entry, dead) in &checkpoint.segments {
            let state = families.get_mut(&entry.family).ok_or(SetError::NoSuchFamily(entry.family))?;
            let segment = Segment::open(entry.clone(), &state.declaration, storage.as_ref(), &registry)?;
            let dead = Arc::new(Dead::new(dead.clone()));
            state.segments.push(LiveSegment { segment: Arc::new(segment), dead });
        }
        let families = families.into_iter().map(|(family, state)| (family, Arc::new(state))).collect();
        let world = World::new(families, registry.clone(), checkpoint.sequence);
        let writer = Mutex::new(Writer { listed: checkpoint.listed, frozen: 0 });
        Ok(Self { storage, registry, current: ArcSwap::from_pointee(world), writer })
    }

    /// Applies the next durable frame, own or foreign, in log order, and then makes it visible. Segments it adds are mapped from
    /// storage; when that fails, nothing was applied. After any other error the state must be opened anew.
    pub fn apply(&self, frame: &Frame) -> Result<(), SetError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = frame.sequence <= writer.listed;
        let world = self.current.load_full();
        let mut opened = match listed {
            true => Opened::default(),
            false => Opened::new(frame, &world, self.storage.as_ref(), &self.registry)?,
        };
        let mut draft = Draft::new(&world, frame.sequence);
        for operation in frame.transactions.iter().flatten() {
            if !(listed && matches!(operation, Operation::Segments { .. })) {
                draft.apply(operation, &mut opened)?;
            }
        }
        let changed = draft.into_changed();
        if changed.is_empty() {
            world.publish(frame.sequence);
        } else {
            self.current.store(Arc::new(world.with(changed, frame.sequence)));
        }
        Ok(())
    }

    /// A read view of the newest applied sequence.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.current.load_full())
    }

    /// Builds in-memory segments of tails that are full. Cheap when there are none; called now and then by whoever fills them, or by
    /// a thread for it. Building holds up neither commits nor readers.
    pub fn freeze(&self) -> Result<(), SetError> {
        let world = self.current.load_full();
        for state in world.families.values() {
            let full = state.tails.len().saturating_sub(1);
            for tail in &state.tails[..full] {
                self.freeze_tail(state, tail, world.published())?;
            }
        }
        Ok(())
    }

    fn freeze_tail(&self, state: &FamilyState, tail: &Arc<Tail>, at: Sequence) -> Result<(), SetError> {
        let id = {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.frozen += 1;
            SegmentId(writer.frozen)
        };
        let segment = frozen(state, tail, &self.registry, id, at)?;
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let world = self.current.load_full();
        let mut state = world.family(state.family)?.as_ref().clone();
        if state.replace_tail(tail, segment)? {
            let changed = BTreeMap::from([(state.family, state)]);
            self.current.store(Arc::new(world.with(changed, world.published())));
        }
        Ok(())
    }

    /// The newest sequence up to which all objects are in segments on disk: what a checkpoint would cover now.
    #[must_use]
    pub fn covered(&self) -> Sequence {
        covered(&self.current.load())
    }

    /// What a checkpoint would say now: `sequence` is the newest up to which all objects are in segments on disk.
    /// No frame is applied meanwhile: whoever applies frames sees to it.
    pub fn checkpoint(&self, next_offset: u64) -> Result<Checkpoint, SetError> {
        let world = self.current.load_full();
        let (listed, sequence) = (world.published(), covered(&world));
        let families = world.families.values();
        let segments = families.clone().flat_map(|state| &state.segments).filter(|live| !live.segment.in_memory());
        Ok(Checkpoint {
            sequence,
            listed,
            next_offset,
            families: families
                .map(|state| FamilyEntry { family: state.family, declaration: state.encoded.clone() })
                .collect(),
            segments: segments.map(|live| (live.segment.entry.clone(), live.dead.bitmap(listed))).collect(),
        })
    }
}

fn covered(world: &World) -> Sequence {
    let listed = world.published();
    let held_back = world.families.values().filter_map(|state| state.oldest_in_delta()).min();
    held_back.map_or(listed, |oldest| Sequence(oldest.0.saturating_sub(1)).min(listed))
}

impl fmt::Debug for Families {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Families at {}", self.current.load().published())
    }
}
