//! What every store must do, run on each of them.

use std::sync::Arc;

use bytes::Bytes;

use crate::object::{FamilyId, Offset, Sequence};

use super::{
    AppendError, Checkpoint, FileOptions, FileStorage, Frame, FrameDraft, Lease, MemoryStorage, Operation, Storage,
    StorageError, simulate::SimulatedFileSystem,
};

/// A frame whose content is known by a number.
pub(super) fn draft(number: u64) -> FrameDraft {
    let object = Bytes::from(vec![number as u8; (number * 37 % 900) as usize]);
    let put = Operation::Put { family: FamilyId(1), offset: Offset(number), owner: None, object };
    let delete = Operation::Delete { family: FamilyId(2), offset: Offset(number) };
    let lease = number.is_multiple_of(3).then_some(Lease { first: number * 100, count: 100 });
    FrameDraft { lease, transactions: vec![vec![put], vec![delete]] }
}

/// The frame that a draft becomes.
pub(super) fn frame(sequence: u64) -> Frame {
    let FrameDraft { lease, transactions } = draft(sequence);
    Frame { sequence: Sequence(sequence), lease, transactions }
}

/// Appends frames until the log ends with this sequence.
pub(super) fn append_to(storage: &dyn Storage, last: u64) {
    let first = storage.head().unwrap().0 + 1;
    for sequence in first..=last {
        assert_eq!(storage.append(Sequence(sequence - 1), &draft(sequence)).unwrap(), Sequence(sequence));
    }
}

pub(super) fn checkpoint(sequence: u64) -> Checkpoint {
    Checkpoint {
        sequence: Sequence(sequence),
        listed: Sequence(sequence),
        next_offset: sequence * 7,
        ..Checkpoint::default()
    }
}

/// Small files, so that a few frames fill several, and no thread.
pub(super) fn options() -> FileOptions {
    FileOptions { log_length: 4096, log_step: 1024, head_sync: None, ..FileOptions::default() }
}

