//! Is `docs/format.md` enough to read a database in another language, and to append to it? `tests/format/read_store.py` was written from
//! it alone. Runs where there is a Python with `msgpack` (`PROTOBASE_PYTHON`, or `python3`); says so where there is none.
#![cfg(all(feature = "cli", unix))]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use protobase::{Database, IndexableSet, Object};
use serde_json::{Value as Json, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn python() -> Option<String> {
    let python = env::var("PROTOBASE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let able =
        Command::new(&python).args(["-c", "import msgpack"]).output().is_ok_and(|output| output.status.success());
    if !able {
        assert!(env::var("PROTOBASE_PYTHON").is_err(), "{python} has no msgpack");
        println!("skipped: {python} has no msgpack; see tests/format/requirements.txt");
    }
    able.then_some(python)
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("is text")
}

/// What the program in the other language says.
fn told(python: &str, arguments: &[&str]) -> Json {
    let said = run(Command::new(python).arg(root().join("tests/format/read_store.py")).args(arguments));
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn query(db: &str, set: &str) -> Json {
    let sql = format!("SELECT * FROM {set}");
    let said = run(Command::new(env!("CARGO_BIN_EXE_protobase")).args(["query", db, &sql, "--format", "json"]));
    serde_json::from_str(&said).expect("is JSON")
}

fn fixtures() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/fixtures")).expect("lists").map(|entry| entry.expect("lists").path());
    let mut found: Vec<PathBuf> = entries.map(|path| path.join("store")).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn copy(store: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::create_dir(dir.path().join("blobs")).expect("creates");
    for inside in ["", "blobs"] {
        for entry in fs::read_dir(store.join(inside)).expect("lists").map(|entry| entry.expect("lists")) {
            if entry.path().is_file() {
                fs::copy(entry.path(), dir.path().join(inside).join(entry.file_name())).expect("copies");
            }
        }
    }
    dir
}

/// The sets of a fixture.
fn sets(store: &Path) -> Vec<String> {
    let expected = fs::read(store.with_file_name("expected.json")).expect("reads");
    let expected: Json = serde_json::from_slice(&expected).expect("is JSON");
    expected.as_object().expect("sets by name").keys().cloned().collect()
}

#[test]
fn another_language_reads_what_we_write() {
    let Some(python) = python() else { return };
    let stores = fixtures();
    assert!(stores.len() >= 3, "{stores:?}");
    for store in stores {
        let dir = copy(&store);
        let db = dir.path().to_str().expect("is text");
        let sets = sets(&store);
        for set in &sets {
            let found = told(&python, &["read", db, set]);
            assert!(found.as_array().is_some_and(|found| !found.is_empty()));
            assert_eq!(found, query(db, set), "{}: {set}", store.display());
        }
        // Once more with everything moved into other files.
        let database = Database::options().background(false).open(db).expect("opens");
        database.compact().expect("compacts");
        drop(database);
        for set in &sets {
            assert_eq!(told(&python, &["read", db, set]), query(db, set), "{}, compacted: {set}", store.display());
        }
    }
}

#[test]
fn another_language_appends_and_we_read_it() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().expect("a temporary directory");
    let db = dir.path().join("db");
    let db = db.to_str().expect("is text");
    let database = Database::open(db).expect("opens");
    let set: IndexableSet =
        database.declare(protobase::SetSchema::new("plain").unique("n").index("n", "ordered")).expect("declares");
    let ours = set.insert(&Object::new().with("n", 1)).expect("inserts");
    // Beside the open database, and after it is closed.
    let beside = told(&python, &["append", db, "plain", r#"{"n": 2, "by": "Python"}"#]);
    database.refresh().expect("reads");
    assert_eq!(set.len().expect("counts"), 2);
    let third = set.insert(&Object::new().with("n", 3)).expect("inserts");
    drop((set, database));
    let after = told(&python, &["append", db, "plain", r#"{"n": 4, "deep": {"list": [1, null, "x", 0.5]}}"#]);
    let offsets = [json!(ours.0), beside, json!(third.0), after];
    assert!((0..4).all(|n| (0..n).all(|m| offsets[n] != offsets[m])), "{offsets:?}");
    let expected =
        json!([{"n": 1}, {"n": 2, "by": "Python"}, {"n": 3}, {"n": 4, "deep": {"list": [1, null, "x", 0.5]}}]);
    let sorted = |mut found: Json| {
        found.as_array_mut().expect("an array").sort_by_key(|object| object["n"].as_i64());
        found
    };
    assert_eq!(sorted(query(db, "plain")), expected);
    assert_eq!(sorted(told(&python, &["read", db, "plain"])), expected);
    let database = Database::open(db).expect("opens");
    database.check().expect("finds no fault");
    let set: IndexableSet = database.set("plain").expect("is declared");
    let fifth = set.insert(&Object::new().with("n", 5)).expect("inserts");
    assert!(!offsets.contains(&json!(fifth.0)), "an offset was used twice");
    database.compact().expect("compacts");
    database.check().expect("finds no fault");
}

#[test]
fn another_language_sees_damage() {
    let Some(python) = python() else { return };
    let store = root().join("tests/fixtures/v1-closed/store");
    let script = root().join("tests/format/read_store.py");
    let names: Vec<String> = ["", "blobs"]
        .iter()
        .flat_map(|inside| {
            fs::read_dir(store.join(inside)).expect("lists").map(move |entry| (inside, entry.expect("lists")))
        })
        .filter(|(_, entry)| entry.path().is_file())
        .map(|(inside, entry)| Path::new(inside).join(entry.file_name()).to_string_lossy().into_owned())
        .filter(|name| !name.contains("part-") && !name.starts_with("checkpoint-0000000000000027-0000000000000027"))
        .filter(|name| name.contains("objects-25") || !name.contains("objects-"))
        .collect();
    assert!(names.len() >= 5, "{names:?}");
    for name in names.iter().filter(|name| *name != "head") {
        let dir = copy(&store);
        let path = dir.path().join(name);
        let mut bytes = fs::read(&path).expect("reads");
        let at = bytes.len().min(400) / 2;
        bytes[at] ^= 1;
        fs::write(path, bytes).expect("writes");
        let output =
            Command::new(&python).arg(&script).arg("read").arg(dir.path()).arg("villages").output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("damaged"), "{name}: {said}");
    }
}
