//! Is damage to a file ever taken for data, or overlooked? Behaviour 80 of the acceptance list, flip by flip and file by file.

#![cfg(feature = "sql")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use protobase::{
    Database, Direction, IndexableSet, Object, Offset, Options, Parameters, SearchEffort, SetSchema, Value, field,
};

const COUNT: i64 = 500;
const DIMENSION: usize = 24;

fn vector(key: i64) -> Vec<f32> {
    (0..DIMENSION as i64).map(|n| ((key * 31 + n * 17) % 101) as f32 - 50.0).collect()
}

/// Every tenth has no vector.
fn object(key: i64) -> Object {
    let object = Object::new().with("key", key).with("value", key % 7);
    if key % 10 == 0 { object } else { object.with("embedding", Value::from(vector(key))) }
}

fn open(dir: &Path) -> Result<(Database, IndexableSet), protobase::Error> {
    let database = Database::options().background(false).open(dir)?;
    let set = database.set("things")?;
    Ok((database, set))
}

/// One settled segment with a part for each of three indexes.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let database = Database::options().background(false).open(dir.path()).expect("opens");
    let vectors = Options::new().with("dimension", DIMENSION as i64).with("metric", "l2");
    let schema = SetSchema::new("things").unique("key").index("value", "ordered");
    let set: IndexableSet = database.declare(schema.index_with("embedding", "vector", vectors)).expect("declares");
    set.insert_many(&(0..COUNT).map(object).collect::<Vec<_>>()).expect("inserts");
    database.compact().expect("compacts");
    drop((set, database));
    dir
}

fn copy(from: &Path) -> tempfile::TempDir {
    fn copy_into(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).expect("lists") {
            let entry = entry.expect("lists");
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                fs::create_dir(&target).expect("creates");
                copy_into(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), &target).expect("copies");
            }
        }
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    copy_into(from, dir.path());
    dir
}

fn blobs(dir: &Path, prefix: &str) -> Vec<String> {
    let names = fs::read_dir(dir.join("blobs")).expect("lists").map(|entry| entry.expect("lists").file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with(prefix)).collect()
}

fn blob(dir: &Path, name: &str) -> PathBuf {
    dir.join("blobs").join(name)
}

fn contents(set: &IndexableSet) -> Result<BTreeMap<Offset, String>, protobase::Error> {
    let read = |item: Result<(Offset, Object), protobase::Error>| item.map(|(at, object)| (at, format!("{object:?}")));
    set.iter()?.map(|item| read(item.map_err(Into::into))).collect()
}

/// What was asked is answered rightly, or the error names the file.
fn right_or_named<T: PartialEq + std::fmt::Debug>(
    answer: Result<T, impl std::fmt::Display>,
    right: &T,
    file: &str,
    place: &str,
) -> bool {
    match answer {
        Ok(answer) => {
            assert_eq!(&answer, right, "{place}");
            false
        }
        Err(error) => {
            let error = error.to_string();
            assert!(error.contains(file) && error.contains("position"), "{place}: {error}");
            true
        }
    }
}

/// Asks everything of a database with one flipped byte in its object file.
fn ask(dir: &Path, before: &BTreeMap<Offset, String>, file: &str, place: &str) {
    let opened = open(dir);
    let (database, set) = match opened {
        Ok(opened) => opened,
        Err(error) => return assert!(error.to_string().contains(file), "{place}: {error}"),
    };
    let error = database.check().expect_err(place).to_string();
    assert!(error.contains(file) && error.contains("position"), "{place}: {error}");
    for (offset, known) in before {
        let got = set.get(*offset).map(|object| object.map(|object| format!("{object:?}")));
        right_or_named(got, &Some(known.clone()), file, place);
    }
    right_or_named(contents(&set), before, file, place);
    let selected = database.sql("SELECT * FROM things", &Parameters::new());
    let selected = selected.map(|answer| answer.objects.iter().map(|object| format!("{object:?}")).collect::<Vec<_>>());
    right_or_named(selected, &before.values().cloned().collect(), file, place);
    let names = database.sql("SELECT key, value FROM things", &Parameters::new());
    let names = names.map(|answer| answer.objects.len() as i64);
    right_or_named(names, &COUNT, file, place);
    let lacking = set.query().filter(field("embedding").is_missing()).count();
    right_or_named(lacking, &(COUNT as u64 / 10), file, place);
    let nearest = set.query().nearest("embedding", vector(77), 1).effort(SearchEffort::Exact).run();
    let nearest = nearest.map(|hits| hits.iter().map(|hit| hit.distance).collect::<Vec<_>>());
    right_or_named(nearest, &vec![Some(0.0)], file, place);
    compact(&database, &set, before, file, place);
}

