//! Crashes, damage, full disks and failing syncs on a simulated disk.

use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::{
    codec::CodecError,
    object::{FamilyId, Sequence},
    storage::{
        AppendError, Checkpoint, FileOptions, FileStorage, SegmentEntry, SegmentId, Storage, StorageError,
        simulate::{FileOperation, Keep, SimulatedFileSystem},
        tests::{append_to, checkpoint, draft, frame, options},
    },
};

fn open(disk: &SimulatedFileSystem) -> Result<FileStorage, StorageError> {
    FileStorage::over(Arc::new(disk.clone()), &options())
}

fn open_to_read(disk: &SimulatedFileSystem) -> Result<FileStorage, StorageError> {
    FileStorage::over(Arc::new(disk.clone()), &FileOptions { read_only: true, ..options() })
}

/// The log's frames are what was appended, at least up to `acknowledged`.
fn check_log(storage: &FileStorage, acknowledged: u64, about: &str) {
    let head = storage.head().unwrap().0;
    assert!(head >= acknowledged, "{about}: frame {head} is the last of {acknowledged} acknowledged ones");
    let frames = storage.read(Sequence(0)).unwrap_or_else(|error| panic!("{about}: {error}"));
    assert_eq!(frames, (1..=head).map(frame).collect::<Vec<_>>(), "{about}");
}

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

/// Creates, appends, publishes and closes; returns the last acknowledged sequence.
fn work(disk: &SimulatedFileSystem, acknowledged: &mut u64) -> Result<(), AppendError> {
    let storage = open(disk)?;
    for number in storage.head()?.0 + 1..=14 {
        storage.append(Sequence(number - 1), &draft(number))?;
        *acknowledged = number;
        if number == 6 {
            storage.put("blob", &mut |out| out.write_all(&[6; 2000]))?;
            storage.put_checkpoint(&checkpoint(6))?;
        }
        if number % 5 == 0 {
            storage.sync_head()?;
        }
    }
    Ok(storage.close()?)
}

#[test]
fn no_acknowledged_frame_is_lost_to_a_power_cut_at_any_operation() {
    let whole = SimulatedFileSystem::new();
    work(&whole, &mut 0).unwrap();
    for operation in 0..=whole.operations() {
        let disk = SimulatedFileSystem::new();
        disk.cut_power_at(operation);
        let mut acknowledged = 0;
        let outcome = work(&disk, &mut acknowledged);
        assert_eq!(outcome.is_ok(), operation == whole.operations());
        let choices = [(Keep::Nothing, 1), (Keep::Everything, 1), (Keep::Prefix, 8), (Keep::Any, 24)];
        for (keep, seed) in choices.into_iter().flat_map(|(keep, seeds)| (0..seeds).map(move |seed| (keep, seed))) {
            let about = format!("power cut at {operation}, {keep:?}, seed {seed}");
            let after = disk.after_power_cut(keep, seed);
            if acknowledged > 0 {
                check_log(&open_to_read(&after).unwrap(), acknowledged, &about);
            }
            // The second crash comes right after the recovery.
            let storage = open(&after).unwrap_or_else(|error| panic!("{about}: {error}"));
            check_log(&storage, acknowledged, &about);
            let again = after.after_power_cut(keep, seed + 1);
            let storage = open(&again).unwrap_or_else(|error| panic!("{about}, twice: {error}"));
            check_log(&storage, acknowledged, &about);
            assert!(acknowledged <= 6 || storage.newest_checkpoint().unwrap() == Some(checkpoint(6)), "{about}");
            append_to(&storage, 16);
            check_log(&storage, 16, &about);
            storage.verify().unwrap_or_else(|error| panic!("{about}: {error}"));
        }
    }
}

#[test]
fn recovery_itself_survives_power_cuts() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 7);
    let before = disk.operations();
    disk.cut_power_at(before + 1);
    assert!(storage.append(Sequence(7), &draft(8)).is_err());
    // A torn frame in every one of these: its first sector or its last is missing.
    for seed in 0..16 {
        let crashed = disk.after_power_cut(Keep::Any, seed);
        for operation in 0..20 {
            let recovering = crashed.after_power_cut(Keep::Everything, 0);
            recovering.cut_power_at(operation);
            let _ = open(&recovering);
            let storage = open(&recovering.after_power_cut(Keep::Any, operation)).unwrap();
            check_log(&storage, 7, &format!("seed {seed}, operation {operation}"));
            append_to(&storage, 10);
            check_log(&storage, 10, "after");
        }
    }
}

