//! What nearest vectors are, by the numbers of the behaviours that must hold: wherever the objects live, with and without indexes,
//! whichever path answers.

mod common;

use std::collections::HashMap;

use common::{
    Index, State, World, question,
    twin::{Answer, Noise, assert_nearest},
    world, worlds_with_and_without,
};
use protobase::{
    database::{Database, Transaction},
    expr::{Expr, field},
    index::{Options, SearchEffort, SearchPath},
    metric::Metric,
    object::{Object, Offset, Value},
    query::{Explain, Hit},
    set::{IndexableSet, SetSchema},
};

const DIMENSION: usize = 8;
const METRICS: [(&str, Metric); 3] =
    [("by_l2", Metric::L2), ("by_cosine", Metric::Cosine), ("by_ip", Metric::InnerProduct)];
/// Small thresholds and graphs, so that every path is taken over few objects.
const VECTOR: [(&str, &str); 4] = [("dimension", "8"), ("flat_threshold", "64"), ("m", "8"), ("ef_construction", "64")];
const COSINE: [(&str, &str); 5] = [VECTOR[0], VECTOR[1], VECTOR[2], VECTOR[3], ("metric", "cosine")];
const PRODUCT: [(&str, &str); 5] = [VECTOR[0], VECTOR[1], VECTOR[2], VECTOR[3], ("metric", "ip")];
const INDEXES: &[Index<'_>] = &[
    (&["a"], "hash", &[]),
    (&["a"], "ordered", &[]),
    (&["by_l2"], "vector", &VECTOR),
    (&["by_cosine"], "vector", &COSINE),
    (&["by_ip"], "vector", &PRODUCT),
];
const EFFORTS: [SearchEffort; 3] = [SearchEffort::Exact, SearchEffort::Default, SearchEffort::EfSearch(12)];

/// How many are asked for, and how hard is searched.
const ASKED: [(usize, SearchEffort); 5] =
    [(0, EFFORTS[0]), (1, EFFORTS[1]), (10, EFFORTS[0]), (10, EFFORTS[2]), (5_000, EFFORTS[1])];

/// One object, its vector in a field for each metric.
fn thing(id: i64, vector: &[f32]) -> Object {
    let thing = Object::new().with("id", id).with("a", id % 10).with("b", id % 7);
    METRICS.iter().fold(thing, |thing, (name, _)| thing.with(*name, vector))
}

fn things(vectors: &[Vec<f32>]) -> Vec<Object> {
    (0..).zip(vectors).map(|(id, vector)| thing(id, vector)).collect()
}

/// A distance, measured in the plainest way.
fn measured(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    match metric {
        Metric::L2 => a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt(),
        Metric::InnerProduct => -product(a, b),
        Metric::Cosine => 1.0 - product(a, b) / (product(a, a) * product(b, b)).sqrt(),
        Metric::Hamming => a.iter().zip(b).filter(|(a, b)| a != b).count() as f64,
        Metric::Jaccard => {
            let either = a.iter().zip(b).filter(|(a, b)| **a + **b > 0.0).count() as f64;
            if either > 0.0 { 1.0 - product(a, b) / either } else { 0.0 }
        }
    }
}

/// What a distance of the database may differ by from one in f64.
fn rounding(metric: Metric) -> f64 {
    match metric {
        Metric::L2 => 1e-5,
        Metric::Cosine => 1e-6,
        Metric::InnerProduct | Metric::Hamming => 0.0,
        Metric::Jaccard => 1e-15,
    }
}

/// All distances from a target, of the things that a condition on `a` and `b` lets through.
fn all(vectors: &[Vec<f32>], target: &[f32], metric: Metric, passes: impl Fn(i64) -> bool) -> Vec<(i64, f64)> {
    let measured = |(id, vector): (i64, &Vec<f32>)| (id, measured(metric, vector, target));
    (0..).zip(vectors).filter(|(id, _)| passes(*id)).map(measured).collect()
}

/// The paths that a nearest search took; none where no index was asked.
fn paths(plan: &Explain) -> Vec<SearchPath> {
    let actual = plan.find("NearestScan").and_then(|line| line.actual.clone());
    actual.map_or_else(Vec::new, |actual| actual.paths)
}

/// 2,400 vectors of some length (never normalized) and three targets, one of them a vector that is there.
fn fixture() -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let mut noise = Noise::new(57);
    let vectors = noise.vectors(2_400, DIMENSION, 30);
    let targets = vec![vectors[1_234].clone(), noise.vectors(1, DIMENSION, 1).remove(0), vec![1.0; DIMENSION]];
    (vectors, targets)
}