/// Has the segment rewritten because an object is gone: nothing else may be gone then.
fn compact(database: &Database, set: &IndexableSet, before: &BTreeMap<Offset, String>, file: &str, place: &str) {
    let Some(gone) = before.keys().rev().find(|offset| set.remove(**offset).is_ok()) else { return };
    let mut left = before.clone();
    left.remove(gone);
    let failed = right_or_named(database.compact(), &(), file, place);
    let failed = right_or_named(contents(set), &left, file, place) || failed;
    // Only what stood with the object that is gone may have been damaged without consequence.
    assert_ne!(failed, database.check().is_ok(), "{place}");
}

#[test]
fn a_flipped_byte_of_an_object_file_is_never_data_80() {
    let dir = filled();
    let before = open(dir.path()).and_then(|(_, set)| contents(&set)).expect("reads");
    assert_eq!(before.len() as i64, COUNT);
    let [file] = &blobs(dir.path(), "objects-")[..] else { panic!("one segment") };
    let bytes = fs::read(blob(dir.path(), file)).expect("reads");
    assert!(bytes.len() > COUNT as usize * DIMENSION * 4);
    for position in (0..bytes.len()).step_by(1_021).chain([bytes.len() - 1]) {
        let damaged = copy(dir.path());
        let mut bytes = bytes.clone();
        bytes[position] ^= 0x10;
        fs::write(blob(damaged.path(), file), bytes).expect("writes");
        ask(damaged.path(), &before, file, &format!("byte {position}"));
    }
}

/// The store with the vector of one object damaged, that object's offset, and the name of its object file.
fn with_a_damaged_vector(key: i64) -> (tempfile::TempDir, Offset, String) {
    let dir = filled();
    let offset = open(dir.path()).and_then(|(_, set)| Ok(set.find_unique(key)?)).expect("reads").expect("it is there");
    let [file] = &blobs(dir.path(), "objects-")[..] else { panic!("one segment") };
    let sought: Vec<u8> = vector(key).into_iter().flat_map(f32::to_le_bytes).collect();
    rewrite(&blob(dir.path(), file), |bytes| {
        let at = bytes.windows(sought.len()).position(|window| window == sought).expect("the vector stands there");
        bytes[at + 5] ^= 0x10;
    });
    (dir, offset, file.clone())
}

