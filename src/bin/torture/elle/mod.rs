//! Do concurrent transactions look as if they had run one after the other? A checker after Kingsbury and Alvaro, "Elle: Inferring
//! Isolation Anomalies from Experimental Observations" (VLDB 2020).
//!
//! [`run`] lets threads append to lists and read them, in transactions, and writes down what each saw. Since every element is
//! appended once, a list that was read tells who wrote it, in which order; so [`check`] finds from the outside who must have come before whom
//! ([`versions`]), and that is a cycle where isolation was broken ([`cycles`]).
//!
//! Shared by the tests (`tests/list_append.rs`, which also plants each anomaly and sees it found) and the `torture` program.

mod cycles;
mod history;
mod versions;
mod workload;

pub use history::{History, Outcome, Step, Transaction};
pub use workload::{Form, Plan, run};

use std::fmt;

/// What was found in a history.
#[derive(Debug)]
pub struct Report {
    /// Transactions that committed.
    pub committed: usize,
    /// Transactions that did not.
    pub aborted: usize,
    /// Transactions of which nobody knows.
    pub unknown: usize,
    /// Dependencies between transactions that were found: the more, the more could have gone wrong.
    pub dependencies: usize,
    /// What should not have been.
    pub anomalies: Vec<Anomaly>,
}

/// One anomaly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// Its name.
    pub kind: Kind,
    /// The transactions, keys and elements that show it.
    pub what: String,
}

/// The anomalies that can be told, from the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An element that nobody appended, or twice; lists of one key that are no beginnings of each other; an own append that is not seen.
    Garbage,
    /// A committed append that is in no final list.
    Lost,
    /// An element of a transaction that did not commit was read.
    G1a,
    /// A list was read as it was in the middle of a transaction.
    G1b,
    /// A cycle of writes that overwrite each other.
    G0,
    /// A cycle of writes and reads of what was written.
    G1c,
    /// A cycle with one read of what was overwritten.
    GSingle,
    /// A cycle with several such reads: write skew.
    G2,
}

impl Report {
    /// The anomalies that snapshot isolation excludes: all but write skew.
    pub fn against_snapshot(&self) -> impl Iterator<Item = &Anomaly> {
        self.anomalies.iter().filter(|anomaly| anomaly.kind != Kind::G2)
    }

    /// Whether an anomaly of this kind was found.
    pub fn has(&self, kind: Kind) -> bool {
        self.anomalies.iter().any(|anomaly| anomaly.kind == kind)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { committed, aborted, unknown, dependencies, anomalies } = self;
        write!(f, "{committed} committed, {aborted} refused, {unknown} unknown, {dependencies} dependencies, ")?;
        write!(f, "{} anomalies", anomalies.len())?;
        anomalies.iter().take(10).try_for_each(|anomaly| write!(f, "\n  {:?}: {}", anomaly.kind, anomaly.what))
    }
}

/// Finds what a history shows that should not have been.
pub fn check(history: &History) -> Report {
    let (dependencies, mut anomalies) = versions::infer(history);
    let count = |outcome| history.transactions.iter().filter(|transaction| transaction.outcome == outcome).count();
    anomalies.extend(cycles::find(history.transactions.len(), &dependencies));
    Report {
        committed: count(Outcome::Committed),
        aborted: count(Outcome::Aborted),
        unknown: count(Outcome::Unknown),
        dependencies: dependencies.len(),
        anomalies,
    }
}
