//! Opening, reopening, and directories that are no database.

use super::*;

#[test]
fn reopening_changes_nothing() {
    let disk = SimulatedFileSystem::new();
    for round in 1..6 {
        let storage = open(&disk).unwrap();
        let recovery = storage.recovery();
        assert!(recovery.published == 0 && recovery.torn.is_none() && recovery.damaged_head.is_none());
        append_to(&storage, round * 4);
        storage.close().unwrap();
        check_log(&storage, round * 4, "before");
    }
    let before = disk.operations();
    for _ in 0..5 {
        let storage = open(&disk).unwrap();
        check_log(&storage, 20, "reopened");
        storage.verify().unwrap();
    }
    let left: Vec<_> = disk.operation_log().split_off(before as usize);
    assert_eq!(left, [], "opening a closed store writes nothing");
}

#[test]
fn opening_reads_little_and_the_log_from_the_checkpoint_on() {
    let disk = SimulatedFileSystem::new();
    let options = FileOptions { head_sync: None, ..FileOptions::default() };
    let storage = FileStorage::over(Arc::new(disk.clone()), &options).unwrap();
    append_to(&storage, 3000);
    storage.put_checkpoint(&checkpoint(2990), None).unwrap();
    storage.close().unwrap();
    let before = disk.bytes_read();
    let storage = FileStorage::over(Arc::new(disk.clone()), &options).unwrap();
    let checkpoint = storage.newest_checkpoint().unwrap().unwrap();
    assert_eq!(storage.read(checkpoint.sequence).unwrap().len(), 10);
    let read = disk.bytes_read() - before;
    assert!(read < 16_384, "{read} bytes were read");
}

#[test]
fn a_directory_that_is_no_database_is_left_alone() {
    let disk = SimulatedFileSystem::new();
    disk.replace_file("notes.txt", b"mine".to_vec());
    let error = open(&disk).unwrap_err();
    assert!(matches!(&error, StorageError::NoDatabase { why, .. } if why.contains("notes.txt")), "{error}");
    assert_eq!(disk.file_names(), ["notes.txt"]);
    let empty = SimulatedFileSystem::new();
    let never = FileOptions { create: false, ..options() };
    for options in [never, FileOptions { read_only: true, ..options() }] {
        let error = FileStorage::over(Arc::new(empty.clone()), &options).unwrap_err();
        assert!(matches!(error, StorageError::NoDatabase { .. }), "{error}");
    }
    assert_eq!(empty.operations(), 0);
    // A lost marker is not a reason to start over a database that holds something.
    let storage = open(&empty).unwrap();
    append_to(&storage, 1);
    let lost = empty.after_power_cut(Keep::Everything, 0);
    crate::storage::files::FileSystem::remove(&lost, "protobase.format").unwrap();
    for options in [options(), FileOptions { read_only: true, ..options() }] {
        let error = FileStorage::over(Arc::new(lost.clone()), &options).unwrap_err();
        assert!(matches!(&error, StorageError::Missing { file, .. } if file.contains("protobase.format")), "{error}");
    }
    // Unknown files in a database are ignored.
    empty.replace_file("notes.txt", b"mine".to_vec());
    empty.replace_file("log-backup", b"mine".to_vec());
    let storage = open(&empty).unwrap();
    append_to(&storage, 2);
    storage.trim(Sequence(2)).unwrap();
    storage.verify().unwrap();
    assert_eq!(storage.list().unwrap(), []);
    assert!(empty.read_file("notes.txt").is_ok());
}

#[test]
fn a_real_directory_that_is_no_database_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "text").unwrap();
    for path in [file.clone(), folder.path().to_owned()] {
        let error = FileStorage::open(&path, &options()).unwrap_err();
        assert!(matches!(error, StorageError::NoDatabase { .. }), "{error}");
    }
    let missing = FileOptions { create: false, ..options() };
    let error = FileStorage::open(folder.path().join("missing"), &missing).unwrap_err();
    assert!(matches!(error, StorageError::NoDatabase { .. }), "{error}");
    assert!(!folder.path().join("missing").exists());
}

#[test]
fn a_handle_for_reading_writes_nothing() {
    let disk = SimulatedFileSystem::new();
    append_to(&open(&disk).unwrap(), 3);
    let before = disk.operations();
    let storage = open_to_read(&disk).unwrap();
    check_log(&storage, 3, "read only");
    assert!(storage.read_only());
    assert!(matches!(storage.append(Sequence(3), &draft(4)), Err(AppendError::Failed(StorageError::Refused(_)))));
    assert!(storage.put("a", &mut |_| Ok(())).is_err() && storage.remove("a").is_err());
    assert!(storage.trim(Sequence(3)).is_err() && storage.put_checkpoint(&checkpoint(1), None).is_err());
    assert!(storage.try_maintain().is_err() && storage.begin_load().is_err());
    storage.close().unwrap();
    let done = disk.operation_log().split_off(before as usize);
    assert!(done.iter().all(|operation| matches!(operation, FileOperation::Sync(_))), "{done:?}");
}
