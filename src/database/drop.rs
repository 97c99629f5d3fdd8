//! How does an index, or a set, come to its end?

use crate::{
    set::{IndexId, SetError, Snapshot, WriteBatch},
    storage::Operation,
};

use super::{Database, Error, commit::Draft, core::Core, footprint::of_batch, history::Footprint};

impl Database {
    /// Drops an index; queries evaluate what it answered. What it takes on disk is reclaimed when its set's segments are rewritten.
    ///
    /// ```
    /// # use protobase::{Database, Object, SetSchema};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let database = Database::in_memory();
    /// let places = database.declare::<Object>(SetSchema::new("places").index("country", "hash").index("year", "ordered"))?;
    /// let hash = places.view()?.declaration().indexes[0].id;
    /// database.drop_index("places", hash)?;
    /// assert_eq!(places.view()?.declaration().indexes.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn drop_index(&self, set: &str, index: IndexId) -> Result<(), Error> {
        self.core.redeclare(|snapshot| {
            let family = known(snapshot, set)?;
            let declaration = snapshot.declaration(family)?.without_index(index, &self.core.registry)?;
            let footprint = Footprint { declared: [family].into_iter().collect(), ..Footprint::default() };
            let operations = vec![Operation::Declare { family, declaration: declaration.encode() }];
            Ok(Draft { snapshot: snapshot.sequence(), operations, footprint, ..Draft::default() })
        })
    }

    /// Drops a set with all its objects and all that is nested in them; references to them read as absent. A set of the same name that is
    /// declared later is another one: handles to the dropped set stay empty, and refuse writes.
    ///
    /// ```
    /// # use protobase::{Database, Object, SetSchema};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let database = Database::in_memory();
    /// let places = database.declare::<Object>(SetSchema::new("places"))?;
    /// places.insert(&Object::new().with("name", "Vardzia"))?;
    /// database.drop_set("places")?;
    /// assert!(database.sets().is_empty() && places.is_empty()?);
    /// assert!(places.insert(&Object::new()).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn drop_set(&self, set: &str) -> Result<(), Error> {
        self.core.redeclare(|snapshot| {
            let family = known(snapshot, set)?;
            let mut batch = WriteBatch::new(snapshot.clone());
            for offset in snapshot.view(family, None)?.offsets() {
                batch.remove(family, None, offset?)?;
            }
            let (mut operations, mut footprint) = (batch.operations(), of_batch(&batch));
            for family in snapshot.with_descendants(family) {
                let mut declaration = snapshot.declaration(family)?.as_ref().clone();
                declaration.dropped = true;
                operations.push(Operation::Declare { family, declaration: declaration.encode() });
                footprint.declared.insert(family);
            }
            Ok(Draft { snapshot: snapshot.sequence(), operations, footprint, ..Draft::default() })
        })
    }
}

impl Core {
    /// Commits a declaration made of the newest state, and lets maintenance know.
    fn redeclare(&self, make: impl Fn(&Snapshot) -> Result<Draft, Error>) -> Result<(), Error> {
        self.commit_alone(make)?;
        self.pressure.wake();
        Ok(())
    }
}

fn known(snapshot: &Snapshot, set: &str) -> Result<crate::object::FamilyId, Error> {
    snapshot.family(set).ok_or_else(|| SetError::NoSuchSet(set.to_owned()).into())
}
