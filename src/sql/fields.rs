//! Does the set have such fields at all?
//!
//! Sets have no schema, so a misspelled field is missing everywhere and its query silently finds nothing. A statement over a set is refused when it names a
//! field that no index covers and that no object has. Most often the first objects have all that are named, and nothing more is looked at; a name that
//! none of them has is looked for in each segment's names, which are found out once, and a path below such a name in the objects.

use std::collections::BTreeSet;

use crate::{
    expr::Expr,
    object::FieldPath,
    query::{Item, OrderKey},
    set::SetView,
};

use super::SqlError;

/// So many objects are looked at one by one before the segments' names are asked for.
const LOOKED_AT: usize = 1_000;

/// The fields that a statement reads.
#[derive(Debug, Default)]
pub(super) struct NamedFields(BTreeSet<FieldPath>);

impl NamedFields {
    pub fn of(filter: Option<&Expr>, items: &[Item], order: &[OrderKey]) -> Self {
        let mut named = Self::default();
        if let Some(filter) = filter {
            filter.paths().into_iter().for_each(|path| named.add(path));
        }
        for item in items {
            if let Item::Named { scalar, .. } = item {
                scalar.paths().iter().for_each(|path| named.add(path));
            }
        }
        order.iter().flat_map(|key| key.scalar.paths()).for_each(|path| named.add(path));
        named
    }

    fn add(&mut self, path: &FieldPath) {
        if path.standing().is_none() {
            self.0.insert(path.clone());
        }
    }

    /// Refuses a field that no object of the set has. Every field is fine in an empty set.
    pub fn check(&self, view: &SetView) -> Result<(), SqlError> {
        let declaration = view.declaration();
        let indexed = declaration.indexes.iter().flat_map(|index| &index.fields).chain(&declaration.unique);
        let known: Vec<&FieldPath> = indexed.collect();
        let is_known = |path: &FieldPath| known.iter().any(|known| known.names().starts_with(path.names()));
        let mut sought: Vec<&FieldPath> = self.0.iter().filter(|path| !is_known(path)).collect();
        if sought.is_empty() {
            return Ok(());
        }
        let mut looked_at = 0;
        view.read_while(|object| {
            sought.retain(|path| object.field(path).is_none());
            looked_at += 1;
            !sought.is_empty() && looked_at < LOOKED_AT
        })?;
        if looked_at == 0 {
            return Ok(());
        }
        for field in sought {
            if looked_at < LOOKED_AT || !view.has_field(field) {
                return Err(SqlError::UnknownField { field: field.to_string(), set: declaration.name.clone() });
            }
        }
        Ok(())
    }
}
