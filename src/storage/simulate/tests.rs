//! Does the simulated disk do what real ones are known to do?

use std::{collections::BTreeSet, io, sync::Arc};

use crate::storage::files::{FileAccess, FileSystem, Sharing, StoredFile};

use super::*;

fn written(disk: &SimulatedFileSystem) -> Arc<dyn StoredFile> {
    let file = disk.create("a").unwrap();
    file.write_at(0, &[1; 1024]).unwrap();
    file.sync_data().unwrap();
    file
}

#[test]
fn only_the_synced_survives_when_nothing_is_kept() {
    let disk = SimulatedFileSystem::new();
    let file = written(&disk);
    assert!(disk.after_power_cut(Keep::Nothing, 0).read_file("a").is_err(), "the folder was not synced");
    disk.sync_folder("").unwrap();
    file.write_at(512, &[2; 1024]).unwrap();
    disk.rename("a", "b").unwrap();
    assert_eq!(disk.after_power_cut(Keep::Nothing, 0).read_file("a").unwrap(), [1; 1024]);
    assert_eq!(disk.after_power_cut(Keep::Everything, 0).read_file("b").unwrap()[512..], [2; 1024]);
    assert!(disk.after_power_cut(Keep::Everything, 0).read_file("a").is_err());
}

/// What is first in each sector, for every way to lose power; `true` when all bytes of all sectors are equal.
fn outcomes(disk: &SimulatedFileSystem, keep: impl Fn(u64) -> (Keep, u64)) -> BTreeSet<(Vec<u8>, bool)> {
    let outcome = |n| {
        let (keep, seed) = keep(n);
        let content = disk.after_power_cut(keep, seed).read_file("a").unwrap();
        let whole = content.chunks(512).all(|sector| sector.iter().all(|byte| byte == &sector[0]));
        (content.chunks(512).map(|sector| sector[0]).collect(), whole)
    };
    (0..400).map(outcome).collect()
}

fn overwritten() -> SimulatedFileSystem {
    let disk = SimulatedFileSystem::new();
    let file = written(&disk);
    disk.sync_folder("").unwrap();
    file.write_at(0, &[2; 1536]).unwrap();
    file.write_at(0, &[3; 512]).unwrap();
    disk
}

#[test]
fn any_sectors_may_survive_and_each_is_whole() {
    let seen = outcomes(&overwritten(), |seed| (Keep::Any, seed));
    assert!(seen.iter().all(|(_, whole)| *whole));
    assert_eq!(seen.len(), 3 * 2 * 3, "1, 2 or 3; 1 or 2; 2, zeros or not there");
}

#[test]
fn sectors_may_tear() {
    let seen = outcomes(&overwritten(), |seed| (Keep::Torn, seed));
    assert!(seen.iter().any(|(_, whole)| !whole) && seen.iter().any(|(_, whole)| *whole));
}

#[test]
fn every_prefix_of_the_unsynced_can_be_had() {
    let disk = overwritten();
    assert_eq!(disk.unsynced(), 4);
    let prefix = |count| {
        let content = disk.after_power_cut(Keep::First(count), 0).read_file("a").unwrap();
        content.chunks(512).map(|sector| sector[0]).collect::<Vec<_>>()
    };
    assert_eq!([0, 1, 2].map(prefix), [vec![1, 1], vec![2, 1], vec![2, 2]]);
    assert_eq!([3, 4, 5].map(prefix), [vec![2, 2, 2], vec![3, 2, 2], vec![3, 2, 2]]);
    let random = outcomes(&disk, |seed| (Keep::Prefix, seed));
    assert_eq!(random.into_iter().map(|(sectors, _)| sectors).collect::<BTreeSet<_>>(), (0..5).map(prefix).collect());
}

#[test]
fn names_are_lost_in_any_order() {
    let disk = SimulatedFileSystem::new();
    for name in ["a", "b"] {
        disk.create(name).unwrap();
    }
    let names = |seed| disk.after_power_cut(Keep::Any, seed).file_names().concat();
    assert_eq!((0..50).map(names).collect::<BTreeSet<_>>(), ["", "a", "ab", "b"].map(String::from).into());
}

#[test]
fn copies_are_kept_at_every_operation() {
    let disk = SimulatedFileSystem::new();
    disk.record();
    let file = written(&disk);
    file.write_at(0, &[7]).unwrap();
    let moments = disk.moments();
    let firsts: Vec<_> = moments.iter().map(|disk| disk.read_file("a").unwrap().first().copied()).collect();
    assert_eq!(firsts, [None, Some(1), Some(1), Some(7)]);
    assert_eq!(moments.iter().map(SimulatedFileSystem::operations).collect::<Vec<_>>(), [1, 2, 3, 4]);
    moments[3].open("a", FileAccess::Write).unwrap().write_at(0, &[8]).unwrap();
    assert_eq!(disk.read_file("a").unwrap()[0], 7);
    assert_ne!(moments[3].fingerprint(), disk.fingerprint());
    assert_eq!(disk.copy().fingerprint(), disk.fingerprint());
    assert!(disk.moments().is_empty());
}

