//! Do transactions keep their promises while others write? Behaviours 71 to 77b of the acceptance list, in memory and on a directory.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use protobase::{Database, Error, IndexableSet, Object, SetSchema, Value};

/// Runs a test on a database in memory and on one in a directory.
fn on_both(test: impl Fn(&Database)) {
    test(&Database::in_memory());
    let dir = tempfile::tempdir().expect("a temporary directory");
    test(&Database::open(dir.path()).expect("opens"));
}

fn number(set: &IndexableSet, offset: protobase::Offset) -> i64 {
    let object = set.get(offset).expect("reads").expect("is there");
    match object.get("n") {
        Some(Value::Int(n)) => *n,
        other => panic!("n is {other:?}"),
    }
}

fn n(value: i64) -> Object {
    Object::new().with("n", value)
}

#[test]
fn interleaved_increments_with_retry_add_up_71() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("counters")).expect("declares");
        for threads in [2, 3, 4, 8, 16] {
            let offset = set.insert(&n(0)).expect("inserts");
            let each = 30;
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        for _ in 0..each {
                            database
                                .write(|tx| {
                                    let object = tx.get(&set, offset)?.expect("is there");
                                    let Some(Value::Int(old)) = object.get("n") else { panic!("a number") };
                                    tx.update(&set, offset, &n(old + 1))
                                })
                                .expect("commits in the end");
                        }
                    });
                }
            });
            assert_eq!(number(&set, offset), threads * each);
        }
    });
}

#[test]
fn writers_of_different_objects_all_commit_72() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("things").index("n", "hash")).expect("declares");
        let offsets: Vec<_> = (0..8).map(|i| set.insert(&n(i)).expect("inserts")).collect();
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for offset in &offsets {
                let (set, barrier) = (&set, &barrier);
                scope.spawn(move || {
                    let mut tx = database.begin().expect("begins");
                    barrier.wait();
                    tx.update(set, *offset, &n(100)).expect("updates");
                    tx.insert(set, &n(200)).expect("inserts");
                    tx.commit().expect("nobody else touched these objects");
                });
            }
        });
        assert_eq!(set.len().expect("counts"), 16);
        assert!(offsets.iter().all(|offset| number(&set, *offset) == 100));
    });
}

#[test]
fn an_unrelated_commit_leaves_everything_else_alone_73() {
    on_both(|database| {
        let left: IndexableSet = database.declare(SetSchema::new("left")).expect("declares");
        let right: IndexableSet = database.declare(SetSchema::new("right")).expect("declares");
        let offset = left.insert(&n(1)).expect("inserts");
        let mut tx = database.begin().expect("begins");
        right.insert(&n(2)).expect("inserts");
        tx.update(&left, offset, &n(3)).expect("updates");
        tx.commit().expect("the other commit was in another set");
        assert_eq!(number(&left, offset), 3);
        assert_eq!((left.len().expect("counts"), right.len().expect("counts")), (1, 1));
    });
}

#[test]
fn delete_against_update_of_one_object_is_a_conflict_74() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("things")).expect("declares");
        let offset = set.insert(&n(1)).expect("inserts");
        let mut deleting = database.begin().expect("begins");
        let mut updating = database.begin().expect("begins");
        assert!(deleting.remove(&set, offset).expect("removes"));
        updating.update(&set, offset, &n(2)).expect("updates");
        updating.commit().expect("the first to commit wins");
        let error = deleting.commit().expect_err("the second loses");
        assert!(error.is_conflict(), "{error}");
        assert_eq!(number(&set, offset), 2);
    });
}

#[test]
fn a_snapshot_stays_fixed_and_an_abort_leaves_nothing_75() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("things").unique("n")).expect("declares");
        let offset = set.insert(&n(1)).expect("inserts");
        let snapshot = database.snapshot();
        {
            let mut tx = database.begin().expect("begins");
            tx.insert(&set, &n(50)).expect("inserts");
            tx.update(&set, offset, &n(51)).expect("updates");
            assert_eq!(tx.len(&set).expect("counts"), 2, "own writes are visible");
        }
        assert_eq!(set.len().expect("counts"), 1, "an abort leaves nothing");
        set.insert(&n(50)).expect("the aborted key is free");
        set.remove(offset).expect("removes");
        database.flush().expect("flushes");
        database.compact().expect("compacts");
        let view = snapshot.set("things").expect("is declared");
        assert_eq!(view.len().expect("counts"), 1);
        assert!(view.get(offset).expect("reads").is_some(), "the snapshot still sees what was there");
        assert!(set.get(offset).expect("reads").is_none());
    });
}

