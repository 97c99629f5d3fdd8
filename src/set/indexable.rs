//! The handle that a program works with: a set of objects, found by offset, by key, and by its indexes.

use std::{fmt, marker::PhantomData, sync::Arc};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::object::{FamilyId, FieldPath, Object, ObjectError, Offset, Value, from_bytes, to_bytes};

use super::{
    Engine, SetError, SetView, Step, Steps, StoredObject, Watch, WriteBatch,
    bulk::{BULK, Load},
    new_objects::{NewObject, encode},
    progress::unwatched,
};

/// Autocommit tries again this often when others were faster.
const TRIES: usize = 100;

/// A collection of objects of one type, iterated in offset order, with indexes declared on its fields. Every call is a transaction of
/// its own. Cheap to clone.
pub struct IndexableSet<T = Object> {
    engine: Arc<dyn Engine>,
    family: FamilyId,
    owner: Option<Offset>,
    objects: PhantomData<fn(T) -> T>,
}

impl<T> Clone for IndexableSet<T> {
    fn clone(&self) -> Self {
        Self::new(self.engine.clone(), self.family, self.owner)
    }
}

impl<T> IndexableSet<T> {
    /// A handle to a declared family, or to one owner's nested set in it.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, family: FamilyId, owner: Option<Offset>) -> Self {
        Self { engine, family, owner, objects: PhantomData }
    }

    /// The same set, with its objects taken as another type.
    #[must_use]
    pub fn typed<U>(&self) -> IndexableSet<U> {
        IndexableSet::new(self.engine.clone(), self.family, self.owner)
    }

    /// The database.
    #[must_use]
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The family's number.
    #[must_use]
    pub fn family(&self) -> FamilyId {
        self.family
    }

    /// The owner, when this is one nested set.
    #[must_use]
    pub fn owner(&self) -> Option<Offset> {
        self.owner
    }

    /// What is in the set now.
    pub fn view(&self) -> Result<SetView, SetError> {
        self.engine.latest()?.view(self.family, self.owner)
    }

    /// The set's name: `countries`, `countries.cities`.
    pub fn name(&self) -> Result<String, SetError> {
        Ok(self.engine.snapshot().declaration(self.family)?.name.clone())
    }

    /// The nested set at a field of one object of this set.
    pub fn nested<N>(&self, owner: Offset, field: impl Into<FieldPath>) -> Result<IndexableSet<N>, SetError> {
        let snapshot = self.engine.latest()?;
        let family = snapshot.nested(self.family, &field.into())?;
        if !snapshot.view(self.family, self.owner)?.contains(owner)? {
            return Err(SetError::NotFound { set: self.name()?, offset: owner });
        }
        Ok(IndexableSet::new(self.engine.clone(), family, Some(owner)))
    }

    /// All nested sets at a field of this set's objects, taken as one.
    pub fn nested_family<N>(&self, field: impl Into<FieldPath>) -> Result<IndexableSet<N>, SetError> {
        let family = self.engine.latest()?.nested(self.family, &field.into())?;
        Ok(IndexableSet::new(self.engine.clone(), family, None))
    }

    /// Removes an object and everything nested in it; `false` when it was not there.
    pub fn remove(&self, offset: Offset) -> Result<bool, SetError> {
        self.transact(|batch| batch.remove(self.family, self.owner, offset))
    }

    /// Whether an object is in the set.
    pub fn contains(&self, offset: Offset) -> Result<bool, SetError> {
        self.view()?.contains(offset)
    }

    /// The offset of the object with a unique key.
    pub fn find_unique(&self, key: impl Into<Value>) -> Result<Option<Offset>, SetError> {
        self.view()?.find_unique(&key.into())
    }

    /// The number of objects; reads none.
    pub fn len(&self) -> Result<u64, SetError> {
        self.view()?.len()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> Result<bool, SetError> {
        self.view()?.is_empty()
    }

    /// Stages and commits, again on a newer snapshot when another transaction was faster.
    pub(super) fn transact<R>(
        &self,
        mut stage: impl FnMut(&mut WriteBatch) -> Result<R, SetError>,
    ) -> Result<R, SetError> {
        let mut tries = 0;
        loop {
            let mut batch = self.engine.begin()?;
            let outcome = stage(&mut batch)?;
            tries += 1;
            match self.engine.commit(batch) {
                Ok(_) => return Ok(outcome),
                Err(SetError::Conflict(_)) if tries < TRIES => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// A set's name for errors that come before a snapshot is needed.
    fn name_or_number(&self) -> String {
        self.name().unwrap_or_else(|_| format!("family {}", self.family))
    }
}

impl<T: Serialize> IndexableSet<T> {
    /// An object as bytes that [`WriteBatch`] takes.
    pub fn encode(&self, object: &T) -> Result<Bytes, SetError> {
        self.encode_named(object, &|| "to write".to_owned())
    }

    fn encode_named(&self, object: &T, name: &dyn Fn() -> String) -> Result<Bytes, SetError> {
        to_bytes(object).map(Bytes::from).map_err(|source| self.invalid(name(), source))
    }

    fn invalid(&self, object: String, source: ObjectError) -> SetError {
        SetError::Object { set: self.name_or_number().into(), object: object.into(), source: Box::new(source) }
    }

    /// Adds an object and returns its offset.
    pub fn insert(&self, object: &T) -> Result<Offset, SetError> {
        let object = self.encode(object)?;
        self.transact(|batch| batch.insert(self.engine.as_ref(), self.family, self.owner, object.clone()))
    }

    /// Adds objects, all or none, and returns their offsets in the order given. Many objects go straight into segments.
    pub fn insert_many<'a>(&self, objects: impl IntoIterator<Item = &'a T>) -> Result<Vec<Offset>, SetError>
    where
        T: Sync + 'a,
    {
        self.insert_many_with(objects, &unwatched)
    }

    /// [`IndexableSet::insert_many`] that says how far it is: objects checked and written, indexes built. Whoever is told can end it:
    /// then nothing was inserted.
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// # use protobase::{Database, Object, SetSchema};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let set = Database::in_memory().declare::<Object>(SetSchema::new("numbers").index("n", "ordered"))?;
    /// let numbers: Vec<Object> = (0..5_000).map(|n| Object::new().with("n", n)).collect();
    /// set.insert_many_with(&numbers, &|progress| {
    ///     eprintln!("{}: {} of {}", progress.step, progress.done, progress.total);
    ///     ControlFlow::Continue(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert_many_with<'a>(
        &self,
        objects: impl IntoIterator<Item = &'a T>,
        watch: &Watch<'_>,
    ) -> Result<Vec<Offset>, SetError>
    where
        T: Sync + 'a,
    {
        self.insert_all(objects.into_iter().map(|object| (self.owner, object)), watch)
    }

    /// Adds objects to many nested sets of a family at once, each for its owner, all or none; returns their offsets in the order given.
    pub fn insert_nested<'a>(&self, objects: impl IntoIterator<Item = (Offset, &'a T)>) -> Result<Vec<Offset>, SetError>
    where
        T: Sync + 'a,
    {
        self.insert_nested_with(objects, &unwatched)
    }

    /// [`IndexableSet::insert_nested`] that says how far it is, as [`IndexableSet::insert_many_with`] does.
    pub fn insert_nested_with<'a>(
        &self,
        objects: impl IntoIterator<Item = (Offset, &'a T)>,
        watch: &Watch<'_>,
    ) -> Result<Vec<Offset>, SetError>
    where
        T: Sync + 'a,
    {
        self.insert_all(objects.into_iter().map(|(owner, object)| (Some(owner), object)), watch)
    }

    fn insert_all<'a>(
        &self,
        objects: impl Iterator<Item = (Option<Offset>, &'a T)>,
        watch: &Watch<'_>,
    ) -> Result<Vec<Offset>, SetError>
    where
        T: Sync + 'a,
    {
        let objects: Vec<_> = objects.collect();
        if objects.len() >= BULK {
            return Load::new(self.engine.as_ref(), self.family, &objects, watch).run();
        }
        let objects = encode(objects.into_iter().enumerate());
        let objects = objects.map_err(|(at, error)| self.invalid(at.to_string(), error))?;
        let name = self.name_or_number();
        self.transact(|batch| {
            let steps = Steps::new(watch, &name, Step::WriteObjects, objects.len() as u64);
            let insert = |(at, new): (usize, &NewObject)| {
                steps.advance(1)?;
                let inserted = batch.insert(self.engine.as_ref(), self.family, new.owner, new.object.clone());
                inserted.map_err(|error| error.naming(|| at.to_string()))
            };
            objects.iter().enumerate().map(insert).collect()
        })
    }

    /// The objects that [`IndexableSet::insert_many`] would refuse, each with its place and the reason; stores nothing. Of several objects with
    /// one unique key, the first is not refused.
    pub fn refused<'a>(&self, objects: impl IntoIterator<Item = &'a T>) -> Result<Vec<(usize, SetError)>, SetError>
    where
        T: 'a,
    {
        let mut batch = self.engine.begin()?;
        let mut refused = Vec::new();
        for (at, object) in objects.into_iter().enumerate() {
            let name = || at.to_string();
            let staged = self.encode_named(object, &name).and_then(|object| {
                let inserted = batch.insert(self.engine.as_ref(), self.family, self.owner, object);
                inserted.map_err(|error| error.naming(name))
            });
            match staged {
                Ok(_) => {}
                Err(error) if error.is_refusal() => refused.push((at, error)),
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    /// Adds an object, or replaces the one with the same unique key.
    pub fn upsert(&self, object: &T) -> Result<Offset, SetError> {
        let object = self.encode(object)?;
        self.transact(|batch| batch.upsert(self.engine.as_ref(), self.family, self.owner, object.clone()))
    }

    /// Replaces an object; its offset and its nested sets stay.
    pub fn update(&self, offset: Offset, object: &T) -> Result<(), SetError> {
        let object = self.encode(object)?;
        self.transact(|batch| batch.update(self.engine.as_ref(), self.family, self.owner, offset, object.clone()))
    }
}

impl<T: DeserializeOwned> IndexableSet<T> {
    /// A stored object as the program's type.
    pub fn decode(&self, stored: &StoredObject) -> Result<T, SetError> {
        from_bytes(&stored.to_bytes()?).map_err(|source| SetError::Object {
            set: self.name_or_number().into(),
            object: format!("at offset {}", stored.offset()).into(),
            source: Box::new(source),
        })
    }

    /// An object by offset.
    pub fn get(&self, offset: Offset) -> Result<Option<T>, SetError> {
        self.view()?.get(offset)?.map(|stored| self.decode(&stored)).transpose()
    }

    /// All objects with their offsets, in the set's order, as of now.
    #[allow(clippy::iter_not_returning_iterator, reason = "the set may not be there any more")]
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<(Offset, T), SetError>>, SetError> {
        Ok(self.view()?.iter().map(|stored| {
            let stored = stored?;
            Ok((stored.offset(), self.decode(&stored)?))
        }))
    }
}

impl<T> fmt::Debug for IndexableSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name_or_number())?;
        self.owner.map_or(Ok(()), |owner| write!(f, " of {owner}"))
    }
}
