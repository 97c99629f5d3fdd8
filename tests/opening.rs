//! What does opening cost, and what if the program lacks a kind of index? Behaviour 89 of the acceptance list, and: opening reads at most
//! 64 KiB beside the log's tail, and builds no index.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use protobase::{
    Database, FieldPath, IndexKind, IndexableSet, Object, Options, SetSchema,
    codec::{Container, bytes_verified},
    field,
    index::{BuildEffort, Columns, IndexBuilder, IndexError, IndexPart, Registry},
    object::{Kind, ValueRef, VectorType},
    storage::{FileOptions, FileStorage, simulate::SimulatedFileSystem},
};

/// Verified bytes are counted for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn object(key: i64, value: i64) -> Object {
    Object::new().with("key", key).with("value", value)
}

/// The hash index under another name, or its own; counts what is built.
struct Counting {
    inner: Arc<dyn IndexKind>,
    name: &'static str,
    built: Arc<AtomicUsize>,
}

impl Counting {
    fn new(name: &'static str) -> (Arc<Self>, Arc<AtomicUsize>) {
        let inner = Registry::builtin().get("hash").expect("is built in").clone();
        let built = Arc::new(AtomicUsize::new(0));
        (Arc::new(Self { inner, name, built: built.clone() }), built)
    }

    /// Every kind that there is, under its own name.
    fn every_kind() -> Vec<Arc<Self>> {
        let counting =
            |inner: &Arc<dyn IndexKind>| Self { inner: inner.clone(), name: inner.name(), built: Arc::default() };
        Registry::builtin().kinds().map(|kind| Arc::new(counting(kind))).collect()
    }

    fn built(&self) -> usize {
        self.built.load(Ordering::Relaxed)
    }
}

impl IndexKind for Counting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.inner.summary()
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        self.inner.check(fields, options)
    }

    fn check_values(
        &self,
        fields: &[FieldPath],
        options: &Options,
        values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        self.inner.check_values(fields, options, values)
    }

    fn wants(&self) -> Option<Kind> {
        self.inner.wants()
    }

    fn complete(&self, options: &Options, sample: ValueRef<'_>) -> Options {
        self.inner.complete(options, sample)
    }

    fn vector_column(&self, options: &Options) -> Option<VectorType> {
        self.inner.vector_column(options)
    }

    fn finds_keys(&self) -> bool {
        self.inner.finds_keys()
    }

    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        self.built.fetch_add(1, Ordering::Relaxed);
        self.inner.builder(fields, options, effort)
    }

    fn open(
        &self,
        fields: &[FieldPath],
        options: &Options,
        part: Container,
        columns: Columns,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        self.inner.open(fields, options, part, columns, slots)
    }
}

fn on_disk(files: &SimulatedFileSystem) -> Arc<FileStorage> {
    let options = FileOptions { head_sync: None, ..FileOptions::default() };
    Arc::new(FileStorage::over(Arc::new(files.clone()), &options).expect("opens"))
}

/// A set with an index of every kind.
fn with_every_kind() -> SetSchema {
    let schema = SetSchema::new("things").index("name", "trie");
    #[cfg(feature = "text")]
    let schema = schema.index("name", "text");
    schema
        .unique("key")
        .index("value", "hash")
        .index("value", "ordered")
        .index_on(["key", "value"], "plane", Options::new())
        .index("place", "geo")
        .index_with("vector", "vector", Options::new().with("dimension", 4).with("flat_threshold", 1_000_000))
}

fn located(key: i64) -> Object {
    let vector: Vec<f32> = (0..4).map(|at| ((key * 31 + at) % 97) as f32).collect();
    let name = format!("the {}th thing {}", key * 7_919 % 100_003, key % 13);
    let located = object(key, key % 7).with("place", geo::Point::new((key % 360) as f64 - 180.0, 42.0));
    located.with("vector", vector).with("name", name)
}

