//! An answer with an account of how it was found.

use std::{
    fmt,
    time::{Duration, Instant},
};

use crate::index::Work;

use super::{
    Explain, Facts, Hits, Node, QueryError,
    execute::{Runner, Stats},
    explain::Grouped,
    source::Input,
};

/// What a query found, and what each node of its plan did for it.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The hits; empty when only their number was asked for.
    pub hits: Option<Hits>,
    /// Their number.
    pub count: u64,
    /// The plan with what happened.
    pub plan: Explain,
    /// The time for the answer, every object read.
    pub elapsed: Duration,
}

impl Analysis {
    pub(crate) fn run(plan: &Node, inputs: &[Input<'_>], facts: &Facts<'_>) -> Result<Self, QueryError> {
        let stats = Stats::default();
        let runner = Runner::new(inputs, Some(&stats));
        let started = Instant::now();
        let (hits, count) = match plan {
            Node::Count { .. } | Node::CountSlots { .. } => (None, runner.count(plan)?),
            Node::Select { items, .. } => read_all(runner.hits(plan, Some(items))?, plan, &stats)?,
            _ => read_all(runner.hits(plan, None)?, plan, &stats)?,
        };
        let elapsed = started.elapsed();
        Ok(Self { hits, count, plan: Explain::new(plan, facts, Some(&stats)), elapsed })
    }

    /// What all nodes did together.
    #[must_use]
    pub fn work(&self) -> Work {
        let mut total = Work::default();
        for line in &self.plan.lines {
            total += line.actual.as_ref().map_or_else(Work::default, |actual| actual.work);
        }
        total
    }
}

fn read_all(hits: Hits, plan: &Node, stats: &Stats) -> Result<(Option<Hits>, u64), QueryError> {
    let started = Instant::now();
    for hit in hits.iter() {
        hit.object()?;
    }
    let count = hits.len() as u64;
    stats.note(plan, |top| {
        top.work.fetched += count;
        top.elapsed += started.elapsed();
    });
    Ok((Some(hits), count))
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)?;
        writeln!(f, "{} objects in {} µs", Grouped(self.count), Grouped(self.elapsed.as_micros() as u64))
    }
}
