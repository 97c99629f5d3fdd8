//! Is everything that is intact saved from a damaged store, everything that is not named, and nothing invented?

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use protobase::{
    Database, IndexableSet, Object, Offset, Options, SetSchema, Value,
    database::SalvageReport,
    storage::{
        FileOptions, FileStorage,
        files::FileSystem,
        simulate::{Keep, SimulatedFileSystem},
    },
};

/// Texts of objects by set and offset.
type Model = BTreeMap<(String, Offset), String>;

/// Made once for all tests.
static STORE: LazyLock<Store> = LazyLock::new(Store::new);

const SETS: [&str; 3] = ["things", "things.notes", "others"];

fn open(files: &SimulatedFileSystem) -> Database {
    let options = FileOptions { head_sync: None, log_step: 4 << 10, log_length: 6 << 10, ..FileOptions::default() };
    let storage = FileStorage::over(Arc::new(files.clone()), &options).expect("opens");
    Database::options().background(false).with_storage(Arc::new(storage)).expect("opens")
}

fn contents(database: &Database) -> Model {
    let mut model = Model::new();
    for name in database.sets() {
        let set: IndexableSet = database.set(&name).expect("is declared");
        for item in set.iter().expect("opens") {
            let (offset, object): (Offset, Object) = item.expect("reads");
            model.insert((name.clone(), offset), object.to_string());
        }
    }
    model
}

fn thing(key: i64) -> Object {
    let vector: Vec<f32> = (0..8).map(|d| (key * 7 + d) as f32).collect();
    Object::new()
        .with("key", key)
        .with("value", key % 10)
        .with("text", format!("{key} {}", "x".repeat(key as usize % 60)))
        .with("embedding", Value::Vector(vector.into()))
        .with("notes", Value::Nested)
}

/// A damaged store's twin: what it holds, and every version that it ever held.
struct Store {
    files: SimulatedFileSystem,
    model: Model,
    ever: BTreeSet<(String, Offset, String)>,
}

impl Store {
    /// A bulk-loaded segment with dead slots, segments of two more sets, a log of several files, and changes after the checkpoint.
    fn new() -> Self {
        let files = SimulatedFileSystem::seeded(3);
        let database = open(&files);
        let vectors = Options::new().with("dimension", 8_i64).with("metric", "l2");
        let notes = SetSchema::new("notes").index("n", "ordered");
        let schema = SetSchema::new("things").unique("key").index("value", "hash").nested("notes", notes);
        let things: IndexableSet =
            database.declare(schema.index_with("embedding", "vector", vectors)).expect("declares");
        let others: IndexableSet = database.declare(SetSchema::new("others").index("n", "ordered")).expect("declares");
        let mut store = Self { files, model: Model::new(), ever: BTreeSet::new() };
        let offsets = things.insert_many(&(0..1_100).map(thing).collect::<Vec<_>>()).expect("inserts");
        for n in 0..120 {
            others.insert(&Object::new().with("n", n).with("text", "y".repeat(50))).expect("inserts");
        }
        let note = |owner: usize, n: i64| {
            let notes: IndexableSet = things.nested(offsets[owner], "notes").expect("is nested");
            notes.insert(&Object::new().with("n", n).with("text", "z".repeat(40))).expect("inserts")
        };
        for n in 0..90 {
            note(n / 3, n as i64);
        }
        store.remember(&database);
        for n in (0..200).step_by(2) {
            things.remove(offsets[n]).expect("removes");
        }
        (300..330).for_each(|n| things.update(offsets[n], &thing(n as i64 + 5_000)).expect("updates"));
        database.flush().expect("flushes");
        database.checkpoint().expect("writes a checkpoint");
        store.remember(&database);
        for (n, offset) in offsets.iter().enumerate().take(460).skip(400) {
            match n % 4 {
                0 => assert!(things.remove(*offset).expect("removes")),
                1 => things.update(*offset, &thing(n as i64 + 6_000)).expect("updates"),
                2 => {
                    note(n, 7);
                }
                _ => {
                    let text = "y".repeat(900);
                    others.insert(&Object::new().with("n", n as i64).with("text", text)).expect("inserts");
                }
            }
            store.remember(&database);
        }
        store.model = contents(&database);
        drop((things, others, database));
        store
    }

