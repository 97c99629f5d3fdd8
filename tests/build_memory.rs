//! Do index builds keep within the memory that they are given, and is the database as right with little as with much?

use protobase::{
    Database, DatabaseInfo, IndexableSet, Object, Options, SetSchema, Value,
    index::{BuildEffort, SearchEffort},
    set::Thresholds,
};

const VECTORS: usize = 40_000;

/// Quick to build; a graph over every segment.
fn options() -> Options {
    Options::new().with("dimension", 2).with("m", 4).with("ef_construction", 8).with("flat_threshold", 0)
}

fn schema() -> SetSchema {
    SetSchema::new("points").unique("n").index_with("v", "vector", options())
}

/// What the vector index holds for a slot while it is built.
fn bytes_a_slot() -> u64 {
    let database = Database::in_memory();
    let kind = database.registry().find("vector").expect("is built in");
    kind.build_bytes(&options(), BuildEffort::Settled)
}

fn object(n: usize) -> Object {
    let x = n as f32;
    Object::new().with("n", n as i64).with("v", Value::Vector(vec![x.sin() * x, x.cos() * x].into()))
}

fn open(dir: &tempfile::TempDir, bytes: u64) -> Database {
    Database::options().background(false).build_memory(bytes).open(dir.path()).expect("opens")
}

/// Slots of each segment, how many parts of the vector index have a graph, and how many there was not enough memory for.
fn shape(info: &DatabaseInfo) -> (Vec<u32>, usize, usize) {
    let set = &info.sets[0];
    let index = set.indexes.iter().find(|index| index.kind == "vector").expect("is declared");
    let graphs = index.facts.iter().filter(|(_, facts)| facts.iter().any(|(name, _)| name == "layers")).count();
    (set.segments.iter().map(|segment| segment.slots).collect(), graphs, index.unaffordable)
}

fn assert_answers(set: &IndexableSet) {
    for n in (0..VECTORS).step_by(997) {
        let asked = object(n).get("v").cloned();
        let Some(Value::Vector(vector)) = asked else { panic!("no vector") };
        // A wide beam: the graphs are meagre, and the default leaves out one hit in twenty.
        let hits = set.query().nearest("v", vector, 1).effort(SearchEffort::EfSearch(64)).run().expect("answers");
        assert_eq!(hits.objects().expect("reads")[0].get("n"), Some(&Value::Int(n as i64)));
    }
}

#[test]
fn segments_are_no_larger_than_can_be_built_and_all_get_their_graph() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let little = 16_500 * bytes_a_slot();
    let database = open(&dir, little);
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert_many(&(0..VECTORS).map(object).collect::<Vec<_>>()).expect("inserts");
    let loaded = database.info().expect("tells");
    assert_eq!(shape(&loaded), (vec![16_500, 16_500, 7_000], 3, 0));
    assert_answers(&set);
    // As few as memory allows already: nothing to be done.
    database.compact().expect("compacts");
    let ids = |info: &DatabaseInfo| info.sets[0].segments.iter().map(|segment| segment.id).collect::<Vec<_>>();
    assert_eq!(ids(&database.info().expect("tells")), ids(&loaded));
    drop((set, database));

    let database = open(&dir, u64::MAX);
    database.compact().expect("compacts");
    assert_eq!(shape(&database.info().expect("tells")), (vec![VECTORS as u32], 1, 0));
    drop(database);

    // What has become too large meanwhile is cut when something is to be done about it.
    let database = open(&dir, little);
    let set: IndexableSet = database.set("points").expect("is declared");
    database.compact().expect("has nothing to do");
    assert_eq!(shape(&database.info().expect("tells")), (vec![VECTORS as u32], 1, 0));
    assert!(set.remove(set.find_unique(7).expect("asks").expect("is there")).expect("removes"));
    database.compact().expect("compacts");
    assert_eq!(shape(&database.info().expect("tells")), (vec![13_333, 13_333, 13_333], 3, 0));
    set.insert(&object(7)).expect("inserts");
    assert_answers(&set);
    database.check().expect("finds no fault");
}

#[test]
fn what_does_not_fit_by_itself_is_built_with_less_and_says_so() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let database = Database::options()
        .background(false)
        .thresholds(Thresholds { build_bytes: 1, ..Thresholds::default() })
        .open(dir.path())
        .expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert_many(&(0..VECTORS).map(object).collect::<Vec<_>>()).expect("inserts");
    let (slots, graphs, unaffordable) = shape(&database.info().expect("tells"));
    assert_eq!((slots.len(), graphs, unaffordable), (3, 0, 3));
    assert_answers(&set);
    database.build_indexes().expect("has nothing to do");
    database.check().expect("finds no fault");
    drop((set, database));
    let database = open(&dir, u64::MAX);
    let (slots, graphs, unaffordable) = shape(&database.info().expect("tells"));
    assert_eq!((slots.len(), graphs, unaffordable), (3, 0, 0));
    database.compact().expect("builds what there is memory for now");
    assert_eq!(shape(&database.info().expect("tells")), (vec![VECTORS as u32], 1, 0));
    assert_answers(&database.set("points").expect("is declared"));
}

#[test]
fn maintenance_within_little_memory_comes_to_rest() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let plain = open(&dir, u64::MAX);
    let set: IndexableSet = plain.declare(SetSchema::new("points").unique("n")).expect("declares");
    set.insert_many(&(0..VECTORS).map(object).collect::<Vec<_>>()).expect("inserts");
    drop((set, plain));
    let database = Database::options().build_memory(20_000 * bytes_a_slot()).open(dir.path()).expect("opens");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    let start = std::time::Instant::now();
    // The vector column comes with new object files: cut to what can be built.
    while shape(&database.info().expect("tells")) != (vec![20_000, 20_000], 2, 0) {
        assert!(start.elapsed().as_secs() < 600, "{:?}", shape(&database.info().expect("tells")));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_answers(&set);
    let maintained = database.info().expect("tells").maintained_bytes;
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    assert_eq!(database.info().expect("tells").maintained_bytes, maintained, "maintenance does not rest");
    database.check().expect("finds no fault");
}
