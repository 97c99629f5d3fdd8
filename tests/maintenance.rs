//! Does maintenance keep up beside readers and writers, and lose nothing? Behaviours 36, 37 and 87 of the acceptance list, with the
//! maintenance thread and with several handles on one store.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use protobase::{Database, IndexableSet, Object, Offset, SetSchema, field, set::Thresholds, storage::MemoryStorage};

fn object(key: i64, value: i64) -> Object {
    Object::new().with("key", key).with("value", value)
}

/// Maintenance that has something to do all the time.
fn eager() -> Thresholds {
    Thresholds { flush_objects: 300, tier: 2, ..Thresholds::default() }
}

fn contents(set: &IndexableSet) -> BTreeMap<Offset, String> {
    set.iter().expect("opens").map(|item| item.expect("reads")).map(|(at, object)| (at, object.to_string())).collect()
}

/// Inserts, updates and removes; returns what it left.
fn work(set: &IndexableSet, first: i64, count: i64) -> BTreeMap<Offset, String> {
    let mut left = BTreeMap::new();
    for key in first..first + count {
        let offset = set.insert(&object(key, key % 10)).expect("inserts");
        left.insert(offset, object(key, key % 10).to_string());
        if key % 3 == 0 {
            set.update(offset, &object(key, 11)).expect("updates");
            left.insert(offset, object(key, 11).to_string());
        }
        if key % 4 == 0 {
            let some = *left.keys().nth(left.len() / 2).expect("is there");
            assert!(set.remove(some).expect("removes"));
            left.remove(&some);
        }
    }
    left
}

#[test]
fn a_maintained_database_loses_nothing_37() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let open = || Database::options().thresholds(eager()).checkpoint_every(50).open(dir.path()).expect("opens");
    let database = open();
    let schema = || SetSchema::new("things").unique("key");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    let expected = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for worker in 0..3 {
            let (set, expected) = (&set, &expected);
            scope.spawn(move || {
                let left = work(set, worker * 10_000, 900);
                expected.lock().expect("whole").extend(left);
            });
        }
        thread::sleep(Duration::from_millis(30));
        database.declare::<Object>(schema().index("value", "ordered")).expect("adds an index while others write");
    });
    let expected = expected.into_inner().expect("whole");
    assert_eq!(contents(&set), expected);
    let elevens =
        expected.values().filter(|text| text.contains("11") && **text == object_text(text, 11)).count() as u64;
    let query = || set.query().filter(field("value").eq(11)).count().expect("answers");
    assert_eq!(query(), elevens);
    let until = Instant::now() + Duration::from_secs(20);
    while database.info().expect("tells").sets[0].segments.is_empty() {
        assert!(Instant::now() < until, "the maintenance thread flushes");
        thread::sleep(Duration::from_millis(20));
    }
    database.build_indexes().expect("builds");
    assert!(database.info().expect("tells").checkpoint > 0, "the maintenance thread writes checkpoints");
    assert_eq!(query(), elevens);
    database.check().expect("finds no fault");
    drop((set, database));

    let database = open();
    let set: IndexableSet = database.set("things").expect("is declared");
    assert_eq!(contents(&set), expected);
    database.check().expect("finds no fault");
}

/// The text of the object with the key that another object's text tells.
fn object_text(text: &str, value: i64) -> String {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().map_or_else(|_| String::new(), |key| object(key, value).to_string())
}

#[test]
fn handles_that_write_load_and_maintain_at_once_agree() {
    let storage = Arc::new(MemoryStorage::new());
    let open = || {
        let options = Database::options().background(false).thresholds(eager());
        options.with_storage(storage.clone()).expect("opens")
    };
    let done = AtomicBool::new(false);
    let expected = Mutex::new(BTreeMap::new());
    let first = open();
    first.declare::<Object>(SetSchema::new("things").unique("key").index("value", "hash")).expect("declares");
    thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|worker| {
                let (open, expected) = (&open, &expected);
                scope.spawn(move || {
                    let database = open();
                    let set: IndexableSet = database.set("things").expect("is declared");
                    let left = work(&set, worker * 100_000, 300);
                    expected.lock().expect("whole").extend(left);
                    for load in 1..4 {
                        let keys = worker * 100_000 + load * 10_000..worker * 100_000 + load * 10_000 + 1_500;
                        let objects: Vec<Object> = keys.map(|key| object(key, 5)).collect();
                        let offsets = set.insert_many(&objects).expect("loads");
                        let texts = objects.iter().map(ToString::to_string);
                        expected.lock().expect("whole").extend(offsets.into_iter().zip(texts));
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let database = open();
            while !done.load(Ordering::Relaxed) {
                database.flush().expect("flushes");
                database.compact().expect("compacts, writes a checkpoint, trims and sweeps");
            }
        });
        let finished: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(finished.iter().all(Result::is_ok));
    });
    first.refresh().expect("reads what the others did");
    let set: IndexableSet = first.set("things").expect("is declared");
    let expected = expected.into_inner().expect("whole");
    assert_eq!(contents(&set).len(), expected.len());
    assert_eq!(contents(&set), expected);
    first.check().expect("finds no fault");
    let fresh = open();
    assert_eq!(contents(&fresh.set("things").expect("is declared")), expected);
    fresh.check().expect("finds no fault");
}

#[test]
fn commits_wait_for_maintenance_that_has_fallen_behind() {
    let thresholds = Thresholds { flush_objects: 20, ..Thresholds::default() };
    let database = Database::options().thresholds(thresholds).in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("things")).expect("declares");
    for round in 0..20 {
        let objects: Vec<Object> = (0..100).map(|key| object(key, round)).collect();
        set.insert_many(&objects).expect("inserts");
    }
    assert_eq!(set.len().expect("counts"), 2_000);
    assert!(database.info().expect("tells").throttled_commits > 0);
}
