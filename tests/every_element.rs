//! What holds of every nearest search, for vectors of every element type and every metric, wherever objects live: that answers are the same
//! after a restart and with any number of threads, that a distance is one number, that exact hits are the hits, that equal filters
//! give equal hits, that there are as many as there can be. Vectors are drawn from a seed, which what fails names; `PROTOBASE_SEED=n`
//! draws others.

mod common;

use std::{collections::HashMap, env};

use common::twin::Noise;
use protobase::{
    Database, IndexableSet, Metric, Object, Options, SetSchema,
    expr::{Expr, field},
    index::SearchEffort,
    object::{Element, Offset, Vector, VectorBuf},
};

const DIMENSION: usize = 11;
/// More than the fewest that get codes, in graphs that are cheaper to walk than these are to scan.
const COUNT: i64 = 600;
const SEED: u64 = 101;
/// The last is so narrow that the graph is walked.
const EFFORTS: [SearchEffort; 4] =
    [SearchEffort::Exact, SearchEffort::Default, SearchEffort::Recall(0.9), SearchEffort::EfSearch(3)];

/// Offsets and distances, bit by bit.
type Answer = Vec<(Offset, u64)>;

#[derive(Clone, Copy, Debug)]
struct Case {
    element: Element,
    metric: Metric,
    seed: u64,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let seed = env::var("PROTOBASE_SEED").map_or(SEED, |seed| seed.parse().expect("a number"));
        let of = move |element| Metric::of(element).iter().map(move |metric| Self { element, metric: *metric, seed });
        Element::ALL.into_iter().flat_map(of)
    }

    fn schema(self) -> SetSchema {
        let options = Options::new().with("dimension", DIMENSION).with("element", self.element.name());
        let options = options.with("metric", self.metric).with("flat_threshold", 64).with("m", 4);
        let schema = SetSchema::new("things").index("a", "hash").index("a", "ordered");
        schema.index_with("v", "vector", options.with("ef_construction", 16))
    }

    /// A vector that the element type holds; few different bits, so that some are equal.
    fn vector(self, noise: &mut Noise) -> Vector {
        let component = |_| match self.element {
            Element::Binary => f32::from(u8::from(noise.signed() > 0.3)),
            Element::I8 => noise.whole(127) as f32,
            _ => (noise.signed() * 8.0) as f32,
        };
        let components: Vec<f32> = (0..DIMENSION).map(component).collect();
        Vector::from(components)
    }

    /// One object in nine has no vector.
    fn things(self) -> Vec<Object> {
        let mut noise = Noise::new(self.seed);
        let thing = |id: i64| {
            let thing = Object::new().with("id", id).with("a", id % 10);
            if id % 9 == 4 { thing } else { thing.with("v", self.vector(&mut noise)) }
        };
        (0..COUNT).map(thing).collect()
    }

    /// A vector that is there, and one that is not.
    fn asked(self) -> Vec<VectorBuf> {
        let mut noise = Noise::new(self.seed);
        let there = self.vector(&mut noise);
        let elsewhere = self.vector(&mut Noise::new(!self.seed));
        [there, elsewhere].into_iter().map(|vector| VectorBuf::from(&vector[..])).collect()
    }
}

fn answer(set: &IndexableSet, filter: &Expr, asked: &VectorBuf, k: usize, effort: SearchEffort) -> Answer {
    let hits = set.query().filter(filter.clone()).nearest("v", asked.clone(), k).effort(effort).run().expect("hits");
    hits.iter().map(|hit| (hit.offset, hit.distance.expect("a distance").to_bits())).collect()
}

/// How many of these questions a graph answers.
fn walks(set: &IndexableSet, asked: &[VectorBuf], effort: SearchEffort) -> usize {
    let walked = |asked: &&VectorBuf| {
        let plan = set.query().nearest("v", (*asked).clone(), 3).effort(effort).analyze().expect("analyzed").plan;
        let scan = plan.find("NearestScan").and_then(|line| line.actual.clone());
        scan.is_some_and(|scan| scan.paths.iter().any(|path| path.is_graph()))
    };
    asked.iter().filter(walked).count()
}

/// All that a store answers.
fn everything(set: &IndexableSet, case: Case) -> Vec<Answer> {
    let some = [Expr::all(), field("a").lt(5), field("a").eq(3)];
    let mut answers = Vec::new();
    for (asked, filter) in case.asked().iter().flat_map(|asked| some.iter().map(move |filter| (asked, filter))) {
        answers.extend(EFFORTS.map(|effort| answer(set, filter, asked, 10, effort)));
    }
    answers
}

