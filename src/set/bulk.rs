//! Many new objects at once: they go straight into segments and are committed by one small frame.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;

use crate::{
    index::BuildEffort,
    object::{FamilyId, Offset, PackedObject},
    storage::SegmentId,
};

use super::{
    BulkSegment, Engine, SetDeclaration, SetError, StoredObject, WriteBatch,
    batch::taken,
    segment::{ObjectSource, SegmentBuilder},
    validate::validate,
};

/// From so many objects on, `insert_many` loads in bulk.
pub(super) const BULK: usize = 1_024;

/// A load is cut into segments of so many objects.
const SEGMENT_OBJECTS: usize = 4 << 20;

/// Tries to commit before giving up; the segments are built once.
const TRIES: usize = 100;

/// A bulk load of one set.
pub(super) struct Load<'a> {
    engine: &'a dyn Engine,
    family: FamilyId,
    owner: Option<Offset>,
    objects: Vec<Bytes>,
}

impl<'a> Load<'a> {
    /// New objects of a family, or of one owner's nested set.
    pub fn new(engine: &'a dyn Engine, family: FamilyId, owner: Option<Offset>, objects: Vec<Bytes>) -> Self {
        Self { engine, family, owner, objects }
    }

    /// Loads all or nothing; returns the offsets in the order of the objects.
    pub fn run(self) -> Result<Vec<Offset>, SetError> {
        // Until they are committed, the files look like garbage to whoever maintains.
        let _load = self.engine.storage().begin_load()?;
        let mut batch = self.engine.begin()?;
        let keys = self.check(&batch)?;
        // Until the commit nothing refers to the files that are about to be written.
        let _load = self.engine.storage().begin_load()?;
        let first = self.engine.lease(self.objects.len() as u64)?.0;
        let segments = self.build(&batch, first, keys)?;
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

    /// Refuses the whole load when one object does not fit. Returns the unique keys in the order of the objects.
    fn check(&self, batch: &WriteBatch) -> Result<Vec<Option<Box<[u8]>>>, SetError> {
        let declaration = batch.snapshot().declaration(self.family)?;
        batch.check_owner(declaration, self.owner)?;
        for (at, object) in self.objects.iter().enumerate() {
            validate(declaration, self.engine.registry(), &PackedObject::new(object), &|| at.to_string())?;
        }
        let keys: Vec<_> = self.objects.iter().map(|object| declaration.unique_key(self.owner, object)).collect();
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
        let view = batch.view(self.family, self.owner)?;
        let is_empty = view.is_empty()?;
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            let Some(key) = key else { continue };
            let Some(value) = PackedObject::new(&self.objects[at]).get(path).map(|value| value.to_value()) else {
                continue;
            };
            if let Some(other) = known.insert(key, at) {
                return Err(SetError::Value {
                    set: declaration.name.clone(),
                    object: at.to_string(),
                    field: path.to_string(),
                    value: value.to_string(),
                    expected: format!("a unique key, but object {other} has it, too"),
                });
            }
            if !is_empty && let Some(by) = view.find_unique(&value)? {
                return Err(taken(declaration, &value, by));
            }
        }
        Ok(())
    }

    fn build(
        &self,
        batch: &WriteBatch,
        first: u64,
        keys: Vec<Option<Box<[u8]>>>,
    ) -> Result<Vec<BulkSegment>, SetError> {
        let snapshot = batch.snapshot();
        let builder = SegmentBuilder {
            family: self.family,
            declaration: snapshot.declaration(self.family)?,
            registry: self.engine.registry(),
            effort: BuildEffort::Settled,
        };
        let mut keys = keys.into_iter();
        let mut first = first;
        let mut segments = Vec::new();
        for objects in self.objects.chunks(SEGMENT_OBJECTS) {
            let source = Fresh { first, owner: self.owner, objects };
            let id = SegmentId(self.engine.lease(1)?.0);
            let storage: &Arc<_> = self.engine.storage();
            let entry = builder.build(&source, id, snapshot.sequence(), storage.as_ref())?;
            let keys = keys.by_ref().take(objects.len()).flatten().collect();
            segments.extend(entry.map(|entry| BulkSegment { entry, owner: self.owner, keys }));
            first += objects.len() as u64;
        }
        Ok(segments)
    }

    /// Removes what was written for nothing. What can't be removed now is garbage, and collected later.
    fn give_up<R>(&self, segments: &[BulkSegment], error: SetError) -> Result<R, SetError> {
        for BulkSegment { entry, .. } in segments {
            let files = entry.parts.iter().map(|part| &part.file).chain([&entry.objects]);
            for file in files {
                if let Err(error) = self.engine.storage().remove(file) {
                    tracing::debug!("{file} of a load that failed is left for later: {error}");
                }
            }
        }
        Err(error)
    }
}

/// Objects that get ascending offsets.
struct Fresh<'a> {
    first: u64,
    owner: Option<Offset>,
    objects: &'a [Bytes],
}

impl ObjectSource for Fresh<'_> {
    fn iter(&self) -> Box<dyn Iterator<Item = Result<StoredObject, SetError>> + '_> {
        let stored = |(offset, object): (u64, &Bytes)| StoredObject::loose(Offset(offset), self.owner, object.clone());
        Box::new((self.first..).zip(self.objects).map(stored).map(Ok))
    }
}
