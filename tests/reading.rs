//! How new is what is read, and does reading alone leave everything as it is?

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use protobase::{Database, Error, IndexableSet, Object, SetSchema, field};

type Set = IndexableSet<Object>;

fn n(value: i64) -> Object {
    Object::new().with("n", value)
}

fn schema() -> SetSchema {
    SetSchema::new("things").index("n", "ordered")
}

fn open(dir: &Path, staleness: Duration) -> (Database, Set) {
    let database = Database::options().background(false).staleness(staleness).open(dir).expect("opens");
    let set = database.declare(schema()).expect("declares");
    (database, set)
}

#[test]
fn a_read_sees_what_others_committed_as_soon_as_is_wanted_83() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (_writer, theirs) = open(dir.path(), Duration::ZERO);
    let (latest, newest) = open(dir.path(), Duration::ZERO);
    let (database, stale) = open(dir.path(), Duration::from_secs(3_600));
    let (_soon, soon) = open(dir.path(), Duration::from_millis(20));
    let reader = Database::options().read_only(true).open(dir.path()).expect("opens");
    let only_read: Set = reader.set("things").expect("is declared");
    for count in 1..=20 {
        theirs.insert(&n(count)).expect("inserts");
        let count = count as u64;
        assert_eq!(newest.len().expect("counts"), count);
        assert_eq!(newest.query().filter(field("n").ge(0)).count().expect("counts"), count);
        assert_eq!(latest.snapshot().set("things").and_then(|view| view.len()).expect("counts"), count);
        assert_eq!(only_read.len().expect("counts"), count);
        assert_eq!(stale.len().expect("counts"), 0, "an hour has not passed");
        while soon.len().expect("counts") < count {
            std::thread::yield_now();
        }
    }
    database.refresh().expect("reads");
    assert_eq!(stale.len().expect("counts"), 20);
    theirs.insert(&n(0)).expect("inserts");
    stale.insert(&n(0)).expect("inserts");
    assert_eq!(stale.len().expect("counts"), 22, "writing looks at the log");
}

/// All files with their bytes and times.
fn files(dir: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("lists") {
        let entry = entry.expect("lists");
        let name = entry.file_name().to_string_lossy().into_owned();
        let modified = entry.metadata().expect("is there").modified().expect("has a time");
        if entry.path().is_dir() {
            let inner = files(&entry.path());
            found.extend(inner.into_iter().map(|(inner, file)| (format!("{name}/{inner}"), file)));
        } else {
            found.insert(name, (fs::read(entry.path()).expect("reads"), modified));
        }
    }
    found
}

#[test]
fn opening_for_reading_takes_no_lock_and_writes_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    {
        let (database, set) = open(dir.path(), Duration::ZERO);
        (0..50).for_each(|value| drop(set.insert(&n(value))));
        database.flush().expect("flushes");
        set.insert(&n(50)).expect("inserts");
    }
    let before = files(dir.path());
    // Somebody holds every lock there is, for as long as this takes.
    let locked: Vec<fs::File> = before
        .keys()
        .filter(|name| name.contains("lock"))
        .map(|name| {
            let file = fs::File::options().write(true).open(dir.path().join(name)).expect("opens");
            file.lock().expect("locks");
            file
        })
        .collect();
    assert!(!locked.is_empty());
    let database = Database::options().read_only(true).open(dir.path()).expect("opens");
    let set: Set = database.set("things").expect("is declared");
    assert_eq!(set.query().filter(field("n").lt(10)).run().expect("answers").len(), 10);
    assert_eq!(
        database.at(database.snapshot().sequence()).expect("is now").set("things").expect("is").len().expect("counts"),
        51
    );
    assert!(database.changes(protobase::Sequence(0)).next().is_some());
    for error in [
        set.insert(&n(1)).map(drop).map_err(Error::from),
        database.write(|tx| tx.insert(&set, &n(1)).map(drop)),
        database.flush(),
        database.compact(),
        database.checkpoint(),
        database.declare::<Object>(SetSchema::new("more")).map(drop),
    ] {
        assert!(error.expect_err("is refused").to_string().contains("for reading only"));
    }
    drop((set, database));
    assert_eq!(files(dir.path()), before);
}
