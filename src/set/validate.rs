//! May this object be stored in this set?

use crate::{
    index::{IndexError, Registry},
    object::Fields,
};

use super::{SetDeclaration, SetError};

/// Refuses an object that an index of the set cannot take: wrong dimension, NaN, a place off the globe. `name` says which object it is. Indexes
/// of kinds that this binary lacks refuse nothing.
pub(super) fn validate(
    declaration: &SetDeclaration,
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
    Ok(())
}
