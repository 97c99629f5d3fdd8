//! Does it ever matter which indexes a set has? Every subset of indexes of all kinds, wherever the objects live, gives the answers of a
//! scan and of a plain list.

mod common;

use std::collections::BTreeSet;

use common::{Index, State, World, combinations, list, question, twin::Answer, world};
use protobase::{
    expr::{Expr, field, in_ball, in_box},
    geometry::{GeoBox, LonLat},
    index::{Registry, SearchEffort},
    metric::Metric,
    object::{Object, Value},
    query::{Ascending, Descending, Query},
};

/// Of every kind one at least; two of them answer for the same field.
const INDEXES: &[Index<'_>] = &[
    (&["a"], "hash", &[]),
    (&["a"], "ordered", &[]),
    (&["tags"], "hash", &[]),
    (&["place"], "geo", &[]),
    (&["x", "y"], "plane", &[]),
    (&["v"], "vector", &[("dimension", "2"), ("metric", "l2")]),
];

/// Those of texts, in sets of their own: subsets of all together would be too many.
const OF_TEXTS: &[Index<'_>] = &[
    (&["a"], "hash", &[]),
    (&["name"], "trie", &[]),
    #[cfg(feature = "text")]
    (&["name"], "text", &[]),
];

/// Values that come twice and more, are missing, null or of another kind.
fn things() -> Vec<Object> {
    let thing = |id: i64| {
        let a = [Value::Int(id % 5), Value::Float((id % 5) as f64), Value::Null, "3".into()];
        let mut thing = Object::new().with("id", id).with("b", id % 3).with("x", id % 4).with("y", id / 4);
        if id % 7 > 0 {
            thing.set("a", a[[0, 0, 0, 1, 2, 3][id as usize % 6]].clone());
            thing.set("name", ["old town", "Older towns", "tower", "a town of old"][id as usize % 4]);
            thing.set("tags", if id % 2 == 0 { vec!["even", "number"] } else { vec!["odd", "odd"] });
        }
        if id % 5 > 0 {
            let longitude = [0.0, 60.0, 120.0, 180.0, -120.0][id as usize % 5];
            thing.set("place", geo::Point::new(longitude, (id % 9 * 20 - 80) as f64));
            thing.set("v", vec![(id % 4) as f32, (id % 3) as f32]);
        }
        thing
    };
    (0..26).map(thing).collect()
}

fn place(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("on the globe")
}

/// Conditions that one index answers, two, or none; together, against each other and turned round.
fn conditions() -> Vec<Expr> {
    let (a, b) = (|| field("a"), || field("b"));
    let tagged = |tag: &str| field("tags").contains(tag);
    let near = || field("place").within_radius(place(170.0, 0.0), 6e6);
    let area = GeoBox::new(100.0, -85.0, -100.0, 30.0).expect("a box across the antimeridian");
    let ball = || in_ball(["x", "y"], &[1.0, 2.0], 1.5);
    let alike = || field("v").within_distance(vec![1.0, 1.0], Metric::L2, 1.5);
    vec![
        Expr::all(),
        a().eq(3),
        a().is_in([Value::from(1), Value::Null, "3".into()]),
        a().ge(1).and(a().lt(4)),
        a().is_null().or(a().is_missing()),
        a().eq(2).and(tagged("odd")),
        a().between(1, 3).and(b().eq(1)),
        a().eq(1).or(near()),
        tagged("number").or(b().eq(2)),
        !a().gt(1),
        !tagged("odd").or(ball()),
        near().and(alike()),
        near().and(!ball()),
        field("place").within_box(area).and(a().le(3)),
        in_box(["x", "y"], &[1.0, 1.0], &[2.0, 4.0]).and(tagged("even")),
        in_box(["y", "x"], &[2.0, 0.0], &[3.0, 9.0]).or(alike()),
        ball().and(alike()).and(near()),
        a().eq(3).and(a().eq(4)),
        a().gt(0).and(tagged("odd")).and(near()).and(ball()).and(alike()),
        !(a().eq(2).or(near()).or(alike())),
    ]
}

/// Conditions on texts, alone and beside others.
fn conditions_on_texts() -> Vec<Expr> {
    let name = || field("name");
    vec![
        name().fuzzy("towr", 1).or(name().matches("^old")),
        name().like("%town_").and(field("a").ge(1)),
        !name().matches("s$"),
        #[cfg(feature = "text")]
        name().matching("towns old").and(!field("a").eq(3)),
        #[cfg(feature = "text")]
        name().phrase("old town").or(name().matching_any("tower")),
    ]
}

