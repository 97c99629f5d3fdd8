//! Does a backup hold one moment, whatever goes on meanwhile and whatever interrupts it? Behaviour 85 of the acceptance list.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use protobase::{
    Database, Error, IndexableSet, Object, Offset, SetSchema,
    database::{Backup, BackupOptions},
    set::Thresholds,
    storage::{
        FileOptions, FileStorage, OsFileSystem,
        backup::{BackupFolder, Copied},
        files::FileSystem,
        simulate::{Keep, SimulatedFileSystem},
    },
};

/// Texts of objects by offset.
type Model = BTreeMap<Offset, String>;

fn object(writer: i64, n: i64, value: i64) -> Object {
    Object::new().with("writer", writer).with("n", n).with("value", value).with("text", "x".repeat(40))
}

fn schema() -> SetSchema {
    SetSchema::new("things").index("writer", "hash").index("value", "ordered")
}

fn contents(database: &Database) -> Model {
    let set: IndexableSet = database.set("things").expect("is declared");
    let all = set.iter().expect("opens").map(|item| item.expect("reads"));
    all.map(|(at, object): (Offset, Object)| (at, object.to_string())).collect()
}

/// One committed change: what an offset holds from a sequence on.
type Change = (u64, Offset, Option<String>);

/// What is there after every change up to a sequence.
fn replay(changes: &[Change], sequence: u64) -> Model {
    let mut changes: Vec<&Change> = changes.iter().filter(|(at, _, _)| *at <= sequence).collect();
    changes.sort_by_key(|(at, _, _)| *at);
    let mut model = Model::new();
    for (_, offset, text) in changes {
        match text {
            Some(text) => model.insert(*offset, text.clone()),
            None => model.remove(offset),
        };
    }
    model
}

/// Inserts two objects and changes or removes one of its own in every transaction, until told to stop.
fn write(database: &Database, set: &IndexableSet, writer: i64, changes: &Mutex<Vec<Change>>, stop: &AtomicBool) {
    let mut own: Vec<Offset> = Vec::new();
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mut transaction = database.begin().expect("begins");
        let mut changed = Vec::new();
        for half in 0..2 {
            let new = object(writer, n, half);
            let offset = transaction.insert(set, &new).expect("inserts");
            changed.push((offset, Some(new.to_string())));
        }
        if n % 3 == 1 {
            let offset = own.swap_remove((n as usize * 7) % own.len());
            transaction.remove(set, offset).expect("removes");
            changed.push((offset, None));
        } else if n > 0 {
            let offset = own[(n as usize * 5) % own.len()];
            let new = object(writer, n, 9);
            transaction.update(set, offset, &new).expect("updates");
            changed.push((offset, Some(new.to_string())));
        }
        let sequence = transaction.commit().expect("commits").0;
        own.extend(changed[..2].iter().map(|(offset, _)| *offset));
        let mut changes = changes.lock().expect("nobody panics");
        changes.extend(changed.into_iter().map(|(offset, text)| (sequence, offset, text)));
    }
}

