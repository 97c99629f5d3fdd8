//! Runs a workload on a disk, and keeps the ledger.

use std::sync::Arc;

use protobase::{
    Database, Error, IndexableSet, Object, Offset, Transaction,
    storage::{
        FileOptions, FileStorage, StorageError,
        simulate::{Random, SimulatedFileSystem},
    },
};

use super::{
    ledger::Ledger,
    model::{Model, PARTS, VALUES, declare, part, text, thing},
    steps::Step,
};

/// How many objects a bulk load has: a few more than the least.
const LOADED: i64 = 1_030;

/// How the storage is set up; small log files, so that workloads fill several.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub log_step: u64,
    pub log_length: u64,
}

impl Settings {
    pub fn random(random: &mut Random) -> Self {
        Self { log_step: 512 << random.below(4), log_length: 2_048 << (2 * random.below(4)) }
    }

    fn options(self) -> FileOptions {
        let Self { log_step, log_length } = self;
        FileOptions { log_step, log_length, head_sync: None, ..FileOptions::default() }
    }

    /// Opens a database whose maintenance happens only when asked for.
    pub fn open(self, files: &SimulatedFileSystem) -> Result<Database, Error> {
        Database::options().background(false).with_storage(Arc::new(self.storage(files)?))
    }

    /// Opens the storage beneath, which tells what it repaired.
    pub fn storage(self, files: &SimulatedFileSystem) -> Result<FileStorage, StorageError> {
        FileStorage::over(Arc::new(files.clone()), &self.options())
    }
}

/// A workload that is under way.
pub struct Session {
    pub files: SimulatedFileSystem,
    pub ledger: Ledger,
    /// What the store should hold now.
    pub model: Model,
    pub settings: Settings,
    random: Random,
    database: Option<Database>,
    other: Option<Database>,
    next_key: i64,
}

impl Session {
    pub fn new(files: SimulatedFileSystem, settings: Settings, seed: u64) -> Self {
        Self {
            files,
            settings,
            random: Random::new(seed),
            ledger: Ledger::default(),
            model: Model::default(),
            database: None,
            other: None,
            next_key: 0,
        }
    }

    /// A handle, opened when there is none.
    pub fn database(&mut self) -> Result<Database, Error> {
        open_once(&mut self.database, self.settings, &self.files)
    }

    /// Lets go of all handles.
    pub fn close(&mut self) {
        (self.database, self.other) = (None, None);
    }

    /// Goes on from what was found where that was in doubt.
    pub fn adopt(&mut self, found: Model) {
        self.ledger.settle(&found);
        self.model = found;
    }

    /// Makes one step. When it fails, the ledger knows what that means.
    pub fn step(&mut self, step: Step) -> Result<(), Error> {
        let database = self.database()?;
        if self.model.level == 0 {
            self.declare(&database, 1)?;
        }
        match step {
            Step::Conflict => self.conflict(&database),
            Step::Other => {
                let other = open_once(&mut self.other, self.settings, &self.files)?;
                self.transact(&other, Step::Mixed)
            }
            Step::Declare => self.declare(&database, 2),
            Step::Load => self.load(&database),
            Step::Flush => database.flush(),
            Step::Compact => database.compact(),
            Step::Build => database.build_indexes(),
            Step::Checkpoint => database.checkpoint(),
            Step::Reopen => {
                drop(database);
                self.close();
                self.database().map(drop)
            }
            _ => self.transact(&database, step),
        }
    }

    /// Tries to reach a model by a commit.
    fn commit<R>(&mut self, model: Model, commit: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
        self.ledger.tried(self.files.operations(), &model);
        let outcome = commit();
        let now = self.files.operations();
        match &outcome {
            Ok(_) => {
                self.ledger.acknowledged(now);
                self.model = model;
            }
            Err(Error::Unknown(_)) => self.ledger.doubtful(now),
            Err(_) => self.ledger.refused(now),
        }
        outcome
    }

    fn declare(&mut self, database: &Database, level: u8) -> Result<(), Error> {
        let model = Model { level: self.model.level.max(level), ..self.model.clone() };
        self.commit(model, || declare(database, level).map(drop))
    }

    fn transact(&mut self, database: &Database, step: Step) -> Result<(), Error> {
        let set: IndexableSet<Object> = database.set(super::model::THINGS)?;
        let mut model = self.model.clone();
        let mut tx = database.begin()?;
        let kinds: &[Step] = match step {
            Step::Mixed | Step::Abort => &[Step::Insert, Step::Update, Step::Nest, Step::Remove, Step::Insert],
            _ => &[step],
        };
        for kind in kinds {
            self.stage(&mut tx, &set, &mut model, *kind)?;
        }
        if step == Step::Abort {
            return Ok(());
        }
        self.commit(model, || tx.commit().map(drop))
    }

