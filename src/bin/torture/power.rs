//! Power loss at every write, sync and rename, with everything that may be left: also during recovery, three deep.

use std::collections::HashSet;

use protobase::storage::simulate::{Keep, Random, SimulatedFileSystem};

use super::{
    budget::Budget,
    check::{Care, check},
    ledger::Allowed,
    session::{Session, Settings},
    steps::{EXHAUSTIVE, Word},
};

/// The longest words that are gone through exhaustively.
const LONGEST: u32 = 6;
/// Recovery is cut off in recovery, so many times over.
const DEEPEST: u32 = 3;
/// So many objects are few.
const FEW: u64 = 20;
/// At most so many prefixes of the unsynced are tried at one moment; beyond, some of them.
const PREFIXES: u64 = 12;

/// What was tried.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Different images that were opened and compared.
    pub images: u64,
    /// Of these, images of a power cut during recovery, by depth.
    pub recoveries: [u64; DEEPEST as usize],
    /// Workloads.
    pub words: u64,
    /// The longest words of which all were gone through.
    pub exhausted: u32,
    /// The most transactions in one workload.
    pub transactions: u64,
    /// Moments between two operations of the disk.
    pub moments: u64,
}

/// Cuts the power again and again.
pub struct PowerCuts {
    pub tally: Tally,
    budget: Budget,
    random: Random,
    /// Images of the present workload that were looked at already, each with what it may hold.
    seen: HashSet<(u64, usize)>,
}

impl PowerCuts {
    pub fn new(budget: Budget, seed: u64) -> Self {
        Self { tally: Tally::default(), budget, random: Random::new(seed), seen: HashSet::new() }
    }

    fn spent(&self) -> bool {
        self.budget.spent(self.tally.images)
    }

    /// Short words exhaustively, long ones at random.
    pub fn run(&mut self, exhaustive_percent: u32) -> Result<(), String> {
        let whole = self.budget;
        self.budget = whole.share(exhaustive_percent);
        self.exhaustive()?;
        self.budget = whole;
        self.random()
    }

    /// All words, the shortest first, but for those that do what another does. Of each only the last step is cut off: the others are
    /// last in shorter words.
    fn exhaustive(&mut self) -> Result<(), String> {
        for length in 1..=LONGEST {
            for number in 0..(EXHAUSTIVE.len() as u64).pow(length) {
                if self.spent() {
                    return Ok(());
                }
                let word = Word::numbered(number, length);
                if word.is_another() {
                    continue;
                }
                let seed = self.random.next();
                self.word(&word, seed, |at, _| at + 1 == length as usize)?;
            }
            self.tally.exhausted = length;
        }
        Ok(())
    }

    /// Random words: most short and cut off at every step, some of up to a thousand transactions and cut off at some.
    fn random(&mut self) -> Result<(), String> {
        while !self.spent() {
            let seed = self.random.next();
            let mut choice = Random::new(seed);
            let long = choice.below(20) == 0;
            let transactions = if long { 1 + choice.below(1_000) } else { 1 + choice.below(6) };
            let word = Word::random(transactions, &mut choice);
            self.word(&word, seed, |at, random| !long || at < 4 || random.below(40) == 0)?;
        }
        Ok(())
    }

    /// Runs one workload, and cuts the power at every operation of the steps that are chosen.
    pub fn word(
        &mut self,
        word: &Word,
        seed: u64,
        mut cut: impl FnMut(usize, &mut Random) -> bool,
    ) -> Result<(), String> {
        let mut random = Random::new(seed);
        let settings = Settings::random(&mut random);
        let mut session = Session::new(SimulatedFileSystem::seeded(seed), settings, seed);
        self.seen.clear();
        let mut transactions = 0;
        for (at, step) in word.0.iter().enumerate() {
            let explored = cut(at, &mut random);
            if explored {
                session.files.record();
            }
            let note = |error: String| format!("workload {word} with seed {seed}, step {at}: {error}");
            session.step(*step).map_err(|error| note(error.to_string()))?;
            if explored {
                self.moments(&session, &mut random).map_err(note)?;
            }
            session.ledger.settle(&session.model);
            transactions += u64::from(step.is_transaction());
        }
        self.tally.words += 1;
        self.tally.transactions = self.tally.transactions.max(transactions);
        Ok(())
    }

