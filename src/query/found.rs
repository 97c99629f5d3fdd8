//! An object on its way through a plan: known by where it is, not yet read.

use std::cmp::Ordering;

use crate::{index::Slot, object::Offset, query::SourceFields};

/// One object that a node let through.
#[derive(Clone)]
pub struct Found<'e> {
    /// Its place in the source's order: the owner in a whole nested family (0 elsewhere), then the offset.
    pub key: (u64, u64),
    /// Its distance, below and after a nearest search.
    pub distance: Option<f64>,
    /// Where it is.
    pub element: Element<'e>,
}

/// Where an object is.
#[derive(Clone)]
pub enum Element<'e> {
    /// In a slot of a segment.
    Slot {
        /// The segment's place in the view.
        segment: usize,
        /// The slot.
        slot: Slot,
    },
    /// Among the view's loose objects.
    Loose(u32),
    /// Given by a source without a view.
    Given(SourceFields<'e>),
}

/// Nearest first, ties and what has no distance in the source's order.
pub fn in_order(one: &Found<'_>, other: &Found<'_>) -> Ordering {
    let near = match (one.distance, other.distance) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => Ordering::Equal,
    };
    near.then(one.key.cmp(&other.key))
}

impl Found<'_> {
    /// Its address.
    pub fn offset(&self) -> Offset {
        Offset(self.key.1)
    }

    /// The same without borrowing from the source.
    pub fn into_owned(self) -> Found<'static> {
        let element = match self.element {
            Element::Slot { segment, slot } => Element::Slot { segment, slot },
            Element::Loose(at) => Element::Loose(at),
            Element::Given(fields) => Element::Given(fields.into_owned()),
        };
        Found { key: self.key, distance: self.distance, element }
    }
}
