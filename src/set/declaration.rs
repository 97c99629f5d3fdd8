//! The declared shape of a family: its name, its unique key and its indexes.

use crate::{
    index::Options,
    object::{FamilyId, FieldPath},
};

/// The number of an index inside its family; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub u32);

/// A declared index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDeclaration {
    /// Its number.
    pub id: IndexId,
    /// The kind's name in the registry.
    pub kind: String,
    /// The fields it covers: one, or one a dimension.
    pub fields: Vec<FieldPath>,
    /// The kind's options.
    pub options: Options,
}

/// A declared family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDeclaration {
    /// `customers`, or `customers.invoices` for a nested family.
    pub name: String,
    /// The family that owns the nested sets, and the field they stand in.
    pub parent: Option<(FamilyId, FieldPath)>,
    /// The unique key.
    pub unique: Option<FieldPath>,
    /// The indexes, in id order.
    pub indexes: Vec<IndexDeclaration>,
}

impl SetDeclaration {
    /// The bytes that the log and checkpoints hold.
    #[must_use]
    pub fn encode(&self) -> bytes::Bytes {
        unimplemented!()
    }

    /// The unique key that an object takes, as in [`super::Staged::Put`]: the canonical bytes, led by the owner in a nested family.
    /// `None` without a declared key and for null and missing.
    pub fn unique_key(
        &self,
        _owner: Option<crate::object::Offset>,
        _object: &[u8],
    ) -> Result<Option<Box<[u8]>>, super::SetError> {
        unimplemented!()
    }

    /// Reads [`SetDeclaration::encode`]d bytes; fields of newer versions are skipped.
    pub fn decode(_bytes: &[u8]) -> Result<Self, super::SetError> {
        unimplemented!()
    }
}
