//! Threads of two processes commit, and readers look on.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use shuttle::thread;

use crate::{
    object::Sequence,
    set::{IndexableSet, Snapshot},
    storage::simulate::{Keep, SimulatedFileSystem},
};

use super::{Database, Error, declared, durable, explore, open, read};

pub(super) const WRITERS: usize = 3;

/// How many transactions each writer commits.
pub(super) const COMMITS: i64 = 2;

/// How often a reader looks.
const LOOKS: usize = 3;

/// One half of what a transaction adds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Half {
    writer: usize,
    value: i64,
}

/// How many transactions each writer has committed.
pub(super) type Counts = [i64; WRITERS];

/// Commits a writer's next transaction: two halves of the same value.
pub(super) fn commit(
    database: &Database,
    set: &IndexableSet<Half>,
    writer: usize,
    value: i64,
) -> Result<Sequence, Error> {
    let mut transaction = database.begin()?;
    for _ in 0..2 {
        transaction.insert(set, &Half { writer, value })?;
    }
    transaction.commit()
}

/// What a snapshot sees, which must be whole transactions, and of each writer the first ones.
pub(super) fn counts(set: &IndexableSet<Half>, snapshot: &Snapshot) -> Counts {
    let halves = read(set, snapshot);
    std::array::from_fn(|writer| {
        let of_writer = halves.iter().filter(|half| half.writer == writer);
        let mut values: Vec<i64> = of_writer.map(|half| half.value).collect();
        values.sort_unstable();
        let count = values.len() as i64 / 2;
        let whole: Vec<i64> = (0..count).flat_map(|value| [value; 2]).collect();
        assert_eq!(values, whole, "writer {writer}: halves of transactions, or later ones without earlier ones");
        count
    })
}

/// Looks several times: nothing goes back, what was acknowledged before is there, and what is there would survive a power cut.
pub(super) fn look(database: &Database, set: &IndexableSet<Half>, disk: &SimulatedFileSystem, acked: &Mutex<Counts>) {
    let (mut last, mut newest) = ([0; WRITERS], Sequence(0));
    for n in 0..LOOKS {
        let before = *acked.lock().expect("no panic elsewhere");
        let snapshot = match n % 2 {
            0 => database.core.latest().expect("reads"),
            _ => database.begin().expect("begins").snapshot().clone(),
        };
        let durable = durable(disk);
        assert!(snapshot.sequence() <= durable, "{} was seen, {durable} is synced", snapshot.sequence());
        assert!(snapshot.sequence() >= newest, "{} was seen after {newest}", snapshot.sequence());
        let now = counts(set, &snapshot);
        let least: Counts = std::array::from_fn(|writer| before[writer].max(last[writer]));
        assert!((0..WRITERS).all(|writer| now[writer] >= least[writer]), "{now:?} was seen, of {least:?} at least");
        (last, newest) = (now, snapshot.sequence());
    }
}

#[test]
fn commits_are_seen_whole_in_order_and_synced() {
    // Frames with transactions of several threads: without any, nothing would be said of groups.
    static GROUPS: AtomicU64 = AtomicU64::new(0);
    let tried = explore("commits", || {
        let disk = SimulatedFileSystem::seeded(1);
        let one = open(&disk).expect("opens");
        let set: IndexableSet<Half> = declared(&one);
        let two = open(&disk).expect("opens");
        let of_two: IndexableSet<Half> = declared(&two);
        let acked = Arc::new(Mutex::new([0; WRITERS]));
        let before = two.core.snapshot().sequence();
        let handles = [(&one, &set), (&one, &set), (&two, &of_two)];
        let writers = handles.into_iter().enumerate().map(|(writer, (database, set))| {
            let (database, set, acked) = (database.clone(), set.clone(), acked.clone());
            thread::spawn(move || {
                for value in 0..COMMITS {
                    commit(&database, &set, writer, value).expect("nothing stands in its way");
                    acked.lock().expect("no panic elsewhere")[writer] = value + 1;
                }
            })
        });
        let readers = [(&one, &set), (&two, &of_two)].into_iter().map(|(database, set)| {
            let (database, set, acked, disk) = (database.clone(), set.clone(), acked.clone(), disk.clone());
            thread::spawn(move || look(&database, &set, &disk, &acked))
        });
        let verifying = two.clone();
        let verifier = thread::spawn(move || verifying.core.storage.verify().expect("whole while others write"));
        let threads: Vec<_> = writers.chain(readers).chain([verifier]).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));

        let frames = one.core.storage.read(before).expect("reads");
        let members: Vec<usize> = frames.iter().map(|frame| frame.transactions.len()).collect();
        assert_eq!(members.iter().sum::<usize>(), WRITERS * COMMITS as usize, "each transaction is in the log once");
        GROUPS.fetch_add(members.iter().filter(|count| **count > 1).count() as u64, Ordering::Relaxed);
        drop((one, two, set, of_two));
        let cut = disk.after_power_cut(Keep::Nothing, 2);
        let found = open(&cut).expect("opens by itself");
        let set = found.set(super::SET).expect("is there");
        assert_eq!(counts(&set, &found.snapshot()), [COMMITS; WRITERS], "after a power cut");
    });
    let groups = GROUPS.load(Ordering::Relaxed);
    println!("commits: {groups} groups of more than one transaction");
    assert!(groups > 0, "none in {tried} schedules");
}
