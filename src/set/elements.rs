//! Vectors become what the set stores, before they are written.

use std::borrow::Cow;

use crate::object::{FieldPath, ObjectError, PackedObject, ValueRef, VectorBuf, VectorType, replace_vector};

use super::{SetDeclaration, SetError};

/// An object's bytes with each vector in the element type of its field's column (see [`super::segment::vector_columns`] and
/// [`VectorBuf::to_element`]), so that what is stored is what every distance is measured to. A component that the type does not hold is
/// refused; a vector of another dimension is left for validation to refuse. `name` says which object it is.
pub(super) fn in_declared_elements<'o>(
    declaration: &SetDeclaration,
    columns: &[(FieldPath, VectorType)],
    object: &'o [u8],
    name: &dyn Fn() -> String,
) -> Result<Cow<'o, [u8]>, SetError> {
    let mut converted = Cow::Borrowed(object);
    for (path, of) in columns {
        let Some(ValueRef::Vector(vector)) = PackedObject::new(&converted).get(path) else { continue };
        if vector.element() == of.element || vector.len() != of.dimension {
            continue;
        }
        let refused = |error| match error {
            ObjectError::NotElement { component, value, element, expected, .. } => SetError::value(
                declaration,
                name(),
                path,
                format!("component {component} is {value}"),
                format!("{expected}, as the field is declared for elements of {element}"),
            ),
            other => SetError::object(declaration, name(), other),
        };
        let fitting = VectorBuf::from(vector).to_element(of.element).map_err(refused)?;
        converted = Cow::Owned(replace_vector(&converted, path, fitting.as_ref()).map_err(refused)?);
    }
    Ok(converted)
}
