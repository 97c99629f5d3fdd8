//! The state of all families at once, which a snapshot pins.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    codec::sync::atomic::{AtomicU64, Ordering},
    index::Registry,
    object::{FamilyId, Sequence},
};

use super::{SetError, state::FamilyState};

/// All families, up to a sequence that moves on while commits append in place. A change of structure makes a new world; the old one
/// stays at its last sequence for the snapshots that hold it.
pub(super) struct World {
    pub families: BTreeMap<FamilyId, Arc<FamilyState>>,
    pub registry: Arc<Registry>,
    published: AtomicU64,
}

impl World {
    pub fn new(families: BTreeMap<FamilyId, Arc<FamilyState>>, registry: Arc<Registry>, published: Sequence) -> Self {
        Self { families, registry, published: AtomicU64::new(published.0) }
    }

    /// The newest sequence that a snapshot may see.
    pub fn published(&self) -> Sequence {
        Sequence(self.published.load(Ordering::Acquire))
    }

    /// Makes a sequence visible. All that it did in place must be done.
    pub fn publish(&self, sequence: Sequence) {
        self.published.store(sequence.0, Ordering::Release);
    }

    /// The next world: some families with another structure.
    pub fn with(&self, changed: BTreeMap<FamilyId, FamilyState>, published: Sequence) -> Self {
        let mut families = self.families.clone();
        families.extend(changed.into_iter().map(|(family, state)| (family, Arc::new(state))));
        Self::new(families, self.registry.clone(), published)
    }

    pub fn family(&self, family: FamilyId) -> Result<&Arc<FamilyState>, SetError> {
        self.families.get(&family).ok_or(SetError::NoSuchFamily(family))
    }
}
