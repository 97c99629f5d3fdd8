//! Is a database whole after a power cut at any operation of the disk? Behaviour 79 of the acceptance list, for a whole database: commits,
//! a bulk load, flushes, compactions and checkpoints, cut off at every write and sync, with any part of what was not synced lost.

use std::{collections::BTreeMap, sync::Arc};

use protobase::{
    Database, Error, IndexableSet, Object, Offset, SetSchema,
    storage::{
        FileOptions, FileStorage,
        simulate::{Keep, SimulatedFileSystem},
    },
};

/// What a set should hold: texts by offset.
type Model = BTreeMap<Offset, String>;

fn open(files: &SimulatedFileSystem) -> Result<Database, Error> {
    let options = FileOptions { head_sync: None, log_step: 16 << 10, ..FileOptions::default() };
    let storage = FileStorage::over(Arc::new(files.clone()), &options)?;
    Database::options().background(false).with_storage(Arc::new(storage))
}

fn declare(database: &Database) -> Result<IndexableSet, Error> {
    database.declare(SetSchema::new("things").unique("key").index("value", "ordered"))
}

fn object(key: i64, value: i64) -> Object {
    Object::new().with("key", key).with("value", value)
}

/// Works until the power goes. `states` gets what the set should hold after each acknowledged commit, and, before a commit is tried, what
/// it should hold if it succeeds: after a power cut, the last acknowledged state or the one tried after it must be there, whole.
fn work(files: &SimulatedFileSystem, states: &mut Vec<Model>) -> Result<(), Error> {
    let database = open(files)?;
    let set = declare(&database)?;
    let mut model = Model::new();
    let mut offsets = Vec::new();
    for key in 0..6 {
        // An offset is known before its commit only inside a transaction.
        let mut tx = database.begin()?;
        offsets.push(tx.insert(&set, &object(key, 0))?);
        model.insert(offsets[key as usize], object(key, 0).to_string());
        states.push(model.clone());
        tx.commit()?;
        states.push(model.clone());
    }
    database.flush()?;
    let mut tx = database.begin()?;
    tx.remove(&set, offsets[1])?;
    tx.update(&set, offsets[2], &object(2, 7))?;
    let new = tx.insert(&set, &object(1, 8))?;
    model.remove(&offsets[1]);
    model.insert(offsets[2], object(2, 7).to_string());
    model.insert(new, object(1, 8).to_string());
    states.push(model.clone());
    tx.commit()?;
    states.push(model.clone());

    let many: Vec<Object> = (100..1_200).map(|key| object(key, 1)).collect();
    // The offsets of a bulk load are known only afterwards; an empty model stands for "any state with these objects more".
    states.push(Model::new());
    let loaded = set.insert_many(&many)?;
    model.extend(loaded.iter().copied().zip(many.iter().map(ToString::to_string)));
    states.push(model.clone());
    database.compact()?;
    model.remove(&loaded[0]);
    states.push(model.clone());
    set.remove(loaded[0])?;
    states.push(model.clone());
    database.checkpoint()?;
    drop((set, database));
    Ok(())
}

fn contents(set: &IndexableSet) -> Model {
    set.iter().expect("opens").map(|item| item.expect("reads")).map(|(at, object)| (at, object.to_string())).collect()
}

/// Opens what a power cut left, and compares it with what was acknowledged and what was tried.
fn check(files: &SimulatedFileSystem, states: &[Model], note: &str) {
    let database = open(files).unwrap_or_else(|error| panic!("{note}: {error}"));
    let set = declare(&database).unwrap_or_else(|error| panic!("{note}: {error}"));
    let found = contents(&set);
    // Entries come in pairs: tried, acknowledged.
    let (acknowledged, tried) = match states.len().is_multiple_of(2) {
        true => (states.last(), None),
        false => (states.iter().rev().nth(1), states.last()),
    };
    let empty = Model::new();
    let acknowledged = acknowledged.unwrap_or(&empty);
    let is_tried = tried.is_some_and(|tried| match tried.is_empty() {
        true => found.len() == acknowledged.len() + 1_100 && acknowledged.iter().all(|(k, v)| found.get(k) == Some(v)),
        false => found == *tried,
    });
    assert!(found == *acknowledged || is_tried, "{note}: {} objects, {} acknowledged", found.len(), acknowledged.len());
    database.check().unwrap_or_else(|error| panic!("{note}: {error}"));
    set.insert(&object(5_000, 5)).unwrap_or_else(|error| panic!("{note}: {error}"));
    database.compact().unwrap_or_else(|error| panic!("{note}: {error}"));
    assert_eq!(set.len().expect("counts"), found.len() as u64 + 1, "{note}");
    database.check().unwrap_or_else(|error| panic!("{note}: {error}"));
}

#[test]
fn a_power_cut_at_any_operation_leaves_whole_commits_79() {
    let files = SimulatedFileSystem::new();
    let mut states = Vec::new();
    work(&files, &mut states).expect("works without a power cut");
    let operations = files.operations();
    assert!(operations > 100, "{operations}");
    for cut in 0..operations {
        let files = SimulatedFileSystem::new();
        files.cut_power_at(cut);
        let mut states = Vec::new();
        let _cut_off = work(&files, &mut states);
        for (seed, keep) in [(cut, Keep::Nothing), (cut, Keep::Any), (cut + 1_000_000, Keep::Any), (cut, Keep::Prefix)]
        {
            let note = format!("cut at operation {cut}, {keep:?} kept, seed {seed}");
            check(&files.after_power_cut(keep, seed), &states, &note);
        }
    }
}
