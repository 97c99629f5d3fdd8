//! Many new objects at once: they go straight into segments and are committed by one small frame.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rayon::prelude::*;

use crate::{
    index::BuildEffort,
    object::{FamilyId, FieldPath, Offset, PackedObject, VectorType},
    storage::SegmentId,
};

use super::{
    BuildThreads, BulkSegment, Engine, SetDeclaration, SetError, Step, Steps, Watch, WriteBatch,
    elements::in_declared_elements,
    examples::examples,
    fitting::Fitting,
    fresh::{Fate, Fresh, Made},
    new_keys::NewKeys,
    new_objects::{Additions, NewObject},
    segment::{SegmentBuilder, SegmentObjects, discard, vector_columns},
    unlimited,
};

/// From so many objects on, `insert_many` loads in bulk.
pub(super) const BULK: usize = 1_024;

/// A load is cut into segments of so many objects at most.
const SEGMENT_OBJECTS: usize = 4 << 20;

/// Objects are made in runs of about so many bytes: few enough to stay in a core's cache until they are written.
const RUN_BYTES: usize = 256 << 10;

/// No run has more objects.
const RUN_OBJECTS: usize = 2_048;

/// Tries to commit before giving up; the segments are built once.
const TRIES: usize = 100;

/// A bulk load of one family.
pub(super) struct Load<'a> {
    engine: &'a dyn Engine,
    family: FamilyId,
    objects: &'a dyn Additions,
    watch: &'a Watch<'a>,
}

impl<'a> Load<'a> {
    /// New objects of a family.
    pub fn new(engine: &'a dyn Engine, family: FamilyId, objects: &'a dyn Additions, watch: &'a Watch<'a>) -> Self {
        Self { engine, family, objects, watch }
    }

    /// Loads all or nothing; returns the offsets in the order of the objects.
    pub fn run(self) -> Result<Vec<Offset>, SetError> {
        let mut batch = self.engine.begin()?;
        self.check_owners(&batch)?;
        // Until the commit nothing refers to the files that are about to be written: they look like garbage to whoever maintains.
        let _load = self.engine.storage().begin_load()?;
        let count = self.objects.count() as u64;
        let first = self.engine.lease(count)?;
        let mut segments = Vec::new();
        if let Err(error) = self.build(&batch, first, &mut segments) {
            return self.give_up(&segments, error);
        }
        let mut tries = 0;
        loop {
            batch.add_segments(segments.iter().cloned());
            tries += 1;
            match self.engine.commit(batch) {
                Ok(_) => return Ok((first.0..first.0 + count).map(Offset).collect()),
                Err(SetError::Conflict(_)) if tries < TRIES => {}
                // Its files may be in use.
                Err(error @ SetError::Unknown(_)) => return Err(error),
                Err(error) => return self.give_up(&segments, error),
            }
            batch = self.engine.begin()?;
            if let Err(error) = self.check_again(&batch, first, &segments) {
                return self.give_up(&segments, error);
            }
        }
    }

    fn check_owners(&self, batch: &WriteBatch) -> Result<(), SetError> {
        let declaration = batch.snapshot().declaration(self.family)?;
        self.owners().into_iter().try_for_each(|owner| batch.check_owner(declaration, owner))
    }

    fn owners(&self) -> BTreeSet<Option<Offset>> {
        let mut owners = BTreeSet::new();
        let mut last = None;
        for owner in (0..self.objects.count()).map(|at| self.objects.owner(at)) {
            // Most often it is the same one.
            if last.replace(owner) != Some(owner) {
                owners.insert(owner);
            }
        }
        owners
    }