    fn remember(&mut self, database: &Database) {
        self.ever.extend(contents(database).into_iter().map(|((set, offset), text)| (set, offset, text)));
    }

    fn copy(&self) -> SimulatedFileSystem {
        self.files.after_power_cut(Keep::Everything, 0)
    }

    /// Salvages a damaged copy and compares. Returns how many objects are lost.
    fn salvage(&self, damaged: &SimulatedFileSystem, file: &str, note: &str) -> (usize, SalvageReport) {
        let before: Vec<_> =
            damaged.file_names().into_iter().map(|name| damaged.read_file(&name).expect("reads")).collect();
        let saved = SimulatedFileSystem::seeded(4);
        let source: Arc<dyn FileSystem> = Arc::new(damaged.clone());
        let report =
            Database::salvage_over(source, Arc::new(saved.clone())).unwrap_or_else(|error| panic!("{note}: {error}"));
        let after: Vec<_> =
            damaged.file_names().into_iter().map(|name| damaged.read_file(&name).expect("reads")).collect();
        assert_eq!(before, after, "{note}: the damaged store was written to");
        let database = open(&saved);
        database.check().unwrap_or_else(|error| panic!("{note}: {error}"));
        let found = contents(&database);
        let frames_lost = report.losses.iter().any(|loss| loss.what.contains("are lost: objects that they wrote"));
        for ((set, offset), text) in &found {
            // What is apart from its lost owner is still what it was.
            let set = if set == "things_notes_without_owner" { "things.notes" } else { set };
            let known = self.model.get(&(set.to_owned(), *offset)) == Some(text);
            let stale = frames_lost && self.ever.contains(&(set.to_owned(), *offset, text.clone()));
            assert!(known || stale, "{note}: invented {set} {offset} {text}: {:?}", report.losses);
        }
        let kept = |offset: &Offset| found.keys().any(|(_, found)| found == offset);
        let lost: Vec<u64> =
            self.model.keys().filter(|(_, offset)| !kept(offset)).map(|(_, offset)| offset.0).collect();
        let named: BTreeSet<u64> = report.losses.iter().flat_map(|loss| loss.offsets.iter().copied()).collect();
        let unnamed = lost.iter().filter(|offset| !named.contains(offset)).count() as u64;
        let counted: u64 = report.losses.iter().map(|loss| loss.objects.unwrap_or(u64::from(u32::MAX))).sum();
        assert!(
            unnamed <= counted,
            "{note}: {unnamed} of {} lost objects are not named: {:?}",
            lost.len(),
            report.losses
        );
        if !lost.is_empty() {
            assert!(
                report.losses.iter().any(|loss| loss.file == file || loss.file.contains(file)),
                "{note}: {:?}",
                report.losses
            );
        }
        (lost.len(), report)
    }

    fn files(&self, prefix: &str) -> Vec<String> {
        self.files.file_names().into_iter().filter(|name| name.starts_with(prefix)).collect()
    }
}

/// The name that reports use.
fn short(name: &str) -> &str {
    name.trim_start_matches("blobs/")
}

fn flipped(store: &Store, name: &str, position: usize) -> SimulatedFileSystem {
    let damaged = store.copy();
    let mut bytes = damaged.read_file(name).expect("reads");
    bytes[position] ^= 0x20;
    damaged.replace_file(name, bytes);
    damaged
}

#[test]
fn a_sound_store_is_saved_whole() {
    let store = &*STORE;
    let (lost, report) = store.salvage(&store.copy(), "", "nothing is damaged");
    assert_eq!((lost, report.losses), (0, Vec::new()));
    let known: u64 = report.sets.iter().map(|(_, objects)| objects).sum();
    assert_eq!(known, store.model.len() as u64);
    assert!(SETS.iter().all(|set| report.sets.iter().any(|(name, objects)| name == set && *objects > 0)));
}

