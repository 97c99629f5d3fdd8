//! A full disk and failing syncs.

use super::*;

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
        assert!(matches!(error, AppendError::Failed(StorageError::Poisoned { .. })), "{error}");
        assert!(std::error::Error::source(&error).is_some() && error.to_string().contains("open the database anew"));
        for writer in [&storage, &other] {
            let error = writer.append(Sequence(acknowledged), &draft(acknowledged + 1)).unwrap_err();
            assert!(matches!(error, AppendError::Failed(StorageError::Poisoned { .. })), "{error}");
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

/// Space is durable before a frame is written into it, so that a full disk is met by no sync of a frame.
#[test]
fn frames_are_written_into_space_that_is_durable() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    disk.record();
    append_to(&storage, 20);
    let mut grown = 0;
    for moment in disk.moments() {
        for name in log_names(&moment) {
            let written = moment.read_file(&name).unwrap();
            let durable = moment.after_power_cut(Keep::Nothing, 0).read_file(&name).map_or(0, |bytes| bytes.len());
            grown += usize::from(0 < durable && durable < written.len());
            // A file that is being made has its header in it before its first sync.
            assert!(durable == 0 || written.iter().skip(durable).all(|byte| *byte == 0), "{name}, {durable}");
        }
    }
    assert!(grown > 0, "no file has grown");
}

/// It may be whole on the disk, and is void all the same: also when power goes while the next opening publishes a new log file, and
/// tears both slots of the head.
#[test]
fn what_a_failed_sync_left_stays_void_whenever_power_goes() {
    let mut whole = 0;
    for seed in 0..24 {
        let disk = SimulatedFileSystem::seeded(seed);
        let storage = open(&disk).unwrap();
        append_to(&storage, 3);
        disk.fail_sync(Some(0));
        let error = storage.append(Sequence(3), &draft(4)).unwrap_err();
        assert!(matches!(error, AppendError::Failed(StorageError::Poisoned { .. })), "{error}");
        drop(storage);
        let name = log_names(&disk).remove(0);
        let failed = disk.after_power_cut(Keep::Nothing, 0);
        whole += usize::from(failed.read_file(&name).unwrap() == disk.read_file(&name).unwrap());
        for operation in 0..10 {
            let opening = failed.copy();
            opening.cut_power_at(opening.operations() + operation);
            let _ = open(&opening);
            for tear in 0..24 {
                let found = open(&opening.after_power_cut(Keep::Torn, tear)).unwrap();
                let about = format!("seed {seed}, power cut at {operation}, {tear}");
                assert_eq!(found.head().unwrap(), Sequence(3), "{about}");
                check_log(&found, 3, &about);
            }
        }
    }
    assert!(whole > 0, "the frame was never whole");
}

/// A device that fails from some call on, and recovers: what is published then is on the disk, not only in memory.
#[test]
fn what_is_published_after_a_failed_device_is_durable() {
    let mut doubtful = 0_u64;
    for call in 0..40 {
        let disk = SimulatedFileSystem::seeded(call);
        let storage = open(&disk).unwrap();
        append_to(&storage, 3);
        disk.plan_fault(Some(Fault { kind: FaultKind::Device, call, lasting: true }));
        let outcome = storage.append(Sequence(3), &draft(4));
        drop(storage);
        disk.plan_fault(None);
        if let Err(AppendError::Unknown(doubt)) = &outcome {
            doubtful += 1;
            assert!(doubt.cause.is_some() && doubt.under_way.contains("head"), "{doubt:?}");
            assert!(doubt.to_string().contains("may be durable or not") && doubt.to_string().contains("look before"));
        }
        // A reader comes first, and the power goes before anybody can write: nothing that it saw may be gone.
        let seen = open_to_read(&disk).unwrap().head().unwrap().0;
        let after = disk.after_power_cut(Keep::Nothing, 0);
        let about = format!("a reader saw {seen} frames after a failure from call {call} on");
        check_log(&open(&after).unwrap(), seen, &about);
        let reopened = open(&disk).unwrap();
        let head = reopened.head().unwrap().0;
        assert!(head == 4 || head == 3 && outcome.is_err(), "call {call}: {outcome:?}, then {head}");
        let about = format!("power cut after a failure from call {call} on");
        check_log(&open(&disk.after_power_cut(Keep::Nothing, 0)).unwrap(), head, &about);
        append_to(&reopened, head + 2);
        check_log(&open(&disk.after_power_cut(Keep::Nothing, 0)).unwrap(), head + 2, &about);
    }
    assert!(doubtful > 0);
}