    /// Refuses the whole load when an object that was written does not fit any more.
    fn check_again(&self, batch: &WriteBatch, first: Offset, segments: &[BulkSegment]) -> Result<(), SetError> {
        self.check_owners(batch)?;
        let fitting = Fitting::new(self.engine, batch, self.family)?;
        let steps = Steps::new(self.watch, &fitting.declaration.name, Step::CheckObjects, self.objects.count() as u64);
        for BulkSegment { entry, .. } in segments {
            let bytes = self.engine.storage().open(&entry.objects)?;
            let objects = Arc::new(SegmentObjects::open(&entry.objects, bytes, entry.slots)?);
            let check = |slot| {
                steps.advance(1)?;
                let object = objects.object(slot)?;
                let name = || (object.offset().0 - first.0).to_string();
                fitting.check(&object, object.owner(), &name)
            };
            if let Some(error) = (0..entry.slots).into_par_iter().find_map_first(|slot| check(slot).err()) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Writes the segments. The object at place n of the load gets offset `first + n`; a nested family's segments are ordered by owner,
    /// then offset.
    fn build(&self, batch: &WriteBatch, first: Offset, segments: &mut Vec<BulkSegment>) -> Result<(), SetError> {
        let snapshot = batch.snapshot();
        let fitting = Fitting::new(self.engine, batch, self.family)?;
        let columns = vector_columns(fitting.declaration, fitting.registry);
        let make = |places: &[usize]| self.make(&fitting, &columns, places);
        let builder = SegmentBuilder {
            family: self.family,
            declaration: snapshot.declaration(self.family)?,
            registry: self.engine.registry(),
            effort: BuildEffort::Settled,
            examples: &|index, kind| examples(snapshot, index, kind),
            watch: self.watch,
            spend: &unlimited,
            memory: self.engine.build_memory(),
            threads: BuildThreads::Callers,
        };
        let most = SEGMENT_OBJECTS.min(builder.most_slots() as usize);
        let mut order: Vec<usize> = (0..self.objects.count()).collect();
        order.sort_by_key(|at| self.objects.owner(*at));
        let run = self.run_length();
        let keys = Mutex::new(NewKeys::default());
        let known = || keys.lock().unwrap_or_else(PoisonError::into_inner);
        for order in order.chunks(most) {
            let id = SegmentId(self.engine.lease(1)?.0);
            let storage: &Arc<_> = self.engine.storage();
            let fate = Fate {
                keys: &|places, keys| known().add(places, keys),
                last: &|| self.check_keys(&fitting, &known()),
                again: !columns.is_empty(),
            };
            let entry = thread::scope(|scope| {
                let source = Fresh::start(scope, (first, order, run), &make, fate);
                builder.build(&source, id, snapshot.sequence(), storage.as_ref())
            })?;
            let mut owners: Vec<_> = order.iter().filter_map(|at| self.objects.owner(*at)).collect();
            owners.dedup();
            segments.extend(entry.map(|entry| BulkSegment { entry, owners, keys: known().since_last() }));
        }
        Ok(())
    }

    /// How many objects are about as long as a run should be.
    fn run_length(&self) -> usize {
        let sample = self.objects.encode(&[0]).ok();
        let length = sample.and_then(|sample| Some(sample.first()?.object.len())).unwrap_or_default();
        (RUN_BYTES / length.max(1)).clamp(1, RUN_OBJECTS)
    }

    /// Makes the objects at some places: serialized, with vectors as the set stores them, checked. The whole load is refused when one does
    /// not fit.
    fn make(
        &self,
        fitting: &Fitting<'_>,
        columns: &[(FieldPath, VectorType)],
        places: &[usize],
    ) -> Result<Made, SetError> {
        let declaration = fitting.declaration;
        let invalid = |(at, error)| SetError::object(declaration, at, error);
        let mut objects = self.objects.encode(places).map_err(invalid)?;
        for (new, at) in objects.iter_mut().zip(places) {
            let name = || at.to_string();
            convert(declaration, columns, new, &name)?;
            fitting.check(&PackedObject::new(&new.object), new.owner, &name)?;
        }
        let keys = match &declaration.unique {
            Some(_) => objects.iter().map(|new| declaration.unique_key(new.owner, &new.object)).collect(),
            None => Vec::new(),
        };
        Ok(Made { objects, keys })
    }

    /// Refuses a load in which two objects have one unique key.
    fn check_keys(&self, fitting: &Fitting<'_>, keys: &NewKeys) -> Result<(), SetError> {
        let Some((path, (at, other))) = fitting.declaration.unique.as_ref().zip(keys.twins()) else { return Ok(()) };
        let object = self.objects.encode(&[at]).unwrap_or_default();
        let value =
            object.first().and_then(|new| PackedObject::new(&new.object).get(path).map(|value| value.to_value()));
        let value = value.map_or_else(String::new, |value| value.to_string());
        let expected = format!("a unique key, but object {other} has it, too");
        Err(SetError::value(fitting.declaration, at.to_string(), path, value, expected))
    }

    /// Removes what was written for nothing.
    fn give_up<R>(&self, segments: &[BulkSegment], error: SetError) -> Result<R, SetError> {
        for BulkSegment { entry, .. } in segments {
            discard(entry.files(), self.engine.storage().as_ref());
        }
        Err(error)
    }
}

/// Makes an object's vectors what the set stores.
fn convert(
    declaration: &SetDeclaration,
    columns: &[(FieldPath, VectorType)],
    new: &mut NewObject,
    name: &dyn Fn() -> String,
) -> Result<(), SetError> {
    if let Cow::Owned(converted) = in_declared_elements(declaration, columns, &new.object, name)? {
        new.object = converted.into();
    }
    Ok(())
}
