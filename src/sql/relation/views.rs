//! Where sets are seen: in a snapshot, or in a transaction.

use crate::{
    database::Transaction,
    object::{FamilyId, FieldPath, Object},
    set::{IndexableSet, SetView, Snapshot},
};

use super::SqlError;

/// What sees sets.
pub(crate) trait Views {
    /// What all of it is seen in.
    fn snapshot(&self) -> &Snapshot;

    /// A set.
    fn view(&self, family: FamilyId) -> Result<SetView, SqlError>;
}

impl Views for Snapshot {
    fn snapshot(&self) -> &Snapshot {
        self
    }

    fn view(&self, family: FamilyId) -> Result<SetView, SqlError> {
        Ok(Self::view(self, family, None)?)
    }
}

impl Views for Transaction {
    fn snapshot(&self) -> &Snapshot {
        Self::snapshot(self)
    }

    fn view(&self, family: FamilyId) -> Result<SetView, SqlError> {
        let name = Self::snapshot(self).declaration(family)?.name.clone();
        let set: IndexableSet<Object> = self.set(&name)?;
        Ok(Self::view(self, &set)?)
    }
}

impl dyn Views + '_ {
    /// A set by its name.
    pub fn named(&self, name: &str) -> Result<SetView, SqlError> {
        let snapshot = self.snapshot();
        let family = snapshot.family(name).ok_or_else(|| SqlError::unknown_set(snapshot, name))?;
        self.view(family)
    }

    /// The nested sets in a field of a set's objects, if there are such.
    pub fn nested(&self, of: &SetView, field: &str) -> Result<Option<SetView>, SqlError> {
        match self.snapshot().nested(of.family(), &FieldPath::of(&[field])) {
            Ok(family) => self.view(family).map(Some),
            Err(_) => Ok(None),
        }
    }
}
