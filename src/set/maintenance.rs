//! Writing the delta to disk, merging segments, building parts.

use std::{fmt, ops::Range, sync::Arc};

use crate::{
    index::{BuildEffort, IndexKind, Registry},
    object::{FamilyId, FieldPath, Value},
    storage::{SegmentEntry, SegmentId, Storage},
};

use super::{
    BuildMemory, BuildThreads, Decision, IndexDeclaration, IndexId, LooseObjects, SegmentView, SetError, Snapshot,
    Spend, StoredObject, Watch,
    examples::examples,
    merge::Merge,
    pieces::pieces,
    segment::{Examples, ObjectSource, Origin, SegmentBuilder, discard, vector_columns},
    state::FamilyState,
    unlimited, unwatched,
};

/// What maintenance works with. Every function here reads a snapshot, puts blobs and returns the `Segments` operation to be
/// committed (with the segments it removes still live), or `None` when there is nothing to do. Blobs of a change that is not
/// committed are garbage. One process maintains at a time, one change of a family after the other.
#[derive(Clone)]
pub struct Maintenance<'a> {
    /// The state to work from.
    pub snapshot: Snapshot,
    /// The index kinds.
    pub registry: Arc<Registry>,
    /// Where blobs go.
    pub storage: Arc<dyn Storage>,
    /// Told how far it is.
    pub watch: &'a Watch<'a>,
    /// Told of bytes before they are written.
    pub spend: &'a Spend<'a>,
    /// What building indexes may hold.
    pub memory: &'a BuildMemory,
    /// The threads that build them.
    pub threads: BuildThreads,
}

/// Gives out numbers that no segment has had, for the segments that come out of some work, or their new parts.
pub type NextId<'a> = dyn Fn() -> Result<SegmentId, SetError> + 'a;

impl fmt::Debug for Maintenance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Maintenance").field("snapshot", &self.snapshot).finish_non_exhaustive()
    }
}

/// A `Segments` operation to be committed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentChange {
    /// New segments, or known ones with other parts.
    pub added: Vec<SegmentEntry>,
    /// Segments that they replace.
    pub removed: Vec<SegmentId>,
}

impl<'a> Maintenance<'a> {
    /// With nobody told, as fast as it goes, on the threads of the caller.
    pub fn new(
        snapshot: Snapshot,
        registry: Arc<Registry>,
        storage: Arc<dyn Storage>,
        memory: &'a BuildMemory,
    ) -> Self {
        let threads = BuildThreads::Callers;
        Self { snapshot, registry, storage, watch: &unwatched, spend: &unlimited, memory, threads }
    }
}

