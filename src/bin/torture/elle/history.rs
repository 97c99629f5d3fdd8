//! What was done and seen.

use std::collections::BTreeMap;

/// A number that is appended once in a whole history.
pub type Element = u64;

/// A list's name.
pub type Key = u64;

/// Everything that happened.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Roughly in the order in which they ended.
    pub transactions: Vec<Transaction>,
    /// The lists as they were read when all was over.
    pub end: BTreeMap<Key, Vec<Element>>,
}

/// One transaction.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// What it did, in order.
    pub steps: Vec<Step>,
    /// How it ended.
    pub outcome: Outcome,
}

/// One thing that a transaction did.
#[derive(Clone, Debug)]
pub enum Step {
    /// An element was added at the end of a list.
    Append(Key, Element),
    /// A list was read.
    Read(Key, Vec<Element>),
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was acknowledged.
    Committed,
    /// It was refused, or given up.
    Aborted,
    /// Nobody knows.
    Unknown,
}
