//! What is left after a process dies, a file is strange, or a database is opened again and again? Behaviours 78, 84, 86, 87 and 89 of the
//! acceptance list.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use protobase::{
    Database, IndexableSet, Object, Offset, SetSchema, Value, field,
    storage::{FileOptions, FileStorage, simulate::SimulatedFileSystem},
};

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

fn contents(set: &IndexableSet) -> BTreeMap<Offset, String> {
    set.iter()
        .expect("reads")
        .map(|item| item.expect("reads"))
        .map(|(offset, object)| (offset, format!("{object:?}")))
        .collect()
}

/// Commits for ever and says so; a test without effect when run by itself.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let database = Database::open(&dir).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    for key in 0.. {
        let offset = set.insert(&object(key, key % 10)).expect("inserts");
        println!("committed {key} {offset}");
        if key % 50 == 49 {
            database.flush().expect("flushes");
        }
    }
}

#[test]
fn what_was_committed_survives_kill_9_78() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut lines = 0;
    for round in 0..3 {
        let fresh = tempfile::tempdir_in(dir.path()).expect("a temporary directory");
        let mut child = Command::new(std::env::current_exe().expect("this test's path"))
            .args(["--exact", "child", "--nocapture"])
            .env(DIR, fresh.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut committed = Vec::new();
        for line in output.lines() {
            let line = line.expect("reads");
            // The test harness prints its own words before the first line of the child's.
            let Some((_, said)) = line.split_once("committed ") else { continue };
            let (key, offset) = said.split_once(' ').expect("two numbers");
            let (key, offset): (i64, u64) = (key.parse().expect("a key"), offset.parse().expect("an offset"));
            committed.push((key, Offset(offset)));
            if committed.len() == 60 + round * 45 {
                child.kill().expect("kill -9");
                break;
            }
        }
        child.wait().expect("ends");
        lines += committed.len();
        let (database, set) = open(fresh.path());
        for (key, offset) in &committed {
            let found = set.get(*offset).expect("reads").expect("an acknowledged commit is there");
            assert!(matches!(found.get("key"), Some(Value::Int(known)) if known == key));
        }
        database.check().expect("finds no fault");
        let count = set.query().filter(field("value").eq(3)).count().expect("answers");
        assert!(count >= committed.iter().filter(|(key, _)| key % 10 == 3).count() as u64);
    }
    assert!(lines > 100);
}

#[test]
fn five_reopenings_change_nothing_84() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let before = {
        let (database, set) = open(dir.path());
        set.insert_many(&(0..300).map(|key| object(key, key % 7)).collect::<Vec<_>>()).expect("inserts");
        database.flush().expect("flushes");
        let offset = set.insert(&object(1_000, 1)).expect("inserts");
        set.update(offset, &object(1_000, 2)).expect("updates");
        let first = contents(&set).into_keys().next().expect("is there");
        set.remove(first).expect("removes");
        contents(&set)
    };
    assert_eq!(before.len(), 300);
    for _ in 0..5 {
        let (database, set) = open(dir.path());
        assert_eq!(contents(&set), before);
        assert_eq!(set.query().filter(field("value").eq(2)).count().expect("answers"), 43 + 1);
        database.check().expect("finds no fault");
    }
}

#[test]
fn an_unknown_file_is_ignored_86() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    {
        let (_database, set) = open(dir.path());
        set.insert(&object(1, 1)).expect("inserts");
    }
    fs::write(dir.path().join("notes.txt"), "keep me").expect("writes");
    fs::create_dir(dir.path().join("a folder")).expect("creates");
    let (database, set) = open(dir.path());
    set.insert(&object(2, 2)).expect("inserts");
    database.compact().expect("compacts");
    database.checkpoint().expect("writes a checkpoint");
    assert_eq!(set.len().expect("counts"), 2);
    assert_eq!(fs::read_to_string(dir.path().join("notes.txt")).expect("is still there"), "keep me");
}

#[test]
fn a_directory_that_is_no_database_is_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let missing = dir.path().join("missing");
    let error = Database::options().create(false).open(&missing).expect_err("nothing there").to_string();
    assert!(error.contains("missing"), "{error}");
    assert!(!missing.exists(), "looking creates nothing");
    fs::write(dir.path().join("file"), "text").expect("writes");
    let error = Database::open(dir.path().join("file")).expect_err("a file").to_string();
    assert!(error.contains("file"), "{error}");
}

#[test]
fn compaction_while_objects_are_deleted_loses_no_delete_87() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (database, set) = open(dir.path());
    let mut offsets = Vec::new();
    for batch in 0..4 {
        offsets.extend(
            set.insert_many(&(0..500).map(|key| object(batch * 500 + key, key % 5)).collect::<Vec<_>>())
                .expect("inserts"),
        );
        database.flush().expect("flushes");
    }
    std::thread::scope(|scope| {
        let deleting = scope.spawn(|| {
            for offset in offsets.iter().step_by(2) {
                assert!(set.remove(*offset).expect("removes"));
            }
        });
        while !deleting.is_finished() {
            database.compact().expect("compacts");
        }
    });
    let kept: Vec<Offset> = offsets.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(contents(&set).into_keys().collect::<Vec<_>>(), kept);
    database.compact().expect("compacts");
    drop((set, database));
    let (database, set) = open(dir.path());
    assert_eq!(contents(&set).into_keys().collect::<Vec<_>>(), kept);
    database.check().expect("finds no fault");
}

