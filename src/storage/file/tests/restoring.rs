//! Power cuts while a store is made of a backup.

use crate::storage::backup::{BackupFolder, Manifest};

use super::*;

/// A backup of a log that no checkpoint covers any of.
fn backup(disk: &SimulatedFileSystem) -> BackupFolder {
    let manifest =
        Manifest { store: 1, checkpoint: Checkpoint::default(), frames: (1..=5).map(frame).collect(), files: vec![] };
    let folder = || BackupFolder::over(Arc::new(disk.clone()));
    folder().begin(1).unwrap().publish(&manifest, &|_| false).unwrap();
    folder()
}

/// The marker makes a database of the directory, so it must not outlive anything that was written before it.
#[test]
fn where_the_marker_is_all_is_there() {
    let backup = backup(&SimulatedFileSystem::new());
    let restore = |disk: &SimulatedFileSystem| FileStorage::restore(&backup, Arc::new(disk.clone()), &|_| {});
    let whole = SimulatedFileSystem::new();
    restore(&whole).unwrap();
    let mut unfinished = 0;
    for operation in 0..whole.operations() {
        let disk = SimulatedFileSystem::new();
        disk.cut_power_at(operation);
        let done = restore(&disk).is_ok();
        for (keep, seed) in (0..24).map(|seed| (Keep::Any, seed)).chain([(Keep::Nothing, 0), (Keep::Everything, 0)]) {
            let about = format!("power cut at {operation}, {keep:?}, seed {seed}");
            let after = disk.after_power_cut(keep, seed);
            let is_database = after.file_names().iter().any(|name| name == "protobase.format");
            assert!(is_database || !done, "{about}");
            unfinished += u32::from(!is_database);
            if is_database {
                check_log(&open(&after).unwrap_or_else(|error| panic!("{about}: {error}")), 5, &about);
            }
        }
    }
    assert!(unfinished > 0);
}
