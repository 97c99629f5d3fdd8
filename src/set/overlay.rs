//! A transaction's own writes to one family, on top of what its snapshot sees.

use std::collections::{BTreeMap, HashMap};

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
        /// The unique key it takes with this version, as [`super::SetDeclaration::unique_key`] gives it.
        key: Option<Box<[u8]>>,
    },
    /// Its end; it existed in the snapshot.
    Delete,
}

/// The staged writes of one family, by offset.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    staged: BTreeMap<Offset, Staged>,
    /// Who holds a key among the staged puts.
    keys: HashMap<Box<[u8]>, Offset>,
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

    /// The staged object with a unique key.
    #[must_use]
    pub fn find_key(&self, key: &[u8]) -> Option<(Offset, &Bytes)> {
        let offset = *self.keys.get(key)?;
        match self.staged.get(&offset)? {
            Staged::Put { object, .. } => Some((offset, object)),
            Staged::Delete => None,
        }
    }

    /// The objects whose committed versions are hidden by what is staged.
    pub(super) fn hiding(&self) -> impl Iterator<Item = Offset> {
        self.iter().filter(|(_, staged)| !matches!(staged, Staged::Put { new: true, .. })).map(|(offset, _)| offset)
    }

    /// Stages a write over what was staged for the object before.
    pub(super) fn stage(&mut self, offset: Offset, staged: Staged) {
        self.release_key(offset);
        if let Staged::Put { key: Some(key), .. } = &staged {
            self.keys.insert(key.clone(), offset);
        }
        self.staged.insert(offset, staged);
    }

    /// Forgets an object that did not exist before the transaction.
    pub(super) fn forget(&mut self, offset: Offset) {
        self.release_key(offset);
        self.staged.remove(&offset);
    }

    fn release_key(&mut self, offset: Offset) {
        if let Some(Staged::Put { key: Some(key), .. }) = self.staged.get(&offset)
            && self.keys.get(key) == Some(&offset)
        {
            self.keys.remove(key);
        }
    }
}
