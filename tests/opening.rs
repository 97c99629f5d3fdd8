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
    object::ValueRef,
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

#[test]
fn opening_reads_no_body_and_builds_no_index() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let files = SimulatedFileSystem::new();
    let tail = 100_000;
    {
        let database = Database::options().background(false).with_storage(on_disk(&files)).expect("opens");
        let set: IndexableSet =
            database.declare(SetSchema::new("things").unique("key").index("value", "hash")).expect("declares");
        set.insert_many(&(0..20_000).map(|key| object(key, key % 7)).collect::<Vec<_>>()).expect("inserts");
        database.compact().expect("compacts");
        for key in 20_000..20_020 {
            set.insert(&object(key, key).with("text", "x".repeat(tail / 20))).expect("inserts");
        }
    }
    // Whoever reads the objects or an index now reads damage. The offsets stand behind the objects; replaying the log looks some up.
    for name in files.file_names().iter().filter(|name| name.starts_with("blobs/")) {
        let mut bytes = files.read_file(name).expect("reads");
        let length = bytes.len();
        if length > 40_000 {
            bytes[12_288..length / 2].fill(0);
            files.replace_file(name, bytes);
        }
    }
    let (kind, built) = Counting::new("hash");
    let before = files.bytes_read() + bytes_verified();
    let storage = on_disk(&files);
    let database = Database::options().background(false).register(kind).with_storage(storage).expect("opens");
    let read = files.bytes_read() + bytes_verified() - before;
    let set: IndexableSet = database.set("things").expect("is declared");
    assert_eq!(set.len().expect("counts"), 20_020);
    assert_eq!(built.load(Ordering::Relaxed), 0, "no index is built");
    assert!(read <= 64 * 1_024 + 2 * tail as u64, "{read} bytes were read");
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
