//! One store at rest: what is done to it, and how it is judged.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use protobase::{
    Database, Error,
    storage::simulate::{Damage, SimulatedFileSystem},
};

use crate::{
    check::Answers,
    image::Image,
    model::{Model, text},
    session::{Session, Settings},
    steps::Word,
};

/// The blocks that are zeroed and exchanged.
const BLOCK: u64 = 512;

/// A closed store, and what it holds and answers.
pub struct Store {
    disk: SimulatedFileSystem,
    settings: Settings,
    model: Model,
    image: Image,
    answers: Answers,
    /// The names and lengths of all files that are not empty.
    pub files: Vec<(String, u64)>,
}

pub enum Verdict {
    Detected,
    Rebuilt,
    Harmless,
}

impl Store {
    /// What a workload leaves when all handles are closed.
    pub fn closed(word: &Word, seed: u64) -> Result<Self, String> {
        let settings = Settings { log_step: 1_024, log_length: 8_192 };
        let mut session = Session::new(SimulatedFileSystem::seeded(seed), settings, seed);
        for step in &word.0 {
            session.step(*step).map_err(text)?;
        }
        session.close();
        let (disk, model) = (session.files.copy(), session.model.clone());
        let undamaged = disk.copy();
        let database = settings.open(&undamaged).map_err(text)?;
        let (image, answers) = (Image::of(&database)?, Answers::of(&database, &model)?);
        let found = Model::read(&database)?;
        undamaged.cut_power_at(0);
        if found != model {
            return Err(format!("undamaged: {}", found.difference(&model)));
        }
        let length = |name: &String| disk.read_file(name).map_or(0, |bytes| bytes.len() as u64);
        let files = disk.file_names().into_iter().map(|name| (length(&name), name));
        // The files of locks are empty, and made anew.
        let files = files.filter(|(length, _)| *length > 0).map(|(length, name)| (name, length)).collect();
        Ok(Self { disk, settings, model, image, answers, files })
    }

    /// How many damages [`Store::numbered`] knows.
    pub fn damages(&self) -> u64 {
        let each = |(_, length): &(String, u64)| length * 9 + blocks(*length) * (1 + blocks(*length)) + 1;
        self.files.iter().map(each).sum::<u64>() + (self.files.len() as u64).pow(2)
    }

    /// One of: each bit flipped, each length cut to, each block zeroed, each pair of blocks exchanged, each file removed, each pair of
    /// files swapped.
    pub fn numbered(&self, mut number: u64) -> Damage {
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
    pub fn try_damage(&self, damage: &Damage) -> Result<Option<Verdict>, String> {
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
        // What was read is not read otherwise for a part that is out of use; what indexes answer may be.
        self.answers.check(&database).map_err(|error| format!("after the check: {error}"))?;
        // Each check stops at the first fault. What the one above has told is built first.
        for number in 0..damage.files().len() {
            if number > 0 {
                let _next_fault = database.check();
            }
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
        if !self.image.is_in(database)? {
            let found = Model::read(database)?;
            return Err(format!("wrong content: {}", found.difference(&self.model)));
        }
        self.answers.check(database)
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
pub fn named(damage: &Damage, error: &str, position_too: bool) -> Result<(), String> {
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