type Filter = (fn() -> Expr, fn(i64) -> bool);

/// Filters that let through everything, many, few and none, settled by indexes or not.
const FILTERS: [Filter; 6] = [
    (Expr::all, |_| true),
    (|| field("a").le(3), |id| id % 10 <= 3),
    (|| field("b").eq(4), |id| id % 7 == 4),
    (|| field("a").eq(3).and(!field("b").eq(5)).and(field("id").lt(70)), |id| id % 10 == 3 && id % 7 != 5 && id < 70),
    (|| field("id").is_in([7, 99]), |id| id == 7 || id == 99),
    (|| field("a").gt(100), |_| false),
];

#[test]
fn nearest_everywhere_57_58_60_61() {
    let (vectors, targets) = fixture();
    let worlds = worlds_with_and_without(&things(&vectors), INDEXES);
    let mut seen = Vec::new();
    for ((name, metric), target) in METRICS.iter().flat_map(|metric| targets.iter().map(move |t| (metric, t))) {
        let nearest = |k, effort| question(move |query| query.nearest_by(*name, target, *metric, k).effort(effort));
        let bits: HashMap<i64, Option<u64>> =
            worlds[0].answer(nearest(usize::MAX, SearchEffort::Exact)).into_iter().collect();
        for (filter, passes) in FILTERS {
            let truth = all(&vectors, target, *metric, passes);
            for (k, effort) in ASKED {
                let asked = question(|query| nearest(k, effort)(query.filter(filter())));
                let first = worlds[0].answer(asked);
                assert_nearest(&first, &truth, k, rounding(*metric), "the list");
                for world in &worlds {
                    let place = format!("{metric}, k = {k}, {effort:?}, {}", world.name);
                    check(&world.answer(asked), &first, &bits, effort, &place);
                    seen.extend(paths(&asked(world.query()).analyze().expect("analyzed").plan));
                }
            }
        }
    }
    for path in [SearchPath::Flat, SearchPath::Codes] {
        assert!(seen.contains(&path), "{path:?} was never taken");
    }
    assert!(seen.iter().any(|path| path.is_graph()), "no graph was ever traversed");
}

/// Exact searches find what the list finds; others may find something else, but as many, in order, with the same numbers.
fn check(answer: &Answer, first: &Answer, bits: &HashMap<i64, Option<u64>>, effort: SearchEffort, place: &str) {
    assert_eq!(answer.len(), first.len(), "{place}");
    if effort == SearchEffort::Exact {
        assert_eq!(answer, first, "{place}");
    }
    for (id, distance) in answer {
        assert_eq!(bits.get(id), Some(distance), "{place}: the distance of {id}");
    }
    let keys: Vec<(f64, i64)> = answer.iter().map(|(id, d)| (f64::from_bits(d.expect("a distance")), *id)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "{place}: {keys:?}");
}

#[test]
fn within_a_distance_and_equal_filters_39_59() {
    let (vectors, targets) = fixture();
    let vectors = &vectors[..1_200];
    let worlds = worlds_with_and_without(&things(vectors), INDEXES);
    for (name, metric) in METRICS {
        let everything = worlds[0].answer(|query| query.nearest_by(name, &targets[1], metric, usize::MAX));
        assert_nearest(&everything, &all(vectors, &targets[1], metric, |_| true), usize::MAX, rounding(metric), name);
        // A limit that is exactly the distance of an object, in the middle and at either end.
        for at in [0, 1, 40, 600, vectors.len() - 1] {
            let limit = f64::from_bits(everything[at].1.expect("a distance"));
            let below = |inclusive: bool| {
                let inside = |(id, bits): &(i64, Option<u64>)| {
                    let distance = f64::from_bits(bits.expect("a distance"));
                    (distance < limit || inclusive && distance == limit).then_some(*id)
                };
                let mut ids: Vec<i64> = everything.iter().filter_map(inside).collect();
                ids.sort_unstable();
                ids
            };
            let target = || targets[1].clone();
            for world in &worlds {
                let place = format!("{metric} within {limit} in {}", world.name);
                assert_eq!(world.ids(field(name).within_distance(target(), metric, limit)), below(true), "{place}");
                assert_eq!(world.ids(field(name).nearer_than(target(), metric, limit)), below(false), "{place}");
            }
        }
        for world in &worlds {
            let hits = |filter, effort| {
                world.answer(|query| query.filter(filter).nearest_by(name, &targets[0], metric, 10).effort(effort))
            };
            for effort in EFFORTS {
                let one = hits(field("a").le(3), effort);
                assert_eq!(one, hits(field("a").is_in([0, 1, 2, 3]), effort), "{}", world.name);
                assert_eq!(one, hits(!field("a").between(4, 9), effort), "{}", world.name);
            }
        }
    }
}

