//! A vector index that names a set of recorded queries: its graphs are measured with them, and do without where there are none.

mod common;

use common::twin::Noise;
use protobase::{
    Database, IndexableSet, Object, Options, SetSchema, Value,
    index::{SearchEffort, SearchPath},
};

const DIMENSION: usize = 16;
const COUNT: usize = 2_000;
const OWN: &str = "its own vectors";

fn options() -> Options {
    let options = Options::new().with("dimension", DIMENSION).with("flat_threshold", 64).with("m", 8);
    options.with("ef_construction", 40)
}

fn things(name: &str, options: Options) -> SetSchema {
    SetSchema::new(name).index_with("v", "vector", options)
}

/// Around some centres.
fn vectors() -> Vec<Object> {
    Noise::new(71).vectors(COUNT, DIMENSION, 20).into_iter().map(|vector| Object::new().with("v", vector)).collect()
}

/// Far from all centres, as a question need not be like what answers it.
fn far(seed: u64, count: usize) -> Vec<Vec<f32>> {
    let mut noise = Noise::new(seed);
    (0..count).map(|_| (0..DIMENSION).map(|_| noise.signed() as f32 * 90.0).collect()).collect()
}

fn record(set: &IndexableSet, queries: &[Vec<f32>]) {
    let queries: Vec<Object> = queries.iter().map(|query| Object::new().with("v", query.clone())).collect();
    set.insert_many(&queries).expect("inserts");
}

/// With what the one graph of a set was measured.
fn measured_with(database: &Database, set: &str) -> String {
    let info = database.info().expect("tells");
    let set = info.sets.iter().find(|known| known.name == set).expect("is declared");
    let [(_, facts)] = &set.indexes[0].facts[..] else { panic!("{:?}", set.indexes[0].facts) };
    facts.iter().find(|(name, _)| name == "calibrated with").expect("has a graph").1.clone()
}

/// How wide the graph is walked for a recall, and what explain says of it.
fn walked(set: &IndexableSet) -> (u32, String) {
    let query = set.query().nearest("v", far(9, 1).remove(0), 10).effort(SearchEffort::Recall(0.9));
    let plan = query.analyze().expect("analyzed").plan;
    let paths = plan.find("NearestScan").and_then(|line| line.actual.clone()).expect("analyzed").paths;
    let [SearchPath::Graph(told)] = paths[..] else { panic!("{paths:?}") };
    assert!(told.wanted == Some(9_000) && told.promised >= 9_000, "{told:?}");
    (told.beam as u32, plan.to_string())
}

/// Makes something of a set new, so that compaction builds everything anew.
fn rebuild(database: &Database, set: &IndexableSet) {
    set.insert(&vectors()[0]).expect("inserts");
    database.flush().expect("flushes");
    database.compact().expect("compacts");
}

#[test]
fn graphs_are_measured_with_recorded_queries_until_others_are_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Database::options().background(false).open(folder.path()).expect("opens");
    let database = open();
    let blind: IndexableSet = database.declare(things("blind", options())).expect("declares");
    blind.insert_many(&vectors()).expect("inserts");
    let asked: IndexableSet = database.declare(SetSchema::new("asked")).expect("declares");
    record(&asked, &far(1, 100));
    let set: IndexableSet = database.declare(things("things", options().with("queries", "asked"))).expect("declares");
    set.insert_many(&vectors()).expect("inserts");
    database.compact().expect("compacts");
    assert_eq!(measured_with(&database, "blind"), OWN);
    assert_eq!(measured_with(&database, "things"), "100 recorded queries");
    let (seeing, said) = walked(&set);
    assert!(seeing > walked(&blind).0, "queries from afar need a wider beam: {said}");
    assert!(said.contains(&format!("beam {seeing} for recall 0.9 (")) && said.contains("calibrated)"), "{said}");

    // What was measured is stored with the graph; recording more changes nothing until another is built.
    record(&asked, &far(2, 60));
    drop((set, blind, asked, database));
    let database = open();
    let set: IndexableSet = database.set("things").expect("is declared");
    assert_eq!((measured_with(&database, "things").as_str(), walked(&set).0), ("100 recorded queries", seeing));
    rebuild(&database, &set);
    assert_eq!(measured_with(&database, "things"), "160 recorded queries");
    let asked: IndexableSet = database.set("asked").expect("is declared");
    let recorded: Vec<_> = asked.iter().expect("iterates").map(|known| known.expect("reads").0).collect();
    for offset in recorded {
        asked.remove(offset).expect("removes");
    }
    rebuild(&database, &set);
    assert_eq!(measured_with(&database, "things"), OWN, "nothing is recorded any more");
    database.check().expect("finds no fault");
}

/// What is not there, or is no query of this index, is left out; where fewer than thirty are left, graphs are measured with their own vectors.
#[test]
fn what_is_no_query_of_the_index_is_left_out() {
    let database = Database::options().background(false).in_memory();
    let recorded = |name: &str, queries: Vec<Object>| {
        let set: IndexableSet = database.declare(SetSchema::new(name)).expect("declares");
        set.insert_many(&queries).expect("inserts");
    };
    let of = |value: Value, count: usize| vec![Object::new().with("v", value); count];
    let good = || far(3, 40).into_iter().map(|query| Object::new().with("v", query)).collect::<Vec<_>>();
    recorded("empty", Vec::new());
    recorded("few", good()[..29].to_vec());
    recorded("wider", of(vec![1.0_f32; DIMENSION + 1].into(), 40));
    recorded("texts", of("a question".into(), 40));
    recorded("elsewhere", vec![Object::new().with("w", vec![1.0_f32; DIMENSION]); 40]);
    recorded("zeros", of(vec![0.0_f32; DIMENSION].into(), 40));
    recorded("mixed", [good(), of(vec![1.0_f32; 3].into(), 10), of(Value::Null, 10)].concat());
    let cases = [
        ("nowhere", OWN),
        ("empty", OWN),
        ("few", OWN),
        ("wider", OWN),
        ("texts", OWN),
        ("elsewhere", OWN),
        ("zeros", OWN),
        ("mixed", "40 recorded queries"),
    ];
    for (queries, expected) in cases {
        let name = format!("by {queries}");
        // By cosine a zero vector is no query.
        let schema = things(&name, options().with("metric", "cosine").with("queries", queries));
        let set: IndexableSet = database.declare(schema).unwrap_or_else(|error| panic!("{queries}: {error}"));
        set.insert_many(&vectors()[..400]).expect("inserts");
        database.compact().expect("compacts");
        assert_eq!(measured_with(&database, &name), expected, "{queries}");
        let hits = set.query().nearest("v", far(4, 1).remove(0), 10).run().expect("answers");
        assert_eq!(hits.len(), 10, "{queries}");
    }
    let unnamed = database.declare::<Object>(things("unnamed", options().with("queries", "")));
    let error = unnamed.expect_err("refused").to_string();
    assert!(error.contains("queries") && error.contains("the name of the set that holds recorded queries"), "{error}");
}
