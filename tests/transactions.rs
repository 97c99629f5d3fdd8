//! Do transactions keep their promises while others write? Behaviours 71 to 77b of the acceptance list, in memory and on a directory.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use protobase::{Conflict, Database, Error, IndexableSet, Object, SetSchema, Value, field};

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

/// Where the object lies that both want.
#[derive(Clone, Copy, Debug)]
enum Lies {
    Delta,
    Segment,
    Compacted,
}

#[test]
fn delete_against_update_of_one_object_is_a_conflict_74() {
    on_both(|database| {
        for index in [None, Some("hash"), Some("ordered")] {
            for lies in [Lies::Delta, Lies::Segment, Lies::Compacted] {
                for delete_first in [true, false] {
                    delete_against_update(database, index, lies, delete_first);
                }
            }
        }
    });
}

/// Whoever commits first wins; the loser has changed nothing, and tried again it meets what the winner left.
fn delete_against_update(database: &Database, index: Option<&str>, lies: Lies, delete_first: bool) {
    let case = format!("{index:?}, {lies:?}, delete first: {delete_first}");
    let name = format!("things_{}_{lies:?}_{delete_first}", index.unwrap_or("plain"));
    let schema = index.iter().fold(SetSchema::new(name), |schema, kind| schema.index("n", kind));
    let set: IndexableSet = database.declare(schema).expect("declares");
    let (other, offset) = (set.insert(&n(9)).expect("inserts"), set.insert(&n(1)).expect("inserts"));
    match lies {
        Lies::Delta => {}
        Lies::Segment => database.flush().expect("flushes"),
        Lies::Compacted => {
            database.flush().expect("flushes");
            database.compact().expect("compacts");
        }
    }
    let (mut deleting, mut updating) = (database.begin().expect("begins"), database.begin().expect("begins"));
    assert!(deleting.remove(&set, offset).expect("removes"));
    updating.update(&set, offset, &n(2)).expect("updates");
    updating.update(&set, other, &n(8)).expect("updates another one, too");
    let (first, second) = if delete_first { (deleting, updating) } else { (updating, deleting) };
    first.commit().expect("the first to commit wins");
    let error = second.commit().expect_err("the second loses");
    assert!(matches!(error, Error::Conflict(Conflict::Object(lost)) if lost == offset), "{case}: {error}");

    let with = |value: i64| set.query().filter(field("n").eq(value)).count().expect("counts");
    let expected = if delete_first { [0, 0, 0, 1] } else { [0, 1, 1, 0] };
    assert_eq!(set.get(offset).expect("reads"), (!delete_first).then(|| n(2)), "{case}");
    assert_eq!([1, 2, 8, 9].map(with), expected, "{case}: nothing of the loser");
    if delete_first {
        let gone = database.write(|tx| tx.update(&set, offset, &n(2))).expect_err("there is nothing to update");
        assert!(!gone.is_conflict() && gone.to_string().contains("no object at offset"), "{case}: {gone}");
    } else {
        assert!(database.write(|tx| tx.remove(&set, offset)).expect("removes"), "{case}");
    }
    assert_eq!(set.len().expect("counts"), 1, "{case}");
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
                        let told = |error: &Error| error.is_conflict() && error.to_string().contains("'users': n = 7 ");
                        usize::from(tx.commit().map_err(|error| assert!(told(&error), "{error}")).is_ok())
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
fn who_loses_a_race_for_a_key_is_told_the_set_and_the_value_77() {
    on_both(|database| {
        let schema = SetSchema::new("customers").nested("invoices", SetSchema::new("invoices").unique("number"));
        let customers: IndexableSet = database.declare(schema).expect("declares");
        let customer = customers.insert(&n(1)).expect("inserts");
        let invoices: IndexableSet = customers.nested(customer, "invoices").expect("is declared");
        for number in [Value::from("A-1"), 7.into(), 2.5.into(), Value::Timestamp(5)] {
            let mut both = [0, 1].map(|_| database.begin().expect("begins"));
            for tx in &mut both {
                tx.insert(&invoices, &Object::new().with("number", number.clone())).expect("free in the snapshot");
            }
            let [first, second] = both;
            first.commit().expect("the first wins");
            let error = second.commit().expect_err("the second loses");
            let Error::Conflict(Conflict::Key { set, key, value }) = &error else { panic!("{error}") };
            assert_eq!((&**set, &**key, &**value), ("customers.invoices", "number", &*number.to_string()), "{error}");
        }
    });
}

#[test]
fn a_taken_key_with_parts_is_told_as_json() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("things").unique("key")).expect("declares");
    let map = Object::new().with("number", 12).with("street", "Rustaveli");
    for (key, told) in [
        (Value::List(vec!["a".into(), 1.into()]), r#"["a",1]"#),
        (Value::Map(map), r#"{"number":12,"street":"Rustaveli"}"#),
        (Value::Vector(vec![0.5, 1.0, 2.0, 3.0, 4.0].into()), "[0.5,1.0,2.0,3.0,4.0]"),
        (geo::Point::new(44.5, 41.5).into(), r#"{"type":"Point","coordinates":[44.5,41.5]}"#),
    ] {
        let mut both = [0, 1].map(|_| database.begin().expect("begins"));
        for tx in &mut both {
            tx.insert(&set, &Object::new().with("key", key.clone())).expect("free in the snapshot");
        }
        let [first, second] = both;
        first.commit().expect("the first wins");
        let error = second.commit().expect_err("the second loses");
        assert_eq!(error.to_string(), format!("conflict: set 'things': key = {told} was taken by another transaction"));
        let error = set.insert(&Object::new().with("key", key)).expect_err("taken").to_string();
        assert!(error.contains(&format!("key = {told} is taken")), "{error}");
    }
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
