//! What can go wrong in a set.

use crate::{index::IndexError, object::Offset, storage::StorageError};

/// A failed set operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// An index refused a value or is damaged.
    #[error("set '{set}': {source}")]
    Index {
        /// The set.
        set: String,
        /// The reason.
        source: IndexError,
    },
    /// Another object has this unique key.
    #[error("set '{set}': {key} = {value} is taken by the object at offset {by}")]
    UniqueViolation {
        /// The set.
        set: String,
        /// The key field.
        key: String,
        /// The value.
        value: String,
        /// Who has it.
        by: Offset,
    },
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
