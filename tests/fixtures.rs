//! Do stores of every format version open, and does this version still write the same bytes? The stores lie in `tests/fixtures`; its
//! README says how they are made, and that they are never made anew.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use protobase::{
    Database, FamilyId, Fields, IndexableSet, Metric, Object, Offset, Options, Query, SearchEffort, SetSchema, Value,
    object::{Element, VectorBuf, to_json},
    storage::{
        FileOptions, FileStorage,
        simulate::{Keep, SimulatedFileSystem},
    },
};
use serde_json::{Value as Json, json};

/// What makes a store, step by step, on a disk that decides nothing by chance.
type Recipe = (&'static str, fn(&SimulatedFileSystem) -> SimulatedFileSystem);

const RECIPES: [Recipe; 5] = [
    ("v1-closed", closed),
    ("v1-unclean", unclean),
    ("v1-torn", torn),
    ("v1-lz4", compressed),
    ("v1-elements", elements),
];

/// Steps of a kilobyte keep the files small.
fn options() -> FileOptions {
    FileOptions { head_sync: None, log_step: 1 << 10, log_length: 4 << 10, ..FileOptions::default() }
}

fn open(files: &SimulatedFileSystem) -> Database {
    let storage = FileStorage::over(Arc::new(files.clone()), &options()).expect("opens");
    Database::options().background(false).with_storage(Arc::new(storage)).expect("opens")
}

/// An object with a field of every type.
fn everything(n: i64) -> Object {
    let square = |x: f64| {
        let ring = vec![(x, 0.0), (x + 1.0, 0.0), (x + 1.0, 1.0), (x, 1.0), (x, 0.0)];
        geo::Polygon::new(ring.into(), vec![])
    };
    let inner = Object::new().with("deep", Value::List(vec![Value::Int(n), Value::Null, Value::Bool(true)]));
    let object = Object::new()
        .with("key", n)
        .with("nothing", Value::Null)
        .with("truth", n % 2 == 0)
        .with("small", n - 3)
        .with("large", i64::MIN + n)
        .with("half", n as f64 / 2.0)
        .with("text", format!("Ushguli é {n}"))
        .with("bytes", Value::Bytes(vec![0, 255, n as u8]))
        .with("time", Value::Timestamp(1_700_000_000_000_000 + n))
        .with("list", Value::List((0..n % 4).map(Value::Int).collect()))
        .with("map", inner)
        .with("place", geo::Point::new(40.0 + n as f64 / 8.0, 42.5))
        .with("area", square(n as f64))
        .with("friend", Value::Reference(FamilyId(1), Offset(1)))
        .with("towers", Value::Nested);
    // Every third has no vector.
    if n % 3 == 2 { object } else { object.with("embedding", vec![n as f32, 0.5, -1.0, 1.0 / (n + 1) as f32]) }
}

fn schema() -> SetSchema {
    let bells = SetSchema::new("bells").index("weight", "ordered");
    let towers = SetSchema::new("towers").unique("name").index("height", "ordered").nested("bells", bells);
    SetSchema::new("villages")
        .unique("key")
        .nested("towers", towers)
        .index("truth", "hash")
        .index("half", "ordered")
        .index("place", "geo")
        .index("area", "geo")
        .index_on(["small", "half"], "plane", Options::new())
        .index_with("embedding", "vector", Options::new().with("dimension", 4_i64).with("metric", "l2"))
}

/// Two segments with dead slots, nested sets two levels deep, a set without indexes, and frames after the checkpoint.
fn fill(database: &Database) {
    fill_as(database, schema());
}

fn fill_as(database: &Database, schema: SetSchema) {
    let villages: IndexableSet = database.declare(schema).expect("declares");
    let plain: IndexableSet = database.declare(SetSchema::new("plain")).expect("declares");
    let offsets: Vec<Offset> = (0..12).map(|n| villages.insert(&everything(n)).expect("inserts")).collect();
    let towers: Vec<Offset> = (0..6)
        .map(|n| {
            let set: IndexableSet = villages.nested(offsets[n % 3], "towers").expect("is nested");
            let tower = Object::new()
                .with("name", format!("tower {n}"))
                .with("height", n as i64 * 5)
                .with("bells", Value::Nested);
            set.insert(&tower).expect("inserts")
        })
        .collect();
    let of_towers: IndexableSet = database.set("villages.towers").expect("is declared");
    for n in 0..5 {
        let bells: IndexableSet = of_towers.nested(towers[n % 2], "bells").expect("is nested");
        bells.insert(&Object::new().with("weight", n as f64 * 10.5)).expect("inserts");
    }
    plain.insert(&Object::new().with("n", 1)).expect("inserts");
    database.flush().expect("flushes");
    for offset in [offsets[1], offsets[4]] {
        assert!(villages.remove(offset).expect("removes"));
    }
    villages.update(offsets[2], &everything(102)).expect("updates");
    for n in 12..16 {
        villages.insert(&everything(n)).expect("inserts");
    }
    database.flush().expect("flushes");
    database.checkpoint().expect("writes a checkpoint");
    villages.update(offsets[5], &everything(105)).expect("updates");
    assert!(villages.remove(offsets[6]).expect("removes"));
    villages.insert(&everything(20)).expect("inserts");
    plain.insert(&Object::new().with("n", 2)).expect("inserts");
}

fn closed(files: &SimulatedFileSystem) -> SimulatedFileSystem {
    let database = open(files);
    fill(&database);
    drop(database);
    files.clone()
}

/// The first set's objects are compressed.
fn compressed(files: &SimulatedFileSystem) -> SimulatedFileSystem {
    let database = open(files);
    fill_as(&database, schema().compressed());
    drop(database);
    files.clone()
}

/// The machine lost power with everything written and the head still open.
fn unclean(files: &SimulatedFileSystem) -> SimulatedFileSystem {
    let database = open(files);
    fill(&database);
    files.after_power_cut(Keep::Everything, 0)
}

/// The same, with the first half of another frame at the end of the log.
fn torn(files: &SimulatedFileSystem) -> SimulatedFileSystem {
    let left = unclean(files);
    let log = left.file_names().into_iter().rfind(|name| name.starts_with("log-")).expect("a log");
    let mut bytes = left.read_file(&log).expect("reads");
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("frames") + 1;
    bytes.resize(bytes.len().max(end + 200), 0);
    bytes.copy_within(64..164, end);
    left.replace_file(&log, bytes);
    left
}

/// A field with its element type, metric and dimension.
type Measured = (&'static str, Element, Metric, usize);

const MEASURED: [Measured; 6] = [
    ("full", Element::F32, Metric::Cosine, 4),
    ("half", Element::F16, Metric::InnerProduct, 4),
    ("brain", Element::Bf16, Metric::L2, 4),
    ("whole", Element::I8, Metric::Cosine, 4),
    ("bits", Element::Binary, Metric::Hamming, 13),
    ("words", Element::Binary, Metric::Jaccard, 13),
];

/// An object with a vector of every element type; some lack one.
fn vectors(n: i64) -> Object {
    let component = |element, at: usize| {
        let wild = (n * 37 + at as i64 * 11 + n * n * at as i64) % 61 - 30;
        match element {
            Element::Binary => f32::from(u8::from(wild > 5)),
            Element::I8 => wild as f32,
            _ => wild as f32 / 4.0 + 0.125,
        }
    };
    let field = |object: Object, (at, (name, element, _, dimension)): (usize, Measured)| {
        let vector: Vec<f32> = (0..dimension).map(|at| component(element, at)).collect();
        if (n + at as i64) % 17 == 0 { object } else { object.with(name, vector) }
    };
    MEASURED.into_iter().enumerate().fold(Object::new().with("n", n), field)
}

/// Vectors of every element type in a settled segment, in graphs that were measured for several k and shares, and in frames.
fn elements(files: &SimulatedFileSystem) -> SimulatedFileSystem {
    let small = Options::new().with("m", 4).with("ef_construction", 16).with("flat_threshold", 16);
    let index = |schema: SetSchema, (name, element, metric, dimension): Measured| {
        let options = small.clone().with("element", element.name()).with("metric", metric).with("dimension", dimension);
        schema.index_with(name, "vector", options)
    };
    let database = open(files);
    let schema = MEASURED.into_iter().fold(SetSchema::new("vectors").unique("n"), index);
    let set: IndexableSet = database.declare(schema).expect("declares");
    let offsets = set.insert_many(&(0..70).map(vectors).collect::<Vec<_>>()).expect("inserts");
    database.compact().expect("compacts");
    database.checkpoint().expect("writes a checkpoint");
    set.update(offsets[5], &vectors(5)).expect("updates");
    assert!(set.remove(offsets[6]).expect("removes"));
    set.insert(&vectors(70)).expect("inserts");
    drop((set, database));
    files.clone()
}

fn made(recipe: Recipe) -> SimulatedFileSystem {
    recipe.1(&SimulatedFileSystem::seeded(11))
}

/// The files that make a store; locks are made when needed.
fn files_of(disk: &SimulatedFileSystem) -> BTreeMap<String, Vec<u8>> {
    let names = disk.file_names().into_iter().filter(|name| !name.ends_with("lock"));
    names.map(|name| (name.clone(), disk.read_file(&name).expect("reads"))).collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn stored(name: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for inside in ["", "blobs"] {
        for entry in fs::read_dir(folder(name).join("store").join(inside)).expect("lists") {
            let entry = entry.expect("lists");
            if entry.path().is_file() {
                let file = entry.file_name().to_string_lossy().into_owned();
                let path = if inside.is_empty() { file } else { format!("{inside}/{file}") };
                files.insert(path, fs::read(entry.path()).expect("reads"));
            }
        }
    }
    files
}

/// Everything in a database: by set, objects with their offsets and owners.
fn contents(database: &Database) -> Json {
    let mut sets = serde_json::Map::new();
    let snapshot = database.snapshot();
    for name in database.sets() {
        let view = snapshot.view(snapshot.family(&name).expect("is declared"), None).expect("a view");
        let object = |stored: protobase::StoredObject| {
            let object = to_json(Value::Map(stored.to_object()).as_ref());
            json!({"offset": stored.offset().0, "owner": stored.owner().map(|owner| owner.0), "object": object})
        };
        sets.insert(name, view.iter().map(|stored| object(stored.expect("reads"))).collect());
    }
    Json::Object(sets)
}

/// The nearest by every vector index are what measuring all finds, whichever way they are searched for.
fn answers_are_right(database: &Database, name: &str) {
    let snapshot = database.snapshot();
    for set in database.info().expect("tells").sets {
        let view = snapshot.view(snapshot.family(&set.name).expect("is declared"), None).expect("a view");
        for index in set.indexes.iter().filter(|index| index.kind == "vector") {
            let option = |name| index.options.iter().find(|option| option.0 == name).map(|option| &option.1[..]);
            let element = option("element").map_or(Element::F32, |element| Element::parse(element).expect("is known"));
            let metric =
                option("metric").map_or(Metric::of(element)[0], |metric| Metric::parse(metric).expect("is known"));
            let field = index.fields[0].as_str();
            let vectors: Vec<(Offset, VectorBuf)> = view
                .iter()
                .map(|stored| stored.expect("reads"))
                .filter_map(|stored| match stored.to_object().get(field) {
                    Some(Value::Vector(vector)) => Some((stored.offset(), vector.clone())),
                    _ => None,
                })
                .collect();
            assert!(!vectors.is_empty() && vectors.iter().all(|(_, vector)| vector.element() == element));
            for (_, asked) in vectors.iter().step_by(vectors.len().div_ceil(3)) {
                let mut right: Vec<(f64, Offset)> =
                    vectors.iter().map(|(offset, vector)| (metric.distance(asked, vector), *offset)).collect();
                right.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                for effort in [SearchEffort::Exact, SearchEffort::Default, SearchEffort::EfSearch(1)] {
                    let hits =
                        Query::over(&view).nearest(field, asked.clone(), 5).effort(effort).run().expect("answers");
                    let found: Vec<(f64, Offset)> =
                        hits.iter().map(|hit| (hit.distance.expect("a distance"), hit.offset)).collect();
                    assert_eq!(found.len(), 5, "{name}: {field} {effort:?}");
                    match effort {
                        SearchEffort::Exact => assert_eq!(found, right[..5], "{name}: {field}"),
                        _ => assert!(found.iter().all(|hit| right.contains(hit)), "{name}: {field} {effort:?}"),
                    }
                }
            }
        }
    }
}

/// A copy on the real disk, since opening writes.
fn copy(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::create_dir(dir.path().join("blobs")).expect("creates");
    for (file, bytes) in stored(name) {
        fs::write(dir.path().join(file), bytes).expect("writes");
    }
    dir
}

#[test]
fn stores_of_every_version_open_and_hold_what_they_held() {
    let mut names: Vec<String> = fs::read_dir(folder(""))
        .expect("lists")
        .map(|entry| entry.expect("lists"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(RECIPES.iter().all(|(name, _)| names.iter().any(|known| known == name)), "{names:?}");
    for name in names {
        let expected: Json =
            serde_json::from_slice(&fs::read(folder(&name).join("expected.json")).expect("reads")).expect("is JSON");
        for read_only in [true, false] {
            let dir = copy(&name);
            let database = Database::options()
                .background(false)
                .read_only(read_only)
                .open(dir.path())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(contents(&database), expected, "{name}");
            answers_are_right(&database, &name);
            if !read_only {
                // Parts are derived: one that this version does not read any more is built again.
                database.build_indexes().unwrap_or_else(|error| panic!("{name}: {error}"));
                database.check().unwrap_or_else(|error| panic!("{name}: {error}"));
                database.compact().unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(contents(&database), expected, "{name}, compacted");
                answers_are_right(&database, &name);
            }
        }
    }
}

/// What the newest way of writing has is in the store that is there for it.
#[test]
fn the_graphs_of_the_store_of_elements_are_read_with_what_was_measured_of_them() {
    let parts = stored("v1-elements").into_iter().filter(|(file, _)| file.starts_with("blobs/part-"));
    let with = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    let measured = parts.filter(|(_, bytes)| with(bytes, b"PBINDEX") && with(bytes, b"cells")).count();
    assert_eq!(measured, MEASURED.len());
    let dir = copy("v1-elements");
    let database = Database::options().background(false).read_only(true).open(dir.path()).expect("opens");
    for index in database.info().expect("tells").sets[0].indexes.iter().filter(|index| index.kind == "vector") {
        let facts: Vec<&str> = index.facts.iter().flat_map(|part| &part.1).map(|fact| &fact.0[..]).collect();
        assert!(index.missing == 0 && facts.contains(&"calibrated with"), "{index:?}");
    }
    database.check().expect("finds no fault");
}

#[test]
fn the_same_steps_give_the_same_bytes() {
    for recipe in RECIPES {
        let (name, new, old) = (recipe.0, files_of(&made(recipe)), stored(recipe.0));
        assert_eq!(new.keys().collect::<Vec<_>>(), old.keys().collect::<Vec<_>>(), "{name}");
        // What an index part looks like inside is its kind's business.
        for (file, bytes) in new.into_iter().filter(|(file, _)| !file.starts_with("blobs/part-")) {
            let differs = bytes.iter().zip(&old[&file]).position(|(new, old)| new != old);
            assert!(bytes.len() == old[&file].len() && differs.is_none(), "{name}: {file} differs at {differs:?}");
        }
    }
}

/// Makes the stores of recipes that have none yet. What is there is never written again.
#[test]
#[ignore = "adds fixtures for a new version; see tests/fixtures/README.md"]
fn add_missing_fixtures() {
    for recipe in RECIPES.into_iter().filter(|(name, _)| !folder(name).exists()) {
        let disk = made(recipe);
        let store = folder(recipe.0).join("store");
        fs::create_dir_all(store.join("blobs")).expect("creates");
        for (file, bytes) in files_of(&disk) {
            fs::write(store.join(file), bytes).expect("writes");
        }
        let expected = serde_json::to_string(&contents(&open(&disk))).expect("is JSON");
        fs::write(folder(recipe.0).join("expected.json"), expected + "\n").expect("writes");
    }
}
