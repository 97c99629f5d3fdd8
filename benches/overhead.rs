//! What does the database add to a search of the bare index part: planning, a snapshot, hits with offsets?
//!
//! A database in files with 170,000 places in clusters and one with 100,000 clustered vectors of 384 dimensions, each compacted to one segment.
//! The same questions are asked of the index part alone, by the query builder, and by a SQL statement that was parsed once; the three take turns.
//! Printed are medians of the rounds. Nothing is read but what the answer holds: offsets and distances.

#[path = "common/median.rs"]
mod median;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use protobase::{
    Database, IndexableSet, LonLat, Object, Options, Parameters, SetSchema,
    expr::Target,
    index::{NearestRequest, SearchEffort, SlotSet, Work},
    metric::Metric,
    object::{FieldPath, VectorBuf},
    set::SetView,
    sql::Statement,
};

const ROUNDS: usize = 9;
const QUESTIONS: usize = 1_000;
const K: usize = 10;

fn main() {
    println!("| nearest 10 of | bare index, us | query builder, us | adds | SQL, us | adds |");
    println!("|---|---|---|---|---|---|");
    places();
    vectors();
}

fn places() {
    let mut random = Random(42);
    let clusters: Vec<(f64, f64)> =
        (0..2_000).map(|_| (random.between(-180.0, 180.0), random.between(-60.0, 70.0))).collect();
    let mut place = || {
        let (lon, lat) = clusters[random.below(clusters.len())];
        LonLat::new((lon + random.between(-1.0, 1.0)).clamp(-180.0, 180.0), lat + random.between(-1.0, 1.0))
            .expect("a place")
    };
    let objects: Vec<Object> = (0..170_000).map(|id| Object::new().with("id", id).with("location", place())).collect();
    let questions: Vec<LonLat> = (0..QUESTIONS).map(|_| place()).collect();
    let stored = Stored::new(SetSchema::new("things").index("location", "geo"), &objects);
    let target = |place: &LonLat| Target::Place { path: FieldPath::parse("location"), place: *place };
    let targets: Vec<Target> = questions.iter().map(target).collect();
    let sql = "SELECT _offset, location <-> ST_Point($lon, $lat) AS metres FROM things ORDER BY metres LIMIT 10";
    let parameters = |place: &LonLat| Parameters::new().with("lon", place.lon).with("lat", place.lat);
    let parameters: Vec<Parameters> = questions.iter().map(parameters).collect();
    stored.measure("170,000 places", &targets, sql, &parameters);
}

fn vectors() {
    const DIMENSION: usize = 384;
    let mut random = Random(7);
    let clusters: Vec<Vec<f32>> = (0..500).map(|_| random.vector(DIMENSION, 1.0)).collect();
    let mut vector = || {
        let noise = random.vector(DIMENSION, 0.7);
        let near: Vec<f32> = clusters[random.below(clusters.len())].iter().zip(noise).map(|(a, b)| a + b).collect();
        VectorBuf::from(near.as_slice())
    };
    let objects: Vec<Object> =
        (0..100_000).map(|id| Object::new().with("id", id).with("embedding", vector())).collect();
    let questions: Vec<VectorBuf> = (0..QUESTIONS).map(|_| vector()).collect();
    let options = Options::new().with("dimension", DIMENSION).with("metric", "cosine");
    let stored = Stored::new(SetSchema::new("things").index_with("embedding", "vector", options), &objects);
    let target = |vector: &VectorBuf| Target::Vector {
        path: FieldPath::parse("embedding"),
        vector: vector.clone(),
        metric: Metric::Cosine,
    };
    let targets: Vec<Target> = questions.iter().map(target).collect();
    let sql = "SELECT _offset, embedding <=> $q AS distance FROM things ORDER BY distance LIMIT 10";
    let parameters: Vec<Parameters> = questions.iter().map(|q| Parameters::new().with("q", q.clone())).collect();
    stored.measure("100,000 vectors of 384 dimensions", &targets, sql, &parameters);
}

/// A database in files with one set of one segment.
struct Stored {
    database: Database,
    set: IndexableSet<Object>,
    view: SetView,
    _folder: tempfile::TempDir,
}

impl Stored {
    fn new(schema: SetSchema, objects: &[Object]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::open(folder.path()).expect("opened");
        let set: IndexableSet<Object> = database.declare(schema).expect("declared");
        set.insert_many(objects).expect("inserted");
        database.compact().expect("compacted");
        let view = set.view().expect("a view");
        assert_eq!(view.segments().len(), 1, "one segment");
        Self { database, set, view, _folder: folder }
    }

    fn measure(&self, name: &str, targets: &[Target], sql: &str, parameters: &[Parameters]) {
        let statement = Statement::parse(sql).expect("parsed");
        let index = self.view.declaration().indexes[0].id;
        let part = self.view.segments()[0].part(index).expect("a part");
        let all = SlotSet::all(self.view.segments()[0].slots());
        let bare = |target: &Target| {
            let request =
                NearestRequest { target, k: K, accept: &all, effort: SearchEffort::Default, bound: f64::INFINITY };
            part.nearest(&request, &mut Work::default()).expect("found").expect("searched").0.len()
        };
        let built = |target: &Target| {
            let hits = self.set.query().nearest_to(target.clone(), K).run().expect("found");
            hits.iter().map(|hit| (hit.offset, hit.distance)).filter(|hit| black_box(hit).1.is_some()).count()
        };
        let asked =
            |values: &Parameters| statement.answer(&self.database.snapshot(), values).expect("found").objects.len();
        let mut times = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            times[0].push(round(targets, bare));
            times[1].push(round(targets, built));
            times[2].push(round(parameters, asked));
        }
        let micros = |times| median::median(times).as_secs_f64() * 1e6 / QUESTIONS as f64;
        let [bare, built, asked] = times.map(micros);
        println!("| {name} | {bare:.2} | {built:.2} | {:.2} | {asked:.2} | {:.2} |", built - bare, asked - bare);
    }
}

/// The time of a round.
fn round<Q>(questions: &[Q], ask: impl Fn(&Q) -> usize) -> Duration {
    let started = Instant::now();
    let found: usize = questions.iter().map(ask).sum();
    assert_eq!(found, K * questions.len(), "every question has ten hits");
    started.elapsed()
}

/// Numbers from a seed (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() * end as f64) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.next() * (high - low)
    }

    fn vector(&mut self, dimension: usize, length: f64) -> Vec<f32> {
        (0..dimension).map(|_| (self.between(-1.0, 1.0) * length) as f32).collect()
    }
}
