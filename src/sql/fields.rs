//! Does the set have such fields at all?
//!
//! Sets have no schema, so a misspelled field is missing everywhere and its query silently finds nothing. A statement over a set is refused when it names a
//! field that no index covers and that none of the set's first objects has.

use std::collections::BTreeSet;

use crate::{
    expr::Expr,
    object::FieldPath,
    query::{Item, OrderKey, Scalar},
    set::SetView,
};

use super::SqlError;

/// So many objects are looked at before a field counts as unknown; in larger sets it may still be in a later one.
const LOOKED_AT: usize = 10_000;

/// The names of top-level fields that a statement reads.
#[derive(Debug, Default)]
pub(super) struct NamedFields(BTreeSet<FieldPath>);

impl NamedFields {
    pub fn of(filter: Option<&Expr>, items: &[Item], order: &[OrderKey]) -> Self {
        let mut named = Self::default();
        if let Some(filter) = filter {
            filter.for_each_leaf(&mut |predicate| predicate.paths.iter().for_each(|path| named.add(path)));
        }
        for item in items {
            if let Item::Named { scalar, .. } = item {
                named.add_scalar(scalar);
            }
        }
        order.iter().for_each(|key| named.add_scalar(&key.scalar));
        named
    }

    fn add(&mut self, path: &FieldPath) {
        if path.standing().is_some() {
            return;
        }
        self.0.extend(path.names().first().map(|name| FieldPath::of(&[name])));
    }

    fn add_scalar(&mut self, scalar: &Scalar) {
        match scalar {
            Scalar::Field(path)
            | Scalar::Longitude(path)
            | Scalar::Latitude(path)
            | Scalar::Wkt(path)
            | Scalar::GeoJson(path) => self.add(path),
            Scalar::Distance(target) => target.paths().iter().for_each(|path| self.add(path)),
            _ => {}
        }
    }

    /// Refuses a field that the set seems not to have. Every field is fine in an empty set.
    pub fn check(&self, view: &SetView) -> Result<(), SqlError> {
        let declaration = view.declaration();
        let indexed = declaration.indexes.iter().flat_map(|index| &index.fields).chain(&declaration.unique);
        let known: BTreeSet<&str> = indexed.filter_map(|path| path.names().first()).map(|name| &**name).collect();
        let mut sought: Vec<&FieldPath> = self.0.iter().filter(|path| !known.contains(&*path.names()[0])).collect();
        if sought.is_empty() {
            return Ok(());
        }
        let mut looked_at = 0;
        view.read_while(|object| {
            sought.retain(|path| object.field(path).is_none());
            looked_at += 1;
            !sought.is_empty() && looked_at < LOOKED_AT
        })?;
        match sought.first() {
            Some(field) if (1..LOOKED_AT).contains(&looked_at) => {
                Err(SqlError::UnknownField { field: field.to_string(), set: declaration.name.clone() })
            }
            _ => Ok(()),
        }
    }
}