#[test]
fn a_torn_frame_is_cut_reported_and_never_looked_at_again() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 3);
    let name = log_names(&disk).remove(0);
    drop(storage);
    let end = disk.read_file(&name).unwrap().iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let mut bytes = disk.read_file(&name).unwrap();
    bytes[end + 5..end + 20].fill(9);
    disk.replace_file(&name, bytes);
    let storage = open(&disk).unwrap();
    let torn = storage.recovery().torn.clone().unwrap();
    assert_eq!((torn.file, torn.position, torn.length), (name, end as u64, 20));
    append_to(&storage, 5);
    check_log(&open(&disk).unwrap(), 5, "after the cut");
    assert_eq!(log_names(&disk).len(), 2);
}

fn log_names(disk: &SimulatedFileSystem) -> Vec<String> {
    disk.file_names().into_iter().filter(|name| name.starts_with("log-")).collect()
}

#[test]
fn every_flipped_bit_of_a_small_store_is_reported_with_file_and_position() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 4);
    storage.put_checkpoint(&checkpoint(3)).unwrap();
    storage.close().unwrap();
    for name in disk.file_names() {
        let bytes = disk.read_file(&name).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            disk.replace_file(&name, flipped);
            let outcome = open_to_read(&disk).and_then(|storage| storage.verify());
            let Err(StorageError::Codec(CodecError::Damaged { file, position, .. })) = outcome else {
                panic!("{name}, bit {bit}: {outcome:?}");
            };
            assert!(file == name && position as usize <= bit / 8, "{name}, bit {bit}: {file} at {position}");
        }
        disk.replace_file(&name, bytes);
    }
    open_to_read(&disk).unwrap().verify().unwrap();
}

#[test]
fn a_flipped_bit_is_never_read_as_data() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 4);
    drop(storage);
    let name = log_names(&disk).remove(0);
    let bytes = disk.read_file(&name).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for bit in 0..end * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let damaged = disk.after_power_cut(Keep::Everything, 0);
        damaged.replace_file(&name, flipped);
        let outcome = open(&damaged).and_then(|storage| storage.read(Sequence(0)));
        assert!(matches!(outcome, Err(StorageError::Codec(CodecError::Damaged { .. }))), "bit {bit}: {outcome:?}");
    }
}

/// Without the head, D comes from the frames: every frame but the last is known to be durable.
#[test]
fn damage_past_an_old_head_is_told_apart_from_a_torn_tail() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 2);
    storage.sync_head().unwrap();
    let mut starts = Vec::new();
    for number in 3..=5 {
        starts.push(end_of_frames(&disk));
        append_to(&storage, number);
    }
    let end = end_of_frames(&disk);
    let crashed = disk.after_power_cut(Keep::Nothing, 0);
    let recovered = open(&crashed.after_power_cut(Keep::Everything, 0)).unwrap();
    assert_eq!((recovered.head().unwrap(), recovered.recovery().published), (Sequence(5), 3));
    let name = log_names(&disk).remove(0);
    let bytes = crashed.read_file(&name).unwrap();
    let mut passed_for_torn = 0;
    for position in starts[0]..end {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x10;
        let disk = crashed.after_power_cut(Keep::Everything, 0);
        disk.replace_file(&name, damaged);
        match open(&disk) {
            Err(StorageError::Codec(CodecError::Damaged { file, position: at, .. })) => {
                let frame = starts.iter().rposition(|start| *start <= position).unwrap();
                assert_eq!((file, at as usize), (name.clone(), starts[frame]));
                assert!(position < starts[2]);
            }
            Err(error) => panic!("{error}"),
            Ok(storage) => {
                // Only damage to the very last frame can pass for a torn tail, and only while the head is not synced.
                assert!(position >= starts[2], "damage at {position} went unnoticed");
                assert!(storage.recovery().torn.is_some());
                passed_for_torn += 1;
            }
        }
    }
    assert_eq!(passed_for_torn, end - starts[2]);
}

fn end_of_frames(disk: &SimulatedFileSystem) -> usize {
    let bytes = disk.read_file(&log_names(disk)[0]).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

#[test]
fn a_log_cut_short_is_damage() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 4);
    storage.close().unwrap();
    let name = log_names(&disk).remove(0);
    let bytes = disk.read_file(&name).unwrap();
    for length in 0..end_of_frames(&disk) {
        let damaged = disk.after_power_cut(Keep::Everything, 0);
        damaged.replace_file(&name, bytes[..length].to_vec());
        let outcome = open(&damaged).and_then(|storage| storage.read(Sequence(0)));
        let Err(StorageError::Codec(CodecError::Damaged { file, .. })) = outcome else {
            panic!("{length}: {outcome:?}")
        };
        assert_eq!(file, name);
        let outcome = open(&damaged).map_err(AppendError::from).and_then(|s| s.append(Sequence(4), &draft(5)));
        assert!(outcome.is_err(), "{length}");
    }
}

