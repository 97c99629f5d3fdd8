//! What becomes of those who need the lock that a stopped or foreign process holds?

#![cfg(feature = "cli")]

mod shell;

use std::{fs::File, path::Path, sync::mpsc, thread, time::Duration};

use protobase::{
    Database, IndexableSet, Object, SetSchema,
    storage::{FileOptions, FileStorage, LockWait, Storage},
};

use shell::Shell;

fn hold(file: &Path) -> File {
    let lock = File::options().create(true).truncate(false).write(true).open(file).unwrap();
    lock.try_lock().unwrap();
    lock
}

fn impatient(dir: &Path) -> Database {
    let wait = LockWait { limit: Duration::from_millis(20), tell: None };
    Database::options().background(false).lock_wait(wait).open(dir).unwrap()
}

fn things(database: &Database) -> IndexableSet {
    database.declare(SetSchema::new("things").unique("key")).unwrap()
}

fn thing(key: i64) -> Object {
    Object::new().with("key", key)
}

#[test]
fn a_commit_gives_up_and_a_later_one_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let database = impatient(folder.path());
    let set = things(&database);
    set.insert(&thing(1)).unwrap();
    let held = hold(&folder.path().join("lock"));
    let refused = set.insert(&thing(2)).unwrap_err().to_string();
    let path = folder.path().join("lock").display().to_string();
    for named in [path.as_str(), "another process", "try again"] {
        assert!(refused.contains(named), "{refused:?} lacks {named:?}");
    }
    // Reading and checking need no lock.
    assert_eq!(set.len().unwrap(), 1);
    database.check().unwrap();
    drop(held);
    set.insert(&thing(2)).unwrap();
    assert_eq!(set.len().unwrap(), 2);
    drop(database);
    database_holds(folder.path(), 2);
}

fn database_holds(dir: &Path, objects: u64) {
    let database = impatient(dir);
    assert_eq!(things(&database).len().unwrap(), objects);
    database.check().unwrap();
}

#[test]
fn a_store_with_damage_is_told_from_a_sound_one_without_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let options = FileOptions { head_sync: None, ..FileOptions::default() };
    drop(FileStorage::open(folder.path(), &options).unwrap());
    let storage = FileStorage::open(folder.path(), &FileOptions { read_only: true, ..options }).unwrap();
    let _held = hold(&folder.path().join("lock"));
    storage.verify().unwrap();
    let head = folder.path().join("head");
    let mut bytes = std::fs::read(&head).unwrap();
    bytes[20] ^= 0xff;
    std::fs::write(&head, bytes).unwrap();
    assert!(storage.verify().is_err(), "damage of the head that stays is no write under way");
}

#[test]
fn the_command_line_checks_without_the_lock_and_says_what_it_waits_for() {
    let shell = Shell::new();
    shell.write("p.jsonl", "{\"id\": 1}\n");
    shell.succeed(&["import", "db", "p", "p.jsonl"]);
    let held = hold(&shell.path("db/lock"));
    assert!(shell.succeed(&["check", "db"]).contains("sound"));
    let (free, told) = mpsc::channel::<()>();
    let holder = thread::spawn(move || {
        // Longer than what is worth a word, far shorter than the limit.
        let _ = told.recv_timeout(Duration::from_secs(3));
        drop(held);
    });
    let output = shell.run(&["import", "db", "q", "p.jsonl"]);
    drop(free);
    holder.join().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("waiting for another process that holds") && said.contains("lock"), "{said}");
    let held = hold(&shell.path("db/maintenance.lock"));
    let holder = thread::spawn(move || {
        thread::sleep(Duration::from_secs(3));
        drop(held);
    });
    let output = shell.run(&["compact", "db"]);
    holder.join().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("maintenance.lock"), "{said}");
}
