//! A transaction's own writes to one family, on top of what its snapshot sees.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::object::Offset;

/// What a transaction wants of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Staged {
    /// A new version.
    Put {
        /// The owner, in a nested family.
        owner: Option<Offset>,
        /// MessagePack bytes, vectors inline.
        object: Bytes,
        /// Whether the object did not exist before this transaction: nobody else can know its offset.
        new: bool,
        /// The unique key it takes with this version, in the bytes of [`super::key_bytes`], led by the owner in a nested family.
        key: Option<Box<[u8]>>,
    },
    /// Its end; it existed in the snapshot.
    Delete,
}

/// The staged writes of one family, by offset.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    staged: BTreeMap<Offset, Staged>,
}

impl Overlay {
    /// All staged writes in offset order.
    pub fn iter(&self) -> impl Iterator<Item = (Offset, &Staged)> {
        self.staged.iter().map(|(offset, staged)| (*offset, staged))
    }

    /// What is staged for one object.
    #[must_use]
    pub fn get(&self, offset: Offset) -> Option<&Staged> {
        self.staged.get(&offset)
    }

    /// Whether nothing is staged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.staged.is_empty()
    }
}
