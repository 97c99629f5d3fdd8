//! What another process does while it holds the lock is not disturbed, and not judged.

use std::{collections::BTreeMap, fs, io, path::Path, time::Duration};

use crate::storage::{
    LockWait, OsFileSystem,
    file::LOCK,
    files::{FileLock, Sharing},
};

use super::*;

fn impatient() -> FileOptions {
    FileOptions { lock_wait: LockWait { limit: Duration::from_millis(1), tell: None }, ..options() }
}

/// The lock, as another process holds it.
fn held(directory: &Path) -> FileLock {
    OsFileSystem::new(directory).try_lock(LOCK, Sharing::Exclusive).unwrap().expect("it is free")
}

/// All files but locks, with what is in them.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    let read = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    files.map(read).filter(|(name, _)| !name.ends_with(LOCK)).collect()
}

/// What somebody does, by name.
type Change<'a> = (&'a str, Box<dyn Fn() -> Result<(), String> + 'a>);

/// Whoever wrote beside the holder of the lock would publish less than the holder has, and void what it acknowledged.
#[test]
fn nothing_is_written_while_another_process_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path();
    let storage = || FileStorage::open(directory, &impatient());
    let (one, two, failed) = (storage().unwrap(), storage().unwrap(), storage().unwrap());
    append_to(&one, 3);
    failed.poison.fail("syncing the head", io::Error::other("no device"));
    let done = |result: Result<Sequence, AppendError>| result.map(drop).map_err(|error| error.to_string());
    let told = |result: Result<(), StorageError>| result.map_err(|error| error.to_string());
    let changes: [Change<'_>; 6] = [
        ("a sweep", Box::new(|| told(two.try_sweep().map(drop)))),
        ("a handle that is opened", Box::new(|| told(storage().map(drop)))),
        ("a salvage", Box::new(|| told(FileStorage::salvage(directory, &impatient()).map(drop)))),
        ("a handle that is closed", Box::new(|| told(two.close()))),
        ("an append", Box::new(|| done(two.append(Sequence(3), &draft(4))))),
        ("an append after a failed sync", Box::new(|| done(failed.append(Sequence(3), &draft(4))))),
    ];
    let lock = held(directory);
    let before = contents(directory);
    for (what, change) in &changes {
        let error = change().expect_err(what);
        assert!(error.contains("another process has held"), "{what}: {error}");
        assert!(before == contents(directory), "{what} has written");
    }
    drop(lock);
    let [others @ .., (what, last)] = &changes;
    others.iter().for_each(|(what, change)| change().unwrap_or_else(|error| panic!("{what}: {error}")));
    let error = last().expect_err(what);
    assert!(error.contains("no device"), "{what}: {error}");
    // It could not be told before.
    let error = two.append(Sequence(4), &draft(5)).unwrap_err().to_string();
    assert!(error.contains("in another process"), "{error}");
    check_log(&storage().unwrap(), 4, "opened anew");
}

/// Under the lock, bytes past the head are a frame that is being written: half of one is no damage, and not even the end of the log.
#[test]
fn what_is_past_the_head_is_not_judged_while_the_lock_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path();
    let storage = FileStorage::open(directory, &impatient()).unwrap();
    append_to(&storage, 3);
    let (head, end) = (fs::read(directory.join("head")).unwrap(), end_of_frames(&storage));
    append_to(&storage, 5);
    // As a reader finds it that is slower than the writer: the head before both frames, the first half written, the second whole.
    fs::write(directory.join("head"), head).unwrap();
    let [log] = &contents(directory).into_keys().filter(|name| name.starts_with("log-")).collect::<Vec<_>>()[..] else {
        panic!("one log file")
    };
    let mut bytes = fs::read(directory.join(log)).unwrap();
    bytes[end + 70] ^= 1;
    fs::write(directory.join(log), bytes).unwrap();
    let read_only = FileOptions { read_only: true, ..impatient() };
    let lock = held(directory);
    storage.verify().unwrap();
    let reader = FileStorage::open(directory, &read_only).unwrap();
    check_log(&reader, 3, "beside the writer");
    drop(lock);
    storage.verify().unwrap_err();
    FileStorage::open(directory, &read_only).unwrap_err();
}
