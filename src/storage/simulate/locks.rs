//! Who holds which lock?

use std::collections::BTreeMap;

use crate::storage::files::Sharing;

/// The locks that open handles hold. They end with the power.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks {
    /// How many share each lock; `None` when it is exclusive.
    held: BTreeMap<String, Option<usize>>,
}

impl Locks {
    /// Takes a lock, or returns false.
    pub(super) fn take(&mut self, name: &str, sharing: Sharing) -> bool {
        match (self.held.get_mut(name), sharing) {
            (None, Sharing::Exclusive) => self.held.insert(name.to_owned(), None).is_none(),
            (None, Sharing::Shared) => self.held.insert(name.to_owned(), Some(1)).is_none(),
            (Some(Some(sharers)), Sharing::Shared) => {
                *sharers += 1;
                true
            }
            _ => false,
        }
    }

    pub(super) fn release(&mut self, name: &str) {
        match self.held.get_mut(name) {
            Some(Some(sharers)) if *sharers > 1 => *sharers -= 1,
            _ => drop(self.held.remove(name)),
        }
    }
}
