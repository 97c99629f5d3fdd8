//! What one snapshot sees of one set: the interface that queries run on.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use crate::{
    expr::{Predicate, Test},
    index::{Registry, Slot, SlotSet, Work},
    object::{FamilyId, Fields, Offset, Sequence, Value},
};

use super::{
    LooseObjects, Overlay, Read, Reads, SegmentView, SetDeclaration, SetError, Staged, StoredObject, merge::Merge,
    state::FamilyState, stored::Presence,
};

/// One family, or one owner's nested set in it, at one sequence, with a transaction's own writes on top. Cheap to clone.
///
/// In a serializable transaction, every call notes what it reads.
#[derive(Clone)]
pub struct SetView {
    inner: Arc<Inner>,
    reads: Option<Arc<Reads>>,
}

struct Inner {
    state: Arc<FamilyState>,
    registry: Arc<Registry>,
    at: Sequence,
    owner: Option<Offset>,
    overlay: Option<Arc<Overlay>>,
    /// Made when asked for: a look-up by offset or key needs neither.
    segments: OnceLock<Arc<[SegmentView]>>,
    loose: OnceLock<Arc<LooseObjects>>,
}

impl SetView {
    pub(super) fn new(
        state: Arc<FamilyState>,
        registry: Arc<Registry>,
        at: Sequence,
        owner: Option<Offset>,
        overlay: Option<Arc<Overlay>>,
    ) -> Self {
        let overlay = overlay.filter(|overlay| !overlay.is_empty());
        let inner = Inner { state, registry, at, owner, overlay, segments: OnceLock::new(), loose: OnceLock::new() };
        Self { inner: Arc::new(inner), reads: None }
    }

    /// The same view; what is read through it is noted from here on.
    #[must_use]
    pub fn noting(self, reads: Option<Arc<Reads>>) -> Self {
        Self { reads, ..self }
    }

    /// The same view, to be read without notes: for whoever notes a read as a whole.
    #[must_use]
    pub fn unnoted(&self) -> Self {
        Self { inner: self.inner.clone(), reads: None }
    }

    /// Where reads are noted, in a serializable transaction.
    #[must_use]
    pub fn reads(&self) -> Option<&Arc<Reads>> {
        self.reads.as_ref()
    }

    fn note(&self, read: impl FnOnce() -> Read) {
        if let Some(reads) = &self.reads {
            reads.note(self.family(), read());
        }
    }

    fn note_all(&self) {
        self.note(|| Read::All(self.inner.owner));
    }

    /// The declaration as of this snapshot.
    #[must_use]
    pub fn declaration(&self) -> &SetDeclaration {
        &self.inner.state.declaration
    }

    /// The index kinds that its database knows.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// The family's number.
    #[must_use]
    pub fn family(&self) -> FamilyId {
        self.inner.state.family
    }

    /// The owner, when this is one nested set and not a whole family.
    #[must_use]
    pub fn owner(&self) -> Option<Offset> {
        self.inner.owner
    }