/// The bytes of the log that are frames: what follows them is zeros.
fn log_bytes(files: &SimulatedFileSystem) -> u64 {
    let logs: Vec<String> = files.file_names().into_iter().filter(|name| name.starts_with("log-")).collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    let log = files.read_file(&logs[0]).expect("reads");
    log.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

fn opened(files: &SimulatedFileSystem, kinds: &[Arc<Counting>]) -> Database {
    let options =
        kinds.iter().fold(Database::options().background(false), |options, kind| options.register(kind.clone()));
    options.with_storage(on_disk(files)).expect("opens")
}

/// Whoever reads the objects or an index then reads damage. The offsets stand behind the objects; replaying the log looks some up.
fn damage_bodies(files: &SimulatedFileSystem) {
    for name in files.file_names().iter().filter(|name| name.starts_with("blobs/")) {
        let mut bytes = files.read_file(name).expect("reads");
        let length = bytes.len();
        if length > 40_000 {
            bytes[12_288..length / 2].fill(0);
            files.replace_file(name, bytes);
        }
    }
}

#[test]
fn opening_reads_no_body_and_builds_no_index() {
    const OBJECTS: i64 = 20_000;
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let files = SimulatedFileSystem::new();
    let tail = {
        let kinds = Counting::every_kind();
        let database = opened(&files, &kinds);
        let set: IndexableSet = database.declare(with_every_kind()).expect("declares");
        set.insert_many(&(0..OBJECTS).map(located).collect::<Vec<_>>()).expect("inserts");
        database.compact().expect("compacts");
        database.checkpoint().expect("writes a checkpoint");
        for kind in kinds {
            assert!(kind.built() > 0, "the set has no {} index, or its building was not counted", kind.name());
        }
        let before = log_bytes(&files);
        for key in OBJECTS..OBJECTS + 20 {
            set.insert(&located(key).with("text", "x".repeat(5_000))).expect("inserts");
        }
        log_bytes(&files) - before
    };
    assert!((100_000..110_000).contains(&tail), "{tail}");
    damage_bodies(&files);
    let kinds = Counting::every_kind();
    let before = files.bytes_read() + bytes_verified();
    let database = opened(&files, &kinds);
    let read = files.bytes_read() + bytes_verified() - before;
    let set: IndexableSet = database.set("things").expect("is declared");
    assert_eq!(set.len().expect("counts"), OBJECTS as u64 + 20);
    for kind in kinds {
        assert_eq!(kind.built(), 0, "a {} index is built", kind.name());
    }
    assert!((tail..=tail + 64 * 1_024).contains(&read), "{read} bytes were read, {tail} of them the log's tail");
    assert!(database.check().is_err(), "the bodies are damaged");
}

#[test]
fn a_database_with_an_unknown_kind_of_index_still_answers_89() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let with =
        |kind: Arc<Counting>| Database::options().background(false).register(kind).open(dir.path()).expect("opens");
    let schema = SetSchema::new("things").unique("key").index("value", "mine");
    let count = |set: &IndexableSet| set.query().filter(field("value").eq(3)).count().expect("answers");
    {
        let (kind, built) = Counting::new("mine");
        let database = with(kind);
        let set: IndexableSet = database.declare(schema.clone()).expect("declares");
        set.insert_many(&(0..2_000).map(|key| object(key, key % 10)).collect::<Vec<_>>()).expect("inserts");
        assert!(built.load(Ordering::Relaxed) > 0);
        assert_eq!(count(&set), 200);
    }
    {
        let database = Database::options().background(false).open(dir.path()).expect("opens without the kind");
        let set: IndexableSet = database.set("things").expect("is declared");
        assert_eq!(count(&set), 200);
        set.insert(&object(2_000, 3)).expect("inserts");
        database.compact().expect("compacts");
        assert_eq!(count(&set), 201);
        database.check().expect("finds no fault");
        assert!(!database.info().expect("tells").sets[0].indexes.iter().all(|index| index.known));
    }
    let (kind, built) = Counting::new("mine");
    let database = with(kind);
    let set: IndexableSet = database.set("things").expect("is declared");
    database.build_indexes().expect("builds");
    assert_eq!(built.load(Ordering::Relaxed), 1, "the compacted segment had none");
    let explained = set.query().filter(field("value").eq(3)).explain().expect("explains").to_string();
    assert!(explained.contains("IndexScan"), "{explained}");
    assert_eq!(count(&set), 201);
}