#[test]
fn a_backup_while_writing_restores_to_one_snapshot_85() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let thresholds = Thresholds { flush_objects: 200, tier: 3, ..Thresholds::default() };
    let options = Database::options().thresholds(thresholds).checkpoint_every(40);
    let database = options.open(home.path().join("db")).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    let (changes, stop) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let mut taken: Vec<Backup> = Vec::new();
    thread::scope(|scope| {
        for writer in 0..3 {
            let (database, set, changes, stop) = (&database, &set, &changes, &stop);
            scope.spawn(move || write(database, set, writer, changes, stop));
        }
        for round in 0..6 {
            let at_least = 250 * (round + 1);
            while changes.lock().expect("nobody panics").len() < at_least {
                thread::yield_now();
            }
            taken.push(database.backup(home.path().join("backup")).expect("backs up"));
            Database::restore(home.path().join("backup"), home.path().join(format!("restored {round}")))
                .expect("restores");
        }
        stop.store(true, Ordering::Relaxed);
    });
    let changes = changes.into_inner().expect("nobody panics");
    assert!(taken.windows(2).all(|pair| pair[0].sequence < pair[1].sequence), "{taken:?}");
    // Which files a backup finds again while maintenance runs is chance; once that has nothing to do, it is all of them.
    database.flush().expect("flushes");
    let settled = (0..200).any(|_| {
        let [first, again] = [(), ()].map(|()| database.backup(home.path().join("backup")).expect("backs up"));
        thread::sleep(Duration::from_millis(5));
        first.files > 0 && again.files == first.files && again.copied_files == 0
    });
    assert!(settled, "a second backup copies what the first has copied");
    for (round, backup) in taken.iter().enumerate() {
        let restored =
            Database::options().create(false).open(home.path().join(format!("restored {round}"))).expect("opens");
        assert_eq!(restored.snapshot().sequence().0, backup.sequence);
        assert_eq!(contents(&restored), replay(&changes, backup.sequence), "backup {round}");
        restored.check().expect("finds no fault");
        let set: IndexableSet = restored.set("things").expect("is declared");
        let new = set.insert(&object(9, 9, 9)).expect("inserts");
        assert!(
            changes.iter().all(|(sequence, offset, _)| *sequence > backup.sequence || *offset != new),
            "a used offset"
        );
    }
}

fn simulated(files: &SimulatedFileSystem) -> Result<Database, Error> {
    let options = FileOptions { head_sync: None, log_step: 16 << 10, ..FileOptions::default() };
    let storage = FileStorage::over(Arc::new(files.clone()), &options)?;
    Database::options().background(false).with_storage(Arc::new(storage))
}

fn arc(files: &SimulatedFileSystem) -> Arc<dyn FileSystem> {
    Arc::new(files.clone())
}

/// A database of two segments, a delta and deletes, changed further in each step.
struct Source {
    database: Database,
    set: IndexableSet,
    step: i64,
}

impl Source {
    fn new() -> Self {
        Self::seeded(1)
    }

    fn seeded(seed: u64) -> Self {
        let database = simulated(&SimulatedFileSystem::seeded(seed)).expect("opens");
        let set = database.declare(schema()).expect("declares");
        let mut source = Self { database, set, step: 0 };
        source.change();
        source
    }

    fn change(&mut self) {
        self.step += 1;
        let many: Vec<Object> = (0..20).map(|n| object(self.step, n, n % 5)).collect();
        self.set.insert_many(&many).expect("inserts");
        self.database.flush().expect("flushes");
        let all: Vec<Offset> = contents(&self.database).into_keys().collect();
        self.set.remove(all[self.step as usize]).expect("removes");
        self.set.update(all[all.len() / 2], &object(self.step, 77, 77)).expect("updates");
        self.set.insert(&object(self.step, 78, 78)).expect("inserts");
    }

    fn backup(&self, folder: &SimulatedFileSystem) -> Result<Backup, Error> {
        self.database.backup_over(arc(folder), BackupOptions::default())
    }
}

fn restored(folder: &SimulatedFileSystem) -> Result<Model, Error> {
    let directory = SimulatedFileSystem::new();
    Database::restore_over(arc(folder), arc(&directory))?;
    let database = simulated(&directory)?;
    database.check()?;
    Ok(contents(&database))
}

#[test]
fn who_waits_is_told_how_much_is_copied_of_how_much() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let database = Database::options().background(false).open(home.path().join("db")).expect("opens");
    let set: IndexableSet = database.declare(SetSchema::new("things").index("n", "hash")).expect("declares");
    let things: Vec<Object> = (0..3_000).map(|n| Object::new().with("n", n).with("text", "x".repeat(900))).collect();
    set.insert_many(&things).expect("inserts");
    let folder = || Arc::new(OsFileSystem::new(home.path().join("backup")));
    let told = RefCell::new(Vec::new());
    let watch = |copied: Copied| told.borrow_mut().push(copied);
    let told_of = |bytes: u64, case: &str| {
        let told = told.take();
        assert!(told.iter().all(|copied| copied.total == bytes), "{case}: {told:?}");
        assert!(told.is_sorted_by_key(|copied| copied.bytes), "{case}: {told:?}");
        assert_eq!((told[0].bytes, told[told.len() - 1].bytes), (0, bytes), "{case}");
        told.len()
    };
    let backup = database.backup_with(folder(), BackupOptions::default(), &watch).expect("backs up");
    assert!(backup.bytes > 2 << 20, "{backup:?}");
    assert!(told_of(backup.bytes, "all is copied") > 3, "also on the way through a file");
    database.backup_with(folder(), BackupOptions::default(), &watch).expect("backs up");
    told_of(backup.bytes, "all is there");
    Database::restore_with(folder(), Arc::new(OsFileSystem::new(home.path().join("new"))), &watch).expect("restores");
    assert!(told_of(backup.bytes, "restored") > 3);
}