#[test]
fn cosine_is_of_the_angle_alone_60() {
    let (vectors, targets) = fixture();
    let vectors = &vectors[..300];
    let stretched: Vec<Vec<f32>> = (0..)
        .zip(vectors)
        .map(|(id, vector)| vector.iter().map(|x| x * [1.0, 1e-3, 7.0, 1e4][id % 4]).collect())
        .collect();
    for world in worlds_with_and_without(&things(&stretched), INDEXES) {
        for target in &targets {
            for factor in [1.0, 1e-4, 300.0] {
                let target: Vec<f32> = target.iter().map(|x| x * factor).collect();
                let answer = world.answer(|query| query.nearest_by("by_cosine", &target, Metric::Cosine, 20));
                assert_nearest(&answer, &all(vectors, &target, Metric::Cosine, |_| true), 20, 1e-6, &world.name);
            }
        }
    }
}

#[test]
fn refused_on_insert_55_56() {
    let good = Noise::new(5).vectors(30, DIMENSION, 3);
    let with = |field: &str, vector: Value| thing(99, &good[0]).with(field, vector);
    let bad = |at: usize, component: f32| {
        let mut vector = good[1].clone();
        vector[at] = component;
        vector
    };
    let cases: [(&str, Value, &str); 10] = [
        ("by_l2", Value::Null, "null"),
        ("by_cosine", Value::Null, "null"),
        ("by_ip", Value::Null, "null"),
        ("by_l2", bad(3, f32::NAN).into(), "NaN"),
        ("by_ip", bad(5, f32::INFINITY).into(), "inf"),
        ("by_l2", vec![1.0f32; 7].into(), "7 components"),
        ("by_l2", Vec::<f32>::new().into(), "0 components"),
        ("by_l2", Value::List(vec![1.0.into(), Value::Null]), "8 finite components"),
        ("by_l2", "text".into(), "8 finite components"),
        ("by_cosine", vec![0.0f32; DIMENSION].into(), "zero vector"),
    ];
    for state in State::ALL {
        let mut world = world(&things(&good), INDEXES, state);
        for (name, value, expected) in &cases {
            let error = world.insert(&with(name, value.clone())).expect_err("refused").to_string();
            assert!(error.contains(name) && error.contains(expected), "{state:?}: {error}");
            let error = world.update(offset_of(&world, 0), &with(name, value.clone())).expect_err("refused");
            assert!(error.to_string().contains(name), "{state:?}: {error}");
        }
        assert_eq!(world.ids(Expr::all()), (0..30).collect::<Vec<i64>>(), "{state:?}: nothing is half there");
        world.insert(&with("by_l2", vec![0.0f32; DIMENSION].into())).expect("no metric but cosine minds");
        let world = world.settle();
        assert_eq!(world.ids(Expr::all()).len(), 31, "{state:?}: nothing else is lost");
        world.database().expect("a database").check().expect("sound");
        let set = world.set().expect("a set");
        for (name, value, _) in &cases {
            let batch = [thing(40, &good[0]), with(name, value.clone()), thing(41, &good[1])];
            let error = set.insert_many(&batch).expect_err("refused").to_string();
            assert!(error.contains("object 1") && error.contains(name), "{error}");
            let refused = set.refused(&batch).expect("told");
            assert!(matches!(&refused[..], [(1, _)]), "{refused:?}");
            let many = vec![thing(42, &good[2]); 1_500].into_iter().chain(batch).collect::<Vec<_>>();
            let error = set.insert_many(&many).expect_err("refused").to_string();
            assert!(error.contains("object 1501") && error.contains(name), "{error}");
        }
        assert_eq!(set.len().expect("counted"), 31, "{state:?}: a batch is all or nothing");
    }
}

/// A set with a key, and vectors at the end of a path.
fn keyed() -> SetSchema {
    let options = Options::new().with("dimension", 2);
    SetSchema::new("keyed").unique("id").index_with("a.b.v", "vector", options)
}

