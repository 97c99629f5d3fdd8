//! Segments are published, and old ones swept, beside commits and reads.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use shuttle::thread;

use crate::{
    object::{Offset, Sequence},
    set::{IndexableSet, Snapshot},
    storage::simulate::{Keep, SimulatedFileSystem},
};

use super::{super::lease::LEASE, Database, Error, declared, explore, open, read};

const WRITERS: usize = 2;
const COMMITS: usize = 2;
const LOOKS: usize = 3;

/// An account, or a token that is replaced by another in each transfer.
#[derive(Debug, Serialize, Deserialize)]
struct Holding {
    value: i64,
}

/// What one writer has, and no other touches.
#[derive(Clone, Debug)]
struct Own {
    accounts: [Offset; 2],
    token: Offset,
}

const STAKE: i64 = 100;

/// One object more than a tail takes, so that there is one to freeze.
const FULL: i64 = 9;

fn begin(database: &Database, set: &IndexableSet<Holding>) -> Vec<Own> {
    let insert = |value| set.insert(&Holding { value }).expect("inserts");
    let own = |_| Own { accounts: [insert(STAKE), insert(STAKE)], token: insert(0) };
    let mut all: Vec<Own> = (0..WRITERS).map(own).collect();
    // So that what follows ends versions in a segment, too; and then more than a tail takes, so that there is something to freeze.
    database.flush().expect("flushes");
    for _ in 0..3 {
        all.iter_mut().for_each(|own| transfer_surely(database, set, own));
    }
    all
}

/// Moves value from one account to the other, and puts another token in the place of the last: an update, a removal, an insertion.
fn transfer(database: &Database, set: &IndexableSet<Holding>, own: &Own) -> Result<Offset, Error> {
    let mut transaction = database.begin()?;
    for (account, change) in own.accounts.into_iter().zip([-10, 10]) {
        let Holding { value } = transaction.get(set, account)?.expect("the account is there");
        transaction.update(set, account, &Holding { value: value + change })?;
    }
    assert!(transaction.remove(set, own.token)?, "the token is there");
    let token = transaction.insert(set, &Holding { value: 0 })?;
    transaction.commit().map(|_| token)
}

/// Transfers until it is done: a process that has fallen behind a trimmed log must begin again.
fn transfer_surely(database: &Database, set: &IndexableSet<Holding>, own: &mut Own) {
    own.token = loop {
        match transfer(database, set, own) {
            Err(Error::SnapshotTooOld { .. }) => {}
            token => break token.expect("nothing else stands in its way"),
        }
    }
}

/// Nothing is lost, nothing is there twice.
fn check(set: &IndexableSet<Holding>, snapshot: &Snapshot) {
    let holdings = read(set, snapshot);
    let total: i64 = holdings.iter().map(|holding| holding.value).sum();
    assert_eq!((holdings.len(), total), (3 * WRITERS, 2 * WRITERS as i64 * STAKE), "{holdings:?}");
}

fn look(database: &Database, set: &IndexableSet<Holding>) {
    let mut newest = Sequence(0);
    for _ in 0..LOOKS {
        let snapshot = database.core.latest().expect("reads");
        assert!(snapshot.sequence() >= newest, "{} was seen after {newest}", snapshot.sequence());
        check(set, &snapshot);
        newest = snapshot.sequence();
    }
}