#[test]
fn an_interrupted_backup_leaves_the_old_one_or_the_new_one_85() {
    let mut source = Source::new();
    let folder = SimulatedFileSystem::new();
    source.backup(&folder).expect("backs up");
    let old = contents(&source.database);
    assert_eq!(restored(&folder).expect("restores"), old);
    let before = folder.after_power_cut(Keep::Nothing, 0);
    source.change();
    source.database.compact().expect("compacts");
    source.change();
    let new = contents(&source.database);
    let whole = before.after_power_cut(Keep::Everything, 0);
    source.backup(&whole).expect("backs up");
    let operations = whole.operations();
    assert!(operations > 15, "{operations}");
    for cut in 0..operations {
        let folder = before.after_power_cut(Keep::Everything, 0);
        folder.cut_power_at(cut);
        let acknowledged = source.backup(&folder).is_ok();
        for (seed, keep) in [(cut, Keep::Nothing), (cut, Keep::Any), (cut, Keep::Prefix), (cut, Keep::Everything)] {
            let note = format!("cut at operation {cut}, {keep:?} kept, seed {seed}");
            let left = folder.after_power_cut(keep, seed);
            let found = restored(&left).unwrap_or_else(|error| panic!("{note}: {error}"));
            assert!(found == new || found == old && !acknowledged, "{note}");
            source.backup(&left).unwrap_or_else(|error| panic!("{note}: {error}"));
            assert_eq!(restored(&left).unwrap_or_else(|error| panic!("{note}: {error}")), new, "{note}");
            let strange = |name: &String| name.contains(".tmp-");
            assert!(!left.file_names().iter().any(strange), "{note}: {:?}", left.file_names());
        }
    }
}

#[test]
fn a_backup_that_fails_leaves_the_old_one_85() {
    let mut source = Source::new();
    let folder = SimulatedFileSystem::new();
    source.backup(&folder).expect("backs up");
    let old = contents(&source.database);
    source.change();
    for sync in 0..4 {
        folder.fail_sync(Some(sync));
        if source.backup(&folder).is_err() {
            assert_eq!(restored(&folder).expect("restores"), old, "sync {sync} failed");
        }
        folder.fail_sync(None);
        source.change();
    }
    let old = restored(&folder).expect("restores");
    source.change();
    let used: u64 = folder.file_names().iter().map(|name| folder.read_file(name).expect("reads").len() as u64).sum();
    for room in [0, 100, 2_000] {
        folder.limit_space(Some(used + room));
        source.backup(&folder).expect_err("there is no space");
        assert_eq!(restored(&folder).expect("restores"), old, "{room} bytes of room");
    }
    folder.limit_space(None);
    source.backup(&folder).expect("backs up");
    assert_eq!(restored(&folder).expect("restores"), contents(&source.database));
}

