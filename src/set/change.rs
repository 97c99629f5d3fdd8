//! Partial changes of stored objects: read, changed and written in one step.

use crate::object::{FamilyId, Fields, Offset, Update, encode};

use super::{Engine, IndexableSet, SetError, WriteBatch};

impl WriteBatch {
    /// Stages a new version of an object that differs as an update says; [`SetError::NotFound`] when there is none at the offset.
    pub fn change(
        &mut self,
        engine: &dyn Engine,
        family: FamilyId,
        owner: Option<Offset>,
        offset: Offset,
        update: &Update,
    ) -> Result<(), SetError> {
        // What is read here is what is written: the write's own footprint says it.
        let Some(stored) = self.unnoted(family, owner)?.get(offset)? else {
            self.target(family, owner, offset)?;
            return Err(SetError::NotFound { set: self.snapshot().declaration(family)?.name.clone(), offset });
        };
        let changed = update.apply(stored.to_object()).and_then(|object| encode(&object));
        let changed = match changed {
            Ok(changed) => changed,
            Err(source) => {
                let declaration = self.snapshot().declaration(family)?;
                return Err(SetError::object(declaration, format!("at offset {offset}"), source));
            }
        };
        self.update(engine, family, owner, offset, changed.into())
    }
}

impl<T> IndexableSet<T> {
    /// Changes a part of an object, whatever the rest of it is; its offset and its nested sets stay. Read and written in one transaction,
    /// which is tried again when another was faster, so that of several increments none is lost.
    ///
    /// ```
    /// # use protobase::{Database, Object, SetSchema, Update};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let places = Database::in_memory().declare::<Object>(SetSchema::new("places").index("visits", "ordered"))?;
    /// let offset = places.insert(&Object::new().with("name", "Vardzia").with("visits", 41))?;
    /// places.change(offset, &Update::new().increment("visits", 1).append("seen_by", "Nino"))?;
    /// assert_eq!(places.get(offset)?.unwrap().to_string(), r#"{name: "Vardzia", visits: 42, seen_by: ["Nino"]}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn change(&self, offset: Offset, update: &Update) -> Result<(), SetError> {
        self.transact(|batch| batch.change(self.engine().as_ref(), self.family(), self.owner(), offset, update))
    }
}
