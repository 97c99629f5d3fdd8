//! The live state of one family: segments, each with its dead slots, and the delta.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use crate::{
    object::{FamilyId, Offset, Sequence},
    storage::SegmentId,
};

use super::{
    LooseObjects, Overlay, SegmentView, SetDeclaration, SetError, StoredObject,
    delta::{Tail, Version},
    recent::Recent,
    segment::{Dead, Segment},
    stored::Presence,
};

/// What a snapshot pins of a family. Commits append to tails and lists of deaths in place, invisibly to older sequences; whatever else
/// changes makes a new state. Cheap to clone.
///
/// Invariant: of all versions of an offset here, at most one is alive.
#[derive(Clone, Debug)]
pub(super) struct FamilyState {
    pub family: FamilyId,
    pub declaration: Arc<SetDeclaration>,
    /// The declaration as it was logged.
    pub encoded: Bytes,
    /// On disk and in memory, oldest first.
    pub segments: Vec<LiveSegment>,
    /// The last one is open, the others are full.
    pub tails: Vec<Arc<Tail>>,
    /// Versions that ended in the delta and are in no tail any more.
    pub gone: Arc<Vec<Gone>>,
    pub recent: Recent,
}

/// A segment and what is dead in it.
#[derive(Clone, Debug)]
pub(super) struct LiveSegment {
    pub segment: Arc<Segment>,
    pub dead: Arc<Dead>,
}

/// A version that ended before any segment on disk took it, as far as this process knows. It is remembered since a segment that is being
/// built right now, here or elsewhere, may still show it as alive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone {
    pub offset: Offset,
    pub born: Sequence,
    /// At the latest.
    pub died: Sequence,
}

impl Gone {
    /// One entry an object says it all: from the first birth to the last end.
    pub fn merged(gone: Vec<Self>) -> Vec<Self> {
        let mut merged: BTreeMap<Offset, Self> = BTreeMap::new();
        for entry in gone {
            let known = merged.entry(entry.offset).or_insert(entry);
            known.born = known.born.min(entry.born);
            known.died = known.died.max(entry.died);
        }
        merged.into_values().collect()
    }
}

impl FamilyState {
    /// A family without objects.
    pub fn new(family: FamilyId, declaration: Arc<SetDeclaration>, encoded: Bytes) -> Self {
        let tails = vec![Arc::new(Tail::new(declaration.indexed()))];
        Self {
            family,
            declaration,
            encoded,
            segments: Vec::new(),
            tails,
            gone: Arc::default(),
            recent: Recent::default(),
        }
    }

    /// All segments as a snapshot sees them.
    pub fn segment_views(&self, at: Sequence, overlay: Option<&Arc<Overlay>>) -> Vec<SegmentView> {
        self.segments.iter().map(|live| self.segment_view(live, at, overlay)).collect()
    }

    /// One segment as a snapshot sees it.
    pub fn segment_view(&self, live: &LiveSegment, at: Sequence, overlay: Option<&Arc<Overlay>>) -> SegmentView {
        let LiveSegment { segment, dead } = live.clone();
        SegmentView::new(segment, self.declaration.clone(), dead, at, overlay.cloned())
    }

    /// The version of an offset that a snapshot sees.
    pub fn get(&self, offset: Offset, at: Sequence) -> Result<Option<StoredObject>, SetError> {
        if let Some(version) = self.tails.iter().rev().find_map(|tail| tail.get(offset, at)) {
            return Ok(Some(StoredObject::of_version(version)));
        }
        Ok(match self.slot_of(offset, at)? {
            Some((segment, slot)) => Some(segment.objects.object(slot)?),
            None => None,
        })
    }

    /// Whether a snapshot sees a version of an offset. Reads no object.
    pub fn presence(&self, offset: Offset, at: Sequence) -> Result<Option<Presence>, SetError> {
        if let Some(version) = self.tails.iter().rev().find_map(|tail| tail.get(offset, at)) {
            return Ok(Some(Presence { owner: version.owner }));
        }
        Ok(match self.slot_of(offset, at)? {
            Some((segment, slot)) => Some(Presence { owner: segment.objects.owner(slot)? }),
            None => None,
        })
    }

