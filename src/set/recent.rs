//! Who asks again what is loose, while nothing has changed, is told what the one before was told.

use std::sync::{Arc, RwLock};

use crate::object::{Offset, Sequence};

use super::{LooseObjects, delta::Tail};

/// The loose objects of a whole family as they were collected last. Nobody waits here: who finds it taken collects for himself.
#[derive(Debug, Default)]
pub(super) struct Recent(RwLock<Option<Collected>>);

#[derive(Clone, Debug)]
struct Collected {
    at: Sequence,
    objects: Arc<LooseObjects>,
}

impl Recent {
    /// What a snapshot sees in the tails, all or one owner's. They are always the same tails.
    pub fn loose(&self, tails: &[Arc<Tail>], at: Sequence, owner: Option<Offset>) -> Arc<LooseObjects> {
        match (self.known(tails, at), owner) {
            (Some(all), None) => all,
            (Some(all), Some(owner)) => Arc::new(all.of_owner(owner)),
            // Others' objects are not worth sorting for one owner.
            (None, Some(owner)) => Arc::new(LooseObjects::of_tails(tails, at, Some(owner))),
            (None, None) => {
                let objects = Arc::new(LooseObjects::of_tails(tails, at, None));
                self.keep(Collected { at, objects: objects.clone() });
                objects
            }
        }
    }

    /// What was collected, if this snapshot sees the same: it is of the same sequence, or both are of later ones than any change.
    fn known(&self, tails: &[Arc<Tail>], at: Sequence) -> Option<Arc<LooseObjects>> {
        let collected = self.0.try_read().ok()?.clone()?;
        let changed = || tails.iter().map(|tail| tail.changed()).max().unwrap_or(Sequence(0));
        (collected.at == at || collected.at.min(at) >= changed()).then_some(collected.objects)
    }

    /// Remembers what is newer than what is known.
    fn keep(&self, collected: Collected) {
        if let Ok(mut known) = self.0.try_write()
            && known.as_ref().is_none_or(|known| known.at <= collected.at)
        {
            *known = Some(collected);
        }
    }
}

/// A state that is made from another has other tails, so it begins anew.
impl Clone for Recent {
    fn clone(&self) -> Self {
        Self::default()
    }
}