#[test]
fn an_interrupted_restore_is_no_database() {
    let source = Source::new();
    let folder = SimulatedFileSystem::new();
    source.backup(&folder).expect("backs up");
    let whole = SimulatedFileSystem::new();
    Database::restore_over(arc(&folder), arc(&whole)).expect("restores");
    for cut in 0..whole.operations() {
        let directory = SimulatedFileSystem::new();
        directory.cut_power_at(cut);
        let done = Database::restore_over(arc(&folder), arc(&directory)).is_ok();
        let any = (0..8).map(|seed| (seed, Keep::Any));
        for (seed, keep) in any.chain([(cut, Keep::Nothing), (cut, Keep::Everything)]) {
            let note = format!("cut at operation {cut}, {keep:?} kept, seed {seed}");
            let left = directory.after_power_cut(keep, seed);
            let is_database = left.file_names().iter().any(|name| name == "protobase.format");
            assert!(is_database || !done, "{note}");
            if is_database {
                let database = simulated(&left).unwrap_or_else(|error| panic!("{note}: {error}"));
                database.check().unwrap_or_else(|error| panic!("{note}: {error}"));
                assert_eq!(contents(&database), contents(&source.database), "{note}");
            }
        }
    }
}

#[test]
fn every_flipped_byte_of_a_backup_is_named_when_it_is_restored() {
    let source = Source::new();
    let folder = SimulatedFileSystem::new();
    source.backup(&folder).expect("backs up");
    let files: Vec<String> = folder.file_names().into_iter().filter(|name| name != "lock").collect();
    assert!(files.len() >= 4, "{files:?}");
    for name in &files {
        let bytes = folder.read_file(name).expect("reads");
        for position in (0..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
            let damaged = folder.after_power_cut(Keep::Everything, 0);
            let mut bytes = bytes.clone();
            bytes[position] ^= 4;
            damaged.replace_file(name, bytes);
            // Whoever restores is told, and not only whoever looks at it later.
            let error = Database::restore_over(arc(&damaged), arc(&SimulatedFileSystem::new()));
            let error = error.expect_err("it is damaged").to_string();
            assert!(error.contains(name.as_str()) && error.contains("position"), "{name}, byte {position}: {error}");
        }
        let missing = folder.after_power_cut(Keep::Everything, 0);
        missing.remove(name).expect("removes");
        let error = restored(&missing).expect_err("it is gone").to_string();
        assert!(error.contains(name.as_str()) || error.contains("holds no backup"), "{name}: {error}");
    }
}

#[test]
fn folders_that_hold_something_else_are_refused() {
    let (source, other) = (Source::seeded(1), Source::seeded(2));
    let folder = SimulatedFileSystem::new();
    source.backup(&folder).expect("backs up");
    let error = other.backup(&folder).expect_err("another database").to_string();
    assert!(error.contains("holds a backup of another database"), "{error}");
    let directory = SimulatedFileSystem::new();
    directory.replace_file("notes.txt", b"mine".to_vec());
    let error = source.backup(&directory).expect_err("something else").to_string();
    assert!(error.contains("holds 'notes.txt', which belongs to no backup"), "{error}");
    let error = Database::restore_over(arc(&folder), arc(&directory)).expect_err("not empty").to_string();
    assert!(error.contains("is not empty"), "{error}");
    let error =
        Database::restore_over(arc(&directory), arc(&SimulatedFileSystem::new())).expect_err("none").to_string();
    assert!(error.contains("holds no backup"), "{error}");
}

#[test]
fn a_second_backup_to_a_folder_is_refused_while_one_is_under_way() {
    let folder = SimulatedFileSystem::new();
    let begin = || BackupFolder::over(arc(&folder)).begin(1);
    let first = begin().expect("begins");
    let error = begin().err().expect("is refused").to_string();
    assert!(error.contains("under way"), "{error}");
    drop(first);
    begin().expect("begins again");
}

#[test]
fn a_database_that_went_another_way_is_refused() {
    let mut source = Source::new();
    let (folder, older) = (SimulatedFileSystem::new(), SimulatedFileSystem::new());
    source.backup(&older).expect("backs up");
    source.change();
    source.backup(&folder).expect("backs up");
    // A restored database has a number of its own.
    let directory = SimulatedFileSystem::new();
    Database::restore_over(arc(&folder), arc(&directory)).expect("restores");
    let database = simulated(&directory).expect("opens");
    let refused =
        database.backup_over(arc(&folder), BackupOptions::default()).expect_err("another database").to_string();
    assert!(refused.contains("another database"), "{refused}");
    // What is in the way and belongs to no backup is replaced.
    let objects =
        folder.file_names().into_iter().find(|name| name.starts_with("blobs/objects-")).expect("an object file");
    let fresh = SimulatedFileSystem::new();
    fresh.create_folder("blobs").expect("creates");
    fresh.replace_file(&objects, vec![7; 1000]);
    source.backup(&fresh).expect("backs up");
    assert_eq!(restored(&fresh).expect("restores"), contents(&source.database));
    // What belongs to the backup there is not.
    folder.replace_file(&objects, vec![7; 1000]);
    let refused = source.backup(&folder).expect_err("another file").to_string();
    assert!(refused.contains("is another file than the store's"), "{refused}");
}