fn deep(id: i64, a: impl Into<Value>) -> Object {
    Object::new().with("id", id).with("a", a)
}

fn at_path(vector: impl Into<Value>) -> Object {
    Object::new().with("b", Object::new().with("v", vector))
}

#[test]
fn null_is_refused_and_missing_is_not_55() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet<Object> = database.declare(keyed()).expect("declared");
    let good = deep(1, at_path(vec![1.0f32, 2.0]));
    let null = |id| deep(id, at_path(Value::Null));
    // What ends before the field is reached has no such field: that is missing.
    let missing = [
        Object::new().with("id", 2),
        deep(3, Value::Null),
        deep(4, Object::new()),
        deep(5, Object::new().with("b", Value::Null)),
        deep(6, Object::new().with("b", 7)),
        deep(7, Value::List(vec![at_path(Value::Null).into()])),
    ];
    let offset = set.insert(&good).expect("inserted");
    set.insert_many(&missing).expect("missing is fine");
    let told = |error: String, object: &str| {
        for word in ["a.b.v", "null", "2 finite components", object] {
            assert!(error.contains(word), "'{word}' in: {error}");
        }
    };
    told(set.insert(&null(8)).expect_err("refused").to_string(), "with id = 8");
    told(set.update(offset, &null(1)).expect_err("refused").to_string(), "at offset");
    told(set.upsert(&null(1)).expect_err("refused").to_string(), "at offset");
    told(set.upsert(&null(9)).expect_err("refused").to_string(), "with id = 9");
    told(set.insert_many(&[deep(10, Value::Null), null(11)]).expect_err("refused").to_string(), "object 1");
    // A transaction goes on after a refusal, and all else of it is committed.
    let refused_inside = |transaction: &mut Transaction| {
        transaction.insert(&set, &deep(12, at_path(vec![3.0f32, 4.0])))?;
        told(transaction.insert(&set, &null(13)).expect_err("refused").to_string(), "with id = 13");
        told(transaction.update(&set, offset, &null(1)).expect_err("refused").to_string(), "at offset");
        transaction.insert(&set, &deep(14, Value::Null)).map(drop)
    };
    database.write(refused_inside).expect("committed");
    for when in ["in the delta", "in segments", "compacted"] {
        assert_eq!(set.len().expect("counted"), 9, "{when}");
        assert_eq!(set.get(offset).expect("read").as_ref(), Some(&good), "{when}: as it was");
        let near = set.query().nearest("a.b.v", [0.0, 0.0], 20).run().expect("answered");
        assert_eq!(common::ids(&near), [1, 12], "{when}");
        assert_eq!(set.query().filter(field("a.b.v").is_missing()).count().expect("counted"), 7, "{when}");
        assert_eq!(set.query().filter(field("a.b.v").is_null()).count().expect("counted"), 0, "{when}");
        database.check().expect("sound");
        if when == "in the delta" {
            database.flush().expect("flushed");
        } else {
            database.compact().expect("compacted");
        }
    }
}

#[test]
fn null_is_refused_when_the_index_comes_later_55() {
    let database = Database::options().background(false).in_memory();
    let plain: IndexableSet<Object> = database.declare(SetSchema::new("keyed").unique("id")).expect("declared");
    let offset = plain.insert(&deep(1, at_path(Value::Null))).expect("no index minds");
    let error = database.declare::<Object>(keyed()).expect_err("refused").to_string();
    assert!(error.contains("a.b.v") && error.contains("null") && error.contains("at offset"), "{error}");
    plain.update(offset, &deep(1, Value::Null)).expect("no vector at all");
    database.declare::<Object>(keyed()).expect("declared");
}

fn offset_of(world: &World, id: i64) -> Offset {
    world.query().filter(field("id").eq(id)).run().expect("found").offsets()[0]
}

