//! The log alone, in few steps, so that a thread is held up for as long as several commits of others take: one appends, others open and
//! close the store, publish what is past the head, and read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use shuttle::thread;

use crate::{
    object::{FamilyId, Offset, Sequence},
    storage::{
        AppendError, FileStorage, FrameDraft, Operation, Storage,
        simulate::{Keep, SimulatedFileSystem},
    },
};

use super::{explore, files};

/// How many frames there are in the end.
const FRAMES: u64 = 8;

fn handle(disk: &SimulatedFileSystem) -> FileStorage {
    FileStorage::over(Arc::new(disk.clone()), &files()).expect("opens by itself")
}

fn draft(number: u64) -> FrameDraft {
    let delete = Operation::Delete { family: FamilyId(1), offset: Offset(number) };
    FrameDraft { lease: None, transactions: vec![vec![delete]] }
}

fn append(storage: &FileStorage, number: u64) {
    loop {
        match storage.append(Sequence(number - 1), &draft(number)) {
            // Another handle has published it, or is about to.
            Err(AppendError::Conflict { head }) if head < Sequence(number) => {}
            outcome => return assert_eq!(outcome.expect("appends"), Sequence(number)),
        }
    }
}

/// What was acknowledged is there, and each frame once.
fn check(storage: &FileStorage, acknowledged: u64) {
    let frames = storage.read(Sequence(0)).expect("reads");
    assert!(frames.len() as u64 >= acknowledged, "{} of {acknowledged} frames", frames.len());
    for (frame, number) in frames.into_iter().zip(1..) {
        assert_eq!((frame.sequence, frame.transactions), (Sequence(number), draft(number).transactions));
    }
}

#[test]
fn the_log_is_appended_to_beside_recovery_closing_and_sweeps() {
    explore("the log", || {
        let disk = SimulatedFileSystem::seeded(1);
        let (one, two) = (handle(&disk), handle(&disk));
        append(&one, 1);
        let acknowledged = Arc::new(AtomicU64::new(1));
        let appender = {
            let acknowledged = acknowledged.clone();
            thread::spawn(move || {
                for number in 2..=FRAMES {
                    append(&one, number);
                    acknowledged.store(number, Ordering::Relaxed);
                }
            })
        };
        let visitor = {
            let (disk, acknowledged) = (disk.clone(), acknowledged.clone());
            thread::spawn(move || {
                let before = acknowledged.load(Ordering::Relaxed);
                let storage = handle(&disk);
                check(&storage, before);
                storage.close().expect("closes");
            })
        };
        let sweeper = {
            let acknowledged = acknowledged.clone();
            thread::spawn(move || {
                drop(two.try_sweep().expect("sweeps"));
                check(&two, acknowledged.load(Ordering::Relaxed));
                two.close().expect("closes");
                check(&two, acknowledged.load(Ordering::Relaxed));
            })
        };
        [appender, visitor, sweeper].into_iter().for_each(|thread| thread.join().expect("no panic"));
        check(&handle(&disk.copy()), FRAMES);
        check(&handle(&disk.after_power_cut(Keep::Nothing, 2)), FRAMES);
    });
}