#[test]
fn a_flipped_byte_in_an_object_file_costs_its_block_80() {
    let store = &*STORE;
    let files = store.files("blobs/objects-");
    assert_eq!(files.len(), 4, "{files:?}");
    for name in files {
        let length = store.files.read_file(&name).expect("reads").len();
        let total = store.model.len();
        for position in (0..length).step_by(length / 12).chain([length - 70, length - 1]) {
            let note = format!("{name}, byte {position}");
            let (lost, report) = store.salvage(&flipped(store, &name, position), short(&name), &note);
            let loss = report.losses.iter().find(|loss| loss.file == short(&name));
            let loss = loss.unwrap_or_else(|| panic!("{note}: not named: {:?}", report.losses));
            assert!(loss.position.is_some_and(|at| at as usize <= position), "{note}: {loss:?}");
            // What vouches for the whole file can be done without; everything else holds 4,096 bytes of it, or 512 objects' offsets.
            let vouches_for_all = position < 64 || position > length - 1_000;
            assert!(lost <= 513, "{note}: {lost} of {total} objects lost");
            let in_objects = (64..20_000).contains(&position) && length > 60_000;
            assert!(!in_objects || (1..=128).contains(&lost), "{note}: {lost} of {total} objects lost");
            if !vouches_for_all && in_objects {
                assert_eq!(loss.offsets.len(), lost, "{note}: {loss:?}");
                assert_eq!(loss.set.as_deref(), Some("things"), "{note}");
            }
        }
    }
}

/// Header, checksum table, directory and trailer: every byte of them, and all of one of them.
#[test]
fn a_damaged_directory_costs_nothing_80() {
    let store = &*STORE;
    for name in store.files("blobs/objects-") {
        let bytes = store.files.read_file(&name).expect("reads");
        let length = bytes.len();
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes")) as usize;
        let directory = number(length - 56);
        let (table, checksums) = (number(directory), number(directory + 8));
        let fixed = (0..64).step_by(19).chain((directory..length).step_by(29)).chain([length - 1]);
        for position in fixed {
            let note = format!("{name}, byte {position}");
            let (lost, report) = store.salvage(&flipped(store, &name, position), short(&name), &note);
            assert_eq!(lost, 0, "{note}: {:?}", report.losses);
            let loss = report.losses.iter().find(|loss| loss.file == short(&name)).expect(&note);
            assert_eq!((loss.objects, loss.set.is_some()), (Some(0), true), "{note}: {loss:?}");
        }
        for (what, range) in [
            ("header", 0..64),
            ("directory", directory..length - 64),
            ("trailer", length - 64..length),
            ("directory and trailer", directory..length),
        ] {
            let note = format!("{name}, no {what}");
            let damaged = store.copy();
            let mut bytes = bytes.clone();
            bytes[range].fill(0);
            damaged.replace_file(&name, bytes);
            assert_eq!(store.salvage(&damaged, short(&name), &note).0, 0, "{note}");
        }
        // A damaged checksum costs the block that it stands for; where all are gone, nothing can be told to be intact.
        for position in (table..table + 4 * checksums).step_by(41) {
            let note = format!("{name}, byte {position} of the table");
            let (lost, _) = store.salvage(&flipped(store, &name, position), short(&name), &note);
            assert!(lost <= 513, "{note}: {lost}");
        }
        for cut in [length - 1, length - 64, directory + 9, directory, table + 4] {
            let note = format!("{name}, cut at {cut}");
            let damaged = store.copy();
            damaged.replace_file(&name, bytes[..cut].to_vec());
            let (lost, report) = store.salvage(&damaged, short(&name), &note);
            assert!(lost == 0 || cut < directory, "{note}: {lost}, {:?}", report.losses);
        }
    }
}