    /// One write in a transaction. Where there is nothing to change, something is inserted.
    fn stage(
        &mut self,
        tx: &mut Transaction,
        set: &IndexableSet<Object>,
        model: &mut Model,
        kind: Step,
    ) -> Result<(), Error> {
        let value = self.random.below(VALUES as u64) as i64;
        let picked = model.things.keys().nth(self.random.below(model.things.len() as u64) as usize).copied();
        match (kind, picked) {
            (Step::Update, Some(offset)) => {
                let (key, _) = model.things[&offset];
                tx.update(set, Offset(offset), &thing(key, value))?;
                model.things.insert(offset, (key, value));
            }
            (Step::Remove, Some(offset)) => {
                tx.remove(set, Offset(offset))?;
                model.remove(offset);
            }
            (Step::Nest, Some(owner)) => {
                // The owner may be of this transaction.
                let family = set.nested_family::<Object>(PARTS)?.family();
                let parts = IndexableSet::<Object>::new(set.engine().clone(), family, Some(Offset(owner)));
                for value in [value, (value + 1) % VALUES] {
                    let offset = tx.insert(&parts, &part(value))?;
                    model.parts.insert(offset.0, (owner, value));
                }
            }
            _ => {
                let key = self.key(1);
                let offset = tx.insert(set, &thing(key, value))?;
                model.things.insert(offset.0, (key, value));
            }
        }
        Ok(())
    }

    fn key(&mut self, count: i64) -> i64 {
        self.next_key += count;
        self.next_key - count
    }

    /// The first of two transactions on one object wins; the second leaves nothing.
    fn conflict(&mut self, database: &Database) -> Result<(), Error> {
        let set: IndexableSet<Object> = database.set(super::model::THINGS)?;
        let Some((offset, (key, value))) = self.model.things.iter().next_back().map(|(at, thing)| (*at, *thing)) else {
            return self.transact(database, Step::Insert);
        };
        let (won, lost) = ((value + 1) % VALUES, (value + 2) % VALUES);
        let (mut winner, mut loser) = (database.begin()?, database.begin()?);
        winner.update(&set, Offset(offset), &thing(key, won))?;
        loser.update(&set, Offset(offset), &thing(key, lost))?;
        let mut model = self.model.clone();
        model.things.insert(offset, (key, won));
        self.commit(model, || winner.commit().map(drop))?;
        match loser.commit() {
            Err(error) if error.is_conflict() => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Error::above("both of two transactions on one object were committed")),
        }
    }

    /// The offsets of a bulk load are known afterwards only; before, nothing says that it was acknowledged.
    fn load(&mut self, database: &Database) -> Result<(), Error> {
        let set: IndexableSet<Object> = database.set(super::model::THINGS)?;
        let first = self.key(LOADED);
        let things: Vec<(i64, i64)> = (first..first + LOADED).map(|key| (key, key % VALUES)).collect();
        let objects: Vec<Object> = things.iter().map(|(key, value)| thing(*key, *value)).collect();
        let before = self.files.operations();
        let offsets = match set.insert_many(&objects).map_err(Error::from) {
            Err(error @ Error::Unknown(_)) => {
                self.doubt_load(before, &things);
                return Err(error);
            }
            outcome => outcome?,
        };
        let mut model = self.model.clone();
        model.things.extend(offsets.iter().map(|offset| offset.0).zip(things));
        self.ledger.tried(before, &model);
        self.ledger.acknowledged(self.files.operations());
        self.model = model;
        Ok(())
    }

    /// A load that may be there whole, at offsets that only the store itself can say.
    fn doubt_load(&mut self, before: u64, things: &[(i64, i64)]) {
        let opened = self.settings.open(&self.files.copy()).map_err(text);
        let Ok(found) = opened.and_then(|database| Model::read(&database)) else { return };
        let mut model = self.model.clone();
        let new: Vec<u64> = found.things.keys().filter(|at| !self.model.things.contains_key(at)).copied().collect();
        let whole = new.len() == things.len();
        model.things.extend(new.into_iter().zip(things.iter().copied()));
        if whole && model == found {
            self.ledger.tried(before, &model);
            self.ledger.doubtful(self.files.operations());
        }
    }
}

fn open_once(slot: &mut Option<Database>, settings: Settings, files: &SimulatedFileSystem) -> Result<Database, Error> {
    if let Some(database) = slot {
        return Ok(database.clone());
    }
    let database = settings.open(files)?;
    *slot = Some(database.clone());
    Ok(database)
}
