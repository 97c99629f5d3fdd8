//! Processes open the store, the first of them creates it, commit and close, all at once.

use std::sync::{Arc, Mutex};

use shuttle::thread;

use crate::{
    set::IndexableSet,
    storage::simulate::{Keep, SimulatedFileSystem},
};

use super::{
    Error,
    commits::{COMMITS, Half, WRITERS, commit, counts, look},
    declared, explore, open,
};

/// Opens, commits a writer's next transaction, and closes: with a checkpoint, unless another process maintains just then.
fn visit(disk: &SimulatedFileSystem, writer: usize, value: i64) {
    let database = open(disk).expect("opens");
    let set: IndexableSet<Half> = declared(&database);
    loop {
        match commit(&database, &set, writer, value) {
            // Others have trimmed the log meanwhile.
            Err(Error::SnapshotTooOld { .. }) => {}
            outcome => {
                outcome.expect("nothing else stands in its way");
                break;
            }
        }
    }
}

#[test]
fn handles_come_and_go_beside_commits() {
    explore("handles", || {
        let disk = SimulatedFileSystem::seeded(1);
        let acked = Arc::new(Mutex::new([0; WRITERS]));
        let writers = (0..WRITERS).map(|writer| {
            let (disk, acked) = (disk.clone(), acked.clone());
            thread::spawn(move || {
                for value in 0..COMMITS {
                    visit(&disk, writer, value);
                    acked.lock().expect("no panic elsewhere")[writer] = value + 1;
                }
            })
        });
        let reader = {
            let (disk, acked) = (disk.clone(), acked.clone());
            thread::spawn(move || {
                let database = open(&disk).expect("opens");
                let set: IndexableSet<Half> = declared(&database);
                look(&database, &set, &disk, &acked);
            })
        };
        let threads: Vec<_> = writers.chain([reader]).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));

        let cut = disk.after_power_cut(Keep::Nothing, 2);
        let found = open(&cut).expect("opens by itself");
        let set = found.set(super::SET).expect("is there");
        assert_eq!(counts(&set, &found.snapshot()), [COMMITS; WRITERS], "after a power cut");
        found.check().expect("whole");
    });
}
