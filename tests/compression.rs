//! Is a set whose objects are compressed the same as one whose are not, only smaller?

use std::{collections::BTreeMap, sync::Arc};

use protobase::{
    Database, IndexableSet, Object, Offset, Options, SetSchema, Value, field,
    storage::{
        FileOptions, FileStorage,
        simulate::{Keep, SimulatedFileSystem},
    },
};

fn open(files: &SimulatedFileSystem) -> Database {
    let options = FileOptions { head_sync: None, log_step: 16 << 10, ..FileOptions::default() };
    let storage = FileStorage::over(Arc::new(files.clone()), &options).expect("opens");
    Database::options().background(false).with_storage(Arc::new(storage)).expect("opens")
}

fn object(key: i64) -> Object {
    let words = ["stone", "tower", "river", "bridge", "monastery", "valley"];
    let text: Vec<&str> = (0..60).map(|n| words[((key * 7 + n * n) % 6) as usize]).collect();
    let object = Object::new()
        .with("key", key)
        .with("value", key % 10)
        .with("text", text.join(" "))
        .with("notes", Value::Nested);
    if key % 5 == 0 { object } else { object.with("embedding", vec![key as f32, 1.0, 0.5]) }
}

fn schema(compressed: bool) -> SetSchema {
    let vectors = Options::new().with("dimension", 3_i64).with("metric", "l2");
    let schema =
        SetSchema::new("things").unique("key").index("value", "hash").index_with("embedding", "vector", vectors);
    if compressed { schema.compressed() } else { schema }
}

fn contents(set: &IndexableSet) -> BTreeMap<Offset, String> {
    set.iter()
        .expect("opens")
        .map(|item| item.expect("reads"))
        .map(|(at, object): (Offset, Object)| (at, object.to_string()))
        .collect()
}

/// Bulk loads, commits, removes and compacts; what is there after each step.
fn work(files: &SimulatedFileSystem, compressed: bool) -> Vec<BTreeMap<Offset, String>> {
    let database = open(files);
    let set: IndexableSet = database.declare(schema(compressed)).expect("declares");
    let mut seen = Vec::new();
    let offsets = set.insert_many(&(0..1_500).map(object).collect::<Vec<_>>()).expect("inserts");
    seen.push(contents(&set));
    (0..300).step_by(3).for_each(|n| assert!(set.remove(offsets[n]).expect("removes")));
    (600..700).for_each(|n| set.update(offsets[n], &object(n as i64 + 9_000)).expect("updates"));
    database.flush().expect("flushes");
    seen.push(contents(&set));
    drop((set, database));
    let database = open(files);
    let set: IndexableSet = database.set("things").expect("is declared");
    seen.push(contents(&set));
    database.compact().expect("compacts");
    database.check().expect("finds no fault");
    seen.push(contents(&set));
    for (n, offset) in offsets.iter().enumerate().rev().step_by(7) {
        let found: Option<Object> = set.get(*offset).expect("gets");
        assert_eq!(found.map(|object| object.to_string()), seen[3].get(offset).cloned(), "object {n}");
    }
    assert_eq!(
        set.query().filter(field("text").contains_text("bridge")).count().expect("counts"),
        seen[3].values().filter(|text| text.contains("bridge")).count() as u64
    );
    seen
}

#[test]
fn compressed_and_plain_sets_are_equal_and_one_is_smaller() {
    let (plain, packed) = (SimulatedFileSystem::seeded(1), SimulatedFileSystem::seeded(1));
    assert_eq!(work(&plain, false), work(&packed, true));
    let sizes = |files: &SimulatedFileSystem| {
        let info = open(files).info().expect("tells");
        let [segment] = &info.sets[0].segments[..] else { panic!("one segment") };
        (segment.stored_bytes, segment.object_bytes)
    };
    let (plain, packed) = (sizes(&plain), sizes(&packed));
    assert_eq!((plain.0, plain.1), (packed.1, packed.1));
    assert!(packed.0 < packed.1 / 2, "{packed:?}");
}

#[test]
fn a_set_is_compressed_from_its_declaration_on() {
    let files = SimulatedFileSystem::new();
    let database = open(&files);
    let set: IndexableSet = database.declare(schema(false)).expect("declares");
    set.insert_many(&(0..1_100).map(object).collect::<Vec<_>>()).expect("inserts");
    let _same: IndexableSet = database.declare(schema(true)).expect("declares");
    set.insert_many(&(2_000..3_100).map(object).collect::<Vec<_>>()).expect("inserts");
    let before = contents(&set);
    let segments = database.info().expect("tells").sets[0].segments.clone();
    let [old, new] = &segments[..] else { panic!("two segments: {segments:?}") };
    assert!(old.stored_bytes == old.object_bytes && new.stored_bytes < new.object_bytes / 2, "{segments:?}");
    let _stays: IndexableSet = database.declare(schema(false)).expect("declares");
    database.compact().expect("compacts");
    let segments = database.info().expect("tells").sets[0].segments.clone();
    assert!(segments.len() == 1 && segments[0].stored_bytes < segments[0].object_bytes / 2, "{segments:?}");
    assert_eq!(contents(&set), before);
}

#[test]
fn damage_to_a_compressed_block_is_named_and_costs_its_objects_80() {
    let files = SimulatedFileSystem::new();
    let expected = work(&files, true).pop().expect("the last state");
    let name = files.file_names().into_iter().find(|name| name.starts_with("blobs/objects-")).expect("an object file");
    let bytes = files.read_file(&name).expect("reads");
    for position in (0..bytes.len()).step_by(bytes.len() / 30).chain([bytes.len() - 1]) {
        let damaged = files.after_power_cut(Keep::Everything, 0);
        let mut flipped = bytes.clone();
        flipped[position] ^= 4;
        damaged.replace_file(&name, flipped);
        let storage = FileStorage::over(Arc::new(damaged.clone()), &FileOptions::default()).expect("opens");
        let opened = Database::options().background(false).with_storage(Arc::new(storage));
        let error = match opened.and_then(|database| database.check()) {
            Ok(()) => panic!("byte {position}: not found"),
            Err(error) => error.to_string(),
        };
        assert!(
            error.contains(name.trim_start_matches("blobs/")) && error.contains("position"),
            "byte {position}: {error}"
        );
        if (64..bytes.len() / 4).contains(&position) {
            let saved = SimulatedFileSystem::seeded(2);
            let report = Database::salvage_over(Arc::new(damaged), Arc::new(saved.clone())).expect("salvages");
            let found = contents(&open(&saved).set("things").expect("is declared"));
            assert!(found.iter().all(|(offset, text)| expected.get(offset) == Some(text)), "byte {position}");
            let lost = expected.len() - found.len();
            let named: usize = report.losses.iter().map(|loss| loss.offsets.len()).sum();
            assert!(lost > 0 && lost <= 400 && named == lost, "byte {position}: {lost} lost, {named} named");
        }
    }
}