#[test]
fn refused_in_a_question_55_56() {
    let vectors = Noise::new(6).vectors(30, DIMENSION, 3);
    for world in worlds_with_and_without(&things(&vectors), INDEXES) {
        let nan = [f32::NAN; DIMENSION];
        let zero = [0.0; DIMENSION];
        for (name, vector, metric, expected) in [
            ("by_l2", &nan[..], Metric::L2, "component 0 is NaN"),
            ("by_ip", &[f32::NEG_INFINITY; DIMENSION][..], Metric::InnerProduct, "component 0 is -inf"),
            ("by_cosine", &zero[..], Metric::Cosine, "zero vector"),
            ("by_l2", &[][..], Metric::L2, "empty vector"),
        ] {
            let nearest = world.query().nearest_by(name, vector, metric, 3).run().expect_err("refused").to_string();
            let within = world.query().filter(field(name).within_distance(vector, metric, 1.0)).count();
            for error in [nearest, within.expect_err("refused").to_string()] {
                assert!(error.contains(name) && error.contains(expected), "{}: {error}", world.name);
            }
        }
        let wrong = world.query().nearest("by_l2", [1.0; 7], 3).run();
        match wrong {
            Err(error) => assert!(error.to_string().contains("7 dimensions"), "{}: {error}", world.name),
            Ok(hits) => assert!(hits.is_empty() && !world.name.contains("vector"), "{}", world.name),
        }
        assert_eq!(world.query().nearest("by_l2", zero, 3).run().expect("zero is a place").len(), 3);
    }
}

#[test]
fn deleted_updated_and_inserted_again_62() {
    let vectors = Noise::new(62).vectors(500, DIMENSION, 10);
    let far = vec![500.0f32; DIMENSION];
    for indexes in [&[], INDEXES] {
        for state in State::ALL {
            let mut world = world(&things(&vectors), indexes, state);
            for id in [3usize, 250, 499] {
                let (gone, moved) = (offset_of(&world, id as i64), offset_of(&world, id as i64 - 1));
                world.remove(gone);
                world.update(moved, &thing(id as i64 - 1, &far)).expect("updated");
                never_found(&world, &vectors[id], id as i64);
                never_found(&world, &vectors[id - 1], id as i64 - 1);
                let moved_to = world.answer(|query| query.nearest_by("by_l2", &far, Metric::L2, 1));
                assert_eq!(moved_to, [(id as i64 - 1, Some(0))], "{}", world.name);
                world.update(moved, &thing(id as i64 - 1, &vectors[id - 1])).expect("updated");
                world.insert(&thing(id as i64, &vectors[id])).expect("inserted");
                found_again(&world, &vectors[id], id as i64);
                found_again(&world, &vectors[id - 1], id as i64 - 1);
            }
            let world = world.settle();
            found_again(&world, &vectors[250], 250);
            world.database().expect("a database").check().expect("sound");
        }
    }
}

fn never_found(world: &World, vector: &[f32], id: i64) {
    for effort in EFFORTS {
        let answer = world.answer(|query| query.nearest_by("by_l2", vector, Metric::L2, 1_000).effort(effort));
        assert!(answer.iter().all(|(found, bits)| *found != id || *bits != Some(0)), "{id} in {}", world.name);
    }
    let within = world.ids(field("by_l2").within_distance(vector, Metric::L2, 0.0));
    assert!(!within.contains(&id), "{id} in {}", world.name);
}

fn found_again(world: &World, vector: &[f32], id: i64) {
    for effort in EFFORTS {
        let answer = world.answer(|query| query.nearest_by("by_l2", vector, Metric::L2, 20).effort(effort));
        assert!(answer.contains(&(id, Some(0))), "{id} in {}: {answer:?}", world.name);
    }
    assert!(world.ids(field("by_l2").within_distance(vector, Metric::L2, 0.0)).contains(&id), "{id}");
}

/// The share of the ten nearest that searches find, each through a graph; and how many distances they measure.
fn recall(world: &World, vectors: &[Vec<f32>], targets: &[Vec<f32>]) -> (f64, u64) {
    recall_in(world.set().expect("a set"), vectors, targets, 1)
}

/// The same, through so many graphs.
fn recall_in(set: &IndexableSet<Object>, vectors: &[Vec<f32>], targets: &[Vec<f32>], graphs: usize) -> (f64, u64) {
    let (mut found, mut distances) = (0, 0);
    for target in targets {
        let analysis = set.query().nearest_by("by_l2", target, Metric::L2, 10).analyze().expect("analyzed");
        let by_graph = paths(&analysis.plan).iter().filter(|path| path.is_graph()).count();
        assert_eq!(by_graph, graphs, "{}", analysis.plan);
        distances += analysis.work().distances;
        let mut truth: Vec<f64> = all(vectors, target, Metric::L2, |_| true).into_iter().map(|(_, d)| d).collect();
        truth.sort_by(f64::total_cmp);
        let near = |hit: &Hit| hit.distance.is_some_and(|distance| distance <= truth[9] + 1e-4);
        found += analysis.hits.expect("hits").iter().filter(near).count();
    }
    (found as f64 / (10 * targets.len()) as f64, distances)
}

