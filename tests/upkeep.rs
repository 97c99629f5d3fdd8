//! Does maintenance hold nobody up, show what it is at, find what is damaged, and leave nothing behind?

use std::{
    collections::BTreeSet,
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use protobase::{
    Database, Error, IndexableSet, Object, SetSchema, field,
    set::{Progress, Step, Thresholds},
    storage::{
        FileOptions, FileStorage, LockWait,
        files::{FileAccess, FileLock, FileSystem, Listed, Sharing, StoredFile},
        simulate::{Keep, SimulatedFileSystem},
    },
};

/// Far longer than anything here takes: reaching it means that somebody waits for ever.
const EVER: Duration = Duration::from_secs(120);

/// A disk on which writing blobs can be held up.
#[derive(Clone, Debug)]
struct Pausing {
    inner: SimulatedFileSystem,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    /// Whether it is closed, and how many writers wait at it.
    state: Mutex<(bool, usize)>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().expect("nobody panics");
        state.1 += 1;
        self.changed.notify_all();
        let mut state = self.changed.wait_while(state, |state| state.0).expect("nobody panics");
        state.1 -= 1;
    }

    fn close(&self) {
        self.state.lock().expect("nobody panics").0 = true;
    }

    fn open(&self) {
        self.state.lock().expect("nobody panics").0 = false;
        self.changed.notify_all();
    }

    /// Waits until somebody stands at the closed gate.
    fn wait_for_somebody(&self) {
        let state = self.state.lock().expect("nobody panics");
        let waited = self.changed.wait_timeout_while(state, EVER, |state| state.1 == 0).expect("nobody panics");
        assert!(!waited.1.timed_out(), "nobody came");
    }
}

#[derive(Debug)]
struct PausingFile {
    inner: Arc<dyn StoredFile>,
    gate: Option<Arc<Gate>>,
}

impl StoredFile for PausingFile {
    fn read_some(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read_some(position, buffer)
    }
    fn write_some(&self, position: u64, bytes: &[u8]) -> io::Result<usize> {
        self.gate.iter().for_each(|gate| gate.pass());
        self.inner.write_some(position, bytes)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }
}

impl Pausing {
    fn file(&self, name: &str, inner: Arc<dyn StoredFile>) -> Arc<dyn StoredFile> {
        Arc::new(PausingFile { inner, gate: name.starts_with("blobs/").then(|| self.gate.clone()) })
    }
}

impl FileSystem for Pausing {
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        Ok(self.file(name, self.inner.create(name)?))
    }
    fn open(&self, name: &str, access: FileAccess) -> io::Result<Arc<dyn StoredFile>> {
        Ok(self.file(name, self.inner.open(name, access)?))
    }
    fn map(&self, name: &str) -> io::Result<Bytes> {
        self.inner.map(name)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }
    fn link(&self, file: &Path, name: &str) -> io::Result<()> {
        self.inner.link(file, name)
    }
    fn locate(&self, name: &str) -> Option<PathBuf> {
        self.inner.locate(name)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }
    fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        self.inner.list(folder)
    }
    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.inner.create_folder(folder)
    }
    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.inner.sync_folder(folder)
    }
    fn lock(&self, name: &str, sharing: Sharing, wait: &LockWait) -> io::Result<FileLock> {
        self.inner.lock(name, sharing, wait)
    }
    fn try_lock(&self, name: &str, sharing: Sharing) -> io::Result<Option<FileLock>> {
        self.inner.try_lock(name, sharing)
    }
    fn describe(&self, name: &str) -> String {
        self.inner.describe(name)
    }
}

fn open(files: Arc<dyn FileSystem>, background: bool) -> Result<Database, Error> {
    let options = FileOptions { head_sync: None, log_step: 16 << 10, ..FileOptions::default() };
    let storage = FileStorage::over(files, &options)?;
    let thresholds = Thresholds { flush_objects: 200, tier: 2, ..Thresholds::default() };
    Database::options().background(background).thresholds(thresholds).with_storage(Arc::new(storage))
}

fn object(key: i64) -> Object {
    Object::new().with("key", key).with("value", key % 10)
}

fn schema() -> SetSchema {
    SetSchema::new("things").unique("key").index("value", "hash")
}

fn pausing() -> Pausing {
    Pausing { inner: SimulatedFileSystem::new(), gate: Arc::default() }
}

/// Runs something on a thread of its own; fails when it does not end.
fn ends<R: Send + 'static>(what: &str, work: impl FnOnce() -> R + Send + 'static) -> R {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(work()));
    told.recv_timeout(EVER).unwrap_or_else(|error| panic!("{what} waits for maintenance: {error}"))
}