#[test]
fn a_newer_format_is_refused_86() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    drop(open(dir.path()));
    let marker = dir.path().join("protobase.format");
    let text = fs::read_to_string(&marker).expect("reads");
    let line = format!("{}\n", text.lines().next().expect("a line").replace("format 1", "format 2"));
    fs::write(&marker, format!("{line}crc32c {:08x}\n", crc32c::crc32c(line.as_bytes()))).expect("writes");
    let error = Database::open(dir.path()).expect_err("a newer format").to_string();
    assert!(error.contains("newer") && error.contains('2') && error.contains('1'), "{error}");
}

/// Flips one bit in the middle of every blob whose name starts like this; returns how many there were.
fn damage(dir: &Path, prefix: &str) -> usize {
    let mut damaged = 0;
    for entry in fs::read_dir(dir.join("blobs")).expect("lists") {
        let path = entry.expect("lists").path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)) {
            let mut bytes = fs::read(&path).expect("reads");
            let middle = bytes.len() / 3;
            bytes[middle] ^= 0x10;
            fs::write(&path, bytes).expect("writes");
            damaged += 1;
        }
    }
    damaged
}

#[test]
fn a_damaged_index_part_is_answered_for_and_rebuilt_80() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    {
        let (database, set) = open(dir.path());
        set.insert_many(&(0..5_000).map(|key| object(key, key % 7)).collect::<Vec<_>>()).expect("inserts");
        database.compact().expect("compacts");
    }
    assert_eq!(damage(dir.path(), "part-"), 2);
    let (database, set) = open(dir.path());
    let error = database.check().expect_err("a damaged part").to_string();
    assert!(error.contains("things") && error.contains("part-"), "{error}");
    for value in 0..7 {
        let count = set.query().filter(field("value").eq(value)).count().expect("answers");
        assert_eq!(count, if value < 2 { 715 } else { 714 });
    }
    assert!(set.insert(&object(17, 1)).is_err(), "the key is taken, whatever its index says");
    assert!(set.find_unique(4_321).expect("reads").is_some());
    database.build_indexes().expect("rebuilds");
    database.check().expect("finds no fault any more");
    let explained = set.query().filter(field("value").eq(3)).explain().expect("explains").to_string();
    assert!(explained.contains("IndexScan"), "{explained}");
}

#[test]
fn damaged_objects_are_an_error_and_never_data_80() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    {
        let (database, set) = open(dir.path());
        set.insert_many(&(0..5_000).map(|key| object(key, key % 7)).collect::<Vec<_>>()).expect("inserts");
        database.checkpoint().expect("writes a checkpoint");
    }
    assert_eq!(damage(dir.path(), "objects-"), 1);
    let (database, set) = open(dir.path());
    let error = database.check().expect_err("damaged objects").to_string();
    assert!(error.contains("objects-") && error.contains("position"), "{error}");
    let read: Result<Vec<_>, _> = set.iter().expect("opens").collect();
    let error = read.expect_err("damaged objects").to_string();
    assert!(error.contains("objects-") && error.contains("position"), "{error}");
}

fn on_disk(files: &SimulatedFileSystem) -> Arc<FileStorage> {
    let options = FileOptions { head_sync: None, ..FileOptions::default() };
    Arc::new(FileStorage::over(Arc::new(files.clone()), &options).expect("opens"))
}

#[test]
fn a_full_disk_fails_one_transaction_and_not_the_database_81() {
    let files = SimulatedFileSystem::new();
    let database = Database::options().background(false).with_storage(on_disk(&files)).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert(&object(0, 0)).expect("inserts");
    files.limit_space(Some(0));
    let huge = object(1, 1).with("text", "x".repeat(8 << 20));
    let error = set.insert(&huge).expect_err("the disk is full");
    assert!(!error.to_string().is_empty());
    files.limit_space(None);
    set.insert(&object(1, 1)).expect("there is room again");
    assert_eq!(set.len().expect("counts"), 2);
}

#[test]
fn a_failed_sync_stops_writes_until_the_database_is_opened_anew_82() {
    let files = SimulatedFileSystem::new();
    let database = Database::options().background(false).with_storage(on_disk(&files)).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert(&object(0, 0)).expect("inserts");
    files.fail_sync(Some(0));
    set.insert(&object(1, 1)).expect_err("its sync fails");
    files.fail_sync(None);
    let error = set.insert(&object(2, 2)).expect_err("nothing is written any more").to_string();
    assert!(error.contains("sync"), "{error}");
    assert!(set.get(set.iter().expect("opens").next().expect("one").expect("reads").0).expect("reads").is_some());
    drop((set, database));
    let database = Database::options().background(false).with_storage(on_disk(&files)).expect("opens");
    let set: IndexableSet = database.set("things").expect("is declared");
    set.insert(&object(3, 3)).expect("writes again");
    let count = set.len().expect("counts");
    assert!((2..=3).contains(&count), "{count}: the commit of unknown outcome is there or not");
}
