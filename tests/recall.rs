//! How many of the ten nearest does the default effort find, through the database and its graphs?
//!
//! On generated vectors, and on real ones in the folder named by `PROTOBASE_DATA`, else in `datasets/extra`; what is missing is skipped
//! and named.
#![cfg(feature = "import")]

mod common;

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
};

use common::twin::Noise;
use ndarray::{Array1, Array2, Axis};
use protobase::{
    Database, IndexableSet, Object, Options, SetSchema, import::NpyMatrix, index::SearchEffort, metric::Metric,
};

const K: usize = 10;
/// So many vectors at most, so that building does not take long without optimization.
const LARGEST: usize = 20_000;
/// So many questions at most.
const QUESTIONS: usize = 200;

/// Vectors, and others like them to ask with.
struct Data {
    metric: Metric,
    base: Array2<f32>,
    questions: Array2<f32>,
}

impl Data {
    /// Only the first vectors and questions.
    fn shortened(self) -> Self {
        let first = |matrix: Array2<f32>, count: usize| {
            let count = count.min(matrix.nrows());
            matrix.slice_move(ndarray::s![..count, ..])
        };
        Self { base: first(self.base, LARGEST), questions: first(self.questions, QUESTIONS), ..self }
    }

    /// All distances of each question, measured in f64.
    fn distances(&self) -> Array2<f64> {
        let wide = |matrix: &Array2<f32>| matrix.mapv(f64::from);
        let (base, questions) = (wide(&self.base), wide(&self.questions));
        let squares = |matrix: &Array2<f64>| -> Array1<f64> { matrix.mapv(|x| x * x).sum_axis(Axis(1)) };
        let (lengths, asked) = (squares(&base), squares(&questions).insert_axis(Axis(1)));
        let products = questions.dot(&base.t());
        match self.metric {
            Metric::L2 => (asked + lengths - 2.0 * products).mapv(|squared| squared.max(0.0).sqrt()),
            Metric::Cosine => 1.0 - products / (asked * lengths).sqrt(),
            Metric::InnerProduct => -products,
            Metric::Hamming | Metric::Jaccard => panic!("recall is measured over numbers"),
        }
    }

    /// The vectors in one segment, with its graph.
    fn set(&self, database: &Database) -> IndexableSet<Object> {
        let options = Options::new().with("dimension", self.base.ncols()).with("metric", self.metric.name());
        let schema = SetSchema::new("vectors").index_with("v", "vector", options);
        let set = database.declare::<Object>(schema).expect("declared");
        let object = |(id, vector): (i64, ndarray::ArrayView1<'_, f32>)| {
            Object::new().with("id", id).with("v", vector.iter().copied().collect::<Vec<f32>>())
        };
        let objects: Vec<Object> = (0..).zip(self.base.rows()).map(object).collect();
        set.insert_many(&objects).expect("inserted");
        database.flush().expect("flushed");
        database.compact().expect("compacted");
        set
    }
}

/// Recall@10 of an effort. Every search must go through the graph when `graph` says so.
fn recall(set: &IndexableSet<Object>, data: &Data, distances: &Array2<f64>, effort: SearchEffort, graph: bool) -> f64 {
    let mut found = 0;
    for (question, distances) in data.questions.rows().into_iter().zip(distances.rows()) {
        let mut sorted = distances.to_vec();
        let (_, farthest, _) = sorted.select_nth_unstable_by(K - 1, f64::total_cmp);
        let query = set.query().nearest("v", question.to_vec(), K).effort(effort);
        let analysis = query.analyze().expect("analyzed");
        let scan = analysis.plan.find("NearestScan").and_then(|line| line.actual.clone()).expect("a nearest scan");
        let by_graph = scan.paths.iter().all(|path| path.is_graph());
        assert_eq!(by_graph, graph, "{effort:?}\n{}", analysis.plan);
        let hits = analysis.hits.expect("hits");
        assert_eq!(hits.len(), K);
        let limit = *farthest + 1e-5 * farthest.abs().max(1.0);
        found += hits.iter().filter(|hit| hit.distance.is_some_and(|distance| distance <= limit)).count();
    }
    found as f64 / (K * data.questions.nrows()) as f64
}

fn check(name: &str, data: Data) {
    let data = data.shortened();
    let database = Database::options().background(false).in_memory();
    let (set, distances) = (data.set(&database), data.distances());
    let default = recall(&set, &data, &distances, SearchEffort::Default, true);
    let (count, dimension) = data.base.dim();
    say(&format!("{name}: recall@{K} {default:.4} over {} questions, {count} x {dimension}", data.questions.nrows()));
    assert!(default >= 0.95, "{name}: recall@{K} is {default}");
    let few = Data { questions: data.questions.slice(ndarray::s![..5, ..]).to_owned(), ..data };
    let exact = recall(&set, &few, &distances.slice(ndarray::s![..5, ..]).to_owned(), SearchEffort::Exact, false);
    assert!(exact >= 1.0, "{name}: exact search finds {exact}");
}

/// To the terminal, past the test harness, which swallows what passing tests print.
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("printed");
}

fn matrix(folder: &Path, file: &str) -> Option<Array2<f32>> {
    let file = folder.join(file);
    file.is_file().then(|| NpyMatrix::read(&file).expect("a matrix").matrix().clone())
}

/// Base vectors and questions of a data set. The questions over factbook are few and unlike its passages: they stand alone,
/// and every fiftieth passage is asked for over the others as another set, lest those hide what questions get.
fn load(folder: &Path, name: &str) -> Option<Data> {
    if name.starts_with("factbook") {
        let passages = matrix(folder, "factbook/passages.embeddings.npy")?;
        let (held, kept): (Vec<usize>, Vec<usize>) = (0..passages.nrows()).partition(|line| line % 50 == 7);
        let (base, questions) = match name {
            "factbook" => (passages, matrix(folder, "factbook/queries.embeddings.npy")?),
            _ => (passages.select(Axis(0), &kept), passages.select(Axis(0), &held)),
        };
        return Some(Data { metric: Metric::Cosine, base, questions });
    }
    let metric = if name == "mnist" { Metric::L2 } else { Metric::Cosine };
    let file = |kind: &str| matrix(folder, &format!("{name}/{kind}.npy"));
    Some(Data { metric, base: file("base")?, questions: file("queries")? })
}

#[test]
fn default_effort_on_generated_vectors() {
    let dimension = 64;
    let vectors = Noise::new(7).vectors(LARGEST + QUESTIONS, dimension, 200);
    let all = Array2::from_shape_vec((vectors.len(), dimension), vectors.concat()).expect("a matrix");
    let (base, questions) = all.view().split_at(Axis(0), LARGEST);
    check("generated", Data { metric: Metric::L2, base: base.to_owned(), questions: questions.to_owned() });
}

#[test]
fn default_effort_on_real_vectors() {
    let extra = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/extra");
    let folder = env::var_os("PROTOBASE_DATA").map_or(extra, PathBuf::from);
    let mut skipped = Vec::new();
    for name in ["factbook", "factbook-held-out", "mnist", "glosses"] {
        match load(&folder, name) {
            Some(data) => check(name, data),
            None => skipped.push(name),
        }
    }
    if !skipped.is_empty() {
        say(&format!("skipped {}: no {} in PROTOBASE_DATA or datasets/extra", skipped.len(), skipped.join(", ")));
    }
}