#[test]
fn stale_and_misplaced_frames_are_detected() {
    let disks = [SimulatedFileSystem::new(), SimulatedFileSystem::new()];
    for disk in &disks {
        let storage = open(disk).unwrap();
        append_to(&storage, 4);
        storage.close().unwrap();
    }
    let name = log_names(&disks[0]).remove(0);
    let (bytes, foreign) = (disks[0].read_file(&name).unwrap(), disks[1].read_file(&name).unwrap());
    let moved = [&bytes[..64], &bytes[64 + 200..], &[0; 200]].concat();
    let mixed = [&bytes[..64], &foreign[64..]].concat();
    for content in [moved, mixed] {
        disks[0].replace_file(&name, content);
        let error = open(&disks[0]).unwrap().read(Sequence(0)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}: damaged at position 64")), "{error}");
    }
    // The whole log of another store, with its own header, is not what the head speaks of either.
    disks[0].replace_file(&name, foreign);
    assert_eq!(open(&disks[0]).unwrap().read(Sequence(0)).unwrap().len(), 4, "equal content, by construction");
}

#[test]
fn a_full_disk_fails_cleanly() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 3);
    for space in (0..20_000).step_by(611) {
        disk.limit_space(Some(space));
        let head = storage.head().unwrap().0;
        match storage.append(Sequence(head), &draft(head + 1)) {
            Ok(_) => {}
            Err(AppendError::Failed(error)) => assert!(error.to_string().contains("space"), "{error}"),
            Err(error) => panic!("{error}"),
        }
        let blob = storage.put(&format!("blob-{space}"), &mut |out| out.write_all(&[1; 4000]));
        assert!(blob.is_ok() || storage.open(&format!("blob-{space}")).is_err());
        check_log(&storage, head, "full");
    }
    disk.limit_space(None);
    let head = storage.head().unwrap().0;
    append_to(&storage, head + 20);
    check_log(&open(&disk.after_power_cut(Keep::Nothing, 0)).unwrap(), head + 20, "after a full disk");
    assert!(disk.file_names().iter().all(|name| !name.contains(".tmp-")));
}

#[test]
fn a_failed_sync_stops_all_writers_until_reopened() {
    // Syncs of the log, with and without space reserved before it.
    for which in 0..6 {
        let disk = SimulatedFileSystem::new();
        let storage = open(&disk).unwrap();
        append_to(&storage, 3);
        let other = open(&disk).unwrap();
        disk.fail_sync(Some(which));
        let mut acknowledged = 3;
        let error = loop {
            match storage.append(Sequence(acknowledged), &draft(acknowledged + 1)) {
                Ok(_) => acknowledged += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, AppendError::Failed(StorageError::Poisoned(_))), "{error}");
        for writer in [&storage, &other] {
            let error = writer.append(Sequence(acknowledged), &draft(acknowledged + 1)).unwrap_err();
            assert!(matches!(error, AppendError::Failed(StorageError::Poisoned(_))), "{error}");
            check_log(writer, acknowledged, "reading goes on");
            assert_eq!(writer.head().unwrap().0, acknowledged, "what failed is not there");
        }
        for disk in [disk.after_power_cut(Keep::Any, which), disk.after_power_cut(Keep::Everything, 0)] {
            let reopened = open(&disk).unwrap();
            assert!(reopened.recovery().failed_sync);
            assert_eq!(reopened.head().unwrap().0, acknowledged);
            append_to(&reopened, acknowledged + 3);
            check_log(&reopened, acknowledged + 3, "reopened");
        }
    }
}

#[test]
fn frames_of_a_killed_writer_are_published_by_the_next() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 3);
    let head = disk.read_file("head").unwrap();
    append_to(&storage, 4);
    let other = open(&disk).unwrap();
    // As if the writer had been killed between the sync of the log and the write of the head.
    let file =
        crate::storage::files::FileSystem::open(&disk, "head", crate::storage::files::FileAccess::Write).unwrap();
    file.write_at(0, &head).unwrap();
    assert_eq!(other.head().unwrap(), Sequence(3));
    assert_eq!(open_to_read(&disk).unwrap().head().unwrap(), Sequence(4));
    assert!(matches!(other.append(Sequence(3), &draft(4)), Err(AppendError::Conflict { head: Sequence(4) })));
    append_to(&other, 5);
    check_log(&storage, 5, "both");
}

#[test]
fn a_damaged_slot_of_the_head_is_made_up_for() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 9);
    storage.close().unwrap();
    for slot in [0, 512] {
        let damaged = disk.after_power_cut(Keep::Everything, 0);
        let mut bytes = damaged.read_file("head").unwrap();
        bytes[slot + 40] ^= 1;
        damaged.replace_file("head", bytes.clone());
        let storage = open(&damaged).unwrap();
        let Some(CodecError::Damaged { file, position, .. }) = &storage.recovery().damaged_head else { panic!() };
        assert_eq!((file.as_str(), *position as usize), ("head", slot));
        check_log(&storage, 9, "healed");
        storage.verify().unwrap();
        bytes[552 - slot] ^= 1;
        damaged.replace_file("head", bytes);
        let error = open(&damaged).unwrap_err().to_string();
        assert!(error.starts_with("head: damaged at position 0"), "{error}");
    }
}

