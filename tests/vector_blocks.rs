//! Which bytes of a graph does a search look at, and what if some of them are damaged? Behaviour 80 of the acceptance list for the blocks of
//! a vector part, one flipped byte after the other.

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use common::twin::Noise;
use protobase::{Database, IndexableSet, Object, Options, SearchEffort, SetSchema, codec::bytes_verified};

const DIMENSION: usize = 16;
const EFFORT: SearchEffort = SearchEffort::EfSearch(24);

/// Verified bytes are counted for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Vectors, every ninth of them twice and some missing, so that slots are not nodes; and questions.
fn vectors(count: usize) -> (Vec<Option<Vec<f32>>>, Vec<Vec<f32>>) {
    let mut all = Noise::new(80).vectors(count + 12, DIMENSION, 30);
    let questions = all.split_off(count);
    for at in (9..count).step_by(9) {
        let (earlier, from_here) = all.split_at_mut(at);
        from_here[0].clone_from(&earlier[at - 9]);
    }
    let missing = |(at, vector): (usize, Vec<f32>)| (at % 50 != 7).then_some(vector);
    (all.into_iter().enumerate().map(missing).collect(), questions)
}

/// One settled segment with a graph, on disk.
fn filled(vectors: &[Option<Vec<f32>>]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let database = Database::options().background(false).open(dir.path()).expect("opens");
    let options = Options::new().with("dimension", DIMENSION).with("flat_threshold", 64).with("m", 8);
    let set: IndexableSet =
        database.declare(SetSchema::new("things").index_with("v", "vector", options)).expect("declares");
    let object = |(id, vector): (i64, &Option<Vec<f32>>)| {
        let object = Object::new().with("id", id);
        vector.as_ref().map_or(object.clone(), |vector| object.with("v", &vector[..]))
    };
    set.insert_many(&(0..).zip(vectors).map(object).collect::<Vec<_>>()).expect("inserts");
    database.flush().expect("flushes");
    database.compact().expect("compacts");
    drop((set, database));
    dir
}

fn open(dir: &Path) -> (Database, IndexableSet) {
    let database = Database::options().background(false).open(dir).expect("opens");
    let set = database.set("things").expect("is declared");
    (database, set)
}

fn part(dir: &Path) -> PathBuf {
    let names = fs::read_dir(dir.join("blobs")).expect("lists").map(|entry| entry.expect("lists").path());
    let mut parts =
        names.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("part-")));
    let found = parts.next().expect("a part");
    assert!(parts.next().is_none(), "one part");
    found
}

type Answer = Vec<(u64, Option<u64>)>;

/// The hits of a question, and whether a graph found them.
fn ask(set: &IndexableSet, question: &[f32], effort: SearchEffort) -> (Answer, bool) {
    let analysis = set.query().nearest("v", question, 10).effort(effort).analyze().expect("answers");
    // Without a part in use the plan has no such node, and the nearest are measured.
    let scan = analysis.plan.find("NearestScan").and_then(|line| line.actual.clone());
    let hits = analysis.hits.expect("hits");
    let found = hits.iter().map(|hit| (hit.offset.0, hit.distance.map(f64::to_bits))).collect();
    (found, scan.is_some_and(|scan| scan.paths.len() == 1 && scan.paths[0].is_graph()))
}

#[test]
fn a_damaged_block_met_by_a_search_costs_the_part_and_no_answer_80() {
    let _alone = ALONE.lock();
    let (vectors, questions) = vectors(1_500);
    let dir = filled(&vectors);
    let file = part(dir.path());
    let bytes = fs::read(&file).expect("reads");
    let (by_graph, exact): (Vec<Answer>, Vec<Answer>) = {
        let (_database, set) = open(dir.path());
        let graph = |question: &Vec<f32>| {
            let (answer, by_graph) = ask(&set, question, EFFORT);
            assert!(by_graph);
            answer
        };
        (
            questions.iter().map(graph).collect(),
            questions.iter().map(|question| ask(&set, question, SearchEffort::Exact).0).collect(),
        )
    };
    let (mut at_once, mut later, mut never) = (0, 0, 0);
    for position in (64..bytes.len() - 64).step_by(3_989) {
        let place = format!("byte {position}");
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x40;
        fs::write(&file, damaged).expect("writes");
        let (database, set) = open(dir.path());
        let mut graphs = Vec::new();
        for (question, (by_graph, exact)) in questions.iter().zip(by_graph.iter().zip(&exact)) {
            let (answer, graph) = ask(&set, question, EFFORT);
            assert_eq!(&answer, if graph { by_graph } else { exact }, "{place}");
            graphs.push(graph);
        }
        assert!(
            graphs.is_sorted_by(|before, now| before >= now),
            "{place}: a part in doubt is not asked again: {graphs:?}"
        );
        match (graphs[0], graphs[graphs.len() - 1]) {
            (false, _) => at_once += 1,
            (true, false) => later += 1,
            (true, true) => never += 1,
        }
        for (question, exact) in questions.iter().zip(&exact) {
            assert_eq!(&ask(&set, question, SearchEffort::Exact).0, exact, "{place}");
        }
        let error = database.check().expect_err(&place).to_string();
        assert!(error.contains("part-") && error.contains("position"), "{place}: {error}");
    }
    fs::write(&file, &bytes).expect("writes");
    let (database, _) = open(dir.path());
    database.check().expect("as it was");
    assert!(at_once > 0 && later > 0 && never > 0, "found at once {at_once}, later {later}, by no search {never}");
}

#[test]
fn a_damaged_part_is_built_again_80() {
    let _alone = ALONE.lock();
    let (vectors, questions) = vectors(1_500);
    let dir = filled(&vectors);
    let file = part(dir.path());
    let mut bytes = fs::read(&file).expect("reads");
    // Every block from the second on, so that whatever a search touches next is damaged.
    for position in (8_192..bytes.len() - 512).step_by(2_048) {
        bytes[position] ^= 1;
    }
    fs::write(&file, bytes).expect("writes");
    if let Ok(database) = Database::options().background(false).open(dir.path()) {
        let set: IndexableSet = database.set("things").expect("is declared");
        let exact: Vec<Answer> = questions.iter().map(|question| ask(&set, question, SearchEffort::Exact).0).collect();
        database.build_indexes().expect("builds");
        database.check().expect("sound");
        for (question, exact) in questions.iter().zip(&exact) {
            assert_eq!(&ask(&set, question, SearchEffort::Exact).0, exact);
            assert!(ask(&set, question, EFFORT).1, "by the new graph");
        }
    }
}

#[test]
fn a_first_search_verifies_only_what_it_looks_at() {
    let _alone = ALONE.lock();
    let (vectors, questions) = vectors(8_000);
    let dir = filled(&vectors);
    let length = fs::metadata(part(dir.path())).expect("is there").len();
    let (_database, set) = open(dir.path());
    let before = bytes_verified();
    let narrow =
        set.query().nearest("v", &questions[0], 1).effort(SearchEffort::EfSearch(8)).analyze().expect("answers");
    let verified = bytes_verified() - before;
    assert!(narrow.plan.to_string().contains("path graph"), "{}", narrow.plan);
    assert!(verified < length / 2, "{verified} bytes verified of a part of {length}");
    for question in &questions {
        ask(&set, question, EFFORT);
    }
    let before = bytes_verified();
    for question in &questions {
        ask(&set, question, EFFORT);
    }
    assert_eq!(bytes_verified(), before, "what has been verified is not verified again");
}
