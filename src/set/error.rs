//! What can go wrong in a set.

use std::io;

use crate::{
    codec::CodecError,
    index::IndexError,
    object::{FamilyId, ObjectError, Offset},
    storage::{Doubt, StorageError},
};

use super::{Cancelled, Conflict, IndexDeclaration, SetDeclaration, Step};

/// A failed set operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// An object that the set cannot take.
    #[error("set '{set}', object {object}: field '{field}': {value}: expected {expected}")]
    Value {
        /// The set.
        set: Box<str>,
        /// Which object: its place in the batch, counted from 0, or its unique key, or its offset.
        object: Box<str>,
        /// The field.
        field: Box<str>,
        /// The value, shortened.
        value: Box<str>,
        /// What would have been right.
        expected: Box<str>,
    },
    /// Bytes that are no object, or a Rust value that cannot be written as one or read from one.
    #[error("set '{set}', object {object}: {source}")]
    Object {
        /// The set.
        set: Box<str>,
        /// Which object, as in [`SetError::Value`].
        object: Box<str>,
        /// The reason.
        source: Box<ObjectError>,
    },
    /// An index is damaged, or was declared wrongly.
    #[error("set '{set}', index on '{field}': {source}")]
    Index {
        /// The set.
        set: Box<str>,
        /// The indexed fields.
        field: Box<str>,
        /// The reason.
        source: Box<IndexError>,
    },
    /// Another object has this unique key.
    #[error("set '{set}': {key} = {value} is taken by the object at offset {by}")]
    UniqueViolation {
        /// The set.
        set: Box<str>,
        /// The key field.
        key: Box<str>,
        /// The value.
        value: Box<str>,
        /// Who has it.
        by: Offset,
    },
    /// Another transaction was faster; try again on a newer snapshot.
    #[error("conflict: {0}")]
    Conflict(Conflict),
    /// The outcome of a commit cannot be known; never reported as failure.
    #[error(transparent)]
    Unknown(Doubt),
    /// Whoever watched the work ended it; nothing of it is left.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// No object at this offset in the set.
    #[error("set '{set}' has no object at offset {offset}")]
    NotFound {
        /// The set.
        set: String,
        /// The offset.
        offset: Offset,
    },
    /// No set of this name.
    #[error("there is no set '{0}'")]
    NoSuchSet(String),
    /// No family of this number.
    #[error("there is no family {0}")]
    NoSuchFamily(FamilyId),
    /// The set has no nested sets at this field.
    #[error("set '{set}' declares no nested sets at '{field}'; declared are: {declared}")]
    NoSuchField {
        /// The set.
        set: String,
        /// The field.
        field: String,
        /// The fields that have some.
        declared: String,
    },
    /// A declaration that does not fit, by itself or to what is stored.
    #[error("set '{set}': {what}: expected {expected}")]
    Declaration {
        /// The set.
        set: String,
        /// What was declared.
        what: String,
        /// What would have been right.
        expected: String,
    },
    /// A write that the handle cannot do: a nested family taken as a whole has no owner to insert for.
    #[error("set '{set}': {why}")]
    Unsupported {
        /// The set.
        set: String,
        /// The reason.
        why: String,
    },
    /// Bytes of a segment, an object or a declaration that are not what was written.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database around the set refused.
    #[error("{0}")]
    Refused(String),
}

/// An object that was read through a reference.
impl From<ObjectError> for SetError {
    fn from(source: ObjectError) -> Self {
        Self::Object { set: "?".into(), object: "referred to".into(), source: source.into() }
    }
}

impl SetError {
    /// Whether this is about one object that may not be stored, and no fault of the set's.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Value { .. } | Self::Object { .. } | Self::UniqueViolation { .. })
    }

    /// An index's error, with the set and the fields.
    pub(crate) fn index(declaration: &SetDeclaration, index: &IndexDeclaration, source: IndexError) -> Self {
        let set = declaration.name.as_str().into();
        if matches!(source, IndexError::Cancelled) {
            return Cancelled { set, step: Step::BuildIndexes }.into();
        }
        let fields: Vec<_> = index.fields.iter().map(ToString::to_string).collect();
        Self::Index { set, field: fields.join(", ").into(), source: source.into() }
    }

    /// An object that does not fit.
    pub(super) fn value(
        declaration: &SetDeclaration,
        object: impl Into<Box<str>>,
        field: impl ToString,
        value: impl Into<Box<str>>,
        expected: impl Into<Box<str>>,
    ) -> Self {
        Self::Value {
            set: declaration.name.as_str().into(),
            object: object.into(),
            field: field.to_string().into(),
            value: value.into(),
            expected: expected.into(),
        }
    }

    /// An object that cannot be written or read.
    pub(crate) fn object(declaration: &SetDeclaration, object: impl ToString, source: ObjectError) -> Self {
        Self::Object { set: declaration.name.as_str().into(), object: object.to_string().into(), source: source.into() }
    }

    /// The same error, with another name for the object.
    pub(super) fn naming(self, name: impl FnOnce() -> String) -> Self {
        match self {
            Self::Value { set, field, value, expected, .. } => {
                Self::Value { set, object: name().into(), field, value, expected }
            }
            other => other,
        }
    }

    /// Writing into memory failed.
    pub(super) fn memory(source: io::Error) -> Self {
        Self::Storage(StorageError::Io { what: "building a segment in memory".to_owned(), source })
    }
}
