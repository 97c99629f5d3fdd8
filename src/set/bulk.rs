//! Many new objects at once: they go straight into segments and are committed by one small frame.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    index::BuildEffort,
    object::{FamilyId, Offset, PackedObject},
    storage::SegmentId,
};

use super::{
    BuildThreads, BulkSegment, Engine, SetDeclaration, SetError, Step, Steps, StoredObject, Watch, WriteBatch,
    batch::taken,
    elements::in_declared_elements,
    examples::examples,
    new_objects::NewObject,
    segment::{ObjectSource, SegmentBuilder, discard, vector_columns},
    unlimited,
    validate::validate,
};

/// From so many objects on, `insert_many` loads in bulk.
pub(super) const BULK: usize = 1_024;

/// A load is cut into segments of so many objects at most.
const SEGMENT_OBJECTS: usize = 4 << 20;

/// Tries to commit before giving up; the segments are built once.
const TRIES: usize = 100;

/// A bulk load of one family.
pub(super) struct Load<'a> {
    engine: &'a dyn Engine,
    family: FamilyId,
    objects: Vec<NewObject>,
    watch: &'a Watch<'a>,
}

impl<'a> Load<'a> {
    /// New objects of a family.
    pub fn new(engine: &'a dyn Engine, family: FamilyId, objects: Vec<NewObject>, watch: &'a Watch<'a>) -> Self {
        Self { engine, family, objects, watch }
    }

    /// Loads all or nothing; returns the offsets in the order of the objects.
    pub fn run(mut self) -> Result<Vec<Offset>, SetError> {
        let mut batch = self.engine.begin()?;
        self.convert(&batch)?;
        let keys = self.check(&batch)?;
        // Until the commit nothing refers to the files that are about to be written: they look like garbage to whoever maintains.
        let _load = self.engine.storage().begin_load()?;
        let first = self.engine.lease(self.objects.len() as u64)?.0;
        let mut segments = Vec::new();
        if let Err(error) = self.build(&batch, first, &keys, &mut segments) {
            return self.give_up(&segments, error);
        }
        let mut tries = 0;
        loop {
            batch.add_segments(segments.iter().cloned());
            tries += 1;
            match self.engine.commit(batch) {
                Ok(_) => return Ok((first..first + self.objects.len() as u64).map(Offset).collect()),
                Err(SetError::Conflict(_)) if tries < TRIES => {}
                // Its files may be in use.
                Err(error @ SetError::Unknown(_)) => return Err(error),
                Err(error) => return self.give_up(&segments, error),
            }
            batch = self.engine.begin()?;
            if let Err(error) = self.check(&batch) {
                return self.give_up(&segments, error);
            }
        }
    }

