//! Where does an object stand in its family?

use crate::object::Offset;

use super::StoredObject;

/// (owner, offset), the order of a family; the owner is 0 in a top-level set.
pub(super) type Place = (Offset, Offset);

/// Where an object stands.
pub(super) fn place_of(object: &StoredObject) -> Place {
    (object.owner().unwrap_or(Offset(0)), object.offset())
}
