//! Concurrent transactions on lists: as isolated as they should be.

use std::path::Path;

use protobase::{Database, Isolation};

use super::{
    budget::Budget,
    elle::{self, Form, Kind, Plan},
    folder::Folder,
    model::text,
};

/// Transactions of one history.
const TRANSACTIONS: usize = 2_000;

/// What was tried.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Transactions that committed.
    pub committed: u64,
    /// Transactions that were refused.
    pub refused: u64,
    /// Dependencies that were inferred and searched for cycles.
    pub dependencies: u64,
}

/// Histories under both isolations, in memory and on a directory, until the time is up.
pub fn run(parent: &Path, budget: Budget, seed: u64) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for round in 0.. {
        if round > 0 && budget.spent(tally.committed) {
            break;
        }
        let isolation = if round % 3 == 2 { Isolation::Snapshot } else { Isolation::Serializable };
        let plan =
            Plan { seed: seed + round, threads: 8, transactions: TRANSACTIONS, keys: 8, isolation, form: Form::Whole };
        let folder = Folder::new(parent, "lists").map_err(text)?;
        let database = match round % 4 {
            3 => Database::open(folder.path()).map_err(text)?,
            _ => Database::in_memory(),
        };
        let report = elle::check(&elle::run(&database, &plan).map_err(text)?);
        let broken = report.against_snapshot().next().is_some();
        if broken || isolation == Isolation::Serializable && report.has(Kind::G2) {
            return Err(format!("seed {}, {isolation:?}: {report}", plan.seed));
        }
        tally.committed += report.committed as u64;
        tally.refused += report.aborted as u64;
        tally.dependencies += report.dependencies as u64;
    }
    Ok(tally)
}
