//! What stood in a transaction's way?

use crate::object::{FamilyId, Offset, Sequence};

/// Why a transaction must be tried again, on a newer snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// Another transaction wrote the same object.
    #[error("the object at offset {0} was written by another transaction")]
    Object(Offset),
    /// Another transaction deleted an object that owns a nested set written here, or the other way round.
    #[error("the nested sets of the object at offset {0} were written while it was deleted")]
    Owner(Offset),
    /// Another transaction took the same unique key.
    #[error("a unique key of family {0} was taken by another transaction")]
    Key(FamilyId),
    /// The declaration of a written set changed, or a set was written while it was declared anew.
    #[error("family {0} was declared anew while it was written")]
    Declaration(FamilyId),
    /// A segment that was to be replaced is gone already.
    #[error("a segment of family {0} was replaced by another process")]
    Segment(FamilyId),
    /// Another transaction wrote into what a serializable transaction has read.
    #[error("what was read of family {0} was written by another transaction")]
    Read(FamilyId),
    /// What was committed since the transaction's snapshot is not known any more.
    #[error("the transaction's snapshot at sequence {0} is too old to be validated")]
    Forgotten(Sequence),
    /// Others were faster each time.
    #[error("others were faster {0} times; make the transaction shorter, or try again when there is less to do")]
    Tries(u32),
}
