//! What stood in a transaction's way?

use crate::object::{Offset, Sequence};

/// Why a transaction must be tried again, on a newer snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// Another transaction wrote the same object.
    #[error("the object at offset {0} was written by another transaction")]
    Object(Offset),
    /// Another transaction deleted an object that owns a nested set written here, or the other way round.
    #[error("the nested sets of the object at offset {0} were written while it was deleted")]
    Owner(Offset),
    /// Another transaction took the same unique key.
    #[error("set '{set}': {key} = {value} was taken by another transaction")]
    Key {
        /// The set.
        set: Box<str>,
        /// The key field.
        key: Box<str>,
        /// The value.
        value: Box<str>,
    },
    /// Another process loaded very many objects into the set at once: which unique keys they took is not known here.
    #[error("set '{set}' was loaded by another process, perhaps with the same unique key")]
    Loaded {
        /// The set.
        set: Box<str>,
    },
    /// The declaration of a written set changed, or a set was written while it was declared anew.
    #[error("set '{set}' was declared anew while it was written")]
    Declaration {
        /// The set.
        set: Box<str>,
    },
    /// A segment that was to be replaced is gone already.
    #[error("a segment of set '{set}' was replaced by another process")]
    Segment {
        /// The set.
        set: Box<str>,
    },
    /// Another transaction wrote into what a serializable transaction has read.
    #[error("what was read of set '{set}' was written by another transaction")]
    Read {
        /// The set.
        set: Box<str>,
    },
    /// What was committed since the transaction's snapshot is not known any more.
    #[error("the transaction's snapshot at sequence {0} is too old to be validated")]
    Forgotten(Sequence),
    /// Others were faster each time.
    #[error("others were faster {0} times; make the transaction shorter, or try again when there is less to do")]
    Tries(u32),
}
