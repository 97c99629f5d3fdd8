//! Best-first search in one layer of a graph.
//!
//! The pool holds what was measured, nearest first. Its width is `width` nodes, but it grows until it also holds `wanted`
//! accepted ones: without a filter it is the classic beam of HNSW; with one it looks wide enough to fill the answer, near
//! the query as well as where hits are rare. The nearest unexpanded entries are expanded until none is left.

use crate::{index::Work, metric::prefetch};

use super::{
    codes::{CodeQuery, Codes},
    graph::{Graph, Layer},
    visited::Visited,
};

/// Places that are expanded at once. What they lead to is loaded together: a search mostly waits for memory, and one place at a time it
/// would wait for each. Two cost a percent more distances than one and save a tenth of the time; of four no more is saved.
const EXPANDED: usize = 2;

/// Distances after which a trial is decided: what expanding two or three places takes.
const TRIED: u64 = 64;
/// So many of the nearest then tell what it is like around the query.
const NEAR: usize = 16;

/// A measured place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Distance, then place, in one number that is compared at once: where an entry belongs in the pool can't be foretold, and each
    /// comparison that a processor guesses wrong costs as much as a kilobyte of product.
    key: u64,
    /// Whether it may be a hit.
    pub(super) accepted: bool,
    expanded: bool,
}

impl Found {
    fn new(distance: i32, place: u32) -> Self {
        let ascending = distance.cast_unsigned() ^ (1 << 31);
        Self { key: u64::from(ascending) << 32 | u64::from(place), accepted: false, expanded: false }
    }

    /// The distance in code units.
    #[inline(always)]
    pub(super) fn distance(&self) -> i32 {
        ((self.key >> 32) as u32 ^ (1 << 31)).cast_signed()
    }

    /// The place in the layer; in the base layer, the node.
    #[inline(always)]
    pub(super) fn place(&self) -> u32 {
        self.key as u32
    }
}

/// How wide a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Width {
    /// Nodes of any kind in the pool.
    pub(super) all: usize,
    /// Accepted nodes in the pool.
    pub(super) accepted: usize,
    /// Distances after which the search gives up.
    pub(super) budget: u64,
    /// Whether it also gives up when it finds itself among nodes that are mostly not accepted.
    pub(super) trial: bool,
}

/// The state of a search, reused from one to the next.
#[derive(Debug, Default)]
pub(super) struct Beam {
    pool: Vec<Found>,
    accepted: usize,
    /// No unexpanded entry lies before this one.
    cursor: usize,
    visited: Visited,
    /// Places to be measured next, their nodes, and how far these are.
    fresh: Vec<u32>,
    nodes: Vec<u32>,
    distances: Vec<i32>,
    /// Since [`Beam::take_work`].
    work: Work,
}

impl Beam {
    /// Descends from the top to layer `height` greedily; returns a place there to start from.
    pub(super) fn descend(&mut self, graph: &Graph<'_>, codes: &Codes<'_>, query: &CodeQuery, height: usize) -> u32 {
        let mut place = graph.entry;
        for above in (height + 1..=graph.height()).rev() {
            let layer = graph.layer(above);
            place = layer.below(self.walk(&layer, codes, query, place));
        }
        place
    }

    /// Goes to the nearest neighbour until none is nearer.
    fn walk(&mut self, layer: &Layer<'_>, codes: &Codes<'_>, query: &CodeQuery, from: u32) -> u32 {
        let mut best = (codes.distance(query, layer.node(from)), from);
        loop {
            let start = best.1;
            for place in layer.neighbours(start).filter(|place| (*place as usize) < layer.len()) {
                self.work.distances += 1;
                best = best.min((codes.distance(query, layer.node(place)), place));
            }
            if best.1 == start {
                return start;
            }
        }
    }

    /// Searches one layer from a few places. Afterwards [`Beam::pool`] has what was found. False when it gave up.
    pub(super) fn search(
        &mut self,
        layer: &Layer<'_>,
        codes: &Codes<'_>,
        query: &CodeQuery,
        starts: &[u32],
        width: Width,
        accept: impl Fn(u32) -> bool,
    ) -> bool {
        let (mut undecided, decided_at) = (width.trial, self.work.distances + TRIED);
        let go_on = |beam: &Self| {
            if undecided && beam.work.distances >= decided_at {
                undecided = false;
                if !beam.is_promising() {
                    return false;
                }
            }
            beam.work.distances <= width.budget
        };
        self.explore::<EXPANDED>(layer, codes, query, starts, width, accept, go_on)
    }