/// Reads and writes of every sort.
fn use_it(database: &Database, set: &IndexableSet, first: i64) {
    let before = set.len().expect("counts");
    for key in first..first + 20 {
        set.insert(&object(key)).expect("inserts");
    }
    let offset = set.find_unique(first).expect("asks").expect("is there");
    set.update(offset, &object(first + 10_000)).expect("updates");
    database.write(|transaction| transaction.remove(set, offset)).expect("removes");
    assert_eq!(set.len().expect("counts"), before + 19);
    assert_eq!(
        set.query().filter(field("value").eq(3)).count().expect("counts"),
        set.query().filter(field("value").eq(3)).run().expect("asks").len() as u64
    );
    assert_eq!(set.iter().expect("opens").count() as u64, before + 19);
}

#[test]
fn readers_and_writers_go_on_while_maintenance_stands_still() {
    let files = pausing();
    let database = open(Arc::new(files.clone()), false).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    for key in 0..300 {
        set.insert(&object(key)).expect("inserts");
    }
    database.flush().expect("flushes");
    for (round, work) in [Database::flush as fn(&Database) -> Result<(), Error>, Database::compact, Database::compact]
        .into_iter()
        .enumerate()
    {
        let first = 1_000 * (round as i64 + 1);
        set.insert(&object(first + 999)).expect("inserts");
        set.remove(set.find_unique(first + 999).expect("asks").expect("is there")).expect("removes");
        set.insert(&object(first + 998)).expect("inserts");
        files.gate.close();
        let (held, maintained) = (database.clone(), mpsc::channel());
        let tell = maintained.0;
        thread::spawn(move || tell.send(work(&held)));
        files.gate.wait_for_somebody();
        let (database, set) = (database.clone(), set.clone());
        ends("a reader or a writer", move || use_it(&database, &set, first));
        assert!(maintained.1.try_recv().is_err(), "maintenance was to stand still");
        files.gate.open();
        maintained.1.recv_timeout(EVER).expect("maintenance ends").expect("maintains");
    }
    database.check().expect("finds no fault");
    drop((set, database));
    let database = open(Arc::new(files), false).expect("opens");
    database.check().expect("finds no fault");
    assert_eq!(database.set::<Object>("things").expect("is declared").len().expect("counts"), 300 + 3 * 20);
}

#[test]
fn what_maintenance_is_at_is_in_info() {
    let files = pausing();
    let database = open(Arc::new(files.clone()), true).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    assert_eq!(database.info().expect("tells").maintenance, None);
    files.gate.close();
    for key in 0..250 {
        set.insert(&object(key)).expect("inserts");
    }
    files.gate.wait_for_somebody();
    let info = database.info().expect("tells");
    let at = info.maintenance.expect("it is at something");
    assert!(at.set == "things" && at.total > 0 && at.done <= at.total, "{at:?}");
    files.gate.open();
    let start = std::time::Instant::now();
    while database.info().expect("tells").maintenance.is_some() || database.info().expect("tells").maintained_bytes == 0
    {
        assert!(start.elapsed() < EVER, "maintenance never ended");
        thread::yield_now();
    }
}

#[test]
fn a_scrub_verifies_everything_and_finds_damage_80() {
    let files = SimulatedFileSystem::new();
    let database = open(Arc::new(files.clone()), false).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert_many(&(0..2_000).map(object).collect::<Vec<_>>()).expect("inserts");
    drop((set, database));
    let database = open(Arc::new(files.clone()), false).expect("opens");
    let before = database.info().expect("tells").scrub;
    assert!(before.verified_bytes < before.bytes / 2, "{before:?}");
    let mut last = before.clone();
    loop {
        let now = database.scrub(8 << 10).expect("scrubs");
        assert!(now.verified_bytes <= last.verified_bytes + (12 << 10), "{now:?} after {last:?}");
        if now.verified_bytes == last.verified_bytes {
            break;
        }
        last = now;
    }
    assert_eq!((last.verified_bytes, last.damaged.len()), (last.bytes, 0));
    drop(database);
    let flip = |prefix: &str| {
        let name = files.file_names().into_iter().find(|name| name.starts_with(prefix)).expect("is there");
        let mut bytes = files.read_file(&name).expect("reads");
        bytes[66] ^= 1;
        files.replace_file(&name, bytes);
        name.trim_start_matches("blobs/").to_owned()
    };
    flip("blobs/part-");
    let database = open(Arc::new(files.clone()), false).expect("opens");
    let missing = |database: &Database| {
        database.info().expect("tells").sets[0].indexes.iter().map(|index| index.missing).sum::<usize>()
    };
    assert_eq!(missing(&database), 0);
    assert_eq!(database.scrub(u64::MAX).expect("scrubs").damaged.len(), 0);
    assert_eq!(missing(&database), 1, "the part is out of use");
    database.build_indexes().expect("builds");
    database.check().expect("finds no fault");
    drop(database);
    let objects = flip("blobs/objects-");
    let database = open(Arc::new(files), false).expect("opens");
    let found = database.scrub(u64::MAX).expect("scrubs");
    assert!(
        found.damaged.len() == 1 && found.damaged[0].contains(&objects) && found.damaged[0].contains("position"),
        "{found:?}"
    );
    assert_eq!(database.scrub(u64::MAX).expect("scrubs").damaged.len(), 1, "it is told once");
}