#[test]
fn segments_change_places_under_commits_and_reads_87() {
    // Commits that were made while a flush or a compaction was under way.
    static BESIDE: AtomicU64 = AtomicU64::new(0);
    let tried = explore("segments", || {
        let disk = SimulatedFileSystem::seeded(1);
        let one = open(&disk).expect("opens");
        let set: IndexableSet<Holding> = declared(&one);
        let own = begin(&one, &set);
        let two = open(&disk).expect("opens");
        let of_two: IndexableSet<Holding> = declared(&two);
        let handles = [(&one, &set), (&two, &of_two)];
        let (done, leased) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let writers = handles.into_iter().zip(own).map(|((database, set), mut own)| {
            let (database, set, done, leased) = (database.clone(), set.clone(), done.clone(), leased.clone());
            thread::spawn(move || {
                for _ in 0..COMMITS {
                    transfer_surely(&database, &set, &mut own);
                    done.fetch_add(1, Ordering::Relaxed);
                    let first = database.core.lease(LEASE).expect("leases");
                    leased.fetch_max(first.0 + LEASE, Ordering::Relaxed);
                }
            })
        });
        let readers = handles.into_iter().map(|(database, set)| {
            let (database, set) = (database.clone(), set.clone());
            thread::spawn(move || look(&database, &set))
        });
        let (maintaining, counted) = (one.clone(), done.clone());
        let maintainer = thread::spawn(move || {
            let before = counted.load(Ordering::Relaxed);
            maintaining.core.freeze();
            maintaining.flush().expect("flushes");
            maintaining.compact().expect("compacts");
            BESIDE.fetch_add(counted.load(Ordering::Relaxed) - before, Ordering::Relaxed);
        });
        let threads: Vec<_> = writers.chain(readers).chain([maintainer]).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));

        for (database, set) in handles {
            check(set, &database.core.latest().expect("reads"));
        }
        // Before closing writes another checkpoint.
        let cut = disk.after_power_cut(Keep::Nothing, 2);
        drop((one, two, set, of_two));
        let found = open(&cut).expect("opens by itself");
        check(&found.set(super::SET).expect("is there"), &found.snapshot());
        found.check().expect("whole");
        let next = found.core.lease(1).expect("leases").0;
        assert!(next >= leased.load(Ordering::Relaxed), "{next} was leased before");
    });
    let beside = BESIDE.load(Ordering::Relaxed);
    println!("segments: {beside} commits while they were changed");
    assert!(beside > 0, "none in {tried} schedules");
}

/// A checkpoint that covers the frame of a lease says that it was leased.
#[test]
fn what_is_leased_beside_checkpoints_is_not_leased_again() {
    explore("leases", || {
        let disk = SimulatedFileSystem::seeded(1);
        let database = open(&disk).expect("opens");
        let _: IndexableSet<Holding> = declared(&database);
        let (leasing, maintaining) = (database.clone(), database.clone());
        let leaser = thread::spawn(move || {
            let lease = |_| leasing.core.lease(LEASE).expect("leases").0 + LEASE;
            (0..2).map(lease).max()
        });
        let maintainer = thread::spawn(move || (0..2).for_each(|_| maintaining.checkpoint().expect("writes")));
        let leased = leaser.join().expect("no panic");
        maintainer.join().expect("no panic");
        // Before closing writes another checkpoint.
        let cut = disk.after_power_cut(Keep::Nothing, 2);
        let next = open(&cut).expect("opens by itself").core.lease(1).expect("leases").0;
        assert!(Some(next) >= leased, "{next} was leased before, up to {leased:?}");
    });
}

/// In few steps, so that commits fall between any two of those that put a frozen tail in its place.
#[test]
fn tails_are_frozen_beside_commits() {
    explore("freezing", || {
        let disk = SimulatedFileSystem::seeded(1);
        let database = open(&disk).expect("opens");
        let set: IndexableSet<Holding> = declared(&database);
        let insert = |value| set.insert(&Holding { value }).expect("inserts");
        (0..FULL).for_each(|value| drop(insert(value)));
        let freezing = database.clone();
        let freezer = thread::spawn(move || freezing.core.freeze());
        (FULL..FULL + 2).for_each(|value| drop(insert(value)));
        freezer.join().expect("no panic");
        let values: Vec<i64> =
            read(&set, &database.core.latest().expect("reads")).iter().map(|holding| holding.value).collect();
        assert_eq!(values, (0..FULL + 2).collect::<Vec<_>>());
    });
}