    /// Searches one layer, expanding so many places at once, as long as `go_on` allows it; it is asked before each expansion. False
    /// when it did not.
    #[expect(clippy::too_many_arguments, reason = "a search and who looks on")]
    pub(super) fn explore<const EXPANDED: usize>(
        &mut self,
        layer: &Layer<'_>,
        codes: &Codes<'_>,
        query: &CodeQuery,
        starts: &[u32],
        width: Width,
        accept: impl Fn(u32) -> bool,
        mut go_on: impl FnMut(&Self) -> bool,
    ) -> bool {
        self.pool.clear();
        (self.accepted, self.cursor) = (0, 0);
        self.visited.begin(layer.len());
        self.fresh.clear();
        self.visited.unseen(starts, &mut self.fresh);
        self.measure(layer, codes, query, width, &accept);
        while self.cursor < self.pool.len() {
            if !go_on(self) {
                return false;
            }
            self.fresh.clear();
            for _ in 0..EXPANDED {
                if let Some(place) = self.next_unexpanded() {
                    self.work.visited += 1;
                    self.visited.unseen(layer.list(place), &mut self.fresh);
                }
            }
            self.measure(layer, codes, query, width, &accept);
            let next = self.pool.get(self.cursor..).unwrap_or_default().iter().filter(|found| !found.expanded);
            next.take(EXPANDED).for_each(|found| prefetch(layer.list(found.place())));
        }
        true
    }

    /// What the last search found, nearest first, ties by place.
    pub(super) fn pool(&self) -> &[Found] {
        &self.pool
    }

    /// Whether at least half of the nearest are accepted.
    fn is_promising(&self) -> bool {
        let near = &self.pool[..self.pool.len().min(NEAR)];
        near.iter().filter(|found| found.accepted).count() * 2 >= near.len()
    }

    /// How many before the nearest in the pool that is not expanded.
    pub(super) fn frontier(&self) -> usize {
        let rest = self.pool.get(self.cursor..).unwrap_or_default();
        self.cursor + rest.iter().take_while(|found| found.expanded).count()
    }

    /// Distances computed since [`Beam::take_work`].
    pub(super) fn distances(&self) -> u64 {
        self.work.distances
    }

    /// Distances computed and nodes expanded since this was last asked.
    pub(super) fn take_work(&mut self) -> Work {
        std::mem::take(&mut self.work)
    }

    /// Measures the fresh places and offers them to the pool.
    fn measure(
        &mut self,
        layer: &Layer<'_>,
        codes: &Codes<'_>,
        query: &CodeQuery,
        width: Width,
        accept: &impl Fn(u32) -> bool,
    ) {
        self.work.distances += self.fresh.len() as u64;
        self.nodes.clear();
        for place in &self.fresh {
            let node = layer.node(*place);
            codes.prefetch(node);
            self.nodes.push(node);
        }
        self.distances.resize(self.fresh.len(), 0);
        codes.distances(query, &self.nodes, &mut self.distances);
        let mut beyond = self.beyond(width);
        for i in 0..self.fresh.len() {
            let (distance, place) = (self.distances[i], self.fresh[i]);
            let found = Found::new(distance, place);
            if found.key < beyond {
                self.insert(Found { accepted: accept(place), ..found }, width);
                beyond = self.beyond(width);
            }
        }
    }

    /// No entry from this key on is of use.
    #[inline(always)]
    fn beyond(&self, width: Width) -> u64 {
        match self.pool.last() {
            Some(last) if self.pool.len() >= width.all && self.accepted >= width.accepted => last.key,
            _ => u64::MAX,
        }
    }

    /// Puts an entry in its place and drops what the pool no longer needs.
    fn insert(&mut self, found: Found, width: Width) {
        let at = self.pool.partition_point(|other| other.key < found.key);
        self.pool.insert(at, found);
        self.accepted += usize::from(found.accepted);
        self.cursor = self.cursor.min(at);
        while let Some(last) = self.pool.last() {
            let left = self.accepted - usize::from(last.accepted);
            if self.pool.len() <= width.all || left < width.accepted {
                break;
            }
            self.accepted = left;
            self.pool.pop();
        }
    }

    /// Marks the nearest unexpanded entry as expanded and returns its place.
    fn next_unexpanded(&mut self) -> Option<u32> {
        while let Some(found) = self.pool.get_mut(self.cursor) {
            self.cursor += 1;
            if !found.expanded {
                found.expanded = true;
                return Some(found.place());
            }
        }
        None
    }
}
