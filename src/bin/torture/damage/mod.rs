//! Damage to any bit, length, block or file: detected, and named, or made good with the same answers. Never data, never a panic.

mod store;

use protobase::storage::simulate::{Damage, Keep, Random, SimulatedFileSystem};

use super::{
    budget::Budget,
    model::{Model, text},
    session::{Session, Settings},
    steps::{Step, Word},
};

use store::{Store, Verdict, named};

/// How a frame of the log starts.
const FRAME_MAGIC: &[u8] = b"\xf4PBFRM\r\n";

/// What was tried, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Damages of the small store that changed something.
    pub small: u64,
    /// And of larger ones.
    pub larger: u64,
    /// Told by name.
    pub detected: u64,
    /// Parts of indexes that were told, answered for, and built anew; slots of the head that were told and written anew.
    pub rebuilt: u64,
    /// Nothing that is read was changed (spare zeros, a second copy): all answers and the check are as before.
    pub harmless: u64,
    /// How much of all bits, lengths, blocks and swaps of the small store was gone through, in percent.
    pub small_store_percent: u64,
    /// Damages of the last frame before an unclean stop; reported apart.
    pub last_frame: u64,
    /// Of these, how many passed for a torn frame: it was cut, as a frame is that nobody was told about.
    pub passed_for_torn: u64,
}

impl Tally {
    /// Damages that changed something, but for those of a last frame.
    fn damages(&self) -> u64 {
        self.small + self.larger
    }
}

/// Damages stores.
pub struct Damages {
    pub tally: Tally,
    budget: Budget,
    random: Random,
}

impl Damages {
    pub fn new(budget: Budget, seed: u64) -> Self {
        Self { tally: Tally::default(), budget, random: Random::new(seed) }
    }

    /// All damages of a small store; the last frame before an unclean stop; random damages of larger stores.
    pub fn run(&mut self) -> Result<(), String> {
        let whole = self.budget;
        self.budget = whole.share(50);
        self.small()?;
        self.budget = whole.share(20);
        self.last_frame()?;
        self.budget = whole;
        self.large()
    }

    /// Whether it changed anything.
    fn try_one(&mut self, store: &Store, damage: &Damage) -> Result<bool, String> {
        let Some(verdict) = store.try_damage(damage)? else { return Ok(false) };
        match verdict {
            Verdict::Detected => self.tally.detected += 1,
            Verdict::Rebuilt => self.tally.rebuilt += 1,
            Verdict::Harmless => self.tally.harmless += 1,
        }
        Ok(true)
    }

    /// In an order that spreads whatever the budget allows over all of them.
    fn small(&mut self) -> Result<(), String> {
        let seed = self.random.next();
        let store = Store::closed(&small_word(), seed).map_err(|error| format!("seed {seed}: {error}"))?;
        let all = store.damages();
        let stride = (all as f64 * 0.618) as u64 | 1;
        let stride = (stride..stride + all).find(|stride| gcd(*stride, all) == 1).unwrap_or(1);
        for n in 0..all {
            if self.budget.spent(self.tally.small) {
                break;
            }
            let damage = store.numbered((u128::from(n) * u128::from(stride) % u128::from(all)) as u64);
            let changed = self.try_one(&store, &damage);
            self.tally.small += u64::from(changed.map_err(|error| format!("small store, seed {seed}: {error}"))?);
            self.tally.small_store_percent = (n + 1) * 100 / all;
        }
        Ok(())
    }

    fn large(&mut self) -> Result<(), String> {
        while !self.budget.spent(self.tally.damages()) {
            let seed = self.random.next();
            let mut random = Random::new(seed);
            let mut word = Word::random(20 + random.below(40), &mut random);
            // Settled parts of all kinds are damaged too.
            word.0.extend([Step::Declare, Step::Compact, Step::Mixed, Step::Flush, Step::Checkpoint, Step::Mixed]);
            let store = Store::closed(&word, seed).map_err(|error| format!("workload {word}, seed {seed}: {error}"))?;
            for _ in 0..600 {
                if self.budget.spent(self.tally.damages()) {
                    break;
                }
                let Some(damage) = Damage::random(&store.files, &mut random) else { break };
                let note = |error| format!("workload {word}, seed {seed}: {error}");
                self.tally.larger += u64::from(self.try_one(&store, &damage).map_err(note)?);
            }
        }
        Ok(())
    }

    /// After an unclean stop, with a head that was not synced, damage to the last frame may pass for a torn one, and no other may.
    fn last_frame(&mut self) -> Result<(), String> {
        let seed = self.random.next();
        let settings = Settings { log_step: 4_096, log_length: 1 << 20 };
        let mut session = Session::new(SimulatedFileSystem::seeded(seed), settings, seed);
        for step in [Step::Insert, Step::Mixed, Step::Update, Step::Insert] {
            session.step(step).map_err(text)?;
        }
        let before = session.model.clone();
        session.step(Step::Mixed).map_err(text)?;
        let disk = session.files.after_power_cut(Keep::Nothing, 0);
        let name = disk.file_names().into_iter().rfind(|name| name.starts_with("log-")).ok_or("no log")?;
        let bytes = disk.read_file(&name).map_err(text)?;
        let starts = bytes.windows(8).enumerate().filter(|(_, window)| *window == FRAME_MAGIC);
        let last = starts.map(|(at, _)| at).next_back().ok_or("no frame")?;
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
        for bit in 64 * 8..end * 8 {
            if self.budget.spent(self.tally.last_frame) {
                break;
            }
            let damage = Damage::Flip { file: name.clone(), bit: bit as u64 };
            let damaged = disk.copy();
            damaged.damage(&damage).map_err(text)?;
            let passed = match settings.open(&damaged) {
                Ok(database) => {
                    let found = Model::read(&database).map_err(|error| format!("{damage}: {error}"))?;
                    damaged.cut_power_at(0);
                    bit / 8 >= last && found == before
                }
                Err(error) => {
                    named(&damage, &error.to_string(), true)?;
                    continue;
                }
            };
            if !passed {
                return Err(format!("unclean stop, seed {seed}: {damage}: it went unnoticed"));
            }
            self.tally.passed_for_torn += 1;
            self.tally.last_frame += 1;
        }
        Ok(())
    }
}

/// Something of everything, in few bytes.
fn small_word() -> Word {
    use Step::{Build, Checkpoint, Compact, Declare, Flush, Insert, Mixed, Nest, Update};
    Word(vec![Insert, Nest, Declare, Compact, Update, Insert, Nest, Flush, Build, Checkpoint, Mixed])
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_named_or_made_good_and_never_data_80() {
        let seed = 0x80;
        let mut damages = Damages::new(Budget::Count(3_000), seed);
        damages.run().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let tally = &damages.tally;
        println!("{tally:?}");
        assert!(tally.damages() >= 2_500 && tally.detected > 1_000 && tally.rebuilt > 50, "{tally:?}");
        assert!(tally.passed_for_torn > 0, "{tally:?}");
    }
}
