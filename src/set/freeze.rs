//! A full tail becomes a segment in memory, with indexes, made by the same builders as those on disk.

use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::{
    index::{BuildEffort, Registry},
    object::Sequence,
    storage::SegmentId,
};

use super::{
    BuildMemory, BuildThreads, SetError, StoredObject,
    delta::{Tail, Version},
    progress::{unlimited, unwatched},
    segment::{Dead, Examples, ObjectSource, Segment, SegmentBuilder},
    state::{FamilyState, Gone, LiveSegment},
};

/// Builds a segment of what is visible in a tail.
pub(super) fn frozen(
    state: &FamilyState,
    tail: &Tail,
    registry: &Registry,
    id: SegmentId,
    at: Sequence,
) -> Result<Segment, SetError> {
    let mut versions: Vec<&Version> = tail.visible(at).collect();
    versions.sort_unstable_by_key(|version| (version.owner, version.offset));
    let born = versions.iter().map(|version| version.sequence).collect();
    let (family, declaration) = (state.family, &state.declaration);
    // What is merged into another soon is not worth examples.
    let examples: &Examples<'_> = &|_, _| Ok(Vec::new());
    let (watch, spend, memory) = (&unwatched, &unlimited, &BuildMemory::unlimited());
    let (effort, threads) = (BuildEffort::Fresh, BuildThreads::Callers);
    let builder = SegmentBuilder { family, declaration, registry, effort, examples, watch, spend, memory, threads };
    builder.build_in_memory(&Versions(versions), id, at, born)
}

struct Versions<'a>(Vec<&'a Version>);

impl ObjectSource for Versions<'_> {
    fn iter(&self) -> Box<dyn Iterator<Item = Result<StoredObject, SetError>> + '_> {
        let object = |version: &&Version| StoredObject::of_version(version);
        Box::new(self.0.iter().map(object).map(Ok))
    }

    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl FamilyState {
    /// Puts a frozen segment in the place of its tail; `false` when the tail is not there any more.
    pub fn replace_tail(&mut self, tail: &Arc<Tail>, segment: Segment) -> Result<bool, SetError> {
        let Some(at) = self.tails.iter().position(|known| Arc::ptr_eq(known, tail)) else { return Ok(false) };
        self.tails.remove(at);
        let mut dead = RoaringBitmap::new();
        let mut gone = (*self.gone).clone();
        for version in tail.iter() {
            let Some(died) = version.died() else { continue };
            gone.push(Gone { offset: version.offset, born: version.sequence, died });
            // It may have ended while the segment was built.
            if died > segment.entry.sequence {
                dead.extend(segment.slot_of(version.offset)?);
            }
        }
        self.gone = Arc::new(Gone::merged(gone));
        if segment.objects.slots() > 0 {
            self.segments.push(LiveSegment { segment: Arc::new(segment), dead: Arc::new(Dead::new(dead)) });
        }
        Ok(true)
    }
}