/// The same where the objects are compressed, and where nothing says how many there are.
#[test]
fn a_directory_is_done_without_in_every_layout_80() {
    for (compressed, listed) in [(true, true), (true, false), (false, false)] {
        let files = SimulatedFileSystem::seeded(5);
        let database = open(&files);
        let schema = SetSchema::new("things").index("value", "hash");
        let schema = if compressed { schema.compressed() } else { schema };
        let things: IndexableSet = database.declare(schema).expect("declares");
        let thing =
            |n: i64| Object::new().with("value", n % 7).with("text", format!("{n} {}", "x".repeat(n as usize % 90)));
        things.insert_many(&(0..1_500).map(thing).collect::<Vec<_>>()).expect("inserts");
        database.checkpoint().expect("writes a checkpoint");
        let model = contents(&database);
        drop((things, database));
        let name = files.file_names().into_iter().find(|name| name.starts_with("blobs/objects-")).expect("is flushed");
        let mut bytes = files.read_file(&name).expect("reads");
        let length = bytes.len();
        let directory = u64::from_le_bytes(bytes[length - 56..length - 48].try_into().expect("eight bytes")) as usize;
        bytes[directory..].fill(0x5a);
        files.replace_file(&name, bytes);
        let gone = |name: &&String| !listed && (name.starts_with("checkpoint-") || name.starts_with("log-"));
        for name in files.file_names().iter().filter(gone) {
            files.replace_file(name, vec![7; 100]);
        }
        let saved = SimulatedFileSystem::seeded(6);
        let report = Database::salvage_over(Arc::new(files), Arc::new(saved.clone())).expect("salvages");
        let same = contents(&open(&saved)) == model;
        assert!(same, "compressed: {compressed}, listed: {listed}: {:?}", report.losses);
    }
}

