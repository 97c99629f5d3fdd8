//! A sync fails while threads commit.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use shuttle::{
    rand::{Rng, thread_rng},
    thread,
};

use crate::{
    set::IndexableSet,
    storage::simulate::{Keep, SimulatedFileSystem},
};

use super::{
    Error,
    commits::{COMMITS, Counts, Half, WRITERS, commit, counts, look},
    declared, explore, open,
};

/// What became of one writer's transactions.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    acknowledged: i64,
    /// One that may have happened or not.
    unknown: i64,
    refused: i64,
}

/// Commits on, although it is refused: what comes after a failed sync must be refused as well.
fn write_on(database: &super::Database, set: &IndexableSet<Half>, writer: usize, acked: &Mutex<Counts>) -> Outcome {
    let mut outcome = Outcome::default();
    for value in 0..COMMITS {
        match commit(database, set, writer, value) {
            Ok(_) => {
                assert_eq!((outcome.unknown, outcome.refused), (0, 0), "acknowledged after a failed sync");
                outcome.acknowledged += 1;
                acked.lock().expect("no panic elsewhere")[writer] = outcome.acknowledged;
            }
            Err(Error::Unknown(_)) => outcome.unknown += 1,
            Err(_) => outcome.refused += 1,
        }
    }
    outcome
}

#[test]
fn after_a_failed_sync_nobody_is_acknowledged() {
    static FAILED: AtomicU64 = AtomicU64::new(0);
    static TOGETHER: AtomicU64 = AtomicU64::new(0);
    let tried = explore("a failing sync", || {
        let disk = SimulatedFileSystem::seeded(thread_rng().r#gen());
        let one = open(&disk).expect("opens");
        let set: IndexableSet<Half> = declared(&one);
        let two = open(&disk).expect("opens");
        let of_two = two.set(super::SET).expect("is there");
        disk.fail_sync(Some(thread_rng().gen_range(0..6)));
        let acked = Arc::new(Mutex::new([0; WRITERS]));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (database, set, acked) = (one.clone(), set.clone(), acked.clone());
                thread::spawn(move || write_on(&database, &set, writer, &acked))
            })
            .collect();
        let reader = {
            let (two, acked, disk) = (two.clone(), acked.clone(), disk.clone());
            thread::spawn(move || look(&two, &of_two, &disk, &acked))
        };
        let outcomes: Vec<Outcome> = writers.into_iter().map(|writer| writer.join().expect("no panic")).collect();
        reader.join().expect("no panic");
        let failed = outcomes.iter().filter(|outcome| outcome.unknown + outcome.refused > 0).count();
        if failed > 0 {
            FAILED.fetch_add(1, Ordering::Relaxed);
            TOGETHER.fetch_add(u64::from(outcomes.iter().all(|outcome| outcome.refused == COMMITS)), Ordering::Relaxed);
            assert!(commit(&one, &set, 0, COMMITS).is_err(), "it was poisoned");
            let of_two = two.set(super::SET).expect("is there");
            assert!(commit(&two, &of_two, 0, COMMITS).is_err(), "the other process was told");
        }
        disk.fail_sync(None);
        drop((one, two, set));

        let keep = [Keep::Nothing, Keep::Any, Keep::Everything][thread_rng().gen_range(0..3)];
        let cut = disk.after_power_cut(keep, thread_rng().r#gen());
        let found = open(&cut).expect("opens by itself");
        let set: IndexableSet<Half> = found.set(super::SET).expect("is there");
        for (count, outcome) in counts(&set, &found.snapshot()).into_iter().zip(&outcomes) {
            let allowed = outcome.acknowledged..=outcome.acknowledged + outcome.unknown.min(1);
            assert!(allowed.contains(&count), "{count} are there after {outcome:?}, {keep:?}");
        }
        let next = outcomes[0].acknowledged + 1;
        commit(&found, &set, 0, next).expect("goes on once it was opened anew");
    });
    let (failed, together) = (FAILED.load(Ordering::Relaxed), TOGETHER.load(Ordering::Relaxed));
    println!("a failing sync: {failed} times commits failed, {together} times all of them");
    assert!(failed > 0 && together > 0, "{tried} schedules, {failed} failed, {together} together");
}