    fn moments(&mut self, session: &Session, random: &mut Random) -> Result<(), String> {
        for moment in session.files.moments() {
            self.tally.moments += 1;
            let allowed = session.ledger.allowed(moment.operations());
            // Where there are many objects, looking at an image takes long: a few are enough.
            let things = allowed.tried.last().unwrap_or(&allowed.floor).things.len() as u64;
            for (keep, seed) in choices(&moment, random) {
                if random.below(1 + things / FEW) > 0 {
                    continue;
                }
                let note =
                    |error| format!("operation {}, {keep:?} kept with seed {seed}: {error}", moment.operations());
                self.image(&moment.after_power_cut(keep, seed), session.settings, &allowed, 0, random).map_err(note)?;
            }
        }
        Ok(())
    }

    /// Looks at one image; sometimes cuts its recovery off.
    fn image(
        &mut self,
        image: &SimulatedFileSystem,
        settings: Settings,
        allowed: &Allowed,
        depth: u32,
        random: &mut Random,
    ) -> Result<(), String> {
        let states = std::sync::Arc::as_ptr(&allowed.floor) as usize ^ allowed.tried.len();
        if !self.seen.insert((image.fingerprint(), states)) {
            return Ok(());
        }
        self.tally.images += 1;
        if depth > 0 {
            self.tally.recoveries[depth as usize - 1] += 1;
        }
        if depth < DEEPEST && random.below(8) == 0 {
            self.recovery(image, settings, allowed, depth, random)?;
        }
        let care = match random.below(16) {
            0 => Care::GoesOn,
            1..4 => Care::Lasting,
            _ => Care::Contents,
        };
        check(image, settings, allowed, care).map(drop)
    }

    fn recovery(
        &mut self,
        image: &SimulatedFileSystem,
        settings: Settings,
        allowed: &Allowed,
        depth: u32,
        random: &mut Random,
    ) -> Result<(), String> {
        let recovering = image.copy();
        recovering.record();
        let database = settings.open(&recovering).map_err(|error| format!("it does not open: {error}"))?;
        let moments = recovering.moments();
        recovering.cut_power_at(0);
        drop(database);
        for moment in moments {
            for (keep, seed) in choices(&moment, random).into_iter().take(6) {
                let note = |error| {
                    format!("recovery cut at operation {}, {keep:?} with seed {seed}: {error}", moment.operations())
                };
                let image = moment.after_power_cut(keep, seed);
                self.image(&image, settings, allowed, depth + 1, random).map_err(note)?;
            }
        }
        Ok(())
    }
}

/// What may be left at one moment: nothing, everything, prefixes, any sectors, torn ones.
fn choices(moment: &SimulatedFileSystem, random: &mut Random) -> Vec<(Keep, u64)> {
    let unsynced = moment.unsynced();
    let mut choices = vec![(Keep::Nothing, 0)];
    if unsynced == 0 {
        return choices;
    }
    choices.push((Keep::Everything, 0));
    for _ in 0..unsynced.min(3) {
        choices.extend([(Keep::Any, random.next()), (Keep::Torn, random.next())]);
    }
    if unsynced <= PREFIXES {
        choices.extend((1..unsynced).map(|count| (Keep::First(count), 0)));
    } else {
        choices.extend((0..PREFIXES).map(|_| (Keep::First(1 + random.below(unsynced - 1)), 0)));
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::{super::steps::Step, *};

    /// Declaration, bulk load, compaction, checkpoint, trimming, other handles: all in one, cut off everywhere.
    #[test]
    fn power_cuts_in_a_workload_of_everything_79() {
        let seed = 0x7a79;
        let mut cuts = PowerCuts::new(Budget::Count(0), seed);
        let word = Word([EXHAUSTIVE.to_vec(), Step::ALL.to_vec()].concat());
        cuts.word(&word, seed, |_, _| true).unwrap_or_else(|error| panic!("{error}"));
        println!("{:?}", cuts.tally);
        assert!(cuts.tally.images > 500, "{:?}", cuts.tally);
    }

    #[test]
    fn power_cuts_at_every_operation_leave_whole_commits_79() {
        let seed = 0x7979;
        let mut cuts = PowerCuts::new(Budget::Count(20_500), seed);
        cuts.run(60).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let tally = &cuts.tally;
        println!("{tally:?}");
        assert!(tally.images >= 20_000 && tally.exhausted >= 2, "{tally:?}");
        assert!(tally.recoveries.iter().all(|images| *images > 0), "{tally:?}");
    }
}