fn blobs(dir: &Path, prefix: &str) -> Vec<String> {
    let names = fs::read_dir(dir.join("blobs")).expect("lists").map(|entry| entry.expect("lists").file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with(prefix)).collect()
}

#[test]
fn a_damaged_part_is_left_out_and_a_damaged_object_file_ends_the_backup_80() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let (db, folder) = (home.path().join("db"), home.path().join("backup"));
    let database = Database::options().background(false).open(&db).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert_many(&(0..200).map(|n| object(0, n, n % 7)).collect::<Vec<_>>()).expect("inserts");
    database.compact().expect("compacts");
    let flip = |name: &str| {
        let path = db.join("blobs").join(name);
        let mut bytes = fs::read(&path).expect("reads");
        bytes[70] ^= 1;
        fs::write(path, bytes).expect("writes");
    };
    let parts = blobs(&db, "part-");
    flip(&parts[0]);
    fs::remove_file(db.join("blobs").join(&parts[1])).expect("removes");
    let backup = database.backup(&folder).expect("backs up");
    let mut left_out = backup.left_out.clone();
    left_out.sort();
    let mut lost = parts.clone();
    lost.sort();
    assert_eq!(left_out, lost);
    Database::restore(&folder, home.path().join("restored")).expect("restores");
    let restored = Database::options().background(false).open(home.path().join("restored")).expect("opens");
    assert_eq!(contents(&restored), contents(&database));
    restored.build_indexes().expect("builds");
    restored.check().expect("finds no fault");
    let [objects] = &blobs(&db, "objects-")[..] else { panic!("one segment") };
    flip(objects);
    let elsewhere = home.path().join("elsewhere");
    let error = database.backup(&elsewhere).expect_err("it is damaged").to_string();
    assert!(error.contains(objects.as_str()) && error.contains("position"), "{error}");
    Database::restore(&elsewhere, home.path().join("nothing")).expect_err("nothing was published");
}

#[cfg(unix)]
#[test]
fn linked_files_are_shared_and_survive_the_database() {
    use std::os::unix::fs::MetadataExt;

    let home = tempfile::tempdir().expect("a temporary directory");
    let (db, folder) = (home.path().join("db"), home.path().join("backup"));
    let database = Database::options().background(false).open(&db).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert_many(&(0..2_000).map(|n| object(0, n, n % 7)).collect::<Vec<_>>()).expect("inserts");
    set.insert(&object(1, 1, 1)).expect("inserts");
    let expected = contents(&database);
    let files: Arc<dyn FileSystem> = Arc::new(protobase::storage::OsFileSystem::new(&folder));
    let backup = database.backup_over(files, BackupOptions { link: true }).expect("backs up");
    assert_eq!((backup.linked_files, backup.copied_files), (backup.files, 0));
    let [objects] = &blobs(&db, "objects-")[..] else { panic!("one segment") };
    let inode = |dir: &Path| fs::metadata(dir.join("blobs").join(objects)).expect("is there").ino();
    assert_eq!(inode(&db), inode(&folder));
    let again = database.backup(&folder).expect("backs up");
    assert_eq!((again.linked_files, again.copied_files, again.sequence), (0, 0, backup.sequence));
    drop((set, database));
    fs::remove_dir_all(&db).expect("removes");
    Database::restore(&folder, &db).expect("restores");
    assert_eq!(contents(&Database::open(&db).expect("opens")), expected);
}
