//! Does the change feed tell everything that was committed, once, in order, and nothing else?

use std::{collections::BTreeMap, sync::Arc, thread, time::Duration};

use protobase::{
    Change, Changes, Commit, Database, Error, IndexableSet, Object, Offset, Retention, Sequence, SetSchema, Value,
    storage::{FileOptions, FileStorage},
};

type Set = IndexableSet<Object>;

fn n(value: i64) -> Object {
    Object::new().with("n", value)
}

fn number(object: &Object) -> i64 {
    match object.get("n") {
        Some(Value::Int(value)) => *value,
        other => panic!("n is {other:?}"),
    }
}

fn schema() -> SetSchema {
    SetSchema::new("things").index("n", "ordered").nested("parts", SetSchema::new("parts"))
}

/// What the sets hold, by set and offset.
type Content = BTreeMap<(String, Offset), i64>;

fn content(database: &Database) -> Content {
    let snapshot = database.snapshot();
    let mut content = Content::new();
    for name in ["things", "things.parts"] {
        let view = snapshot.set(name).expect("is declared");
        for object in view.iter() {
            let object = object.expect("reads");
            let set: Set = database.set(name).expect("is declared");
            content.insert((name.to_owned(), object.offset()), number(&set.decode(&object).expect("decodes")));
        }
    }
    content
}

/// Does to a content what a commit did, and checks what it says of the time before.
fn apply(content: &mut Content, commit: &Commit, with_old: bool) {
    for Change { set, offset, old, new, .. } in commit.transactions.iter().flatten() {
        let key = (set.clone(), *offset);
        let before = match new {
            Some(new) => content.insert(key, number(new)),
            None => content.remove(&key),
        };
        if with_old {
            assert_eq!(old.as_ref().map(number), before, "{set} {offset} at {}", commit.sequence);
        }
    }
}

fn all(feed: &mut Changes) -> Vec<Commit> {
    feed.map(|commit| commit.expect("reads")).collect()
}

/// A little of everything: transactions over two sets, nested ones, a bulk load, maintenance between them.
fn live(database: &Database) {
    let things: Set = database.declare(schema()).expect("declares");
    let offsets: Vec<Offset> = (0..10).map(|value| things.insert(&n(value)).expect("inserts")).collect();
    let parts: Set = things.nested(offsets[0], "parts").expect("is declared");
    database.flush().expect("flushes");
    database
        .write(|tx| {
            tx.update(&things, offsets[1], &n(100))?;
            tx.remove(&things, offsets[2])?;
            tx.insert(&parts, &n(200))?;
            tx.insert(&things, &n(300)).map(drop)
        })
        .expect("commits");
    let loaded: Vec<Object> = (1_000..2_100).map(n).collect();
    let loaded = things.insert_many(&loaded).expect("loads");
    database.compact().expect("compacts");
    things.update(loaded[5], &n(-5)).expect("updates");
    things.remove(loaded[6]).expect("removes");
    things.declare_more(database);
    things.remove(offsets[0]).expect("removes, with what is nested");
    database.checkpoint().expect("writes a checkpoint");
    things.insert(&n(7)).expect("inserts");
}

trait DeclareMore {
    fn declare_more(&self, database: &Database);
}

impl DeclareMore for Set {
    /// Another index, which republishes segments.
    fn declare_more(&self, database: &Database) {
        let more = schema().index("n", "hash");
        database.declare::<Object>(more).expect("declares");
        database.build_indexes().expect("builds");
    }
}