#[test]
fn a_damaged_vector_concerns_nobody_who_does_not_read_it_80() {
    let (dir, offset, _) = with_a_damaged_vector(77);
    let (database, set) = open(dir.path()).expect("opens");
    let rows = |text: &str| database.sql(text, &Parameters::new()).expect(text).objects;
    let names = rows("SELECT key, value FROM things ORDER BY key");
    let expected: Vec<_> = (0..COUNT).map(|key| Object::new().with("key", key).with("value", key % 7)).collect();
    assert_eq!(names, expected);
    assert_eq!(rows("SELECT key FROM things WHERE key = 77"), [Object::new().with("key", 77)]);
    assert_eq!(rows("SELECT key FROM things WHERE NOT (value > 0) AND key = 77").len(), 1);
    assert_eq!(rows("SELECT key FROM things WHERE key > 70 AND key < 80 AND value <> 1 ORDER BY value DESC").len(), 7);
    assert_eq!(set.query().filter(field("key").ge(70)).count().expect("counts"), COUNT as u64 - 70);
    assert_eq!(
        set.query().filter(!field("value").eq(3)).order_by("value", Direction::Ascending).run().expect("runs").len(),
        429
    );
    assert_eq!((set.find_unique(77).expect("finds"), set.contains(offset).expect("looks")), (Some(offset), true));
    let taken = set.insert(&object(77)).expect_err("the key is taken").to_string();
    assert!(taken.contains("key") && !taken.contains("position"), "{taken}");
    // Everything but the vector is there to be saved, and the object can be removed or written anew.
    set.update(offset, &object(77)).expect("updates");
    assert_eq!(set.get(offset).expect("reads"), Some(object(77)));
    // What shares the damaged block can be removed, and then nobody needs it any more.
    let hit = set.query().run().expect("runs").into_iter().filter(|hit| hit.object().is_err()).map(|hit| hit.offset);
    let hit: Vec<Offset> = hit.collect();
    assert!((1..60).contains(&hit.len()) && !hit.contains(&offset), "{hit:?}");
    assert!(hit.iter().all(|offset| set.remove(*offset).is_ok()));
    database.compact().expect("nobody needs the block any more");
    assert_eq!(contents(&set).expect("reads").len(), COUNT as usize - hit.len());
    database.check().expect("finds no fault");
}

#[test]
fn a_damaged_vector_is_an_error_for_whoever_reads_it_80() {
    let (dir, offset, file) = with_a_damaged_vector(77);
    let (database, set) = open(dir.path()).expect("opens");
    let named = |what: &str, error: Option<String>| {
        let error = error.unwrap_or_else(|| panic!("{what} gives an answer"));
        assert!(error.contains(&file) && error.contains("position"), "{what}: {error}");
    };
    let probe = Parameters::new().with("q", vector(77));
    for text in [
        "SELECT embedding FROM things WHERE key = 77",
        "SELECT * FROM things WHERE key = 77",
        "SELECT * FROM things",
        "SELECT key, embedding <-> $q AS far FROM things WHERE key = 77",
        "SELECT key FROM things WHERE embedding <-> $q < 5",
        "SELECT key FROM things WHERE key = 77 AND embedding <-> $q < 5",
        "SELECT key FROM things WHERE key = 77 AND embedding IS MISSING",
        "SELECT key FROM things ORDER BY embedding <-> $q",
        "SELECT key FROM things ORDER BY embedding <-> $q LIMIT 1",
        "SELECT key FROM things WHERE key > 75 AND key < 80 ORDER BY embedding <-> $q LIMIT 1",
    ] {
        named(text, database.sql(text, &probe).err().map(|error| error.to_string()));
    }
    for effort in [SearchEffort::Exact, SearchEffort::default()] {
        let nearest = || set.query().nearest("embedding", vector(77), 3).effort(effort);
        named("nearest", nearest().run().err().map(|error| error.to_string()));
        named("nearest by hand", nearest().run_unoptimized().err().map(|error| error.to_string()));
    }
    named("get", set.get(offset).err().map(|error| error.to_string()));
    named("iterating", contents(&set).err().map(|error| error.to_string()));
    let hits = set.query().filter(field("key").eq(77)).run().expect("the vector is not asked for yet");
    let hit = hits.first().expect("one hit");
    named("a hit's object", hit.object().err().map(|error| error.to_string()));
    named("a hit's fields", hit.fields().err().map(|error| error.to_string()));
    named("a typed hit", hit.get::<Object>().err().map(|error| error.to_string()));
    named("checking", database.check().err().map(|error| error.to_string()));
    let backup = tempfile::tempdir().expect("a temporary directory");
    named("backing up", database.backup(backup.path()).err().map(|error| error.to_string()));
    let other = set.find_unique(3).expect("finds").expect("it is there");
    set.remove(other).expect("removes");
    named("compaction", database.compact().err().map(|error| error.to_string()));
    assert_eq!(set.len().expect("counts"), COUNT as u64 - 1);
}

