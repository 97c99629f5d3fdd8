//! Numbers, vectors and declarations at the edge of what can be meant and beyond, from Rust, from SQL and on the command line: refused by field,
//! value and what is expected, or answered as documented.
#![cfg(feature = "sql")]

mod common;

use common::{Index, State, World, twin::Noise, world};
use ndarray::Array2;
use protobase::{
    Database, Object, Options, Parameters, Query, SetSchema, expr::Targets, index::SearchEffort, query::Ascending,
};

const VECTOR: [(&str, &str); 4] = [("dimension", "4"), ("flat_threshold", "64"), ("m", "4"), ("ef_construction", "16")];
const COSINE: [(&str, &str); 5] = [VECTOR[0], VECTOR[1], VECTOR[2], VECTOR[3], ("metric", "cosine")];
const INDEXES: &[Index<'_>] = &[(&["v"], "vector", &VECTOR), (&["c"], "vector", &COSINE), (&["a"], "ordered", &[])];
const COUNT: usize = 500;

fn things() -> Vec<Object> {
    let vectors = Noise::new(8).vectors(COUNT, 4, 9);
    let thing =
        |(id, v): (i64, Vec<f32>)| Object::new().with("id", id).with("a", id % 5).with("c", v.clone()).with("v", v);
    (0..).zip(vectors).map(thing).collect()
}

/// In memory, and in one settled segment with graphs.
fn worlds() -> [World; 2] {
    [State::Tail, State::Reopened].map(|state| world(&things(), INDEXES, state))
}

fn near(world: &World) -> Query<'_> {
    world.query().nearest("v", [1.0_f32, 2.0, 3.0, 4.0], 5)
}

fn refused(query: &Query<'_>, expected: &str) {
    let error = query.run().expect_err(expected).to_string();
    assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    // Nobody is told of a plan for what cannot be answered.
    assert_eq!(query.explain().expect_err(expected).to_string(), error);
}

/// However many are wanted, and however hard is searched for them: all there are, nearest first.
#[test]
fn numbers_as_large_as_they_get_are_answered() {
    let efforts = [
        SearchEffort::Default,
        SearchEffort::Exact,
        SearchEffort::EfSearch(1),
        SearchEffort::EfSearch(usize::MAX),
        SearchEffort::Recall(f32::MIN_POSITIVE),
        SearchEffort::Recall(1.0),
    ];
    for world in worlds() {
        let asked = [1.0_f32, 2.0, 3.0, 4.0];
        let right = world.query().nearest("v", asked, COUNT).run_unoptimized().expect("answers").offsets();
        for (effort, k) in efforts.iter().flat_map(|effort| [0, 1, 7, COUNT, usize::MAX].map(|k| (*effort, k))) {
            let told = format!("{}, {effort:?}, k = {k}", world.name);
            let found =
                |query: Query<'_>| query.effort(effort).run().unwrap_or_else(|e| panic!("{told}: {e}")).offsets();
            let hits = found(world.query().nearest("v", asked, k));
            assert_eq!(hits.len(), COUNT.min(k), "{told}");
            if k >= COUNT || effort == SearchEffort::Exact || effort == SearchEffort::Recall(1.0) {
                assert_eq!(hits, right[..hits.len()], "{told}");
            }
            assert_eq!(found(world.query().nearest("v", asked, k).within(f64::INFINITY)).len(), COUNT.min(k), "{told}");
        }
        let huge = usize::MAX;
        assert_eq!(near(&world).diverse(huge, 0.5).run().expect("all are looked at").len(), 5);
        assert_eq!(near(&world).group_by("a", huge, huge).run_grouped().expect("all groups").len(), 5);
        assert!(near(&world).within(f64::NEG_INFINITY).run().expect("nothing is nearer").is_empty());
        let skipped = near(&world).limit(u64::MAX).offset(u64::MAX).run().expect("nothing is left");
        assert!(skipped.is_empty());
    }
}

