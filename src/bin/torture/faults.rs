//! EIO, ENOSPC, EMFILE, short writes and signals at every call: clean errors, nothing acknowledged that is not there, and work goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use protobase::{
    Error,
    storage::simulate::{Fault, FaultKind, Keep, Random, SimulatedFileSystem},
};

use super::{
    budget::Budget,
    check::{Care, check},
    model::{Model, text},
    session::{Session, Settings},
    steps::{Step, Word},
};

/// What was tried.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Calls that went wrong.
    pub faults: u64,
    /// Steps of workloads that reported it.
    pub errors: u64,
    /// Workloads of which every call went wrong once, in every way.
    pub words: u64,
}

/// Makes calls fail.
pub struct Faults {
    pub tally: Tally,
    budget: Budget,
    random: Random,
}

impl Faults {
    pub fn new(budget: Budget, seed: u64) -> Self {
        Self { tally: Tally::default(), budget, random: Random::new(seed) }
    }

    /// A workload of everything first, then random ones.
    pub fn run(&mut self) -> Result<(), String> {
        use Step::{Build, Checkpoint, Compact, Conflict, Declare, Flush, Insert, Mixed, Nest, Other, Remove, Reopen};
        let mut word = Word(vec![
            Insert, Nest, Mixed, Flush, Declare, Build, Remove, Other, Compact, Conflict, Mixed, Checkpoint, Reopen,
            Mixed,
        ]);
        while !self.budget.spent(self.tally.faults) {
            let seed = self.random.next();
            self.word(&word, seed).map_err(|error| format!("workload {word}, seed {seed}: {error}"))?;
            word = Word::random(1 + self.random.below(8), &mut self.random);
        }
        Ok(())
    }

    fn word(&mut self, word: &Word, seed: u64) -> Result<(), String> {
        for kind in FaultKind::ALL {
            for lasting in [false, true] {
                let mut call = 0;
                loop {
                    if self.budget.spent(self.tally.faults) {
                        return Ok(());
                    }
                    let fault = Fault { kind, call, lasting };
                    let tried = catch_unwind(AssertUnwindSafe(|| self.one(word, seed, fault)));
                    let tried = tried.unwrap_or_else(|_| Err("it panicked".to_owned()));
                    if !tried.map_err(|error| format!("{fault:?}: {error}"))? {
                        break;
                    }
                    call += 1;
                }
                if matches!(kind, FaultKind::Short | FaultKind::Interrupted) {
                    // If it lasted, no program could go on.
                    break;
                }
            }
        }
        self.tally.words += 1;
        Ok(())
    }

    /// Runs a workload with one planned fault; false when it was never met.
    fn one(&mut self, word: &Word, seed: u64, fault: Fault) -> Result<bool, String> {
        let mut random = Random::new(seed);
        let settings = Settings::random(&mut random);
        let mut session = Session::new(SimulatedFileSystem::seeded(seed), settings, seed);
        session.files.plan_fault(Some(fault));
        let mut fired = 0;
        for (at, step) in word.0.iter().enumerate() {
            let outcome = session.step(*step);
            fired += session.files.faults_fired();
            if let Err(error) = outcome {
                self.tally.errors += 1;
                session.files.plan_fault(None);
                let note = |error: String| format!("step {at}, {step:?}: {error}");
                Self::after_an_error(&mut session, fault.kind, &error).map_err(note)?;
            }
        }
        self.tally.faults += u64::from(fired > 0);
        session.files.plan_fault(None);
        if fired > 0 {
            whole(&session).map_err(|error| format!("at the end: {error}"))?;
        }
        Ok(fired > 0)
    }

    /// The error was a clean one: what was acknowledged is there, also on the disk, and writing goes on, if need be after opening anew.
    fn after_an_error(session: &mut Session, kind: FaultKind, error: &Error) -> Result<(), String> {
        if matches!(kind, FaultKind::Short | FaultKind::Interrupted) {
            return Err(format!("no error should be told for this: {error}"));
        }
        if matches!(error, Error::Unknown(_)) {
            // Only opening anew decides it; until then it may still come to be.
            session.close();
        }
        let allowed = session.ledger.allowed(session.files.operations());
        let opened = session.database().map_err(|error| format!("opening again: {error}"))?;
        opened.refresh().map_err(|error| format!("refreshing after an error: {error}"))?;
        let found = Model::read(&opened).map_err(|error| format!("reading after an error: {error}"))?;
        drop(opened);
        if !allowed.has(&found) {
            return Err(format!("after {error}: {}", found.difference(&allowed.floor)));
        }
        whole(session)?;
        session.adopt(found);
        if let Err(again) = session.step(Step::Insert) {
            if kind == FaultKind::TooManyFiles || !again.to_string().contains("open the database anew") {
                return Err(format!("it does not go on after {error}: {again}"));
            }
            session.close();
            // What a failed sync has lost is lost now at the latest.
            session.files.evict();
            let opened = session.database().map_err(|error| format!("opening anew: {error}"))?;
            let found = Model::read(&opened).map_err(text)?;
            drop(opened);
            if found != session.model {
                return Err(format!("opened anew after {error}: {}", found.difference(&session.model)));
            }
            session.step(Step::Insert).map_err(|error| format!("opened anew: {error}"))?;
        }
        Ok(())
    }
}

/// What was acknowledged survives the loss of whatever is not synced.
fn whole(session: &Session) -> Result<(), String> {
    let allowed = session.ledger.allowed(session.files.operations());
    for (keep, seed) in [(Keep::Nothing, 0), (Keep::Any, 1)] {
        let image = session.files.after_power_cut(keep, seed);
        check(&image, session.settings, &allowed, Care::Contents).map_err(|error| format!("{keep:?} kept: {error}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_at_any_call_is_a_clean_error_81_82() {
        let seed = 0x8182;
        let mut faults = Faults::new(Budget::Count(u64::MAX), seed);
        let word = Word(vec![Step::Insert, Step::Mixed, Step::Compact]);
        faults.word(&word, seed).unwrap_or_else(|error| panic!("workload {word}, seed {seed}: {error}"));
        println!("{:?}", faults.tally);
        assert!(
            faults.tally.faults >= 500 && faults.tally.errors > 300 && faults.tally.words > 0,
            "{:?}",
            faults.tally
        );
    }
}
