//! Crashes, damage, full disks and failing syncs on a simulated disk.

mod checkpoints;
mod damage;
mod failures;
mod locks;
mod model;
mod opening;
mod power_cuts;
mod restoring;

use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::{
    codec::CodecError,
    object::{FamilyId, Sequence},
    storage::{
        AppendError, Checkpoint, FileOptions, FileStorage, SegmentEntry, SegmentId, Storage, StorageError,
        files::{FileAccess, FileSystem},
        simulate::{Fault, FaultKind, FileOperation, Keep, SimulatedFileSystem},
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

/// Frame 4 is in the log, but its writer was killed before it wrote the head. Returns the disk, that writer's
/// handle, and one that was open beside it.
fn killed_before_the_head() -> (SimulatedFileSystem, FileStorage, FileStorage) {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 3);
    let head = disk.read_file("head").unwrap();
    append_to(&storage, 4);
    let other = open(&disk).unwrap();
    disk.open("head", FileAccess::Write).unwrap().write_at(0, &head).unwrap();
    assert_eq!(other.head().unwrap(), Sequence(3));
    (disk, storage, other)
}

fn log_names(disk: &SimulatedFileSystem) -> Vec<String> {
    disk.file_names().into_iter().filter(|name| name.starts_with("log-")).collect()
}

fn end_of_frames(storage: &FileStorage) -> usize {
    storage.visible_head().unwrap().position as usize
}
