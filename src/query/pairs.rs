//! What a join found.

use super::{Hit, Hits};

/// Pairs of objects that belong together: in the order of the left ones, and of each one's partners the nearest first where there is a
/// distance, else in the order of the right ones. Objects are read when they are asked for.
#[derive(Clone, Debug)]
pub struct Pairs {
    /// The left objects that have partners, each once.
    lefts: Hits,
    /// All their partners, one after the other.
    rights: Hits,
    /// Where among those each left one's partners end.
    ends: Vec<usize>,
}

/// Two objects that belong together.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The left one.
    pub left: Hit,
    /// The right one; its distance is that between the two.
    pub right: Hit,
}

impl Pair {
    /// How far apart they are (smaller is nearer), for joins by distance: metres, for places.
    #[must_use]
    pub const fn distance(&self) -> Option<f64> {
        self.right.distance
    }
}

impl Pairs {
    pub(super) fn new(lefts: Hits, rights: Hits, ends: Vec<usize>) -> Self {
        Self { lefts, rights, ends }
    }

    /// The number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rights.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rights.is_empty()
    }

    /// All pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = Pair> + '_ {
        self.groups().flat_map(|(left, rights)| rights.map(move |right| Pair { left: left.clone(), right }))
    }

    /// The left objects that have partners, in order, each with those.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (Hit, impl ExactSizeIterator<Item = Hit> + '_)> + '_ {
        self.lefts.iter().enumerate().map(|(number, left)| {
            let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
            (left, self.rights.range(start..self.ends[number]))
        })
    }
}