    /// The living slot of an offset.
    fn slot_of(&self, offset: Offset, at: Sequence) -> Result<Option<(&Segment, u32)>, SetError> {
        for LiveSegment { segment, dead } in self.segments.iter().rev() {
            if let Some(slot) = segment.slot_of(offset)?
                && !dead.contains_at(slot, at)
            {
                return Ok(Some((segment, slot)));
            }
        }
        Ok(None)
    }

    /// What a snapshot sees that is in no segment, of one owner or of the whole family.
    pub fn loose(&self, at: Sequence, owner: Option<Offset>) -> Arc<LooseObjects> {
        self.recent.loose(&self.tails, at, owner)
    }

    /// The number of objects that a snapshot sees, of one owner or of the whole family.
    pub fn len(&self, at: Sequence, owner: Option<Offset>) -> Result<u64, SetError> {
        let loose = self.tails.iter().flat_map(|tail| tail.visible(at));
        let mut count = loose.filter(|version| owner.is_none() || version.owner == owner).count() as u64;
        for LiveSegment { segment, dead } in &self.segments {
            count += match owner {
                None => u64::from(segment.objects.slots()) - dead.len(at),
                Some(owner) => {
                    let run = segment.objects.owned_by(owner)?;
                    run.filter(|slot| !dead.contains_at(*slot, at)).count() as u64
                }
            };
        }
        Ok(count)
    }

    /// A live segment on disk, by number.
    pub fn segment(&self, id: SegmentId) -> Option<&LiveSegment> {
        self.segments.iter().find(|live| live.segment.is(id))
    }

    /// Whether segments already hold what was written to an offset at a sequence, so that replaying it must change nothing.
    pub fn reflects(&self, offset: Offset, sequence: Sequence) -> Result<bool, SetError> {
        for LiveSegment { segment, .. } in &self.segments {
            if segment.entry.sequence >= sequence && segment.slot_of(offset)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// When the oldest version was written that only the log holds; `None` when the delta is empty.
    pub fn oldest_in_delta(&self) -> Option<Sequence> {
        let tails = self.tails.iter().filter_map(|tail| tail.iter().next()).map(|version| version.sequence);
        let frozen = self.segments.iter().filter_map(|live| live.segment.born.as_ref()?.iter().min().copied());
        tails.chain(frozen).chain(self.gone.iter().map(|gone| gone.born)).min()
    }

    /// The tails' versions that are alive and that `keep` wants, moved into new tails with the keys and columns of the present declaration. The
    /// dead are remembered as gone.
    pub fn rebuild_tails(&mut self, keep: impl Fn(&Version) -> bool) {
        let mut tails = vec![Tail::new(self.declaration.indexed())];
        let mut gone = (*self.gone).clone();
        for version in self.tails.iter().flat_map(|tail| tail.iter()) {
            match version.died() {
                Some(died) => gone.push(Gone { offset: version.offset, born: version.sequence, died }),
                None if keep(version) => {
                    let key = self.declaration.unique_key(version.owner, &version.object);
                    push(&mut tails, version.moved(key), &self.declaration);
                }
                None => {}
            }
        }
        self.tails = tails.into_iter().map(Arc::new).collect();
        self.gone = Arc::new(Gone::merged(gone));
    }
}

fn push(tails: &mut Vec<Tail>, version: Version, declaration: &SetDeclaration) {
    let version = match tails.last() {
        Some(tail) => match tail.push(version) {
            Ok(()) => return,
            Err(version) => version,
        },
        None => version,
    };
    let tail = Tail::new(declaration.indexed());
    // An empty tail takes a version.
    let _ = tail.push(version);
    tails.push(tail);
}
