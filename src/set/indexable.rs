//! The handle that a program works with: a set of objects, found by offset, by key, and by its indexes.

use std::{marker::PhantomData, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use crate::object::{FamilyId, FieldPath, Object, Offset};

use super::{Engine, SetError, SetView};

/// A collection of objects of one type, iterated in offset order, with indexes declared on its fields. Every call is a transaction of its own.
pub struct IndexableSet<T = Object> {
    engine: Arc<dyn Engine>,
    family: FamilyId,
    owner: Option<Offset>,
    objects: PhantomData<fn(T) -> T>,
}

impl<T> Clone for IndexableSet<T> {
    fn clone(&self) -> Self {
        Self { engine: self.engine.clone(), family: self.family, owner: self.owner, objects: PhantomData }
    }
}

impl<T> IndexableSet<T> {
    /// A handle to a declared family, or to one owner's nested set in it.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, family: FamilyId, owner: Option<Offset>) -> Self {
        Self { engine, family, owner, objects: PhantomData }
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
        self.engine.snapshot().view(self.family, self.owner)
    }

    /// The nested set at a field of one object of this set.
    pub fn nested<N>(&self, _owner: Offset, _field: impl Into<FieldPath>) -> Result<IndexableSet<N>, SetError> {
        unimplemented!()
    }

    /// All nested sets at a field of this set's objects, taken as one.
    pub fn nested_family<N>(&self, _field: impl Into<FieldPath>) -> Result<IndexableSet<N>, SetError> {
        unimplemented!()
    }

    /// Removes an object and everything nested in it; `false` when it was not there.
    pub fn remove(&self, _offset: Offset) -> Result<bool, SetError> {
        unimplemented!()
    }

    /// Whether an object is in the set.
    pub fn contains(&self, _offset: Offset) -> Result<bool, SetError> {
        unimplemented!()
    }

    /// The number of objects; reads none.
    pub fn len(&self) -> Result<u64, SetError> {
        self.view()?.len()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> Result<bool, SetError> {
        Ok(self.len()? == 0)
    }
}

impl<T: Serialize> IndexableSet<T> {
    /// An object as bytes that [`super::WriteBatch`] takes.
    pub fn encode(&self, _object: &T) -> Result<bytes::Bytes, SetError> {
        unimplemented!()
    }
}

impl<T: DeserializeOwned> IndexableSet<T> {
    /// A stored object as the program's type.
    pub fn decode(&self, _stored: &super::StoredObject) -> Result<T, SetError> {
        unimplemented!()
    }
}

impl<T: Serialize + DeserializeOwned> IndexableSet<T> {
    /// Adds an object and returns its offset.
    pub fn insert(&self, _object: &T) -> Result<Offset, SetError> {
        unimplemented!()
    }

    /// Adds objects, all or none, and returns their offsets in the order given. Many objects go straight into segments.
    pub fn insert_many<'a>(&self, _objects: impl IntoIterator<Item = &'a T>) -> Result<Vec<Offset>, SetError>
    where
        T: 'a,
    {
        unimplemented!()
    }

    /// Adds an object, or replaces the one with the same unique key.
    pub fn upsert(&self, _object: &T) -> Result<Offset, SetError> {
        unimplemented!()
    }

    /// Replaces an object; its offset and its nested sets stay.
    pub fn update(&self, _offset: Offset, _object: &T) -> Result<(), SetError> {
        unimplemented!()
    }

    /// An object by offset.
    pub fn get(&self, _offset: Offset) -> Result<Option<T>, SetError> {
        unimplemented!()
    }

    /// All objects with their offsets, in the set's order, as of now.
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<(Offset, T), SetError>>, SetError> {
        Ok(std::iter::empty())
    }
}