const LARGE: Index<'_> = (&["by_l2"], "vector", &[("dimension", "24"), ("flat_threshold", "256")]);

fn large(vectors: &[Vec<f32>]) -> Vec<Object> {
    (0..).zip(vectors).map(|(id, vector)| Object::new().with("id", id).with("by_l2", &vector[..])).collect()
}

#[test]
fn many_copies_of_one_vector_63() {
    let mut noise = Noise::new(63);
    let mut vectors = noise.vectors(4_040, 24, 40);
    let targets = vectors.split_off(4_000);
    let copied = vectors[17].clone();
    let (without, without_distances) = recall(&world(&large(&vectors), &[LARGE], State::Reopened), &vectors, &targets);
    for _ in 0..2_000 {
        vectors.insert(noise.bits() as usize % vectors.len(), copied.clone());
    }
    let copies: Vec<i64> = (0..).zip(&vectors).filter(|(_, v)| **v == copied).map(|(id, _)| id).collect();
    for state in [State::Tail, State::Segment, State::Scattered, State::Reopened] {
        let world = world(&large(&vectors), &[LARGE], state);
        for (effort, k) in EFFORTS.into_iter().flat_map(|effort| [(effort, 10), (effort, 2_001)]) {
            let answer = world.answer(|query| query.nearest_by("by_l2", &copied, Metric::L2, k).effort(effort));
            let ids: Vec<i64> = answer.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids, copies[..k], "{}, {effort:?}: copies in the order of offsets", world.name);
        }
        if state == State::Reopened {
            let (with, distances) = recall(&world, &vectors, &targets);
            assert!(with >= 0.95 && with >= without - 0.03, "recall {with} with copies, {without} without");
            assert!(distances <= without_distances * 2, "{distances} distances, {without_distances} without");
        }
    }
}

/// Small graphs that are soon built.
const SMALL: Index<'_> =
    (&["by_l2"], "vector", &[("dimension", "24"), ("flat_threshold", "256"), ("m", "8"), ("ef_construction", "80")]);

/// An open database with objects loaded in three, and so a graph over each third.
fn thirds(objects: &[Object]) -> (Database, IndexableSet<Object>) {
    let database = Database::options().background(false).in_memory();
    let options = SMALL.2.iter().fold(Options::new(), |options, (name, value)| options.with(name, *value));
    let set = database.declare(SetSchema::new("things").index_with("by_l2", "vector", options)).expect("declared");
    for third in objects.chunks(objects.len().div_ceil(3)) {
        set.insert_many(third).expect("loaded");
    }
    (database, set)
}

#[test]
fn ten_thousand_copies_in_several_graphs_without_reopening_63() {
    let mut noise = Noise::new(630);
    let mut vectors = noise.vectors(6_040, 24, 40);
    let targets = vectors.split_off(6_000);
    let copied = vectors[17].clone();
    let (_plain, plain_set) = thirds(&large(&vectors));
    let (without, without_distances) = recall_in(&plain_set, &vectors, &targets, 3);
    for _ in 0..10_000 {
        vectors.insert(noise.bits() as usize % vectors.len(), copied.clone());
    }
    let (database, set) = thirds(&large(&vectors));
    let check = |vectors: &[Vec<f32>], graphs: usize, when: &str| {
        let (with, distances) = recall_in(&set, vectors, &targets, graphs);
        assert!(with >= 0.95 && with >= without - 0.03, "{when}: recall {with} with copies, {without} without");
        // What is in memory is scanned, a copy at a time, and no copy is measured twice.
        let scanned = targets.len() as u64
            * set
                .view()
                .expect("a view")
                .segments()
                .iter()
                .filter(|s| s.in_memory())
                .map(|s| u64::from(s.slots()))
                .sum::<u64>();
        let loose = targets.len() as u64 * 4_096;
        let bound = without_distances * 2 + if scanned > 0 { 2 * scanned + loose } else { 0 };
        assert!(distances <= bound, "{when}: {distances} distances, {without_distances} without copies");
        let copies: Vec<i64> = (0..).zip(vectors).filter(|(_, v)| **v == copied).map(|(id, _)| id).collect();
        for (effort, k) in EFFORTS.into_iter().flat_map(|effort| [(effort, 10), (effort, 10_500)]) {
            let hits = set.query().nearest_by("by_l2", &copied, Metric::L2, k).effort(effort).run().expect("answered");
            let ids = common::ids(&hits);
            let whole = &copies[..k.min(copies.len())];
            assert_eq!(&ids[..whole.len()], whole, "{when}, {effort:?}: copies in the order of offsets");
        }
        database.check().expect("every node is reachable");
    };
    check(&vectors, 3, "three graphs");
    database.compact().expect("compacted");
    check(&vectors, 1, "compacted");
    // More copies than the open tail takes: some of them are frozen into a segment in memory.
    let more: Vec<Object> = (vectors.len() as i64..)
        .take(5_000)
        .map(|id| large(std::slice::from_ref(&copied))[0].clone().with("id", id))
        .collect();
    for some in more.chunks(1_000) {
        set.insert_many(some).expect("inserted");
    }
    vectors.extend(vec![copied.clone(); 5_000]);
    assert!(set.view().expect("a view").segments().iter().any(|segment| segment.in_memory()));
    check(&vectors, 1, "with a frozen delta");
    database.flush().expect("flushed");
    database.compact().expect("compacted");
    check(&vectors, 1, "compacted with the delta");
}

