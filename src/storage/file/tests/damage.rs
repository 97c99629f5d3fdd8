//! Flipped bits, cut and misplaced bytes, and what a salvage makes of them.

use super::*;

#[test]
fn every_flipped_bit_of_a_small_store_is_reported_with_file_and_position() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 4);
    storage.put_checkpoint(&checkpoint(3), Some(1)).unwrap();
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
    let end = end_of_frames(&storage);
    drop(storage);
    let name = log_names(&disk).remove(0);
    let bytes = disk.read_file(&name).unwrap();
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
        starts.push(end_of_frames(&storage));
        append_to(&storage, number);
    }
    let end = end_of_frames(&storage);
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

/// The end of the log is known from the head on the disk once a store was closed, or opened anew after its writer was killed.
#[test]
fn damage_to_the_last_frame_is_told_once_the_head_is_synced() {
    let close = |disk: &SimulatedFileSystem, storage: FileStorage| {
        storage.close().unwrap();
        assert_eq!(disk.unsynced(), 0);
    };
    let open_again = |disk: &SimulatedFileSystem, storage: FileStorage| {
        drop(storage);
        assert!(open(disk).unwrap().recovery().torn.is_none());
    };
    for settle in [&close as &dyn Fn(&SimulatedFileSystem, FileStorage), &open_again] {
        let disk = SimulatedFileSystem::new();
        let storage = open(&disk).unwrap();
        append_to(&storage, 3);
        let (start, name) = (end_of_frames(&storage), log_names(&disk).remove(0));
        append_to(&storage, 4);
        settle(&disk, storage);
        assert_damage_is_told(&disk, name, start);
    }
    let disk = SimulatedFileSystem::new();
    let unfinished = FileStorage::begin(Arc::new(disk.clone()), &options()).unwrap();
    let storage = unfinished.storage();
    append_to(&*storage, 3);
    let (start, name) = (end_of_frames(&storage), log_names(&disk).remove(0));
    append_to(&*storage, 4);
    unfinished.finish().unwrap();
    assert_damage_is_told(&disk, name, start);
}

/// Damage to the frame that starts there is no torn tail, also after a power cut that took all that was not synced.
fn assert_damage_is_told(disk: &SimulatedFileSystem, name: String, start: usize) {
    let disk = disk.after_power_cut(Keep::Nothing, 0);
    let mut bytes = disk.read_file(&name).unwrap();
    bytes[start + 70] ^= 1;
    disk.replace_file(&name, bytes);
    let outcome = open(&disk).and_then(|storage| storage.read(Sequence(0)));
    let Err(StorageError::Codec(CodecError::Damaged { file, position, .. })) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((file, position as usize), (name, start));
}

#[test]
fn a_log_cut_short_is_damage() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 4);
    storage.close().unwrap();
    let name = log_names(&disk).remove(0);
    let bytes = disk.read_file(&name).unwrap();
    for length in 0..end_of_frames(&storage) {
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
    let disks = [1, 2].map(SimulatedFileSystem::seeded);
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
        damaged.replace_file("head", bytes.clone());
        check_log(&open(&damaged).unwrap(), 9, "both slots could be torn: the log is what counts");
        bytes[600 - slot] ^= 1;
        damaged.replace_file("head", bytes);
        let error = open(&damaged).unwrap_err().to_string();
        assert!(error.starts_with("head: damaged at position 0"), "no power cut leaves this: {error}");
    }
}

#[test]
fn a_salvage_keeps_what_comes_before_the_damage() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 12);
    storage.close().unwrap();
    let salvage = |disk: &SimulatedFileSystem| FileStorage::salvage_over(Arc::new(disk.clone()), &options()).unwrap();
    assert!(salvage(&disk).damage.is_none());
    let name = log_names(&disk).remove(0);
    let length = disk.read_file(&name).unwrap().len();
    for position in (64..length).step_by(97) {
        let damaged = disk.after_power_cut(Keep::Everything, 0);
        let mut bytes = damaged.read_file(&name).unwrap();
        bytes[position] ^= 0x20;
        damaged.replace_file(&name, bytes);
        let Err(expected) = open(&damaged).unwrap().read(Sequence(0)) else { continue };
        let salvaged = salvage(&damaged);
        assert_eq!(salvaged.damage.unwrap().to_string(), expected.to_string());
        let storage = open(&damaged).unwrap();
        let mut frames = storage.read(Sequence(0)).unwrap();
        let skip = frames.pop().unwrap();
        assert!(skip.lease.is_some_and(|lease| lease.first >= 1 << 40) && skip.transactions.is_empty());
        assert_eq!(frames, (1..=salvaged.kept.0).map(frame).collect::<Vec<_>>());
        assert!(salvaged.kept.0 < 12 && storage.append(skip.sequence, &draft(1)).is_ok());
        storage.verify().unwrap();
        assert!(salvage(&damaged).damage.is_none());
    }
}

#[test]
fn a_salvage_finds_the_end_without_a_head() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 25);
    storage.close().unwrap();
    assert!(log_names(&disk).len() > 1);
    disk.replace_file("head", vec![0; 1024]);
    assert!(matches!(open(&disk), Err(StorageError::Codec(CodecError::Damaged { .. }))));
    let salvaged = FileStorage::salvage_over(Arc::new(disk.clone()), &options()).unwrap();
    assert_eq!((salvaged.kept, salvaged.damage.is_some()), (Sequence(25), true));
    let storage = open(&disk).unwrap();
    assert_eq!(storage.read(Sequence(0)).unwrap()[..25], (1..=25).map(frame).collect::<Vec<_>>());
    assert_eq!(storage.head().unwrap(), Sequence(26));
}