/// The blobs that something refers to, as a checkpoint would list them, and those that are there.
fn blobs(files: &SimulatedFileSystem) -> BTreeSet<String> {
    files.file_names().into_iter().filter(|name| name.starts_with("blobs/")).collect()
}

/// The bytes of all log files, without the zeros that they are filled up with.
fn logged(files: &SimulatedFileSystem) -> usize {
    let used = |name: &String| {
        let bytes = files.read_file(name).expect("reads");
        bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0)
    };
    files.file_names().iter().filter(|name| name.starts_with("log-")).map(used).sum()
}

#[test]
fn an_interrupted_load_leaves_nothing() {
    let many: Vec<Object> = (0..1_100).map(object).collect();
    let prepare = || {
        let files = SimulatedFileSystem::new();
        let database = open(Arc::new(files.clone()), false).expect("opens");
        let set: IndexableSet = database.declare(schema()).expect("declares");
        set.insert(&object(5_000)).expect("inserts");
        (files, database, set)
    };
    let (files, database, set) = prepare();
    let (first, before) = (files.operations(), blobs(&files).len());
    let log_before = logged(&files);
    set.insert_many(&many).expect("inserts");
    let written: u64 = database.info().expect("tells").bytes;
    let log_after = logged(&files);
    assert!(
        log_after - log_before < 2_000 && written > 20_000,
        "objects go into segments and not into the log: {}",
        log_after - log_before
    );
    let last = files.operations();
    let whole = blobs(&files).len() - before;
    drop((set, database));
    for cut in first..=last {
        let (files, database, set) = prepare();
        files.cut_power_at(cut);
        let loaded = set.insert_many(&many).is_ok();
        drop((set, database));
        for keep in [Keep::Nothing, Keep::Everything, Keep::Any] {
            let note = format!("cut at operation {cut} of {first} to {last}, {keep:?} kept");
            let left = files.after_power_cut(keep, cut);
            let database = open(Arc::new(left.clone()), false).unwrap_or_else(|error| panic!("{note}: {error}"));
            let set: IndexableSet = database.set("things").expect("is declared");
            let count = set.len().expect("counts");
            assert!(count == 1_101 || count == 1 && !loaded, "{note}: {count}");
            database.check().unwrap_or_else(|error| panic!("{note}: {error}"));
            set.insert(&object(6_000)).unwrap_or_else(|error| panic!("{note}: {error}"));
            database.checkpoint().unwrap_or_else(|error| panic!("{note}: {error}"));
            let there = blobs(&left);
            assert_eq!(there.len(), if count == 1 { 0 } else { whole }, "{note}: {there:?}");
        }
    }
}

/// The files of a load are referred to by nothing before it is committed: whoever sweeps then, in another process, must leave them.
#[test]
fn files_of_a_load_under_way_are_not_swept() {
    let files = SimulatedFileSystem::new();
    let database = open(Arc::new(files.clone()), false).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    let other = open(Arc::new(files.clone()), false).expect("opens");
    let most = AtomicUsize::new(0);
    let sweep = |progress: Progress<'_>| {
        if (progress.step, progress.done) == (Step::BuildIndexes, 0) {
            most.fetch_max(blobs(&files).len(), Ordering::Relaxed);
            other.checkpoint().expect("writes a checkpoint and sweeps");
        }
        ControlFlow::Continue(())
    };
    set.insert_many_with(&(0..1_100).map(object).collect::<Vec<_>>(), &sweep).expect("inserts");
    assert!(most.into_inner() > 0, "never was a file there when it was swept");
    assert_eq!(set.len().expect("counts"), 1_100);
    database.check().expect("finds no fault");
    other.check().expect("finds no fault");
}
