//! What every node of a plan did, for `analyze` and for tests that bound work.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::index::{SearchPath, Work};

/// What one node did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeStats {
    /// Slots or objects that came in: what its inputs gave out, and for a node without inputs what it looked at.
    pub input: u64,
    /// Slots or objects that went out.
    pub output: u64,
    /// Elements visited, distances computed, objects fetched.
    pub work: Work,
    /// The time in the node and its inputs.
    pub elapsed: Duration,
    /// The paths that its nearest searches took, one a segment.
    pub paths: Vec<SearchPath>,
    /// Segments that had no part to answer from.
    pub without_part: u64,
    /// Whether it was asked for less than everything: the node above stopped early, or only what other members of a merge had left
    /// was tested, or it was not asked at all. Then few hits say nothing about its estimate.
    pub partial: bool,
}

/// The stats of a plan's nodes, by the nodes' addresses: a plan does not move while it runs. The type belongs to the key, since a node
/// and its first field may share an address.
#[derive(Debug, Default)]
pub struct Stats(Mutex<HashMap<(usize, TypeId), NodeStats>>);

impl Stats {
    /// Adds to a node's stats.
    pub fn note<N: 'static>(&self, node: &N, change: impl FnOnce(&mut NodeStats)) {
        let mut stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(stats.entry(key(node)).or_default());
    }

    /// What a node did so far.
    pub fn of<N: 'static>(&self, node: &N) -> NodeStats {
        let stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unasked = || NodeStats { partial: true, ..NodeStats::default() };
        stats.get(&key(node)).cloned().unwrap_or_else(unasked)
    }

    /// Adds the time that something takes to a node, when there are stats at all.
    pub fn timed<N: 'static, T>(stats: Option<&Self>, node: &N, work: impl FnOnce() -> T) -> T {
        let Some(stats) = stats else { return work() };
        let started = Instant::now();
        let result = work();
        stats.note(node, |of_node| of_node.elapsed += started.elapsed());
        result
    }
}

fn key<N: 'static>(node: &N) -> (usize, TypeId) {
    (std::ptr::from_ref(node).addr(), TypeId::of::<N>())
}
