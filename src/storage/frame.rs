//! What a frame says: whole transactions, each a list of operations.

use bytes::Bytes;

use crate::object::{FamilyId, Offset, Sequence};

use super::{SegmentEntry, SegmentId};

/// A range of offsets that belongs to one writer from this frame on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The first offset.
    pub first: u64,
    /// How many.
    pub count: u64,
}

impl Lease {
    /// The first offset after it; the greatest offset for a lease that leads past it, which no sound frame has.
    #[must_use]
    pub fn end(self) -> u64 {
        self.first.saturating_add(self.count)
    }
}

/// A frame that is not yet in the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameDraft {
    /// Offsets that the frame leases to its writer.
    pub lease: Option<Lease>,
    /// The transactions, in commit order.
    pub transactions: Vec<Vec<Operation>>,
}

/// A durable frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its number.
    pub sequence: Sequence,
    /// Offsets that it leased.
    pub lease: Option<Lease>,
    /// The transactions, in commit order.
    pub transactions: Vec<Vec<Operation>>,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// A new version of an object.
    Put {
        /// The family it belongs to.
        family: FamilyId,
        /// Its address.
        offset: Offset,
        /// The owner, in a nested family.
        owner: Option<Offset>,
        /// MessagePack bytes, vectors inline.
        object: Bytes,
    },
    /// The end of an object.
    Delete {
        /// The family it belonged to.
        family: FamilyId,
        /// Its address.
        offset: Offset,
    },
    /// A family was declared, or declared anew with other indexes. The bytes are the set layer's.
    Declare {
        /// The family.
        family: FamilyId,
        /// The encoded declaration.
        declaration: Bytes,
    },
    /// Segments were published. An added entry whose id is live replaces that entry's parts.
    Segments {
        /// New segments, or known ones with other parts. After an operation that neither adds nor removes any, those of a bulk load.
        added: Vec<SegmentEntry>,
        /// Segments whose live objects are now elsewhere.
        removed: Vec<SegmentId>,
    },
}

impl Operation {
    /// What stands before the segments of a bulk load in its transaction: they hold objects that no other frame has. Segments without it
    /// hold what was in the log or in other segments before.
    #[must_use]
    pub fn load_mark() -> Self {
        Self::Segments { added: Vec::new(), removed: Vec::new() }
    }

    /// Whether this is [`Operation::load_mark`].
    #[must_use]
    pub fn marks_load(&self) -> bool {
        matches!(self, Self::Segments { added, removed } if added.is_empty() && removed.is_empty())
    }

    /// About how many bytes it takes in a frame.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Put { object, .. } => object.len() as u64 + 32,
            Self::Declare { declaration, .. } => declaration.len() as u64 + 32,
            Self::Delete { .. } | Self::Segments { .. } => 32,
        }
    }
}