#[test]
fn write_skew_is_allowed_under_snapshot_isolation_76() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("on_call")).expect("declares");
        let (a, b) = (set.insert(&n(1)).expect("inserts"), set.insert(&n(1)).expect("inserts"));
        let mut first = database.begin().expect("begins");
        let mut second = database.begin().expect("begins");
        assert!(first.get(&set, b).expect("reads").is_some() && second.get(&set, a).expect("reads").is_some());
        first.update(&set, a, &n(0)).expect("updates");
        second.update(&set, b, &n(0)).expect("updates");
        first.commit().expect("commits");
        second.commit().expect("commits: it wrote another object");
    });
}

#[test]
fn of_a_race_for_one_unique_key_one_wins_77() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("users").unique("n")).expect("declares");
        let barrier = Barrier::new(6);
        let won: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..6)
                .map(|_| {
                    scope.spawn(|| {
                        let mut tx = database.begin().expect("begins");
                        tx.insert(&set, &n(7)).expect("free in the snapshot");
                        barrier.wait();
                        usize::from(tx.commit().map_err(|error| assert!(error.is_conflict(), "{error}")).is_ok())
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("finishes")).sum()
        });
        assert_eq!(won, 1);
        assert_eq!(set.len().expect("counts"), 1);
        let error = set.insert(&n(7)).expect_err("the key is taken in the snapshot").to_string();
        assert!(error.contains("users") && error.contains('n') && error.contains('7'), "{error}");
        let error = database.write(|tx| tx.insert(&set, &n(7))).expect_err("taken");
        assert!(!error.is_conflict(), "trying again can't help: {error}");
    });
}

#[test]
fn a_deleted_owner_never_leaves_an_orphan_77a() {
    on_both(|database| {
        let schema = SetSchema::new("countries")
            .nested("cities", SetSchema::new("cities").nested("streets", SetSchema::new("streets")));
        let countries: IndexableSet = database.declare(schema).expect("declares");
        for delete_first in [true, false] {
            let country = countries.insert(&n(1)).expect("inserts");
            let cities: IndexableSet = countries.nested(country, "cities").expect("is declared");
            let city = cities.insert(&n(2)).expect("inserts");
            let streets: IndexableSet = cities.nested(city, "streets").expect("is declared");
            let mut deleting = database.begin().expect("begins");
            let mut inserting = database.begin().expect("begins");
            assert!(deleting.remove(&countries, country).expect("removes"));
            inserting.insert(&streets, &n(3)).expect("inserts");
            let (first, second) = if delete_first { (deleting, inserting) } else { (inserting, deleting) };
            first.commit().expect("the first wins");
            let error = second.commit().expect_err("the second loses");
            assert!(error.is_conflict(), "{error}");
            let orphans = !countries.contains(country).expect("reads") && !streets.is_empty().expect("counts");
            assert!(!orphans);
            countries.remove(country).expect("removes what is left");
        }
    });
}

#[test]
fn of_two_conflicting_members_of_one_group_commit_one_loses_77b() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("things")).expect("declares");
        let offset = set.insert(&n(0)).expect("inserts");
        for round in 0..20 {
            let barrier = Arc::new(Barrier::new(4));
            let won: usize = thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|i| {
                        let (barrier, set) = (barrier.clone(), &set);
                        scope.spawn(move || {
                            let mut tx = database.begin().expect("begins");
                            tx.update(set, offset, &n(round * 10 + i)).expect("updates");
                            barrier.wait();
                            match tx.commit() {
                                Ok(_) => 1,
                                Err(Error::Conflict(_)) => 0,
                                Err(error) => panic!("{error}"),
                            }
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().expect("finishes")).sum()
            });
            assert_eq!(won, 1, "round {round}");
        }
    });
}

#[test]
fn a_failed_operation_leaves_the_rest_of_the_transaction_usable() {
    on_both(|database| {
        let set: IndexableSet = database.declare(SetSchema::new("users").unique("n")).expect("declares");
        set.insert(&n(1)).expect("inserts");
        let mut tx = database.begin().expect("begins");
        tx.insert(&set, &n(2)).expect("inserts");
        tx.insert(&set, &n(1)).expect_err("taken");
        tx.insert(&set, &n(2)).expect_err("taken by this transaction");
        tx.commit().expect("commits what succeeded");
        assert_eq!(set.len().expect("counts"), 2);
    });
}