#[test]
fn a_feed_tells_all_that_was_committed_and_nothing_twice() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let keeps = || Database::options().background(false).retention(Retention::none().sequences(u64::MAX));
    for database in [keeps().in_memory(), keeps().open(dir.path()).expect("opens")] {
        let mut live_feed = database.changes(Sequence(0));
        live(&database);
        for with_old in [false, true] {
            let mut feed = database.changes(Sequence(0));
            if with_old {
                feed = feed.with_old().expect("begins at the beginning");
            }
            let commits = all(&mut feed);
            assert!(commits.is_sorted_by(|a, b| a.sequence < b.sequence));
            let mut told = Content::new();
            for commit in &commits {
                apply(&mut told, commit, with_old);
            }
            assert_eq!(told, content(&database));
            assert_eq!(feed.position(), database.snapshot().sequence());
            let changes = commits.iter().flat_map(|commit| &commit.transactions).flatten().count();
            assert_eq!(changes, 10 + 4 + 1_100 + 2 + 2 + 1, "nothing twice");
            let owned: Vec<_> = commits.iter().flat_map(|c| c.transactions.iter().flatten()).collect();
            assert_eq!(owned.iter().filter(|change| change.owner.is_some()).count(), 1);
            if !with_old {
                assert_eq!(all(&mut live_feed), commits);
            }
        }
        // From the middle, and from now.
        let commits = all(&mut database.changes(Sequence(0)));
        let middle = &commits[commits.len() / 2];
        let rest = all(&mut database.changes(middle.sequence));
        assert_eq!(rest, commits[commits.len() / 2 + 1..]);
        let mut rest = database.changes(middle.sequence).with_old().expect("is held");
        assert_eq!(rest.next().expect("more").expect("reads").sequence, commits[commits.len() / 2 + 1].sequence);
        assert_eq!(all(&mut database.changes(database.snapshot().sequence())), []);
    }
}

#[test]
fn a_feed_waits_for_commits_of_this_process_and_of_others() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let open = || Database::options().background(false).open(dir.path()).expect("opens");
    let (one, other) = (open(), open());
    let things: Set = one.declare(schema()).expect("declares");
    let mut feed = one.changes(one.snapshot().sequence());
    assert!(feed.next_timeout(Duration::from_millis(5)).expect("reads").is_none());
    other.refresh().expect("reads");
    let (theirs, numbers) = (other.set::<Object>("things").expect("is declared"), 0..40);
    let told: Vec<i64> = thread::scope(|scope| {
        scope.spawn(|| {
            for value in numbers.clone() {
                let set = if value % 2 == 0 { &things } else { &theirs };
                set.insert(&n(value)).expect("inserts");
                // Sets that this process has not heard of.
                other.declare::<Object>(SetSchema::new(format!("set {value}"))).expect("declares");
                other.set::<Object>(&format!("set {value}")).expect("is declared").insert(&n(-1)).expect("inserts");
            }
        });
        let mut told = Vec::new();
        while told.len() < 80 {
            let commit = feed.next_timeout(Duration::from_secs(60)).expect("reads").expect("comes in time");
            let objects = commit.transactions.iter().flatten().filter_map(|change| change.new.as_ref());
            told.extend(objects.map(number));
        }
        told
    });
    assert_eq!(told.into_iter().filter(|n| *n >= 0).collect::<Vec<_>>(), numbers.collect::<Vec<_>>());
}

#[test]
fn what_the_log_no_longer_holds_is_said_to_be_trimmed() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let files = FileOptions { log_length: 4_096, log_step: 1_024, ..FileOptions::default() };
    let storage = Arc::new(FileStorage::open(dir.path(), &files).expect("opens"));
    let database = Database::options().background(false).with_storage(storage).expect("opens");
    let things: Set = database.declare(schema()).expect("declares");
    let mut behind = database.changes(Sequence(0));
    for value in 0..200 {
        things.insert(&n(value)).expect("inserts");
    }
    database.flush().expect("flushes");
    database.checkpoint().expect("writes a checkpoint");
    let error = behind.try_next().expect_err("gone");
    let Error::Trimmed { oldest, .. } = error else { panic!("{error}") };
    let rest = all(&mut database.changes(oldest));
    assert!(rest.last().is_some_and(|last| last.sequence <= database.snapshot().sequence()));
    assert!(matches!(database.changes(Sequence(1)).with_old(), Err(Error::Trimmed { .. })));
}
