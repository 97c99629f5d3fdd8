//! The nearest so far.

use crate::query::{Cursor, Missing, Nearest};

use super::{
    Found, Stream,
    top::{Keyed, Nearness, Smallest},
};

/// The nearest so far that a search may find, and the first of those without a distance where they are wanted.
pub struct Best<'r> {
    k: usize,
    missing: Missing,
    within: f64,
    /// What comes at or before this is no hit.
    passed: Option<Nearness>,
    near: Smallest<Keyed<Nearness, Found<'r>>>,
    without: Smallest<Keyed<(u64, u64), Found<'r>>>,
}

impl<'r> Best<'r> {
    pub fn new(nearest: &Nearest) -> Self {
        let Nearest { k, missing, within, .. } = *nearest;
        let passed = nearest.after.as_ref().and_then(Cursor::nearness);
        let passed = passed.map(|(distance, key)| Nearness { distance, key });
        Self { k, missing, within, passed, near: Smallest::new(k), without: Smallest::new(k) }
    }

    /// Whether an object at a distance may be a hit, as far as the question says.
    pub fn takes(&self, near: Nearness) -> bool {
        near.distance <= self.within && self.passed.is_none_or(|passed| near > passed)
    }

    pub fn push(&mut self, distance: Option<f64>, mut found: Found<'r>) {
        let key = found.key;
        found.distance = distance;
        match distance {
            Some(distance) => {
                let near = Nearness { distance, key };
                if self.takes(near) {
                    self.near.push(Keyed(near, found));
                }
            }
            None if self.missing == Missing::Last => self.without.push(Keyed(key, found)),
            None => {}
        }
    }

    /// The distance that the next hit must not exceed.
    pub fn bound(&self) -> f64 {
        self.near.bound().map_or(self.within, |Keyed(near, _)| near.distance)
    }

    pub fn wants_missing(&self) -> bool {
        self.missing == Missing::Last && self.near.len() < self.k
    }

    /// The places of the hits that have a distance.
    pub fn keys(&self) -> impl Iterator<Item = (u64, u64)> {
        self.near.iter().map(|Keyed(near, _)| near.key)
    }

    /// The hits, nearest first.
    pub fn into_found(self) -> Vec<Found<'r>> {
        let k = self.k;
        let near = self.near.into_sorted().into_iter().map(|Keyed(_, found)| found);
        let without = self.without.into_sorted().into_iter().map(|Keyed(_, found)| found);
        near.chain(without).take(k).collect()
    }

    pub fn into_stream(self) -> Stream<'r> {
        Box::new(self.into_found().into_iter().map(Ok))
    }
}