#[test]
fn answers_are_the_same_after_a_restart_and_with_any_number_of_threads() {
    for case in Case::all() {
        let made = |threads: usize| {
            let folder = tempfile::tempdir().expect("a folder");
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let open = || Database::options().background(false).open(folder.path()).expect("opens");
            let before = pool.install(|| {
                let database = open();
                let set: IndexableSet = database.declare(case.schema()).expect("declares");
                for things in case.things().chunks(250) {
                    set.insert_many(things).expect("inserts");
                    database.flush().expect("flushes");
                }
                database.compact().expect("compacts");
                assert!(walks(&set, &case.asked(), EFFORTS[3]) > 0, "{case:?}: no graph is walked");
                everything(&set, case)
            });
            let after = everything(&open().set("things").expect("is declared"), case);
            assert!(before == after, "{case:?}, {threads} threads: another answer after a restart");
            after
        };
        assert!(made(1) == made(3), "{case:?}: another answer with three threads than with one");
    }
}

/// Ways to ask for the same objects, and which ones these are.
type Equal = (Vec<Expr>, fn(i64) -> bool);

fn filters() -> Vec<Equal> {
    let few = || [13, 77, 140, 141];
    vec![
        (vec![Expr::all(), field("a").ge(0), field("id").ge(0)], |_| true),
        (vec![field("a").lt(5), !field("a").ge(5), field("a").is_in(0..5), field("a").between(0, 4)], |id| id % 10 < 5),
        (
            vec![
                field("id").is_in(few()),
                Expr::Or(few().map(|id| field("id").eq(id)).to_vec()),
                field("id").is_in(few()).and(field("a").ge(0)),
            ],
            |id| [13, 77, 140, 141].contains(&id),
        ),
        (vec![field("a").gt(100), field("id").lt(0)], |_| false),
    ]
}

/// Where objects live, one after the other.
const FORMS: [&str; 4] = ["loose", "flushed", "settled", "settled, written anew and loose"];

fn bring(database: &Database, set: &IndexableSet, things: &[Object], offsets: &[Offset], form: &str) {
    match form {
        "flushed" => database.flush().expect("flushes"),
        "settled" => database.compact().expect("compacts"),
        "loose" => {}
        _ => {
            for at in (0..things.len()).step_by(7) {
                set.update(offsets[at], &things[at]).expect("updates");
            }
        }
    }
}

#[test]
fn hits_are_one_number_exact_equal_and_as_many_as_there_are_wherever_objects_live() {
    for case in Case::all() {
        let database = Database::options().background(false).in_memory();
        let set: IndexableSet = database.declare(case.schema()).expect("declares");
        let things = case.things();
        let offsets = set.insert_many(&things).expect("inserts");
        for form in FORMS {
            bring(&database, &set, &things, &offsets, form);
            for asked in case.asked() {
                let all = measured(case, &things, &offsets, &asked);
                for (equal, passes) in filters() {
                    let right: Vec<(Offset, u64)> =
                        all.iter().filter(|hit| passes(hit.2)).map(|h| (h.0, h.1)).collect();
                    for (k, effort) in [(0, 1), (1, 0), (1, 1), (10, 0), (10, 1), (10, 2), (10, 3), (usize::MAX, 1)] {
                        let told = format!("{case:?} {form} k = {k} {:?} {}", EFFORTS[effort], equal[0]);
                        check(&set, &equal, &asked, (k, EFFORTS[effort]), &right, &told);
                    }
                }
            }
        }
    }
}

/// Offset, distance and id of everything with a vector, nearest first, ties by offset: each measured by itself.
fn measured(case: Case, things: &[Object], offsets: &[Offset], asked: &VectorBuf) -> Vec<(Offset, u64, i64)> {
    let of_bits = case.element == Element::Binary;
    let asked = if of_bits { asked.to_element(Element::Binary).expect("bits") } else { asked.clone() };
    let measure = |(thing, offset): (&Object, &Offset)| {
        let protobase::Value::Vector(vector) = thing.get("v")? else { panic!("no vector") };
        let stored = vector.to_element(case.element).expect("fits");
        let id = thing.get("id").and_then(|id| id.as_ref().as_i64()).expect("an id");
        Some((*offset, case.metric.distance(&asked, &stored), id))
    };
    let mut all: Vec<(Offset, f64, i64)> = things.iter().zip(offsets).filter_map(measure).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all.into_iter().map(|(offset, distance, id)| (offset, distance.to_bits(), id)).collect()
}

fn check(
    set: &IndexableSet,
    equal: &[Expr],
    asked: &VectorBuf,
    (k, effort): (usize, SearchEffort),
    right: &[(Offset, u64)],
    told: &str,
) {
    let first = answer(set, &equal[0], asked, k, effort);
    for other in &equal[1..] {
        assert!(answer(set, other, asked, k, effort) == first, "{told}: other hits by {other}");
    }
    assert_eq!(first.len(), right.len().min(k), "{told}: min(k, matches)");
    let place: HashMap<Offset, usize> = right.iter().enumerate().map(|(at, hit)| (hit.0, at)).collect();
    let places: Vec<usize> = first.iter().map(|hit| place[&hit.0]).collect();
    assert!(places.iter().is_sorted_by(|a, b| a < b), "{told}: out of order");
    assert!(first.iter().zip(&places).all(|(hit, at)| hit.1 == right[*at].1), "{told}: another distance");
    if effort == SearchEffort::Exact || k >= right.len() {
        assert!(first == right[..first.len()], "{told}: not the nearest");
    }
}
