//! What every node of a plan did, for `analyze` and for tests that bound work.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::index::{SearchPath, Work};

/// What one node did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeStats {
    /// Slots or objects that came in.
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
}

/// The stats of a plan's nodes, by the nodes' addresses: a plan does not move while it runs.
#[derive(Debug, Default)]
pub struct Stats(Mutex<HashMap<usize, NodeStats>>);

impl Stats {
    /// Adds to a node's stats.
    pub fn note<N>(&self, node: &N, change: impl FnOnce(&mut NodeStats)) {
        let mut stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(stats.entry(address(node)).or_default());
    }

    /// What a node did so far.
    pub fn of<N>(&self, node: &N) -> NodeStats {
        let stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stats.get(&address(node)).cloned().unwrap_or_default()
    }
}

fn address<N>(node: &N) -> usize {
    std::ptr::from_ref(node).addr()
}