    /// The sequence that this view sees.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.inner.at
    }

    /// All segments, on disk and in memory, oldest first.
    #[must_use]
    pub fn segments(&self) -> &[SegmentView] {
        self.note_all();
        let inner = &self.inner;
        inner.segments.get_or_init(|| inner.state.segment_views(inner.at, inner.overlay.as_ref()).into())
    }

    /// Visible objects that are in no segment: the open tail's and the transaction's own, in the set's order; of one owner when the view is.
    #[must_use]
    pub fn loose(&self) -> Arc<LooseObjects> {
        self.note_all();
        self.inner.loose.get_or_init(|| self.collect_loose()).clone()
    }

    fn collect_loose(&self) -> Arc<LooseObjects> {
        let inner = &self.inner;
        let committed = inner.state.loose(inner.at, inner.owner);
        let Some(overlay) = &inner.overlay else { return committed };
        let own = overlay.iter().filter_map(|(offset, staged)| match staged {
            Staged::Put { owner, object, .. } if self.is_mine(*owner) => {
                Some(StoredObject::loose(offset, *owner, object.clone()))
            }
            _ => None,
        });
        Arc::new(committed.overlaid(|offset| overlay.get(offset).is_some(), own.collect()))
    }

    /// An object by offset.
    pub fn get(&self, offset: Offset) -> Result<Option<StoredObject>, SetError> {
        self.note(|| Read::Object(offset));
        let found = match self.inner.overlay.as_deref().and_then(|overlay| overlay.get(offset)) {
            Some(Staged::Delete) => None,
            Some(Staged::Put { owner, object, .. }) => Some(StoredObject::loose(offset, *owner, object.clone())),
            None => self.inner.state.get(offset, self.inner.at)?,
        };
        Ok(found.filter(|object| self.is_mine(object.owner())))
    }

    /// Whether an object is visible; reads nothing of it.
    pub fn contains(&self, offset: Offset) -> Result<bool, SetError> {
        self.note(|| Read::Object(offset));
        Ok(self.presence(offset)?.is_some())
    }

    /// Whether an object is visible, and its owner; reads nothing of it and notes nothing.
    pub(super) fn presence(&self, offset: Offset) -> Result<Option<Presence>, SetError> {
        let found = match self.inner.overlay.as_deref().and_then(|overlay| overlay.get(offset)) {
            Some(Staged::Delete) => None,
            Some(Staged::Put { owner, .. }) => Some(Presence { owner: *owner }),
            None => self.inner.state.presence(offset, self.inner.at)?,
        };
        Ok(found.filter(|presence| self.is_mine(presence.owner)))
    }

    /// The number of visible objects; fetches none.
    pub fn len(&self) -> Result<u64, SetError> {
        self.note_all();
        let inner = &self.inner;
        let committed = inner.state.len(inner.at, inner.owner)?;
        let Some(overlay) = &inner.overlay else { return Ok(committed) };
        let (mut added, mut ended) = (0, 0);
        for (offset, staged) in overlay.iter() {
            match staged {
                Staged::Put { owner, new: true, .. } => added += u64::from(self.is_mine(*owner)),
                Staged::Put { .. } => {}
                Staged::Delete => {
                    let presence = inner.state.presence(offset, inner.at)?;
                    ended += u64::from(presence.is_some_and(|presence| self.is_mine(presence.owner)));
                }
            }
        }
        Ok((committed + added).saturating_sub(ended))
    }

    /// Whether no object is visible.
    pub fn is_empty(&self) -> Result<bool, SetError> {
        Ok(self.len()? == 0)
    }

    /// All visible objects: in offset order, a whole nested family by (owner, offset).
    pub fn iter(&self) -> impl Iterator<Item = Result<StoredObject, SetError>> + use<> {
        let (merge, failed) = self.merge();
        failed.map(Err).into_iter().chain(merge.into_iter().flatten())
    }

    /// Reads fields of visible objects where they lie, in no promised order, until `read` has had enough and says false. A vector
    /// is read only when `read` touches it.
    pub fn read_while(&self, mut read: impl FnMut(&dyn Fields) -> bool) -> Result<(), SetError> {
        for segment in self.segments() {
            let run = self.run(segment)?;
            for slot in run.map(Slot).filter(|slot| !segment.dead().contains(*slot)) {
                if !segment.read(slot, &mut read)? {
                    return Ok(());
                }
            }
        }
        let loose = self.loose();
        for at in 0..loose.len() as u32 {
            if !read(&loose.fields(at)) {
                break;
            }
        }
        Ok(())
    }

    /// The offsets of all visible objects in the order of [`SetView::iter`]; reads no object.
    pub fn offsets(&self) -> impl Iterator<Item = Result<Offset, SetError>> + use<> {
        let (merge, failed) = self.merge();
        let places = merge.into_iter().flat_map(Merge::places);
        failed.map(Err).into_iter().chain(places.map(|place| place.map(|(_, offset)| offset)))
    }

    fn merge(&self) -> (Option<Merge>, Option<SetError>) {
        let runs: Result<Vec<_>, SetError> =
            self.segments().iter().map(|segment| Ok((segment.clone(), self.run(segment)?))).collect();
        match runs {
            Ok(runs) => (Some(Merge::new(runs, self.loose())), None),
            Err(error) => (None, Some(error)),
        }
    }

    /// The slots of a segment that can be of this view: all, or the owner's.
    pub fn run(&self, segment: &SegmentView) -> Result<Range<u32>, SetError> {
        self.inner.owner.map_or(Ok(0..segment.slots()), |owner| segment.owned_by(owner))
    }

    /// The object with a value of the declared unique key, in the view's set. On a whole nested family, where each nested set has its
    /// own keys, one of any owner.
    pub fn find_unique(&self, value: &Value) -> Result<Option<Offset>, SetError> {
        let declaration = &self.inner.state.declaration;
        let Some(path) = &declaration.unique else { return Ok(None) };
        let Some(bare) = declaration.key_of(None, value.as_ref()) else { return Ok(None) };
        if self.reads.is_some() {
            self.note_key(value, &bare);
            return self.unnoted().find_unique(value);
        }
        let has_key = |object: &dyn Fields| {
            object.field(path).and_then(|value| declaration.key_of(None, value)).as_ref() == Some(&bare)
        };
        if declaration.parent.is_some() && self.inner.owner.is_none() {
            if let Some(found) = self.loose().iter().find(|object| has_key(object)) {
                return Ok(Some(found.offset()));
            }
        } else if let Some(found) = self.find_loose_key(value) {
            return Ok(Some(found));
        }
        let predicate = Predicate::new(path.clone(), Test::Equals(value.clone()));
        for segment in self.segments().iter().rev() {
            if let Some(found) = self.find_in_segment(segment, &predicate, &has_key)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn note_key(&self, value: &Value, bare: &[u8]) {
        let owned = self.inner.owner.is_some();
        let key = if owned { self.declaration().key_of(self.inner.owner, value.as_ref()) } else { Some(bare.into()) };
        if let Some(key) = key {
            self.note(|| Read::Key { owned, key });
        }
    }

    /// A key among what is in no segment, through the hash tables of overlay and tails.
    fn find_loose_key(&self, value: &Value) -> Option<Offset> {
        let inner = &self.inner;
        let key = inner.state.declaration.key_of(inner.owner, value.as_ref())?;
        let overlay = inner.overlay.as_deref();
        if let Some((offset, _)) = overlay.and_then(|overlay| overlay.find_key(&key)) {
            return Some(offset);
        }
        let mut found = inner.state.tails.iter().rev().filter_map(|tail| tail.find_key(&key, inner.at));
        found
            .find(|version| overlay.is_none_or(|overlay| overlay.get(version.offset).is_none()))
            .map(|version| version.offset)
    }

    fn find_in_segment(
        &self,
        segment: &SegmentView,
        predicate: &Predicate,
        has_key: &dyn Fn(&dyn Fields) -> bool,
    ) -> Result<Option<Offset>, SetError> {
        let run = self.run(segment)?;
        let slots = self.key_candidates(segment, predicate)?.unwrap_or_else(|| SlotSet::range(run.start, run.end));
        for slot in slots.iter_range(run.start, run.end) {
            // Few candidates match, so the dead are looked up one by one instead of made into a set.
            if segment.is_hidden(slot)? {
                continue;
            }
            if segment.read(slot, has_key)? {
                return segment.offset(slot).map(Some);
            }
        }
        Ok(None)
    }

    /// What an index on the key field says; `None` when the segment has none that answers.
    fn key_candidates(&self, segment: &SegmentView, predicate: &Predicate) -> Result<Option<SlotSet>, SetError> {
        let declaration = self.declaration();
        for index in declaration.indexes.iter().filter(|index| index.fields == predicate.paths) {
            let Some(part) = segment.part(index.id) else { continue };
            if part.access(predicate).is_some() {
                let candidates = part.candidates(predicate, &mut Work::default());
                match candidates {
                    Ok((slots, _)) => return Ok(Some(slots)),
                    Err(error) if error.is_damage() => segment.distrust(index.id, &error),
                    Err(error) => return Err(SetError::index(declaration, index, error)),
                }
            }
        }
        Ok(None)
    }

    fn is_mine(&self, owner: Option<Offset>) -> bool {
        self.inner.owner.is_none() || self.inner.owner == owner
    }
}

impl fmt::Debug for SetView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.declaration().name, self.inner.at)?;
        self.inner.owner.map_or(Ok(()), |owner| write!(f, ", owned by {owner}"))
    }
}
