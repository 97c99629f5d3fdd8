//! Damage to any bit, length, block or file: detected, and named, or made good with the same answers. Never data, never a panic.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use protobase::{
    Database, Error,
    storage::simulate::{Damage, Keep, Random, SimulatedFileSystem},
};

use super::{
    budget::Budget,
    check::answers,
    model::{Model, text},
    session::{Session, Settings},
    steps::{Step, Word},
};

/// The blocks that are zeroed and exchanged.
const BLOCK: u64 = 512;
/// How a frame of the log starts.
const FRAME_MAGIC: &[u8] = b"\xf4PBFRM\r\n";

/// What was tried, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Damages that changed something.
    pub damages: u64,
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

/// A closed store.
struct Store {
    disk: SimulatedFileSystem,
    settings: Settings,
    model: Model,
    files: Vec<(String, u64)>,
}

enum Verdict {
    Detected,
    Rebuilt,
    Harmless,
}

impl Store {
    /// What a workload leaves when all handles are closed.
    fn closed(word: &Word, seed: u64) -> Result<Self, String> {
        let settings = Settings { log_step: 1_024, log_length: 8_192 };
        let mut session = Session::new(SimulatedFileSystem::seeded(seed), settings, seed);
        for step in &word.0 {
            session.step(*step).map_err(text)?;
        }
        session.close();
        let disk = session.files.copy();
        let length = |name: &String| disk.read_file(name).map_or(0, |bytes| bytes.len() as u64);
        let files = disk.file_names().into_iter().map(|name| (length(&name), name));
        // The files of locks are empty, and made anew.
        let files = files.filter(|(length, _)| *length > 0).map(|(length, name)| (name, length)).collect();
        Ok(Self { files, disk, settings, model: session.model.clone() })
    }

    /// How many damages [`Store::numbered`] knows.
    fn damages(&self) -> u64 {
        let each = |(_, length): &(String, u64)| length * 9 + blocks(*length) * (1 + blocks(*length)) + 1;
        self.files.iter().map(each).sum::<u64>() + (self.files.len() as u64).pow(2)
    }

    /// One of: each bit flipped, each length cut to, each block zeroed, each pair of blocks exchanged, each file removed, each pair of
    /// files swapped.
    fn numbered(&self, mut number: u64) -> Damage {
        let files = self.files.len() as u64;
        for (file, length) in &self.files {
            let (file, length, blocks) = (file.clone(), *length, blocks(*length));
            if number < length * 8 {
                return Damage::Flip { file, bit: number };
            }
            number -= length * 8;
            if number < length {
                return Damage::Cut { file, length: number };
            }
            number -= length;
            if number < blocks {
                return Damage::Zero { file, start: number * BLOCK, length: BLOCK };
            }
            number -= blocks;
            if number < blocks * blocks {
                let (one, other) = (number / blocks * BLOCK, number % blocks * BLOCK);
                return Damage::Exchange { file, one, other, length: BLOCK };
            }
            number -= blocks * blocks;
            if number == 0 {
                return Damage::Remove { file };
            }
            number -= 1;
        }
        let name = |at: u64| self.files[(at % files) as usize].0.clone();
        Damage::Swap { one: name(number / files), other: name(number) }
    }

    /// Does it, and looks at everything. `None` when nothing was changed.
    fn try_damage(&self, damage: &Damage) -> Result<Option<Verdict>, String> {
        let disk = self.disk.copy();
        if !disk.damage(damage).map_err(text)? {
            return Ok(None);
        }
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge(&disk, damage)));
        disk.cut_power_at(0);
        let judged = judged.unwrap_or_else(|_| Err("it panicked".to_owned()));
        judged.map(Some).map_err(|error| format!("{damage}: {error}"))
    }

    fn judge(&self, disk: &SimulatedFileSystem, damage: &Damage) -> Result<Verdict, String> {
        let opened = self.settings.storage(disk).map_err(Error::from).and_then(|storage| {
            let recovery = storage.recovery();
            let torn = recovery.torn.as_ref().is_some_and(|torn| damage.files() == [torn.file.as_str()]);
            let healed = torn || recovery.damaged_head.is_some() && damage.files() == ["head"];
            Ok((Database::options().background(false).with_storage(Arc::new(storage))?, healed))
        });
        let (database, healed) = match opened {
            Ok(opened) => opened,
            Err(error) => return named(damage, &error.to_string(), true).map(|()| Verdict::Detected),
        };
        if healed {
            // Told at opening, and made good: by the other slot and the log, or by going on behind what is no frame.
            self.look(&database)?;
            return match database.check() {
                Ok(()) => Ok(Verdict::Rebuilt),
                // Where blocks changed places, what came to lie past the head was cut, and what it came from lacks it.
                Err(error) => named(damage, &error.to_string(), true).map(|()| Verdict::Detected),
            };
        }
        let told = right_or_named(damage, self.look(&database))?;
        let checked = database.check();
        if let Err(error) = &checked {
            named(damage, &error.to_string(), true)?;
        } else if told || matches!(damage, Damage::Flip { file, .. } if !self.is_older_log(file)) {
            return Err("the database's own check does not find it".to_owned());
        } else {
            return Ok(Verdict::Harmless);
        }
        if told || !damage.files().iter().all(|file| file.contains("part-")) {
            disk.cut_power_at(0);
            return Ok(Verdict::Detected);
        }
        self.look(&database).map_err(|error| format!("after the check: {error}"))?;
        // Each check stops at the first fault.
        for _ in damage.files() {
            let _next_fault = database.check();
            database.build_indexes().map_err(|error| format!("building anew: {error}"))?;
        }
        database.check().map_err(|error| format!("built anew: {error}"))?;
        self.look(&database).map_err(|error| format!("built anew: {error}"))?;
        disk.cut_power_at(0);
        Ok(Verdict::Rebuilt)
    }

    /// A log file that another one follows: what stands behind its last frame is never looked at again.
    fn is_older_log(&self, file: &str) -> bool {
        file.starts_with("log-") && self.files.iter().any(|(name, _)| name.starts_with("log-") && name.as_str() > file)
    }

    /// Reads and asks everything.
    fn look(&self, database: &Database) -> Result<(), String> {
        let found = Model::read(database)?;
        if found != self.model {
            return Err(format!("wrong content: {}", found.difference(&self.model)));
        }
        answers(database, &self.model)
    }
}

