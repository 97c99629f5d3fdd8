//! May this object be stored in this set?

use crate::{
    index::{IndexError, Registry},
    object::{FieldPath, Fields, ValueRef},
};

use super::{SetDeclaration, SetError};

/// Refuses an object that an index of the set cannot take: wrong dimension, NaN, a place off the globe; or that has data of its own where one
/// of the `nested` fields stands. `name` says which object it is. Indexes of kinds that this binary lacks refuse nothing.
pub(super) fn validate(
    declaration: &SetDeclaration,
    nested: &[FieldPath],
    registry: &Registry,
    object: &dyn Fields,
    name: &dyn Fn() -> String,
) -> Result<(), SetError> {
    for index in &declaration.indexes {
        let Some(kind) = registry.find(&index.kind) else { continue };
        let values: Vec<_> = index.fields.iter().map(|path| object.field(path)).collect();
        kind.check_values(&index.fields, &index.options, &values).map_err(|error| match error {
            IndexError::Value { field, value, expected } => {
                SetError::value(declaration, name(), field, value, expected)
            }
            source => SetError::index(declaration, index, source),
        })?;
    }
    nested.iter().try_for_each(|path| validate_nested(declaration, path, object.field(path), name))
}

/// What is stored in an owner's bytes would never be a member of the nested set, and nobody would be told.
fn validate_nested(
    declaration: &SetDeclaration,
    path: &FieldPath,
    value: Option<ValueRef<'_>>,
    name: &dyn Fn() -> String,
) -> Result<(), SetError> {
    match value {
        None | Some(ValueRef::Null | ValueRef::Nested) => Ok(()),
        Some(other) => {
            let shown: String = other.to_value().to_string().chars().take(60).collect();
            let expected = format!(
                "the mark of a nested set, null or nothing, as a set is declared there; insert its objects into \
                 `nested(owner, \"{path}\")`"
            );
            Err(SetError::value(declaration, name(), path, shown, expected))
        }
    }
}