/// One way to destroy a file.
type Way = (&'static str, fn(&Path));

fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("reads");
    change(&mut bytes);
    fs::write(path, bytes).expect("writes");
}

const WAYS: [Way; 7] = [
    ("deleted", |path| fs::remove_file(path).expect("removes")),
    ("emptied", |path| rewrite(path, Vec::clear)),
    ("truncated", |path| rewrite(path, |bytes| bytes.truncate(bytes.len() / 2))),
    ("extended", |path| rewrite(path, |bytes| bytes.extend([0; 64]))),
    ("flipped in the header", |path| rewrite(path, |bytes| bytes[17] ^= 1)),
    ("flipped in a body", |path| rewrite(path, |bytes| bytes[70] ^= 1)),
    ("flipped in the trailer", |path| {
        rewrite(path, |bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
        });
    }),
];

fn answers(set: &IndexableSet, place: &str) {
    for value in 0..7 {
        let right = (0..COUNT).filter(|key| key % 7 == value).count() as u64;
        assert_eq!(set.query().filter(field("value").eq(value)).count().expect(place), right, "{place}");
    }
    assert!(set.find_unique(321).expect(place).is_some(), "{place}");
    assert!(set.insert(&object(17)).is_err(), "{place}: the key is taken");
    let hits = set.query().nearest("embedding", vector(77), 1).effort(SearchEffort::Exact).run().expect(place);
    assert_eq!(hits.iter().map(|hit| hit.distance).collect::<Vec<_>>(), [Some(0.0)], "{place}");
}

#[test]
fn a_destroyed_part_is_named_answered_for_and_rebuilt_80() {
    let dir = filled();
    let parts = blobs(dir.path(), "part-");
    assert_eq!(parts.len(), 3);
    for (part, (way, destroy)) in parts.iter().flat_map(|part| WAYS.iter().map(move |way| (part, way))) {
        let place = &format!("{part} {way}");
        let damaged = copy(dir.path());
        destroy(&blob(damaged.path(), part));
        let (database, set) = open(damaged.path()).expect(place);
        for _ in 0..2 {
            let error = database.check().expect_err(place).to_string();
            assert!(error.contains(part) && error.contains("things"), "{place}: {error}");
        }
        answers(&set, place);
        database.build_indexes().expect(place);
        database.check().expect(place);
        answers(&set, place);
        drop((set, database));
        let (database, set) = open(damaged.path()).expect(place);
        database.check().expect(place);
        answers(&set, place);
    }
}

#[test]
fn a_part_destroyed_under_an_open_database_is_found() {
    let dir = filled();
    let (database, set) = open(dir.path()).expect("opens");
    database.check().expect("finds no fault");
    for part in blobs(dir.path(), "part-") {
        fs::remove_file(blob(dir.path(), &part)).expect("removes");
        let error = database.check().expect_err("a part is gone");
        let advice = error.advice().expect("there is something to do");
        assert!(error.to_string().contains(&part) && advice.contains("no object is concerned"), "{error}: {advice}");
        database.build_indexes().expect("rebuilds");
        database.check().expect("finds no fault any more");
        answers(&set, &part);
    }
}

#[test]
fn an_object_file_gone_or_damaged_under_an_open_database_is_a_fault_80() {
    let destroyed: [Way; 3] = [WAYS[0], WAYS[2], WAYS[5]];
    for (way, destroy) in destroyed {
        let dir = filled();
        let (database, set) = open(dir.path()).expect("opens");
        database.check().expect("finds no fault");
        let [file] = &blobs(dir.path(), "objects-")[..] else { panic!("one segment") };
        // As another program would: the file that is mapped stays what it was.
        let path = blob(dir.path(), file);
        let bytes = fs::read(&path).expect("reads");
        fs::remove_file(&path).expect("removes");
        fs::write(&path, bytes).expect("writes");
        database.check().expect("the same bytes again");
        destroy(&path);
        for _ in 0..2 {
            let error = database.check().expect_err(way).to_string();
            assert!(error.contains(file) && error.contains("things"), "{way}: {error}");
            assert!(!error.contains("building indexes"), "{way}: {error}");
        }
        drop((set, database));
        let fault = open(dir.path())
            .map_err(|error| error.to_string())
            .and_then(|(database, _)| database.check().map_err(|error| error.to_string()));
        assert!(fault.expect_err(way).contains(file), "{way}, reopened");
    }
}

