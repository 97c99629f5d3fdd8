//! What can go wrong between the database and its storage.

use crate::{codec::CodecError, object::Sequence};

/// A failed storage call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The operating system refused; `what` says what was tried, with the path.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The reason.
        source: std::io::Error,
    },
    /// Damaged or newer bytes.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The log before `oldest` has been trimmed.
    #[error("the log starts at sequence {oldest}; what was before it has been trimmed")]
    Trimmed {
        /// The oldest sequence that can still be read after.
        oldest: Sequence,
    },
    /// A directory that is no database.
    #[error("{path} is no protobase database: {why}")]
    NoDatabase {
        /// The path given.
        path: String,
        /// What is missing or strange.
        why: String,
    },
    /// Opened for reading only, or locked by an incompatible writer.
    #[error("{0}")]
    Refused(String),
    /// A sync failed earlier: nothing is written until the store is reopened.
    #[error("a sync failed earlier ({0}); reopen the database to go on")]
    Poisoned(String),
}

impl StorageError {
    /// The operating system refused; `what` says what was tried.
    pub(super) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    /// Whether a file was not there: for a blob of an adopted checkpoint, the sign that a newer checkpoint exists.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    }
}

/// A failed append.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Somebody else appended first: read, validate again, retry.
    #[error("the log moved to sequence {head}")]
    Conflict {
        /// Where it is now.
        head: Sequence,
    },
    /// The outcome cannot be known; never reported as failure.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(String),
    /// Nothing was written.
    #[error(transparent)]
    Failed(#[from] StorageError),
}