/// Until all is saved, what is there is no database, wherever the power goes.
#[test]
fn an_interrupted_salvage_is_no_database_79() {
    let store = &*STORE;
    let whole = SimulatedFileSystem::seeded(8);
    let source = || -> Arc<dyn FileSystem> { Arc::new(store.copy()) };
    Database::salvage_over(source(), Arc::new(whole.clone())).expect("salvages");
    let (mut refused, mut complete) = (0, 0);
    for cut in 0..whole.operations() {
        let saved = SimulatedFileSystem::seeded(8);
        saved.cut_power_at(cut);
        let done = Database::salvage_over(source(), Arc::new(saved.clone())).is_ok();
        for (seed, keep) in [(cut, Keep::Nothing), (cut, Keep::Any), (cut, Keep::Torn), (cut, Keep::Everything)] {
            let note = format!("cut at operation {cut} of {}, {keep:?} kept, seed {seed}", whole.operations());
            let left = saved.after_power_cut(keep, seed);
            // Before the first name is durable, it is the empty directory that it was.
            if left.file_names().is_empty() {
                assert!(!done, "{note}");
                continue;
            }
            let options = FileOptions { head_sync: None, ..FileOptions::default() };
            match FileStorage::over(Arc::new(left.clone()), &options) {
                Ok(storage) => {
                    drop(storage);
                    let database = open(&left);
                    database.check().unwrap_or_else(|error| panic!("{note}: {error}"));
                    assert_eq!(contents(&database), store.model, "{note}");
                    complete += 1;
                }
                Err(error) => {
                    assert!(!done, "{note}: {error}");
                    assert!(error.to_string().contains("interrupted, so it may lack anything"), "{note}: {error}");
                    let again = Database::salvage_over(Arc::new(left), Arc::new(SimulatedFileSystem::new()));
                    assert!(again.is_err(), "{note}: what is left is no source");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 100 && complete > 0, "{refused} refused, {complete} complete");
}

#[test]
fn parts_marker_and_head_cost_nothing() {
    let store = &*STORE;
    let derived = [store.files("blobs/part-"), store.files("head"), store.files("protobase.format")].concat();
    assert!(derived.len() >= 6, "{derived:?}");
    for name in &derived {
        let length = store.files.read_file(name).expect("reads").len();
        for position in [0, length / 2, length - 1] {
            let note = format!("{name}, byte {position}");
            let (lost, report) = store.salvage(&flipped(store, name, position.min(length - 1)), short(name), &note);
            assert_eq!(lost, 0, "{note}: {:?}", report.losses);
            assert!(report.losses.iter().any(|loss| loss.file.contains(short(name))), "{note}: {:?}", report.losses);
        }
        let note = format!("{name} is gone");
        let damaged = store.copy();
        damaged.remove(name).expect("removes");
        let (lost, report) = store.salvage(&damaged, short(name), &note);
        assert_eq!(lost, 0, "{note}: {:?}", report.losses);
        assert!(report.losses.iter().any(|loss| loss.file.contains(short(name))), "{note}: {:?}", report.losses);
    }
}

#[test]
fn frames_in_the_middle_cost_what_they_wrote() {
    let store = &*STORE;
    let logs = store.files("log-");
    assert!(logs.len() >= 2, "{logs:?}");
    for name in &logs {
        let bytes = store.files.read_file(name).expect("reads");
        let used = bytes.iter().rposition(|byte| *byte != 0).expect("is not empty");
        for position in (0..used).step_by(577).chain([used]) {
            let note = format!("{name}, byte {position} of {used}");
            let (lost, report) = store.salvage(&flipped(store, name, position), "log", &note);
            assert!(lost <= 2, "{note}: {lost} lost: {:?}", report.losses);
            assert!(report.losses.iter().any(|loss| &loss.file == name), "{note}: {:?}", report.losses);
        }
        let damaged = store.copy();
        damaged.remove(name).expect("removes");
        store.salvage(&damaged, "log", &format!("{name} is gone"));
    }
}

#[test]
fn missing_files_are_named() {
    let store = &*STORE;
    let mut most = 0;
    for name in store.files.file_names().iter().filter(|name| !name.ends_with("lock")) {
        let emptied = store.copy();
        emptied.replace_file(name, Vec::new());
        let (_, report) = store.salvage(&emptied, short(name), &format!("{name} is empty"));
        let optional = name.starts_with("checkpoint-");
        assert!(optional || !report.losses.is_empty(), "{name}");
        let gone = store.copy();
        gone.remove(name).expect("removes");
        let file = if optional { "" } else { short(name) };
        let (lost, report) = store.salvage(&gone, file, &format!("{name} is gone"));
        if name.starts_with("blobs/objects-") {
            let loss = report.losses.iter().find(|loss| loss.file == short(name)).expect("is named");
            assert!(loss.what.starts_with("the file is missing") && loss.set.is_some(), "{loss:?}");
            assert!(lost < store.model.len(), "{name}: {lost}");
            most = most.max(lost);
        }
    }
    assert!(most > 800, "the bulk-loaded objects are in one file only, and {most} were lost");
}

#[test]
fn without_checkpoints_object_files_speak_for_themselves() {
    let store = &*STORE;
    let checkpoints = store.files("checkpoint-");
    assert!(!checkpoints.is_empty());
    let damaged = store.copy();
    for name in &checkpoints {
        let mut bytes = damaged.read_file(name).expect("reads");
        bytes[80] ^= 1;
        damaged.replace_file(name, bytes);
    }
    let (lost, report) = store.salvage(&damaged, "checkpoint", "all checkpoints are damaged");
    assert_eq!(lost, 0, "{:?}", report.losses);
    assert!(
        report.losses.iter().any(|loss| loss.what.contains("nothing readable refers to the file")),
        "{:?}",
        report.losses
    );
}

#[test]
fn a_directory_that_is_no_store_or_is_in_use_is_refused() {
    let store = &*STORE;
    let source = || -> Arc<dyn FileSystem> { Arc::new(store.copy()) };
    let empty: Arc<dyn FileSystem> = Arc::new(SimulatedFileSystem::new());
    let error = Database::salvage_over(empty.clone(), empty).expect_err("no store").to_string();
    assert!(error.contains("holds no log, no blobs and no marker"), "{error}");
    let error = Database::salvage_over(source(), source()).expect_err("not empty").to_string();
    assert!(error.contains("is not empty"), "{error}");
}