/// A name, two handles, and the folder that they stand on.
type Store = (&'static str, [Box<dyn Storage>; 2], Option<tempfile::TempDir>);

/// Two handles on each kind of store.
fn stores() -> Vec<Store> {
    let memory = MemoryStorage::new();
    let disk = Arc::new(SimulatedFileSystem::new());
    let folder = tempfile::tempdir().unwrap();
    let simulated = || Box::new(FileStorage::over(disk.clone(), &options()).unwrap());
    let real = || Box::new(FileStorage::open(folder.path().join("some/database"), &options()).unwrap());
    vec![
        ("memory", [Box::new(memory.clone()), Box::new(memory)], None),
        ("simulated", [simulated(), simulated()], None),
        ("directory", [real(), real()], Some(folder)),
    ]
}

#[test]
fn frames_are_read_back_by_both_handles() {
    for (name, [a, b], _folder) in stores() {
        assert_eq!((a.head().unwrap(), a.read(Sequence(0)).unwrap()), (Sequence(0), vec![]), "{name}");
        for n in 0..60 {
            let (writer, other) = if n % 3 == 0 { (&a, &b) } else { (&b, &a) };
            append_to(&**writer, n + 1);
            assert_eq!(other.head().unwrap(), Sequence(n + 1), "{name}");
            assert_eq!(other.read(Sequence(n)).unwrap(), [frame(n + 1)], "{name}");
        }
        for after in 0..=60 {
            let expected: Vec<_> = (after + 1..=60).map(frame).collect();
            assert_eq!(a.read(Sequence(after)).unwrap(), expected, "{name} after {after}");
        }
        assert_eq!(a.read(Sequence(1000)).unwrap(), []);
        a.verify().unwrap();
    }
}

#[test]
fn an_append_after_a_moved_head_conflicts() {
    for (name, [a, b], _folder) in stores() {
        append_to(&*a, 5);
        for after in [0, 4, 6] {
            let error = b.append(Sequence(after), &draft(5)).unwrap_err();
            assert!(matches!(error, AppendError::Conflict { head: Sequence(5) }), "{name}: {error}");
        }
        append_to(&*b, 6);
    }
}

#[test]
fn trimming_keeps_what_is_asked_for() {
    for (name, [a, b], _folder) in stores() {
        append_to(&*a, 100);
        b.read(Sequence(0)).unwrap();
        for before in [0, 1, 30, 31, 99, 100, 101, 1000] {
            a.trim(Sequence(before)).unwrap();
            let after = before.saturating_sub(1).min(100);
            let expected: Vec<_> = (after + 1..=100).map(frame).collect();
            assert_eq!(b.read(Sequence(after)).unwrap(), expected, "{name} trimmed before {before}");
        }
        let StorageError::Trimmed { oldest } = a.read(Sequence(0)).unwrap_err() else { panic!("{name}") };
        assert!(oldest.0 > 50 && a.read(oldest).is_ok(), "{name}");
        append_to(&*b, 103);
        assert_eq!(a.read(Sequence(101)).unwrap().len(), 2);
        a.verify().unwrap();
    }
}

#[test]
fn blobs_are_whole_or_not_there() {
    for (name, [a, b], _folder) in stores() {
        let content = vec![7; 3_000_001];
        assert_eq!(a.put("one", &mut |out| out.write_all(&content)).unwrap(), content.len() as u64);
        assert_eq!(a.put("empty", &mut |_| Ok(())).unwrap(), 0);
        let failing = a.put("two", &mut |out| out.write_all(b"x").and_then(|()| Err(std::io::Error::other("no"))));
        assert!(failing.unwrap_err().to_string().contains("no"));
        assert!(matches!(a.put("one", &mut |_| Ok(())), Err(StorageError::Refused(_))), "{name}");
        let map = b.open("one").unwrap();
        assert_eq!(b.open("empty").unwrap(), Bytes::new());
        assert_eq!(b.list().unwrap(), [("empty".to_owned(), 0), ("one".to_owned(), 3_000_001)], "{name}");
        b.remove("one").unwrap();
        b.remove("one").unwrap();
        assert!(map == content, "{name}: a map outlives the file");
        assert!(a.open("one").unwrap_err().is_not_found() && a.open("two").unwrap_err().is_not_found(), "{name}");
    }
}

#[test]
fn a_part_of_the_log_is_read_as_far_as_wanted() {
    for (name, [a, _], _folder) in &stores() {
        append_to(a.as_ref(), 60);
        for bytes in [0, 1, 100, 1_000, 5_000, u64::MAX] {
            let (mut after, mut steps) = (Sequence(7), 0);
            loop {
                let frames = a.read_some(after, bytes).unwrap();
                let Some(last) = frames.last() else { break };
                assert!(frames.iter().enumerate().all(|(n, found)| *found == frame(after.0 + 1 + n as u64)), "{name}");
                after = last.sequence;
                steps += 1;
            }
            assert_eq!(after, Sequence(60), "{name}, {bytes} bytes");
            assert!((steps > 8) == (bytes < 5_000), "{name}: {steps} steps of {bytes} bytes");
        }
        assert_eq!(a.oldest().unwrap(), Sequence(0), "{name}");
        a.trim(Sequence(55)).unwrap();
        let oldest = a.oldest().unwrap();
        assert!(oldest > Sequence(0) && a.read_some(oldest, 1).is_ok(), "{name}");
        let before = a.read_some(Sequence(oldest.0 - 1), 1);
        assert!(matches!(before, Err(StorageError::Trimmed { oldest: named }) if named == oldest), "{name}");
    }
}

#[test]
fn checkpoints_are_kept_as_long_as_wanted() {
    for (name, [a, b], _folder) in &stores() {
        append_to(a.as_ref(), 40);
        for sequence in [5, 10, 20, 30] {
            a.put_checkpoint(&checkpoint(sequence), Some(sequence as i64 * 1_000)).unwrap();
        }
        let stamps = b.checkpoints().unwrap();
        let listed: Vec<_> = stamps.iter().map(|stamp| (stamp.listed.0, stamp.written)).collect();
        assert_eq!(listed, [5, 10, 20, 30].map(|n| (n, Some(n as i64 * 1_000))), "{name}");
        assert_eq!(b.checkpoint(&stamps[1]).unwrap(), checkpoint(10), "{name}");
        a.forget_checkpoints(Sequence(10)).unwrap();
        assert_eq!(b.checkpoints().unwrap(), stamps[1..], "{name}");
        assert!(b.checkpoint(&stamps[0]).unwrap_err().is_not_found(), "{name}");
        a.forget_checkpoints(Sequence(1_000)).unwrap();
        assert_eq!(b.newest_checkpoint().unwrap(), Some(checkpoint(30)), "{name}");
    }
}

#[test]
fn the_newest_checkpoint_is_found() {
    for (name, [a, b], _folder) in stores() {
        assert_eq!(a.newest_checkpoint().unwrap(), None);
        append_to(&*a, 30);
        for sequence in [3, 10, 30, 20] {
            a.put_checkpoint(&checkpoint(sequence), None).unwrap();
        }
        a.put_checkpoint(&checkpoint(30), None).unwrap();
        assert_eq!(b.newest_checkpoint().unwrap(), Some(checkpoint(30)), "{name}");
        // Objects in memory hold back what is covered, while the list of segments moves on.
        let later = Checkpoint { listed: Sequence(35), ..checkpoint(30) };
        a.put_checkpoint(&later, None).unwrap();
        a.put_checkpoint(&checkpoint(30), None).unwrap();
        assert_eq!(b.newest_checkpoint().unwrap(), Some(later.clone()), "{name}");
        let other = Checkpoint { next_offset: 1_000_000, ..later };
        a.put_checkpoint(&other, None).unwrap();
        assert_eq!(b.newest_checkpoint().unwrap(), Some(other), "{name}");
    }
}

#[test]
fn one_maintains_and_loads_hold_up_sweeps() {
    for (name, [a, b], _folder) in stores() {
        let maintaining = a.try_maintain().unwrap();
        assert!(maintaining.is_some() && b.try_maintain().unwrap().is_none(), "{name}");
        drop(maintaining);
        assert!(b.try_maintain().unwrap().is_some(), "{name}");
        let loads = (a.begin_load().unwrap(), b.begin_load().unwrap());
        assert!(a.try_sweep().unwrap().is_none(), "{name}");
        drop(loads);
        let sweep = a.try_sweep().unwrap();
        assert!(sweep.is_some() && b.try_sweep().unwrap().is_none(), "{name}");
    }
}

#[test]
fn concurrent_appends_all_succeed_after_conflicts() {
    for (name, handles, _folder) in stores() {
        let counts: Vec<u64> = std::thread::scope(|scope| {
            let append = |storage: &dyn Storage| {
                let mut done = 0;
                while done < 40 {
                    let after = storage.head().unwrap();
                    match storage.append(after, &draft(after.0 + 1)) {
                        Ok(_) => done += 1,
                        Err(AppendError::Conflict { .. }) => {}
                        Err(error) => panic!("{name}: {error}"),
                    }
                }
                done
            };
            let threads: Vec<_> = [&handles[0], &handles[1], &handles[0]]
                .map(|storage| scope.spawn(move || append(&**storage)))
                .into_iter()
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(counts, [40; 3]);
        assert_eq!(handles[1].read(Sequence(0)).unwrap(), (1..=120).map(frame).collect::<Vec<_>>(), "{name}");
    }
}