#[test]
fn locks_exclude_each_other() {
    let disk = SimulatedFileSystem::new();
    let take = |sharing| disk.try_lock("lock", sharing).unwrap();
    let shared = (take(Sharing::Shared).unwrap(), take(Sharing::Shared).unwrap());
    assert!(take(Sharing::Exclusive).is_none());
    drop(shared);
    let exclusive = take(Sharing::Exclusive).unwrap();
    assert!(take(Sharing::Shared).is_none() && take(Sharing::Exclusive).is_none());
    drop(exclusive);
    assert!(disk.lock("lock", Sharing::Shared, &crate::storage::LockWait::default()).is_ok());
}

#[test]
fn power_and_space_fail_on_demand() {
    let disk = SimulatedFileSystem::new();
    let file = written(&disk);
    disk.limit_space(Some(1500));
    assert_eq!(file.write_at(1024, &[1; 1024]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(file.len().unwrap(), 1500);
    disk.cut_power_at(disk.operations() + 1);
    file.write_at(0, &[5]).unwrap();
    assert!(file.write_at(1, &[6]).is_err());
    assert!(file.sync_data().is_err() && disk.open("a", FileAccess::Read).is_err());
    assert_eq!(disk.after_power_cut(Keep::Everything, 0).read_file("a").unwrap()[..2], [5, 6]);
}

#[test]
fn a_failed_sync_loses_pages_for_good() {
    let mut lost = BTreeSet::new();
    for seed in 0..20 {
        let disk = SimulatedFileSystem::seeded(seed);
        let file = written(&disk);
        disk.sync_folder("").unwrap();
        file.write_at(0, &[2; 1024]).unwrap();
        disk.fail_sync(Some(0));
        assert!(file.sync_data().is_err());
        assert!(file.sync_data().is_ok(), "the error is told once");
        assert_eq!(disk.read_file("a").unwrap(), [2; 1024], "memory still has it");
        disk.evict();
        let content = disk.read_file("a").unwrap();
        assert_eq!(disk.after_power_cut(Keep::Everything, 0).read_file("a").unwrap(), content);
        lost.insert((content[0], content[512]));
        file.write_at(0, &[3; 1024]).unwrap();
        file.sync_data().unwrap();
        assert_eq!(disk.after_power_cut(Keep::Nothing, 0).read_file("a").unwrap(), [3; 1024]);
    }
    assert_eq!(lost.len(), 4, "either, both or none: {lost:?}");
}

#[test]
fn each_kind_of_fault_comes_when_planned() {
    let disk = SimulatedFileSystem::new();
    let file = written(&disk);
    let plan = |kind, call, lasting| disk.plan_fault(Some(Fault { kind, call, lasting }));
    plan(FaultKind::Device, 1, false);
    assert!(file.len().is_ok() && file.len().is_err() && file.len().is_ok());
    plan(FaultKind::Full, 0, true);
    assert!(file.read_at(0, &mut [0; 4]).is_ok());
    assert_eq!(file.write_at(0, &[4; 10]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert!(disk.create("b").is_err() && disk.faults_fired() == 2);
    assert_eq!(disk.read_file("a").unwrap()[..10], [4, 4, 4, 4, 4, 1, 1, 1, 1, 1], "half was written");
    plan(FaultKind::TooManyFiles, 0, true);
    assert!(disk.open("a", FileAccess::Read).is_err() && disk.map("a").is_err() && file.sync_data().is_ok());
    for kind in [FaultKind::Short, FaultKind::Interrupted] {
        plan(kind, 0, false);
        file.write_at(0, &[9; 100]).unwrap();
        assert_eq!(disk.read_file("a").unwrap()[..100], [9; 100]);
        plan(kind, 0, false);
        let mut read = [0; 100];
        assert_eq!((file.read_at(0, &mut read).unwrap(), read), (100, [9; 100]));
        assert_eq!(disk.faults_fired(), 1);
    }
}

#[test]
fn damages_do_what_they_say() {
    let disk = SimulatedFileSystem::new();
    let name = || "a".to_owned();
    let after = |damage: Damage| {
        disk.replace_file("a", (0..8).collect());
        disk.replace_file("b", vec![9]);
        assert!(disk.damage(&damage).unwrap(), "{damage}");
        disk.read_file("a").unwrap_or_default()
    };
    assert_eq!(after(Damage::Flip { file: name(), bit: 11 }), [0, 9, 2, 3, 4, 5, 6, 7]);
    assert_eq!(after(Damage::Zero { file: name(), start: 6, length: 9 }), [0, 1, 2, 3, 4, 5, 0, 0]);
    assert_eq!(after(Damage::Cut { file: name(), length: 2 }), [0, 1]);
    assert_eq!(after(Damage::Misdirect { file: name(), from: 0, to: 4, length: 3 }), [0, 1, 2, 3, 0, 1, 2, 7]);
    assert_eq!(after(Damage::Exchange { file: name(), one: 6, other: 0, length: 4 }), [6, 7, 2, 3, 4, 5, 0, 1]);
    assert_eq!(after(Damage::Swap { one: name(), other: "b".to_owned() }), [9]);
    assert_eq!(disk.read_file("b").unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(after(Damage::Remove { file: name() }).is_empty() && disk.file_names() == ["b"]);
    let files = [(name(), 8), ("b".to_owned(), 1)];
    let mut random = Random::new(1);
    for _ in 0..200 {
        disk.replace_file("a", (0..8).collect());
        disk.replace_file("b", vec![9]);
        disk.damage(&Damage::random(&files, &mut random).unwrap()).unwrap();
    }
}
