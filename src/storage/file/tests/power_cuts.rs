//! Power cuts at every operation, torn frames, killed writers.

use super::*;

/// Creates, appends, publishes and closes; returns the last acknowledged sequence.
fn work(disk: &SimulatedFileSystem, acknowledged: &mut u64) -> Result<(), AppendError> {
    let storage = open(disk)?;
    for number in storage.head()?.0 + 1..=14 {
        storage.append(Sequence(number - 1), &draft(number))?;
        *acknowledged = number;
        if number == 6 {
            storage.put("blob", &mut |out| out.write_all(&[6; 2000]))?;
            storage.put_checkpoint(&checkpoint(6), None)?;
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
                check_log(&open_to_read(&after).unwrap(), acknowledged - 1, &about);
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
    let end = end_of_frames(&storage);
    drop(storage);
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

/// Between two syncs of the head both of its slots are written; a disk that tears sectors may leave neither readable.
#[test]
fn two_torn_slots_of_the_head_lose_nothing() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 7);
    let (mut torn, mut torn_with_a_frame) = (0, 0);
    for n in 0..40 {
        append_to(&storage, 8 + n);
        for seed in 0..20 {
            let about = format!("seed {seed} after {} frames", 8 + n);
            let after = disk.after_power_cut(Keep::Torn, seed);
            let bytes = after.read_file("head").unwrap();
            let head = super::super::head::HeadFile::new(
                crate::storage::files::FileSystem::open(&after, "head", crate::storage::files::FileAccess::Read)
                    .unwrap(),
            );
            if head.read().is_err() {
                torn += 1;
                let reader = open_to_read(&after).unwrap();
                check_log(&reader, 7 + n, &about);
                let next = open(&after.copy()).unwrap();
                let (log, end) = (log_names(&after).pop().unwrap(), end_of_frames(&next));
                assert!(next.recovery().damaged_head.is_some() && next.recovery().published == 0, "{about}");
                check_log(&next, 8 + n, &about);
                append_to(&next, 10 + n);
                // A frame that was being written, besides.
                let mut frame = after.read_file(&log).unwrap();
                if end + 30 < frame.len() {
                    frame[end + 9..end + 30].fill(7);
                    after.replace_file(&log, frame);
                    check_log(&open(&after).unwrap(), 8 + n, &about);
                    torn_with_a_frame += 1;
                }
                // What no tearing leaves is damage.
                after.replace_file("head", bytes.iter().map(|byte| byte ^ 1).collect());
                assert!(open(&after).is_err());
            } else {
                check_log(&open(&after).unwrap(), 8 + n, &about);
            }
        }
    }
    assert!(torn > 10 && torn_with_a_frame > 10, "{torn}, {torn_with_a_frame}");
}

#[test]
fn frames_of_a_killed_writer_are_published_by_the_next() {
    let (disk, storage, other) = killed_before_the_head();
    // Whether frame 4 is on the disk, a reader cannot know; once it is published, it sees it.
    let reader = open_to_read(&disk).unwrap();
    assert_eq!(reader.head().unwrap(), Sequence(3));
    assert!(matches!(other.append(Sequence(3), &draft(4)), Err(AppendError::Conflict { head: Sequence(4) })));
    assert_eq!(reader.head().unwrap(), Sequence(4));
    append_to(&other, 5);
    check_log(&storage, 5, "both");
    check_log(&reader, 5, "the reader");
}

/// The head on the disk is older than several acknowledged frames: a reader sees all that a later frame knows to be durable.
#[test]
fn a_reader_sees_what_a_later_frame_vouches_for_79() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 2);
    storage.sync_head().unwrap();
    append_to(&storage, 9);
    let after = disk.after_power_cut(Keep::Nothing, 0);
    let before = after.operations();
    let reader = open_to_read(&after).unwrap();
    assert_eq!(reader.head().unwrap(), Sequence(8));
    check_log(&reader, 8, "before recovery");
    assert_eq!(after.operations(), before, "a reader changes nothing, and syncs nothing");
    // A torn frame whose header is there vouches for the ninth.
    let log = log_names(&after).pop().unwrap();
    let (start, end) = (end_of_frames(&storage), disk.read_file(&log).unwrap().len());
    storage.append(Sequence(9), &draft(10)).unwrap();
    let mut torn = disk.read_file(&log).unwrap();
    torn[start + 64..end].fill(0);
    let with_header = after.copy();
    with_header.replace_file(&log, torn);
    assert_eq!(open_to_read(&with_header).unwrap().head().unwrap(), Sequence(9));
    check_log(&open(&with_header).unwrap(), 9, "recovered");
    assert_eq!(open_to_read(&with_header).unwrap().head().unwrap(), Sequence(9));
    check_log(&open(&after).unwrap(), 9, "recovered");
    check_log(&reader, 9, "the reader sees it published");
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