#[test]
fn half_deleted_and_inserted_again_in_several_graphs_without_reopening_64() {
    let mut vectors = Noise::new(640).vectors(9_040, 24, 50);
    let targets = vectors.split_off(9_000);
    let objects = large(&vectors);
    let expected = {
        let (fresh, set) = thirds(&objects);
        fresh.compact().expect("compacted");
        recall_in(&set, &vectors, &targets, 1).0
    };
    let (database, set) = thirds(&objects);
    let check = |graphs: usize, when: &str| {
        let (recall, _) = recall_in(&set, &vectors, &targets, graphs);
        assert!(recall >= expected - 0.01, "recall {recall} {when}, {expected} in a fresh build");
        assert_eq!(set.len().expect("counted"), 9_000, "{when}");
        database.check().expect("every node is reachable");
    };
    check(3, "in three graphs");
    let offsets = set.view().expect("a view").offsets().collect::<Result<Vec<_>, _>>().expect("offsets");
    let half: Vec<usize> = (0..9_000usize).filter(|at| at.wrapping_mul(2_654_435_761) >> 7 & 1 == 0).collect();
    for some in half.chunks(500) {
        let churn = |transaction: &mut Transaction| {
            some.iter().try_for_each(|at| {
                assert!(transaction.remove(&set, offsets[*at])?);
                transaction.insert(&set, &objects[*at]).map(drop)
            })
        };
        database.write(churn).expect("some anew");
    }
    assert!(set.view().expect("a view").segments().iter().any(|segment| segment.in_memory()));
    check(3, "with half of it in a frozen delta");
    database.flush().expect("flushed");
    check(3, "flushed");
    database.compact().expect("compacted");
    check(1, "compacted");
}

#[test]
fn half_deleted_and_inserted_again_64() {
    let mut vectors = Noise::new(64).vectors(5_060, 24, 50);
    let targets = vectors.split_off(5_000);
    let objects = large(&vectors);
    let fresh = world(&objects, &[LARGE], State::Reopened);
    let (expected, _) = recall(&fresh, &vectors, &targets);
    let (set, database) = (fresh.set().expect("a set"), fresh.database().expect("a database"));
    let offsets = set.view().expect("a view").offsets().collect::<Result<Vec<_>, _>>().expect("offsets");
    let half = |at: usize| at.wrapping_mul(2_654_435_761) >> 7 & 1 == 0;
    let churn = |transaction: &mut Transaction| {
        offsets.iter().enumerate().filter(|(at, _)| half(*at)).try_for_each(|(at, offset)| {
            assert!(transaction.remove(set, *offset)?);
            transaction.insert(set, &objects[at]).map(drop)
        })
    };
    database.write(churn).expect("half anew");
    let check = |when: &str| {
        let (recall, _) = recall(&fresh, &vectors, &targets);
        assert!(recall >= expected - 0.01, "recall {recall} {when}, {expected} before");
        database.check().expect("every node is reachable");
    };
    check("with half of it in the delta");
    database.flush().expect("flushed");
    check("in two segments");
    database.compact().expect("compacted");
    check("after compaction");
}