#[test]
fn a_damaged_checkpoint_falls_back_only_where_the_log_reaches_back() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 40);
    for sequence in [2, 30, 38] {
        storage.put_checkpoint(&checkpoint(sequence)).unwrap();
    }
    let names: Vec<_> = disk.file_names().into_iter().filter(|name| name.starts_with("checkpoint-")).collect();
    assert_eq!(names.len(), 2, "the newest and one before it are kept");
    let mut bytes = disk.read_file(&names[1]).unwrap();
    bytes[70] ^= 1;
    disk.replace_file(&names[1], bytes);
    assert_eq!(open(&disk).unwrap().newest_checkpoint().unwrap(), Some(checkpoint(30)));
    storage.trim(Sequence(39)).unwrap();
    let error = open(&disk).unwrap().newest_checkpoint().unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: damaged at position 64", names[1])), "{error}");
    storage.put_checkpoint(&checkpoint(38)).unwrap();
    assert_eq!(open(&disk).unwrap().newest_checkpoint().unwrap(), Some(checkpoint(38)));
}

#[test]
fn a_fallback_whose_files_were_swept_away_is_none() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 3);
    let segment = SegmentEntry {
        id: SegmentId(1),
        family: FamilyId(1),
        sequence: Sequence(1),
        slots: 1,
        objects: "objects-1".into(),
        parts: Vec::new(),
    };
    storage.put("objects-1", &mut |out| out.write_all(b"x")).unwrap();
    let older = Checkpoint { segments: vec![(segment, RoaringBitmap::new())], ..checkpoint(1) };
    storage.put_checkpoint(&older).unwrap();
    storage.put_checkpoint(&checkpoint(2)).unwrap();
    let name = disk.file_names().into_iter().rfind(|name| name.starts_with("checkpoint-")).unwrap();
    let mut bytes = disk.read_file(&name).unwrap();
    bytes[70] ^= 1;
    disk.replace_file(&name, bytes);
    assert_eq!(storage.newest_checkpoint().unwrap(), Some(older));
    storage.remove("objects-1").unwrap();
    assert!(storage.newest_checkpoint().unwrap_err().to_string().contains(&name));
}

#[test]
fn a_sweep_removes_what_interrupted_writers_left() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    disk.cut_power_at(disk.operations() + 2);
    assert!(storage.put("objects-1", &mut |out| out.write_all(b"x")).is_err());
    let disk = disk.after_power_cut(Keep::Everything, 0);
    disk.replace_file("notes.tmp-mine", b"mine".to_vec());
    let left = |disk: &SimulatedFileSystem| disk.file_names().iter().filter(|name| name.contains(".tmp-")).count();
    assert_eq!(left(&disk), 2);
    let storage = open(&disk).unwrap();
    assert_eq!(storage.list().unwrap(), []);
    assert!(storage.try_sweep().unwrap().is_some());
    assert_eq!(left(&disk), 1);
}

#[test]
fn opening_reads_little_and_the_log_from_the_checkpoint_on() {
    let disk = SimulatedFileSystem::new();
    let options = FileOptions { head_sync: None, ..FileOptions::default() };
    let storage = FileStorage::over(Arc::new(disk.clone()), &options).unwrap();
    append_to(&storage, 3000);
    storage.put_checkpoint(&checkpoint(2990)).unwrap();
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
    assert!(matches!(open(&lost), Err(StorageError::NoDatabase { .. })));
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
    assert!(storage.trim(Sequence(3)).is_err() && storage.put_checkpoint(&checkpoint(1)).is_err());
    assert!(storage.try_maintain().is_err() && storage.begin_load().is_err());
    storage.close().unwrap();
    let done = disk.operation_log().split_off(before as usize);
    assert!(done.iter().all(|operation| matches!(operation, FileOperation::Sync(_))), "{done:?}");
}

#[test]
fn the_head_is_synced_soon_after_a_commit() {
    let disk = SimulatedFileSystem::new();
    let options = FileOptions { head_sync: Some(std::time::Duration::from_millis(20)), ..options() };
    let storage = FileStorage::over(Arc::new(disk.clone()), &options).unwrap();
    append_to(&storage, 3);
    let started = std::time::Instant::now();
    while !matches!(disk.operation_log().last(), Some(FileOperation::Sync(name)) if name == "head") {
        assert!(started.elapsed().as_secs() < 10);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    append_to(&storage, 4);
    drop(storage);
    assert!(matches!(disk.operation_log().last(), Some(FileOperation::Sync(name)) if name == "head"));
}
