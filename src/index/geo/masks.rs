//! Accept sets in leaf order, kept while the same filter is asked again.
//!
//! Sets come from other indexes' parts, which give the same memory for the same question as long as they are open, or from a caller who
//! asks more than once with one set. So a set is known again by its memory alone, in constant time; the set that is kept holds that memory.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use crate::index::{IndexError, SlotSet};

use super::{filter::Mask, tree::Tree};

/// So many sets are kept.
const KEPT: usize = 16;

/// The sets that were asked for last, the latest first.
#[derive(Debug, Default)]
pub(super) struct Masks {
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    accept: SlotSet,
    mask: Option<Arc<Mask>>,
}

/// What is known of a set.
#[derive(Debug)]
pub(super) enum Known {
    /// It comes for the first time.
    New,
    /// It has come before: what is made for it will probably be used again.
    Seen,
    /// Its mask is made.
    Made(Arc<Mask>),
}

impl Masks {
    /// What is known of a set, which is remembered.
    pub(super) fn of(&self, accept: &SlotSet) -> Known {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = kept.iter().position(|kept| kept.accept.is_clone_of(accept)) else {
            kept.truncate(KEPT - 1);
            kept.push_front(Kept { accept: accept.clone(), mask: None });
            return Known::New;
        };
        if at > 0
            && let Some(found) = kept.remove(at)
        {
            kept.push_front(found);
        }
        match kept.front().and_then(|kept| kept.mask.clone()) {
            Some(mask) => Known::Made(mask),
            None => Known::Seen,
        }
    }

    /// Makes the mask of a set and keeps it.
    pub(super) fn make(&self, tree: &Tree, accept: &SlotSet) -> Result<Arc<Mask>, IndexError> {
        let mask = Arc::new(Mask::new(tree, accept)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.iter_mut().find(|kept| kept.accept.is_clone_of(accept)) {
            kept.mask = Some(mask.clone());
        }
        Ok(mask)
    }
}