type Question = Box<dyn for<'a> Fn(Query<'a>) -> Query<'a>>;

/// Every condition by itself; and nearest searches, orders and limits over some of them.
fn questions(conditions: Vec<Expr>) -> Vec<(String, Question)> {
    let mut all: Vec<(String, Question)> = Vec::new();
    for (at, condition) in conditions.into_iter().enumerate() {
        let filter = question(move |query| query.filter(condition.clone()));
        let mut add = |name: &str, question: Question| all.push((format!("condition {at}, {name}"), question));
        if at % 3 == 0 {
            let f = filter.clone();
            add("vectors", Box::new(question(move |query| f(query).nearest_by("v", [2.5, 0.25], Metric::L2, 4))));
            let f = filter.clone();
            add("descending", Box::new(question(move |query| f(query).order_by("a", Descending).limit(6))));
        }
        if at % 3 == 1 {
            let f = filter.clone();
            add("places", Box::new(question(move |query| f(query).nearest_place("place", place(-170.0, 5.0), 5))));
            let f = filter.clone();
            add("ascending", Box::new(question(move |query| f(query).order_by("a", Ascending).limit(3).offset(2))));
        }
        if at % 3 == 2 {
            let f = filter.clone();
            let near = question(move |query| f(query).nearest_coordinates(["x", "y"], &[1.25, 3.5], 5));
            add("coordinates", Box::new(near));
        }
        add("alone", Box::new(filter));
    }
    all
}

/// The answer of the plan, which must be that of the scan, and as many as are counted.
fn answer(world: &World, (name, ask): &(String, Question)) -> Answer {
    let exactly = question(|query| ask(query).effort(SearchEffort::Exact));
    let query = exactly(world.query());
    let plan = || format!("{name} in {}\n{}", world.name, query.explain().expect("explained"));
    let found = world.answer(exactly);
    let scanned = query.run_unoptimized().expect("a scan");
    assert_eq!(found.len(), scanned.len(), "{}", plan());
    assert!(found.iter().zip(scanned.iter()).all(|((_, d), hit)| *d == hit.distance.map(f64::to_bits)), "{}", plan());
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), common::ids(&scanned), "{}", plan());
    assert_eq!(query.count().expect("counted"), found.len() as u64, "{}", plan());
    assert_eq!(query.exists().expect("exists"), !found.is_empty(), "{}", plan());
    found
}

#[test]
fn every_subset_of_indexes_gives_the_same_answers_27_28_29_30_31_32_33_40() {
    let mut kinds = every_subset(INDEXES, &questions(conditions()));
    kinds.extend(every_subset(OF_TEXTS, &questions(conditions_on_texts())));
    let registry = Registry::builtin();
    assert_eq!(kinds, registry.kinds().map(|kind| kind.name()).collect(), "every kind takes part");
}

/// The kinds of these indexes, all of which were asked.
fn every_subset(indexes: &[Index<'static>], questions: &[(String, Question)]) -> BTreeSet<&'static str> {
    let kinds: BTreeSet<&str> = indexes.iter().map(|(_, kind, _)| *kind).collect();
    let things = things();
    let plain = list(&things);
    let expected: Vec<Answer> = questions.iter().map(|question| answer(&plain, question)).collect();
    assert!(expected.iter().filter(|answer| !answer.is_empty()).count() * 5 > questions.len() * 4);
    let subsets = combinations(indexes);
    assert_eq!(subsets.len(), 1 << indexes.len());
    let mut asked = BTreeSet::new();
    for subset in &subsets {
        // A full tail and a disk take their time: these see no index, each alone, all but one, and all.
        let slow = [0, 1, indexes.len() - 1, indexes.len()].contains(&subset.len());
        let states = State::ALL.into_iter().filter(|state| slow || ![State::Frozen, State::Reopened].contains(state));
        for state in states {
            let world = world(&things, subset, state);
            for (question, expected) in questions.iter().zip(&expected) {
                assert_eq!(answer(&world, question), *expected, "{} in {}", question.0, world.name);
            }
            for (_, ask) in questions {
                let plan = ask(world.query()).explain().expect("explained").to_string();
                asked.extend(kinds.iter().filter(|kind| plan.contains(&format!("{kind} on "))));
            }
        }
    }
    assert_eq!(asked, kinds, "every kind was asked");
    kinds
}
