//! Do objects fit into a set as it is now?

use crate::{
    index::Registry,
    object::{FamilyId, FieldPath, Fields, Offset},
};

use super::{Engine, SetDeclaration, SetError, WriteBatch, batch::taken, validate::validate};

/// What new objects of a family are held against.
pub(super) struct Fitting<'a> {
    batch: &'a WriteBatch,
    family: FamilyId,
    pub declaration: &'a SetDeclaration,
    pub registry: &'a Registry,
    /// The fields at which sets are nested.
    nested: Vec<FieldPath>,
    /// Whether no key is taken.
    is_empty: bool,
}

impl<'a> Fitting<'a> {
    /// The family as a batch sees it.
    pub fn new(engine: &'a dyn Engine, batch: &'a WriteBatch, family: FamilyId) -> Result<Self, SetError> {
        let declaration = batch.snapshot().declaration(family)?;
        let nested = batch.snapshot().nested_fields(family);
        let is_empty = declaration.unique.is_none() || batch.view(family, None)?.is_empty()?;
        Ok(Self { batch, family, declaration, registry: engine.registry(), nested, is_empty })
    }

    /// Refuses an object that the set's indexes cannot take, or whose unique key is taken. `name` says which object it is.
    pub fn check(&self, object: &dyn Fields, owner: Option<Offset>, name: &dyn Fn() -> String) -> Result<(), SetError> {
        validate(self.declaration, &self.nested, self.registry, object, name)?;
        let Some(path) = self.declaration.unique.as_ref().filter(|_| !self.is_empty) else { return Ok(()) };
        let Some(value) = object.field(path).map(|value| value.to_value()) else { return Ok(()) };
        match self.batch.view(self.family, owner)?.find_unique(&value)? {
            Some(by) => Err(taken(self.declaration, &value, by)),
            None => Ok(()),
        }
    }
}
