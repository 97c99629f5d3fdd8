//! Do several processes on one directory see and respect each other? Behaviours 77, 83 and 88 of the acceptance list. A child process is
//! this test binary run again, told by an environment variable what to do.

use std::{
    io::{self, BufRead, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use protobase::{
    Database, Error, IndexableSet, Object, Sequence, SetSchema, Value, field,
    set::SetError,
    storage::{FileOptions, FileStorage},
};

const ROLE: &str = "PROTOBASE_TEST_ROLE";
const DIR: &str = "PROTOBASE_TEST_DIR";

fn schema() -> SetSchema {
    SetSchema::new("things").unique("key").index("value", "ordered")
}

fn object(key: i64, value: i64) -> Object {
    Object::new().with("key", key).with("value", value)
}

/// With short log files, so that checkpoints trim some of them.
fn open(dir: &Path) -> (Database, IndexableSet) {
    let files = FileOptions { log_length: 4_096, log_step: 1_024, ..FileOptions::default() };
    let storage = Arc::new(FileStorage::open(dir, &files).expect("opens"));
    let database = Database::options().background(false).with_storage(storage).expect("opens");
    let set = database.declare(schema()).expect("declares");
    (database, set)
}

fn process(role: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test's path"));
    command.args(["--exact", "child", "--nocapture"]).env(ROLE, role).env(DIR, dir).stdout(Stdio::null());
    command
}

/// What a child process does; a test without effect when run by itself.
#[test]
fn child() {
    let (Ok(role), Some(dir)) = (std::env::var(ROLE), std::env::var_os(DIR)) else { return };
    let (database, set) = open(Path::new(&dir));
    match role.split_once(':') {
        Some(("insert", first)) => {
            let first: i64 = first.parse().expect("a number");
            for key in first..first + 50 {
                set.insert(&object(key, key)).expect("inserts");
            }
        }
        // Stays open afterwards, so that closing is not what makes the commits visible.
        Some(("insert and stay", first)) => {
            let first: i64 = first.parse().expect("a number");
            for key in first..first + 20 {
                set.insert(&object(key, key)).expect("inserts");
            }
            database.declare::<Object>(SetSchema::new("more")).expect("declares");
            let _until_the_parent_has_seen_them = io::stdin().read(&mut [0]).expect("reads");
        }
        Some(("sleep", how)) => sleep(&database, &set, how),
        Some(("increment", times)) => {
            for _ in 0..times.parse::<u32>().expect("a number") {
                increment(&database, &set);
            }
        }
        Some(("race", keys)) => {
            for key in 0..keys.parse::<i64>().expect("a number") {
                race(&set, 10_000 + key);
            }
        }
        _ => panic!("unknown role {role}"),
    }
}

/// Wins a key, which is told, or is refused it in favour of an object that is there.
fn race(set: &IndexableSet, key: i64) {
    match set.insert(&object(key, i64::from(std::process::id()))) {
        Ok(_) => eprintln!("{key}"),
        Err(SetError::UniqueViolation { set: name, key: field, value, by }) => {
            assert_eq!((&*name, &*field, &*value), ("things", "key", &*key.to_string()));
            let winner = set.get(by).expect("reads").expect("whoever took the key is there");
            assert_eq!(winner.get("key"), Some(&Value::Int(key)));
        }
        Err(other) => panic!("neither won nor taken: {other}"),
    }
}

/// Takes snapshots, sleeps until it is told how many objects there are, and goes on by reading or by writing.
fn sleep(database: &Database, set: &IndexableSet, how: &str) {
    let (old, first) = (database.snapshot(), set.find_unique(0).expect("looks").expect("is there"));
    let mut open = database.begin().expect("begins");
    open.update(set, first, &object(0, 99)).expect("stages");
    eprintln!("asleep");
    let mut line = String::new();
    io::stdin().read_line(&mut line).expect("reads");
    let left: u64 = line.trim().parse().expect("a number");
    if how == "write" {
        let new = set.insert(&object(2_000, 2)).expect("a write notices what happened");
        assert_eq!(set.len().expect("counts"), left + 1);
        assert!(set.remove(new).expect("removes"));
    }
    assert_eq!(set.len().expect("counts"), left);
    assert_eq!(set.query().filter(field("value").ge(0)).count().expect("counts"), left);
    assert!(!set.contains(first).expect("looks"));
    let taken = set.insert(&object(1_002, 9)).expect_err("a key that another process took").to_string();
    assert!(taken.contains("1002"), "{taken}");
    let late = open.commit().expect_err("what it wrote was removed meanwhile");
    assert!(late.is_conflict() || matches!(late, Error::SnapshotTooOld { .. }), "{late}");
    assert_eq!(old.set("things").expect("is declared").iter().flatten().count(), 50, "an old snapshot is as it was");
    database.check().expect("finds no fault");
}

fn increment(database: &Database, set: &IndexableSet) {
    database
        .write(|tx| {
            let offset = tx.lookup(set, &Value::Int(0))?.expect("the counter is there");
            let old = tx.get(set, offset)?.expect("the counter is there");
            let Some(Value::Int(value)) = old.get("value") else { panic!("a number") };
            tx.update(set, offset, &object(0, value + 1))
        })
        .expect("commits in the end");
}

#[test]
fn a_second_process_sees_the_firsts_commits_and_both_can_write_83() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (database, set) = open(dir.path());
    set.insert(&object(0, 0)).expect("inserts");
    let mut children: Vec<_> =
        [100, 200].map(|first| process(&format!("insert:{first}"), dir.path()).spawn().expect("starts")).into();
    children.push(process("increment:30", dir.path()).spawn().expect("starts"));
    children.push(process("increment:30", dir.path()).spawn().expect("starts"));
    for key in 300..350 {
        set.insert(&object(key, key)).expect("inserts");
        increment(&database, &set);
    }
    for mut child in children {
        assert!(child.wait().expect("ends").success());
    }
    assert_eq!(set.len().expect("counts"), 151);
    let counter = set.iter().expect("reads").next().expect("the first object").expect("reads").1;
    assert!(matches!(counter.get("value"), Some(Value::Int(110))), "{counter:?}");
    database.check().expect("finds no fault");
}

/// Asks until the answer is the expected one; for as long as the other process may reasonably take.
fn until<A: PartialEq + std::fmt::Debug>(expected: A, mut ask: impl FnMut() -> A) {
    let start = Instant::now();
    loop {
        let answer = ask();
        if answer == expected {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "still {answer:?} and not {expected:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Every handle sees what another process commits by reading alone: none is refreshed, and none writes.
#[test]
fn a_reader_sees_another_processs_commits_without_asking_for_them_83() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (_database, set) = open(dir.path());
    set.insert(&object(0, 0)).expect("inserts");
    let soon = Duration::from_millis(50);
    let readers: Vec<Database> = [
        Database::options(),
        Database::options().background(false),
        Database::options().staleness(soon),
        Database::options().read_only(true),
        Database::options().read_only(true).staleness(soon),
    ]
    .map(|options| options.open(dir.path()).expect("opens"))
    .into();
    let sets: Vec<IndexableSet> = readers.iter().map(|reader| reader.set("things").expect("is declared")).collect();
    for set in &sets {
        assert_eq!((set.len().expect("counts"), set.find_unique(119).expect("looks")), (1, None));
    }
    let mut child: Child = process("insert and stay:100", dir.path()).stdin(Stdio::piped()).spawn().expect("starts");
    for (reader, set) in readers.iter().zip(&sets) {
        until(true, || set.find_unique(119).expect("looks").is_some());
        assert_eq!(set.query().filter(field("value").ge(100)).count().expect("answers"), 20);
        assert_eq!(set.len().expect("counts"), 21);
        assert_eq!(set.iter().expect("reads").count(), 21);
        until(2, || reader.sets().len());
        assert_eq!(reader.info().expect("tells").sets.iter().map(|set| set.objects).sum::<u64>(), 21);
        #[cfg(feature = "sql")]
        {
            let answer = reader.sql("SELECT key FROM things WHERE key = 119", &protobase::Parameters::new());
            assert_eq!(answer.expect("answers").objects.len(), 1);
        }
    }
    drop(child.stdin.take());
    assert!(child.wait().expect("ends").success());
}

#[test]
fn of_a_race_for_unique_keys_between_processes_one_wins_each_77() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (database, set) = open(dir.path());
    let start = || process("race:40", dir.path()).stderr(Stdio::piped()).spawn().expect("starts");
    let children: Vec<Child> = (0..3).map(|_| start()).collect();
    let mut won: Vec<(i64, i64)> = Vec::new();
    for child in children {
        let process = i64::from(child.id());
        let output = child.wait_with_output().expect("ends");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        won.extend(told.lines().filter_map(|key| Some((key.parse().ok()?, process))));
    }
    won.sort_unstable();
    let keys: Vec<i64> = won.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, (10_000..10_040).collect::<Vec<_>>(), "each key was won once");
    let int = |object: &Object, field: &str| match object.get(field) {
        Some(Value::Int(number)) => *number,
        other => panic!("{field} is {other:?}"),
    };
    let mut stored: Vec<(i64, i64)> =
        set.iter().expect("reads").flatten().map(|(_, object)| (int(&object, "key"), int(&object, "value"))).collect();
    stored.sort_unstable();
    assert_eq!(stored, won, "by the process whose object is there");
    database.check().expect("finds no key twice");
}

#[test]
fn a_process_that_slept_through_compactions_and_trimming_goes_on_rightly_88() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (database, set) = open(dir.path());
    let insert = |key| set.insert(&object(key, key)).expect("inserts");
    let mut offsets: Vec<_> = (0..30).map(insert).collect();
    database.flush().expect("flushes");
    offsets.extend((30..50).map(insert));
    let mut sleepers: Vec<Child> = ["sleep:read", "sleep:write"]
        .map(|role| {
            let mut command = process(role, dir.path());
            let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
            let told = child.stderr.as_mut().expect("is piped");
            assert_eq!(
                io::BufReader::with_capacity(1, told).lines().next().expect("is told").expect("reads"),
                "asleep"
            );
            child
        })
        .into();
    for round in 0..3 {
        for offset in &offsets[round * 10..round * 10 + 5] {
            assert!(set.remove(*offset).expect("removes"));
        }
        insert(1_000 + round as i64);
        database.flush().expect("flushes");
        database.compact().expect("compacts");
        database.checkpoint().expect("writes a checkpoint and trims the log");
    }
    let trimmed = database.changes(Sequence(1)).next().expect("is answered");
    assert!(matches!(trimmed, Err(Error::Trimmed { .. })), "the log that the sleepers know is gone");
    for child in &mut sleepers {
        writeln!(child.stdin.as_mut().expect("is piped"), "{}", 50 - 15 + 3).expect("is awake");
        child.stdin = None;
        let mut told = String::new();
        child.stderr.as_mut().expect("is piped").read_to_string(&mut told).expect("reads");
        assert!(child.wait().expect("ends").success(), "{told}");
    }
    assert_eq!(set.len().expect("counts"), 50 - 15 + 3);
    database.check().expect("finds no fault");
}