#[test]
fn batches_say_which_of_their_vectors_is_refused() {
    for world in worlds() {
        let batch = |lines: usize, width: usize, bad: Option<(usize, f32)>| {
            let mut matrix = Array2::from_elem((lines, width), 1.0_f32);
            if let Some((line, component)) = bad {
                matrix[(line, width - 1)] = component;
            }
            world.query().nearest_matrix("v", matrix.view(), 3)
        };
        let refused = |lines, width, bad| batch(lines, width, bad).expect_err("refused").to_string();
        let wide = "vector 0 of the batch: field 'v': a vector of 5 dimensions: expected 4 dimensions, as the index was declared";
        assert_eq!(refused(3, 5, None), wide);
        let nan = "vector 2 of the batch: field 'v': component 3 is NaN: expected finite numbers";
        assert_eq!(refused(3, 4, Some((2, f32::NAN))), nan);
        assert!(refused(1, 0, None).contains("vector 0 of the batch: field 'v': an empty vector"));
        let lengths = [vec![1.0; 4], vec![1.0; 4], vec![1.0; 3]];
        let error = world.query().nearest_batch("v", &lengths, 3).expect_err("refused").to_string();
        assert!(error.contains("vector 2 of the batch") && error.contains("3 dimensions"), "{error}");
        let zeros = [[1.0; 4], [0.0; 4]];
        let error = world.query().nearest_batch("c", &zeros, 3).expect_err("refused").to_string();
        assert!(error.contains("vector 1 of the batch: field 'c'") && error.contains("zero vector"), "{error}");
        for empty in [batch(0, 4, None), batch(0, 9, None)] {
            let found = empty.expect("nothing is asked");
            assert_eq!((found.offsets.dim(), found.distances.dim()), ((0, 0), (0, 0)));
        }
        let none = world.query().nearest_matrix("v", Array2::zeros((2, 4)).view(), 0).expect("no hit is wanted");
        assert_eq!(none.offsets.dim(), (2, 0));
    }
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_read() {
    for world in worlds() {
        for recall in [0.0, -0.1, 1.000_001, f32::NAN, f32::INFINITY] {
            let expected = format!("field 'effort': recall {recall}: expected more than 0 and at most 1");
            refused(&near(&world).effort(SearchEffort::Recall(recall)), &expected);
        }
        refused(&near(&world).effort(SearchEffort::EfSearch(0)), "field 'effort': ef_search 0: expected at least 1");
        for lambda in [-0.5, 1.01, f64::NAN, f64::NEG_INFINITY] {
            let expected = format!("field 'v': lambda {lambda}: expected a number from 0 to 1");
            refused(&near(&world).diverse(9, lambda), &expected);
        }
        refused(&near(&world).group_by("a", 0, 0), "field 'a': 0 groups: expected at least 1");
        refused(&near(&world).within(f64::NAN), "field 'v': within NaN: expected a distance");
        let like = |targets| world.query().nearest_like("c", targets, 3);
        refused(&like(Targets::best([[0.0_f32; 4]])), "zero vector");
        refused(&like(Targets::best([[1.0_f32; 5]])), "5 dimensions");
        refused(&like(Targets::average([[1.0_f32, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]])), "zero vector");
    }
}

/// A cursor is a place behind a distance: behind a page of another search it lets through what is farther than that.
#[test]
fn a_cursor_of_another_search_stands_at_its_distance() {
    for world in worlds() {
        let page = near(&world).run().expect("hits");
        let last = page.iter().last().and_then(|hit| hit.distance).expect("a hit");
        let cursor = || page.cursor().expect("a cursor").expect("hits");
        let other = || world.query().nearest("v", [-30.0_f32, 9.0, 0.0, 0.0], 5);
        let hits = other().after(cursor()).run().expect("hits");
        let farther = |distance: Option<f64>| distance.is_some_and(|distance| distance >= last);
        assert!(hits.len() == 5 && hits.iter().all(|hit| farther(hit.distance)), "{}", world.name);
        let by_two = world.query().order_by("a", Ascending).order_by("id", Ascending).limit(3);
        let of_an_order = by_two.run().expect("hits").cursor().expect("a cursor").expect("hits");
        refused(&near(&world).after(of_an_order), "expected a cursor of hits that came nearest first");
        refused(
            &by_two.after(cursor()),
            "field 'cursor': a cursor into an order by 1 keys: expected one into an order by 2",
        );
    }
}

#[test]
fn declarations_are_refused_by_option_value_and_expectation() {
    let database = Database::options().background(false).in_memory();
    let declare = |options: &[(&str, &str)]| {
        let options = options.iter().fold(Options::new(), |options, (name, value)| options.with(name, *value));
        let declared = database.declare::<Object>(SetSchema::new("bad").index_with("v", "vector", options));
        let error = declared.err().unwrap_or_else(|| panic!("not refused")).to_string();
        assert!(database.sets().is_empty(), "nothing is half declared: {error}");
        error
    };
    for (option, value, expected) in [
        ("dimension", "0", "a whole number from 1 to 4096"),
        ("dimension", "4097", "a whole number from 1 to 4096"),
        ("dimension", "-1", "a whole number from 1 to 4096"),
        ("dimension", "3.0", "a whole number from 1 to 4096"),
        ("dimension", "", "a whole number from 1 to 4096"),
        ("dimension", "99999999999999999999999", "a whole number from 1 to 4096"),
        ("ef_search", "0", "a whole number from 1 to 100000"),
        ("ef_search", "100001", "a whole number from 1 to 100000"),
        ("ef_construction", "7", "a whole number from 8 to 2000"),
        ("m", "3", "a whole number from 4 to 64"),
        ("m", "65", "a whole number from 4 to 64"),
        ("flat_threshold", "-1", "a whole number from 0 to 4294967295"),
        ("metric", "euclid", "l2, cosine or ip, as element is f32"),
        ("element", "f64", "f32, f16, bf16, i8 or binary"),
        ("queries", "", "the name of the set that holds recorded queries"),
        ("ef", "9", "one of dimension, element, metric, m"),
    ] {
        let error = declare(&[("dimension", "3"), (option, value)]);
        for part in [option, &format!("'{value}'"), expected] {
            assert!(error.contains(part), "{option}={value}: {error:?} lacks {part:?}");
        }
    }
    assert!(declare(&[]).contains("the number of components, 1 to 4096"));
}

#[test]
fn sql_refuses_them_too() {
    let [_, world] = worlds();
    let database = world.database().expect("a database");
    let ask = |sql: &str| database.sql(sql, &Parameters::new());
    for (order, named) in [
        ("v <-> '[1, 2, 3]' LIMIT 3", &["field 'v'", "a vector of 3 dimensions", "expected 4"][..]),
        ("v <-> '[]' LIMIT 3", &["[]", "expected a list of numbers"]),
        ("v <-> '[1, 2, 3, nan]' LIMIT 3", &["field 'v'", "component 3 is NaN"]),
        ("v <-> '[1, 2, 3, 1e39]' LIMIT 3", &["field 'v'", "component 3 is inf"]),
        ("v <-> '[1, 2, 3, x]' LIMIT 3", &["[1, 2, 3, x]"]),
        ("v <-> '' LIMIT 3", &["expected a list of numbers"]),
        ("v <-> 7 LIMIT 3", &["7"]),
        ("v <-> NULL LIMIT 3", &["null", "expected a list of numbers"]),
        ("c <=> '[0, 0, 0, 0]' LIMIT 3", &["field 'c'", "zero vector"]),
        ("v <~> '[1, 0, 1, 1]' LIMIT 3", &["field 'v'", "hamming", "l2"]),
        ("v <-> '[1, 2, 3, 4]' LIMIT -1", &["LIMIT", "-1"]),
        ("v <-> '[1, 2, 3, 4]' LIMIT 1.5", &["LIMIT", "1.5"]),
        ("v <-> '[1, 2, 3, 4]' LIMIT 'x'", &["LIMIT", "x"]),
        ("v <-> '[1, 2, 3, 4]' LIMIT 3 OFFSET -1", &["OFFSET", "-1"]),
        ("v <-> '[1, 2, 3, 4]' LIMIT 99999999999999999999999", &["LIMIT", "1e23", "a whole number"]),
    ] {
        let sql = format!("SELECT id FROM things ORDER BY {order}");
        let error = ask(&sql).err().unwrap_or_else(|| panic!("{sql}: not refused")).to_string();
        for part in named {
            assert!(error.contains(part), "{sql}: {error:?} lacks {part:?}");
        }
    }
    let count = |rest: &str| {
        let sql = format!("SELECT id FROM things ORDER BY v <-> '[1, 2, 3, 4]' {rest}");
        ask(&sql).unwrap_or_else(|error| panic!("{sql}: {error}")).objects.len()
    };
    let most = i64::MAX;
    assert_eq!(count("LIMIT 0"), 0);
    assert_eq!(count(&format!("LIMIT {most}")), COUNT);
    assert_eq!(count(&format!("LIMIT {most} OFFSET {most}")), 0);
    assert_eq!(count(&format!("LIMIT 3 OFFSET {COUNT}")), 0);
    assert_eq!(count(&format!("LIMIT 9 OFFSET {}", COUNT - 2)), 2);
}