#[test]
fn files_of_others_among_the_blobs_stay_86() {
    let dir = filled();
    let strange =
        ["objects-zz", "objects-007", "objects-+9", "objects-9.bak", "part-1-2", "part-1-2-x", "part-1-02-3", "notes"];
    for name in strange {
        fs::write(blob(dir.path(), name), name).expect("writes");
    }
    fs::write(blob(dir.path(), "objects-424242"), "what an interrupted load left").expect("writes");
    let (database, set) = open(dir.path()).expect("opens");
    set.insert(&object(COUNT)).expect("inserts");
    database.compact().expect("compacts");
    database.checkpoint().expect("writes a checkpoint");
    for name in strange {
        assert_eq!(fs::read_to_string(blob(dir.path(), name)).expect(name), name);
    }
    assert!(!blob(dir.path(), "objects-424242").exists());
    database.check().expect("finds no fault");
}

/// Checksums are right in both: only the names are wrong.
#[test]
fn parts_in_each_others_place_are_told_and_rebuilt_80() {
    let dir = filled();
    let set_of = |dir: &Path| open(dir).map(|(database, _)| database).expect("opens");
    let other: IndexableSet =
        set_of(dir.path()).declare(SetSchema::new("others").index("value", "ordered")).expect("declares");
    other.insert_many(&(0..COUNT).map(|key| object(key * 3)).collect::<Vec<_>>()).expect("inserts");
    other_settled(dir.path());
    drop(other);
    let parts: Vec<_> = blobs(dir.path(), "part-").into_iter().map(|part| blob(dir.path(), &part)).collect();
    for one in 0..parts.len() {
        for two in 0..one {
            let damaged = copy(dir.path());
            let place = |part: &Path| blob(damaged.path(), &part.file_name().expect("a name").to_string_lossy());
            let (a, b) = (place(&parts[one]), place(&parts[two]));
            swap(&a, &b);
            let about = format!("{} and {}", a.display(), b.display());
            let (database, set) = open(damaged.path()).expect(&about);
            answers(&set, &about);
            assert!(database.check().is_err(), "{about}");
        }
    }
}

fn swap(one: &Path, other: &Path) {
    let bytes = (fs::read(one).expect("reads"), fs::read(other).expect("reads"));
    fs::write(one, bytes.1).and_then(|()| fs::write(other, bytes.0)).expect("writes");
}

/// As many objects are in both, and between them nothing is missing: but each is asked for by the other's parts.
#[test]
fn object_files_in_each_others_place_are_told_80() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let database = Database::options().background(false).open(dir.path()).expect("opens");
    let set: IndexableSet = database.declare(SetSchema::new("things").index("value", "ordered")).expect("declares");
    for first in [0, 100] {
        set.insert_many(&(first..first + 100).map(object).collect::<Vec<_>>()).expect("inserts");
        database.flush().expect("flushes");
    }
    drop((set, database));
    let [one, other] = &blobs(dir.path(), "objects-")[..] else { panic!("two segments") };
    swap(&blob(dir.path(), one), &blob(dir.path(), other));
    let looked = open(dir.path()).map_err(|error| error.to_string());
    let looked = looked.and_then(|(database, _)| database.check().map_err(|error| error.to_string()));
    let error = looked.expect_err("they stand in each other's place");
    assert!(error.contains("under another file's name") && error.contains(one) && error.contains(other), "{error}");
}

fn other_settled(dir: &Path) {
    open(dir).expect("opens").0.compact().expect("compacts");
}