fn blocks(length: u64) -> u64 {
    length.div_ceil(BLOCK)
}

/// True when an error told the damage; an error that does not name it is no excuse.
fn right_or_named(damage: &Damage, looked: Result<(), String>) -> Result<bool, String> {
    match looked {
        Ok(()) => Ok(false),
        Err(error) => named(damage, &error, false).map(|()| true),
    }
}

/// An error must name a damaged file, and no position behind a flipped bit.
fn named(damage: &Damage, error: &str, position_too: bool) -> Result<(), String> {
    let is_named = damage.files().iter().any(|file| error.contains(file.trim_start_matches("blobs/")));
    // That a checkpoint was there at all, nothing else tells: what is missing without it is told instead.
    let removed = matches!(damage, Damage::Remove { file } if file.starts_with("checkpoint-"));
    if !is_named && !removed {
        return Err(format!("told as: {error}"));
    }
    if let (Damage::Flip { bit, .. }, true, Some((_, after))) = (damage, position_too, error.split_once("position ")) {
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        if digits.parse().is_ok_and(|position: u64| position > bit / 8) {
            return Err(format!("told at the wrong position: {error}"));
        }
    }
    Ok(())
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

    fn try_one(&mut self, store: &Store, damage: &Damage) -> Result<(), String> {
        let Some(verdict) = store.try_damage(damage)? else { return Ok(()) };
        self.tally.damages += 1;
        match verdict {
            Verdict::Detected => self.tally.detected += 1,
            Verdict::Rebuilt => self.tally.rebuilt += 1,
            Verdict::Harmless => self.tally.harmless += 1,
        }
        Ok(())
    }

    /// In an order that spreads whatever the budget allows over all of them.
    fn small(&mut self) -> Result<(), String> {
        let seed = self.random.next();
        let store = Store::closed(&small_word(), seed).map_err(|error| format!("seed {seed}: {error}"))?;
        let all = store.damages();
        let stride = (all as f64 * 0.618) as u64 | 1;
        let stride = (stride..stride + all).find(|stride| gcd(*stride, all) == 1).unwrap_or(1);
        let before = self.tally.damages;
        for n in 0..all {
            if self.budget.spent(self.tally.damages - before) {
                break;
            }
            let damage = store.numbered((u128::from(n) * u128::from(stride) % u128::from(all)) as u64);
            self.try_one(&store, &damage).map_err(|error| format!("small store, seed {seed}: {error}"))?;
            self.tally.small_store_percent = (n + 1) * 100 / all;
        }
        Ok(())
    }

    fn large(&mut self) -> Result<(), String> {
        while !self.budget.spent(self.tally.damages) {
            let seed = self.random.next();
            let mut random = Random::new(seed);
            let mut word = Word::random(20 + random.below(80), &mut random);
            // Settled parts of all kinds are damaged too.
            word.0.extend([Step::Declare, Step::Compact, Step::Mixed, Step::Flush, Step::Checkpoint, Step::Mixed]);
            let store = Store::closed(&word, seed).map_err(|error| format!("workload {word}, seed {seed}: {error}"))?;
            for _ in 0..300 {
                if self.budget.spent(self.tally.damages) {
                    break;
                }
                let Some(damage) = Damage::random(&store.files, &mut random) else { break };
                let note = |error| format!("workload {word}, seed {seed}: {error}");
                self.try_one(&store, &damage).map_err(note)?;
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
        assert!(tally.damages >= 2_500 && tally.detected > 1_000 && tally.rebuilt > 50, "{tally:?}");
        assert!(tally.passed_for_torn > 0, "{tally:?}");
    }
}
