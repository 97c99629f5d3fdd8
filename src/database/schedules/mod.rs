//! Do group commit and publishing hold in orders of steps that hardly ever happen by themselves?
//!
//! Under `--cfg shuttle`, the locks and counters of [`crate::codec::sync`] ask a scheduler who goes on. It decides at random, or by
//! priorities that change a few times in a run (PCT), from a seed that is printed; what failed is printed as a schedule that `shuttle::replay`
//! repeats. Beneath is the simulated disk, so that it is known at every moment what a power cut would leave. Memory is as every thread sees it
//! at once: reorderings by the processor are not explored.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test --lib --target-dir target/shuttle schedules:: -- --nocapture`; `PROTOBASE_SCHEDULES=n` tries another
//! number of them for each test, `PROTOBASE_SEED=n` repeats a run.

mod commits;
mod failures;
mod handles;
mod log;
mod segments;

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use serde::{Serialize, de::DeserializeOwned};
use shuttle::{
    Config, Runner,
    scheduler::{PctScheduler, RandomScheduler},
};

use crate::{
    object::Sequence,
    set::{IndexableSet, SetSchema, Snapshot},
    storage::{
        FileOptions, FileStorage, Storage,
        simulate::{Keep, SimulatedFileSystem},
    },
};

use super::{Database, Error};

/// How many schedules each test goes through unless told otherwise.
const SCHEDULES: usize = 4_000;

/// How often PCT changes priorities in a run, at most: bugs that need so many steps in a certain order are found.
const DEPTHS: [usize; 2] = [2, 4];

/// Runs a test under both schedulers, so many times; returns how many schedules there were.
fn explore(name: &str, test: impl Fn() + Send + Sync + 'static) -> usize {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let schedules = number("PROTOBASE_SCHEDULES").map_or(SCHEDULES, |count| count as usize).max(4);
    let seed = number("PROTOBASE_SEED").unwrap_or_else(|| RandomState::new().hash_one(0_u64));
    println!("{name}: {schedules} schedules, PROTOBASE_SEED={seed}");
    let test = Arc::new(test);
    let run = |scheduler: Box<dyn shuttle::scheduler::Scheduler + Send>| {
        let test = test.clone();
        Runner::new(scheduler, config()).run(move || test())
    };
    let by_priority = schedules / 4;
    let at_random = schedules - DEPTHS.len() * by_priority;
    let mut tried = run(Box::new(RandomScheduler::new_from_seed(seed, at_random)));
    for depth in DEPTHS {
        tried += run(Box::new(PctScheduler::new_from_seed(seed, depth, by_priority)));
    }
    println!("{name}: {tried} schedules done");
    tried
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    config.silence_warnings = true;
    config
}

/// Short log files, so that commits start new ones.
fn files() -> FileOptions {
    FileOptions { log_length: 2_048, log_step: 1_024, head_sync: None, ..FileOptions::default() }
}

/// Another process's handle, or the first.
fn open(disk: &SimulatedFileSystem) -> Result<Database, Error> {
    let storage = FileStorage::over(Arc::new(disk.clone()), &files())?;
    Database::options().background(false).with_storage(Arc::new(storage))
}

/// The name of the only set.
const SET: &str = "things";

/// A set that is declared, with offsets leased, so that what follows are the commits of a test and nothing else.
fn declared<T>(database: &Database) -> IndexableSet<T> {
    let set = database.declare(SetSchema::new(SET).index("value", "ordered")).expect("declares");
    database.core.lease(1).expect("leases");
    set
}

/// Everything in the set as a snapshot sees it, which must be consistent in itself.
fn read<T: Serialize + DeserializeOwned>(set: &IndexableSet<T>, snapshot: &Snapshot) -> Vec<T> {
    let view = snapshot.set(SET).expect("the set is there");
    let stored: Vec<_> = view.iter().collect::<Result<_, _>>().expect("reads");
    assert_eq!(view.len().expect("counts"), stored.len() as u64, "counted and walked over");
    for object in &stored {
        let found = view.get(object.offset()).expect("reads").map(|found| found.offset());
        assert_eq!(found, Some(object.offset()), "walked over and looked up");
    }
    stored.iter().map(|object| set.decode(object).expect("decodes")).collect()
}

/// The newest commit that the disk would have if the power went now and took everything that was not synced.
fn durable(disk: &SimulatedFileSystem) -> Sequence {
    let cut = disk.after_power_cut(Keep::Nothing, 0);
    let storage = FileStorage::over(Arc::new(cut), &files()).expect("opens by itself");
    storage.head().expect("has a head")
}