impl Maintenance<'_> {
    /// Does what was decided.
    pub fn perform(
        &self,
        family: FamilyId,
        decision: &Decision,
        next: &NextId<'_>,
    ) -> Result<Option<SegmentChange>, SetError> {
        match decision {
            Decision::Rest => Ok(None),
            Decision::Flush => self.flush(family, next()?),
            Decision::Compact(segments) => self.compact(family, segments, next),
            Decision::Build(segment, indexes) => self.build(family, *segment, indexes, next),
        }
    }

    /// Writes the delta of a family as a segment on disk, with parts that are quick to build. When nothing in it is alive, the segment
    /// has no slots and no file, and says so.
    pub fn flush(&self, family: FamilyId, id: SegmentId) -> Result<Option<SegmentChange>, SetError> {
        let state = self.snapshot.state(family)?;
        let at = self.snapshot.sequence();
        let frozen = state.segments.iter().filter(|live| live.segment.in_memory());
        let whole = |view: SegmentView| -> (SegmentView, Range<u32>) { (view.clone(), 0..view.slots()) };
        let segments = frozen.map(|live| whole(state.segment_view(live, at, None))).collect();
        let loose = self.snapshot.view(family, None)?.loose();
        let source = Visible { segments, loose };
        let examples = self.examples(BuildEffort::Fresh);
        let builder = self.builder(state, BuildEffort::Fresh, &examples);
        let added = match builder.build(&source, id, at, self.storage.as_ref())? {
            Some(entry) => entry,
            None if state.oldest_in_delta().is_none() => return Ok(None),
            None => SegmentEntry { id, family, sequence: at, slots: 0, objects: String::new(), parts: Vec::new() },
        };
        Ok(Some(SegmentChange { added: vec![added], removed: Vec::new() }))
    }

    /// Rewrites segments into one, or into as few as indexes can be built over within the memory that there is, without what is dead, with
    /// parts that are here to stay.
    pub fn compact(
        &self,
        family: FamilyId,
        segments: &[SegmentId],
        next: &NextId<'_>,
    ) -> Result<Option<SegmentChange>, SetError> {
        let state = self.snapshot.state(family)?;
        let at = self.snapshot.sequence();
        let chosen: Option<Vec<_>> = segments.iter().map(|id| state.segment(*id)).collect();
        let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) else { return Ok(None) };
        let views: Vec<SegmentView> = chosen.iter().map(|live| state.segment_view(live, at, None)).collect();
        let examples = self.examples(BuildEffort::Settled);
        let builder = self.builder(state, BuildEffort::Settled, &examples);
        let mut added = Vec::new();
        for runs in pieces(&views, builder.most_slots())? {
            let source = Visible { segments: views.iter().cloned().zip(runs).collect(), loose: Arc::default() };
            match next().and_then(|id| builder.build(&source, id, at, self.storage.as_ref())) {
                Ok(entry) => added.extend(entry),
                Err(error) => {
                    added.iter().for_each(|entry: &SegmentEntry| discard(entry.files(), self.storage.as_ref()));
                    return Err(error);
                }
            }
        }
        Ok(Some(SegmentChange { added, removed: segments.to_vec() }))
    }

    /// Builds settled parts of one segment from its object file. An index of a kind that this binary lacks keeps what it has.
    pub fn build(
        &self,
        family: FamilyId,
        segment: SegmentId,
        indexes: &[IndexId],
        next: &NextId<'_>,
    ) -> Result<Option<SegmentChange>, SetError> {
        let state = self.snapshot.state(family)?;
        let Some(live) = state.segment(segment) else { return Ok(None) };
        let wanted: Vec<_> = indexes.iter().filter_map(|index| state.declaration.index(*index)).collect();
        let stored = |path: &FieldPath| live.segment.objects.column_paths().any(|(known, _)| known == path);
        if vector_columns(&state.declaration, &self.registry).iter().any(|(path, _)| !stored(path)) {
            // A vector index was declared after the segment was written: its column comes with a new object file.
            return self.compact(family, &[segment], next);
        }
        let examples = self.examples(BuildEffort::Settled);
        let builder = self.builder(state, BuildEffort::Settled, &examples);
        let unique = next()?;
        let built =
            builder.build_parts(&live.segment.objects, &wanted, &[], (segment, unique), self.storage.as_ref())?;
        if built.is_empty() {
            return Ok(None);
        }
        let mut entry = live.segment.entry.clone();
        entry.parts.retain(|part| built.iter().all(|new| new.index != part.index));
        entry.parts.extend(built);
        entry.parts.sort_by_key(|part| part.index);
        Ok(Some(SegmentChange { added: vec![entry], removed: Vec::new() }))
    }

    fn builder<'a>(
        &'a self,
        state: &'a FamilyState,
        effort: BuildEffort,
        examples: &'a Examples<'a>,
    ) -> SegmentBuilder<'a> {
        let Self { registry, watch, spend, memory, threads, .. } = self;
        let (family, declaration) = (state.family, &state.declaration);
        SegmentBuilder { family, declaration, registry, effort, examples, watch, spend, memory, threads: *threads }
    }

    /// What gives examples to indexes that are here to stay.
    fn examples(
        &self,
        effort: BuildEffort,
    ) -> impl Fn(&IndexDeclaration, &dyn IndexKind) -> Result<Vec<Value>, SetError> {
        move |index, kind| match effort {
            BuildEffort::Fresh => Ok(Vec::new()),
            BuildEffort::Settled => examples(&self.snapshot, index, kind),
        }
    }
}

/// What a snapshot sees of some runs of segments and of loose objects, in the family's order.
struct Visible {
    segments: Vec<(SegmentView, Range<u32>)>,
    loose: Arc<LooseObjects>,
}

impl ObjectSource for Visible {
    fn iter(&self) -> Box<dyn Iterator<Item = Result<StoredObject, SetError>> + '_> {
        Box::new(Merge::new(self.segments.clone(), self.loose.clone()))
    }

    fn len(&self) -> u64 {
        self.segments.iter().map(|(_, run)| run.len() as u64).sum::<u64>() + self.loose.len() as u64
    }

    fn origins(&self) -> Vec<Origin> {
        let on_disk = self.segments.iter().filter(|(segment, _)| !segment.in_memory());
        on_disk.map(|(segment, run)| segment.origin(run.clone())).collect()
    }
}