    /// Makes the objects' vectors what the set stores.
    fn convert(&mut self, batch: &WriteBatch) -> Result<(), SetError> {
        let declaration = batch.snapshot().declaration(self.family)?;
        let columns = vector_columns(declaration, self.engine.registry());
        if columns.is_empty() {
            return Ok(());
        }
        let convert =
            |(at, new): (usize, &mut NewObject)| match in_declared_elements(declaration, &columns, &new.object, &|| {
                at.to_string()
            }) {
                Ok(Cow::Borrowed(_)) => None,
                Ok(Cow::Owned(converted)) => {
                    new.object = converted.into();
                    None
                }
                Err(error) => Some((at, error)),
            };
        let refused = self.objects.par_iter_mut().enumerate().filter_map(convert).min_by_key(|(at, _)| *at);
        refused.map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Refuses the whole load when one object does not fit. Returns the unique keys in the order of the objects.
    fn check(&self, batch: &WriteBatch) -> Result<Vec<Option<Box<[u8]>>>, SetError> {
        let declaration = batch.snapshot().declaration(self.family)?;
        let owners: BTreeSet<Option<Offset>> = self.objects.iter().map(|new| new.owner).collect();
        owners.into_iter().try_for_each(|owner| batch.check_owner(declaration, owner))?;
        let steps = Steps::new(self.watch, &declaration.name, Step::CheckObjects, self.objects.len() as u64);
        let registry = self.engine.registry();
        let nested = batch.snapshot().nested_fields(self.family);
        let refused = |(at, new): (usize, &NewObject)| {
            let fits = || validate(declaration, &nested, registry, &PackedObject::new(&new.object), &|| at.to_string());
            steps.advance(1).map_err(SetError::from).and_then(|()| fits()).err()
        };
        if let Some(error) = self.objects.par_iter().enumerate().find_map_first(refused) {
            return Err(error);
        }
        let keys: Vec<_> = self.objects.par_iter().map(|new| declaration.unique_key(new.owner, &new.object)).collect();
        self.check_keys(batch, declaration, &keys)?;
        Ok(keys)
    }

    fn check_keys(
        &self,
        batch: &WriteBatch,
        declaration: &SetDeclaration,
        keys: &[Option<Box<[u8]>>],
    ) -> Result<(), SetError> {
        let Some(path) = &declaration.unique else { return Ok(()) };
        let is_empty = batch.view(self.family, None)?.is_empty()?;
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        for (at, (new, key)) in self.objects.iter().zip(keys).enumerate() {
            let Some(key) = key else { continue };
            let value = PackedObject::new(&new.object).get(path).map(|value| value.to_value());
            let Some(value) = value else { continue };
            if let Some(other) = known.insert(key, at) {
                let expected = format!("a unique key, but object {other} has it, too");
                return Err(SetError::value(declaration, at.to_string(), path, value.to_string(), expected));
            }
            if !is_empty && let Some(by) = batch.view(self.family, new.owner)?.find_unique(&value)? {
                return Err(taken(declaration, &value, by));
            }
        }
        Ok(())
    }

    /// Writes the segments. Object n of the load gets offset `first + n`; a nested family's segments are ordered by owner, then offset.
    fn build(
        &self,
        batch: &WriteBatch,
        first: u64,
        keys: &[Option<Box<[u8]>>],
        segments: &mut Vec<BulkSegment>,
    ) -> Result<(), SetError> {
        let snapshot = batch.snapshot();
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
        let mut order: Vec<usize> = (0..self.objects.len()).collect();
        order.sort_by_key(|at| self.objects[*at].owner);
        for order in order.chunks(most) {
            let source = Fresh { first, objects: &self.objects, order };
            let id = SegmentId(self.engine.lease(1)?.0);
            let storage: &Arc<_> = self.engine.storage();
            let entry = builder.build(&source, id, snapshot.sequence(), storage.as_ref())?;
            let keys = order.iter().filter_map(|at| keys[*at].clone()).collect();
            let mut owners: Vec<_> = order.iter().filter_map(|at| self.objects[*at].owner).collect();
            owners.dedup();
            segments.extend(entry.map(|entry| BulkSegment { entry, owners, keys }));
        }
        Ok(())
    }

    /// Removes what was written for nothing.
    fn give_up<R>(&self, segments: &[BulkSegment], error: SetError) -> Result<R, SetError> {
        for BulkSegment { entry, .. } in segments {
            discard(entry.files(), self.engine.storage().as_ref());
        }
        Err(error)
    }
}

/// New objects in a segment's order.
struct Fresh<'a> {
    first: u64,
    objects: &'a [NewObject],
    order: &'a [usize],
}

impl ObjectSource for Fresh<'_> {
    fn iter(&self) -> Box<dyn Iterator<Item = Result<StoredObject, SetError>> + '_> {
        Box::new(self.order.iter().map(|at| {
            let new = &self.objects[*at];
            Ok(StoredObject::loose(Offset(self.first + *at as u64), new.owner, new.object.clone()))
        }))
    }

    fn len(&self) -> u64 {
        self.order.len() as u64
    }
}
