//! Do several processes on one directory see and respect each other? Behaviours 77, 83 and 88 of the acceptance list. A child process is
//! this test binary run again, told by an environment variable what to do.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use protobase::{Database, IndexableSet, Object, SetSchema, Value};

const ROLE: &str = "PROTOBASE_TEST_ROLE";
const DIR: &str = "PROTOBASE_TEST_DIR";

fn schema() -> SetSchema {
    SetSchema::new("things").unique("key").index("value", "ordered")
}

fn object(key: i64, value: i64) -> Object {
    Object::new().with("key", key).with("value", value)
}

fn open(dir: &Path) -> (Database, IndexableSet) {
    let database = Database::options().background(false).open(dir).expect("opens");
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
        Some(("increment", times)) => {
            for _ in 0..times.parse::<u32>().expect("a number") {
                increment(&database, &set);
            }
        }
        Some(("race", keys)) => {
            for key in 0..keys.parse::<i64>().expect("a number") {
                let _loser_or_winner = set.insert(&object(10_000 + key, i64::from(std::process::id())));
            }
        }
        _ => panic!("unknown role {role}"),
    }
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
    database.refresh().expect("reads the others' commits");
    assert_eq!(set.len().expect("counts"), 151);
    let counter = set.iter().expect("reads").next().expect("the first object").expect("reads").1;
    assert!(matches!(counter.get("value"), Some(Value::Int(110))), "{counter:?}");
    database.check().expect("finds no fault");
}

#[test]
fn of_a_race_for_unique_keys_between_processes_one_wins_each_77() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (database, set) = open(dir.path());
    let children: Vec<_> = (0..3).map(|_| process("race:40", dir.path()).spawn().expect("starts")).collect();
    for mut child in children {
        assert!(child.wait().expect("ends").success());
    }
    database.refresh().expect("reads the others' commits");
    assert_eq!(set.len().expect("counts"), 40);
    database.check().expect("finds no key twice");
}

#[test]
fn a_process_that_slept_through_compactions_and_trimming_goes_on_rightly_88() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (sleeper, slept) = open(dir.path());
    let offsets: Vec<_> = (0..50).map(|key| slept.insert(&object(key, key)).expect("inserts")).collect();
    let old = sleeper.snapshot();
    {
        let (database, set) = open(dir.path());
        for round in 0..3 {
            for offset in &offsets[round * 10..round * 10 + 5] {
                assert!(set.remove(*offset).expect("removes"));
            }
            set.insert(&object(1_000 + round as i64, 1)).expect("inserts");
            database.flush().expect("flushes");
            database.compact().expect("compacts");
            database.checkpoint().expect("writes a checkpoint and trims the log");
        }
    }
    assert_eq!(old.set("things").expect("is declared").iter().flatten().count(), 50, "maps survive");
    slept.insert(&object(2_000, 2)).expect("a write notices what happened");
    assert_eq!(slept.len().expect("counts"), 50 - 15 + 3 + 1);
    assert!(slept.insert(&object(1_002, 9)).is_err(), "a key that the other process took");
    assert!(!slept.contains(offsets[0]).expect("reads"));
    sleeper.check().expect("finds no fault");
}
