//! What can go wrong between the database and its storage.

use std::{io, sync::Arc};

use crate::{codec::CodecError, object::Sequence};

use super::Doubt;

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
        source: io::Error,
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
    /// A file that a database cannot be without.
    #[error("{file} is missing {beside}")]
    Missing {
        /// The file.
        file: String,
        /// What is there and shows that it was.
        beside: String,
    },
    /// Opened for reading only, or locked by an incompatible writer.
    #[error("{0}")]
    Refused(String),
    /// A sync failed: what the disk holds of what was written last is not known, so nothing more is written until the store is opened anew.
    #[error(
        "{under_way} failed{}; what the disk holds is not known, so nothing more is written: open the database anew to go on",
        because(source.as_deref())
    )]
    Poisoned {
        /// What was under way when the sync failed.
        under_way: String,
        /// Why it failed; not known of another process.
        source: Option<Arc<io::Error>>,
    },
}

impl StorageError {
    /// The operating system refused; `what` says what was tried.
    pub(super) fn io(what: impl Into<String>, source: io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    /// Whether a file was not there: for a blob of an adopted checkpoint, the sign that a newer checkpoint exists.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// A cause, where there is one to be told.
fn because(source: Option<&io::Error>) -> String {
    source.map_or_else(String::new, |source| format!(": {source}"))
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
    #[error(transparent)]
    Unknown(Doubt),
    /// Nothing was written.
    #[error(transparent)]
    Failed(#[from] StorageError),
}
