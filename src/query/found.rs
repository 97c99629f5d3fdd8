//! An object on its way through a plan: known by where it is, not yet read.

use std::{cmp::Ordering, sync::Arc};

use crate::{
    index::Slot,
    object::Offset,
    query::{Sides, SourceFields},
};

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
    /// Given by a source without a view, or made by a node.
    Given(SourceFields<'e>),
    /// Several beside each other.
    Joined(Arc<Tuple<'e>>),
}

/// Objects of several sources that belong together.
#[derive(Clone)]
pub struct Tuple<'e> {
    /// What they are called, and where they are from.
    pub sides: Sides,
    /// One for each side; `None` where there is none that belongs to the others.
    pub objects: Box<[Option<Found<'e>>]>,
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
            Element::Joined(tuple) => Element::Joined(Arc::new(Arc::unwrap_or_clone(tuple).into_owned())),
        };
        Found { key: self.key, distance: self.distance, element }
    }
}

impl Tuple<'_> {
    /// The same without borrowing from the sources.
    fn into_owned(self) -> Tuple<'static> {
        let objects = self.objects.into_iter().map(|object| object.map(Found::into_owned)).collect();
        Tuple { sides: self.sides, objects }
    }
}
