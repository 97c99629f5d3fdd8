//! Checkpoints and their fallback, and what a sweep removes.

use super::*;

#[test]
fn a_damaged_checkpoint_falls_back_only_where_the_log_reaches_back() {
    let disk = SimulatedFileSystem::new();
    let storage = open(&disk).unwrap();
    append_to(&storage, 40);
    for sequence in [2, 30, 38] {
        storage.put_checkpoint(&checkpoint(sequence), None).unwrap();
    }
    assert_eq!(storage.checkpoints().unwrap().len(), 3);
    storage.forget_checkpoints(Sequence(2)).unwrap();
    assert_eq!(storage.checkpoints().unwrap().len(), 3, "none is older");
    storage.forget_checkpoints(Sequence(50)).unwrap();
    let names: Vec<_> = disk.file_names().into_iter().filter(|name| name.starts_with("checkpoint-")).collect();
    assert_eq!(names.len(), 2, "the newest and one before it are kept");
    let mut bytes = disk.read_file(&names[1]).unwrap();
    bytes[70] ^= 1;
    disk.replace_file(&names[1], bytes);
    assert_eq!(open(&disk).unwrap().newest_checkpoint().unwrap(), Some(checkpoint(30)));
    storage.trim(Sequence(39)).unwrap();
    let error = open(&disk).unwrap().newest_checkpoint().unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: damaged at position 64", names[1])), "{error}");
    storage.put_checkpoint(&checkpoint(38), None).unwrap();
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
    storage.put_checkpoint(&older, None).unwrap();
    storage.put_checkpoint(&checkpoint(2), None).unwrap();
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

/// Else the files of a segment whose frame is durable, but whose writer died before it could publish it, would look like garbage.
#[test]
fn a_sweep_publishes_what_is_past_the_head_first() {
    let (_disk, _storage, other) = killed_before_the_head();
    assert!(other.try_sweep().unwrap().is_some());
    assert_eq!(other.head().unwrap(), Sequence(4));
}
