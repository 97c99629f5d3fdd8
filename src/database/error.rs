//! The crate's error: what any call on a database can fail with.

use std::{error, sync::Arc, time::Duration};

use crate::{
    object::{ObjectError, Sequence},
    query::QueryError,
    set::{Cancelled, Conflict, SetError, Snapshot},
    storage::{Doubt, StorageError},
};

/// What went wrong, with the thing named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another transaction stood in the way: the same transaction, tried again on a newer snapshot, can succeed.
    #[error("conflict: {0}")]
    Conflict(Conflict),
    /// The commit may be durable or not, and nothing tells which. Open the database anew and look before trying again.
    #[error(transparent)]
    Unknown(Doubt),
    /// The transaction was open for so long that what was committed since its snapshot has been forgotten.
    #[error(
        "the transaction's snapshot at sequence {snapshot} is too old to be committed (what is committed is remembered for {limit:?} at least); begin a new transaction"
    )]
    SnapshotTooOld {
        /// What the transaction read.
        snapshot: Sequence,
        /// How long a transaction may stay open while others commit ([`super::DatabaseOptions::oldest_transaction`]).
        limit: Duration,
    },
    /// A state, or commits, from before what the store still holds.
    #[error("what was committed up to sequence {sequence} is no longer held; the oldest that is, is {oldest}")]
    Trimmed {
        /// What was asked for.
        sequence: Sequence,
        /// The oldest that can be asked for.
        oldest: Sequence,
    },
    /// A state that does not exist yet.
    #[error("sequence {sequence} is not committed yet; the newest is {newest}")]
    NotCommitted {
        /// What was asked for.
        sequence: Sequence,
        /// The newest commit.
        newest: Sequence,
    },
    /// No set of this name is declared.
    #[error("there is no set '{name}'; the sets are: {known}")]
    UnknownSet {
        /// The name asked for.
        name: String,
        /// The declared names.
        known: String,
    },
    /// The database was opened for reading only.
    #[error("the database was opened for reading only")]
    ReadOnly,
    /// Another process is maintaining the same database.
    #[error("another process is maintaining the database; try again when it is done")]
    Maintained,
    /// Whoever watched the work ended it; nothing of it is left.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The transactions that were to be written together could not be; nothing of them was.
    #[error("the commit failed: {0}")]
    Commit(Arc<Error>),
    /// The check found a fault.
    #[error("fault in {place}: {what}")]
    Fault {
        /// The set, and the segment, index or object in it.
        place: String,
        /// What does not hold.
        what: String,
        /// Whether it is in what is made of the objects, so that it is built anew, and nothing is lost.
        rebuilt: bool,
    },
    /// A set operation failed.
    #[error(transparent)]
    Set(SetError),
    /// A query failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// An object has not the shape asked for.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A layer above the database failed: SQL text, an import.
    #[error(transparent)]
    Above(Box<dyn error::Error + Send + Sync>),
}

impl Error {
    /// The error of a layer above the database, or of the program itself: what ends a [`super::Database::write`] early.
    pub fn above(error: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self::Above(error.into())
    }

    /// No set of this name in a snapshot.
    pub(super) fn unknown_set(snapshot: &Snapshot, name: &str) -> Self {
        let known: Vec<&str> = snapshot.families().map(|(_, declaration)| declaration.name.as_str()).collect();
        Self::UnknownSet { name: name.to_owned(), known: known.join(", ") }
    }

    /// Whether the same transaction, tried again from a new snapshot, can succeed.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}

impl From<Conflict> for Error {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Forgotten(snapshot) => Self::SnapshotTooOld { snapshot, limit: Duration::ZERO },
            conflict => Self::Conflict(conflict),
        }
    }
}

impl From<SetError> for Error {
    fn from(error: SetError) -> Self {
        match error {
            SetError::Conflict(why) => Self::Conflict(why),
            SetError::Unknown(why) => Self::Unknown(why),
            SetError::Storage(error) => Self::Storage(error),
            SetError::Cancelled(what) => Self::Cancelled(what),
            error => Self::Set(error),
        }
    }
}

/// What a set's own calls report of the database around it.
impl From<Error> for SetError {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict(why) => Self::Conflict(why),
            Error::Unknown(why) => Self::Unknown(why),
            Error::Set(error) => error,
            Error::Storage(error) => Self::Storage(error),
            Error::Cancelled(what) => Self::Cancelled(what),
            error => Self::Refused(error.to_string()),
        }
    }
}
