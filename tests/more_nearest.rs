//! More questions of the nearest: pages, batches, several targets, groups, different hits, all within a distance. What each must give is
//! computed here in the plainest way, over a list, and asked for wherever objects live.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Index, State, World, ids, list, question,
    twin::{Answer, Noise},
    world, worlds_with_and_without,
};
use ndarray::Array2;
use protobase::{
    database::Database,
    expr::{Expr, Target, Targets, field},
    geometry::LonLat,
    index::{Options, SearchEffort},
    metric::Metric,
    object::{FieldPath, Fields, Object, Value, ValueRef, order},
    query::{Ascending, Cursor, Descending, Neighbours, Nulls, OrderKey, Query, Scalar},
    set::{IndexableSet, SetSchema},
};

const VECTOR: [(&str, &str); 4] = [("dimension", "4"), ("flat_threshold", "64"), ("m", "8"), ("ef_construction", "64")];
const COSINE: [(&str, &str); 5] = [VECTOR[0], VECTOR[1], VECTOR[2], VECTOR[3], ("metric", "cosine")];
const INDEXES: &[Index<'_>] = &[
    (&["a"], "ordered", &[]),
    (&["kind"], "hash", &[]),
    (&["v"], "vector", &VECTOR),
    (&["w"], "vector", &COSINE),
    (&["place"], "geo", &[]),
    (&["x", "y"], "plane", &[]),
];

/// Objects with many equal distances: few vectors, places and coordinates, and some that lack each.
fn things(count: usize) -> Vec<Object> {
    let mut noise = Noise::new(77);
    (0..count as i64)
        .map(|id| {
            let mut whole = |limit: i64| noise.whole(limit);
            let mut thing = Object::new().with("id", id).with("kind", whole(3).rem_euclid(5)).with("b", id % 3);
            if id % 11 != 0 {
                let vector: Vec<f32> = (0..4).map(|_| whole(2) as f32 + 0.25).collect();
                thing.set("w", vector.clone());
                thing.set("v", vector);
            }
            if id % 7 != 0 {
                thing.set("place", geo::Point::new(whole(3) as f64 * 20.0, whole(2) as f64 * 30.0));
            }
            if id % 5 != 0 {
                thing.set("x", whole(3));
                thing.set("y", whole(3) as f64 / 2.0);
            }
            let a = match id % 6 {
                0 => Some(Value::Int(whole(4))),
                1 => Some(Value::Float(whole(4) as f64 / 2.0)),
                2 => Some(Value::from(["é", "b", ""][(whole(4) % 3).unsigned_abs() as usize])),
                3 => Some(Value::Null),
                4 => Some(Value::Float(f64::NAN)),
                _ => None,
            };
            if let Some(a) = a {
                thing.set("a", a);
            }
            thing
        })
        .collect()
}

fn targets() -> Vec<Target> {
    let vector = [0.5, -1.0, 0.25, 2.0];
    let of = |path: &str, metric| Target::Vector { path: path.into(), vector: vector[..].into(), metric };
    let best = Targets::best([[2.0, 2.0, 0.0, 0.0], [-2.0, 0.0, 1.0, 0.0]]).unlike([[0.0, 0.0, -2.0, -2.0]]);
    let away = Targets::best([[0.0_f32; 4]; 0]).unlike([vector]);
    let average = Targets::average([[2.0, 2.0, 0.0, 0.0], [-1.0, 0.0, 1.0, 0.0]]).unlike([[0.0, 0.0, -2.0, -2.0]]);
    let like = |targets: Targets, path: &str, metric| targets.target(path, metric).expect("vectors to be like");
    vec![
        of("v", Metric::L2),
        of("w", Metric::Cosine),
        of("v", Metric::InnerProduct),
        like(best.clone(), "v", Metric::L2),
        like(best, "w", Metric::Cosine),
        like(average, "w", Metric::Cosine),
        like(away, "v", Metric::L2),
        Target::Place { path: "place".into(), place: LonLat::new(20.0, 30.0).expect("on the globe") },
        Target::Coordinates { paths: vec!["x".into(), "y".into()], center: [0.5, 0.0].into() },
    ]
}

fn filters() -> [Option<Expr>; 3] {
    [None, Some(field("kind").is_in([1, 3])), Some(field("b").eq(1).and(field("id").gt(20)))]
}

fn filtered<'a>(query: Query<'a>, filter: Option<&Expr>) -> Query<'a> {
    match filter {
        Some(filter) => query.filter(filter.clone()),
        None => query,
    }
}

/// Every matching object that has a distance, nearest first, ties by id, which is in the order of offsets.
fn ranked(objects: &[Object], filter: Option<&Expr>, target: &Target) -> Vec<(i64, f64)> {
    let passes = |object: &&Object| filter.is_none_or(|filter| protobase::expr::evaluate(filter, *object));
    let measured = objects.iter().filter(passes).filter_map(|object| Some((id_of(object), target.distance(object)?)));
    let mut ranked: Vec<(i64, f64)> = measured.collect();
    ranked.sort_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)));
    ranked
}

fn id_of(object: &Object) -> i64 {
    match object.get("id") {
        Some(Value::Int(id)) => *id,
        other => panic!("no id: {other:?}"),
    }
}

fn bits(ranked: &[(i64, f64)]) -> Answer {
    ranked.iter().map(|(id, distance)| (*id, Some(distance.to_bits()))).collect()
}

/// Walks all pages of a question; each page but the last must be full. The cursor travels as text.
fn pages(world: &World, size: usize, question: impl Fn(Query<'_>) -> Query<'_>) -> Answer {
    let (mut cursor, mut all, mut was_full) = (Cursor::start(), Answer::new(), true);
    loop {
        let query = question(world.query()).after(cursor.clone());
        let page = query.run().unwrap_or_else(|error| panic!("{}: {error}", world.name));
        assert_eq!(query.count().expect("counted"), page.len() as u64, "{}", world.name);
        assert_eq!(query.exists().expect("asked"), !page.is_empty(), "{}", world.name);
        let scanned = query.run_unoptimized().expect("a scan");
        assert_eq!(ids(&page), ids(&scanned), "{}: plan and scan\n{}", world.name, query.explain().expect("explained"));
        let Some(next) = page.cursor().expect("a cursor") else {
            assert!(page.is_empty());
            return all;
        };
        assert!(was_full && page.len() <= size, "{}: a page after one that was not full", world.name);
        was_full = page.len() == size;
        all.extend(ids(&page).into_iter().zip(page.iter().map(|hit| hit.distance.map(f64::to_bits))));
        cursor = next.to_string().parse().expect("its own text");
    }
}

#[test]
fn pages_of_the_nearest_are_the_whole_order_in_pieces_61() {
    let objects = things(130);
    for world in worlds_with_and_without(&objects, INDEXES) {
        for target in targets() {
            for (filter, size) in filters().iter().zip([100, 7, 1]) {
                let whole = bits(&ranked(&objects, filter.as_ref(), &target));
                // An effort that would miss some, if pages minded it.
                let effort = SearchEffort::EfSearch(3);
                let paged = pages(&world, size, |query| {
                    filtered(query, filter.as_ref()).effort(effort).nearest_to(target.clone(), size)
                });
                assert_eq!(paged, whole, "{}: {target}, {filter:?}, {size} a page", world.name);
            }
        }
    }
}

#[test]
fn pages_within_a_distance_end_there() {
    let objects = things(200);
    let world = world(&objects, INDEXES, State::Scattered);
    for target in targets() {
        let whole = ranked(&objects, None, &target);
        let limit = whole[whole.len() / 2].1;
        let within: Vec<_> = whole.into_iter().filter(|(_, distance)| *distance <= limit).collect();
        let paged = pages(&world, 9, |query| query.nearest_to(target.clone(), 9).within(limit));
        assert_eq!(paged, bits(&within), "{target}");
    }
}

#[test]
fn pages_of_an_order_are_the_whole_order_in_pieces_44() {
    let objects = things(150);
    let key = |scalar: Scalar, direction| OrderKey::new(scalar, direction);
    let near = || Scalar::Distance(targets().swap_remove(0));
    let orders = [
        vec![key("a".into(), Ascending)],
        vec![key("a".into(), Descending)],
        vec![key("a".into(), Ascending).nulls(Nulls::First)],
        vec![key("a".into(), Descending).nulls(Nulls::Last), key("kind".into(), Ascending)],
        vec![key("kind".into(), Descending), key("a".into(), Ascending)],
        vec![key(near(), Ascending)],
        vec![key(near(), Descending), key("b".into(), Descending)],
        vec![key(Scalar::Offset, Descending)],
        vec![key(FieldPath::offset().into(), Ascending)],
    ];
    for world in worlds_with_and_without(&objects, INDEXES) {
        for order in &orders {
            for (filter, size) in filters().iter().zip([60, 7, 1]) {
                let sorted = question(|query| {
                    let query = filtered(query, filter.as_ref());
                    order.iter().fold(query, |query, key| query.order_by_key(key.clone()))
                });
                let whole = world.answer(sorted);
                let paged = pages(&world, size, |query| sorted(query).limit(size as u64));
                assert_eq!(paged, whole, "{}: {order:?}, {filter:?}, {size} a page", world.name);
            }
        }
    }
}

#[test]
fn a_page_of_the_nearest_sorted_by_something_else_goes_on_among_those() {
    let objects = things(200);
    let world = world(&objects, INDEXES, State::Segment);
    let question =
        question(|query| query.nearest("v", [0.0; 4], 50).order_by("kind", Ascending).order_by("id", Descending));
    assert_eq!(pages(&world, 7, |query| question(query).limit(7)), world.answer(question));
}

/// In a whole nested family ties are in the order of owners, and a cursor knows the owner.
#[test]
fn pages_of_a_family_go_on_from_owner_to_owner_53() {
    let invoices = SetSchema::new("invoices").index_with("v", "vector", Options::new().with("dimension", 1));
    let database = Database::options().background(false).in_memory();
    let customers: IndexableSet =
        database.declare(SetSchema::new("customers").nested("invoices", invoices)).expect("declared");
    let owners: Vec<_> = (0..4).map(|_| customers.insert(&Object::new()).expect("inserted")).collect();
    for round in 0..9 {
        for owner in owners.iter().rev() {
            let own: IndexableSet = customers.nested(*owner, "invoices").expect("declared");
            own.insert(&Object::new().with("v", vec![(round % 3) as f32])).expect("inserted");
        }
        if round == 5 {
            database.flush().expect("flushed");
        }
    }
    let family: IndexableSet = database.set("customers.invoices").expect("the family");
    let view = family.view().expect("a view");
    let near = |k| Query::over(&view).nearest("v", [0.0], k).effort(SearchEffort::Exact);
    let whole = near(99).run().expect("hits").offsets();
    assert_eq!(whole.len(), 36);
    for sorted in [false, true] {
        let (mut cursor, mut seen) = (Cursor::start(), Vec::new());
        loop {
            let page = if sorted { Query::over(&view).order_by("v", Ascending).limit(5) } else { near(5) };
            let page = page.after(cursor).run().expect("a page");
            seen.extend(page.offsets());
            match page.cursor().expect("a cursor") {
                Some(next) => cursor = next,
                None => break,
            }
        }
        assert_eq!(seen, whole, "sorted: {sorted}");
    }
}

/// An index order that starts behind what the cursor has passed reads a page, not all.
#[test]
fn late_pages_read_as_little_as_early_ones() {
    let objects: Vec<Object> =
        (0..4_000).map(|id| Object::new().with("id", id).with("a", id / 2).with("v", vec![id as f32; 4])).collect();
    let world = world(&objects, INDEXES, State::Segment);
    let page = |cursor| world.query().order_by("a", Ascending).limit(10).after(cursor);
    let first = world.query().order_by("a", Ascending).limit(3_001).run().expect("many");
    let query = page(first.cursor().expect("a cursor").expect("hits"));
    assert_eq!(ids(&query.run().expect("a page")), (3_001..3_011).collect::<Vec<_>>());
    let analysis = query.analyze().expect("analyzed");
    assert!(analysis.work().fetched < 100, "{analysis}");
    // So does a late page of the nearest.
    let first = world.query().nearest("v", [0.0; 4], 3_001).run().expect("many");
    let query = world.query().nearest("v", [0.0; 4], 10).after(first.cursor().expect("a cursor").expect("hits"));
    assert_eq!(ids(&query.run().expect("a page")), (3_001..3_011).collect::<Vec<_>>());
    let analysis = query.analyze().expect("analyzed");
    assert!(analysis.work().fetched < 100, "{analysis}");
}

#[test]
fn batches_are_single_questions_at_once() {
    let objects = things(300);
    let mut noise = Noise::new(5);
    let vectors: Vec<Vec<f32>> = (0..20).map(|_| (0..4).map(|_| noise.whole(3) as f32 + 0.5).collect()).collect();
    let matrix = Array2::from_shape_fn((20, 4), |(line, at)| vectors[line][at]);
    for world in worlds_with_and_without(&objects, INDEXES) {
        for filter in filters() {
            for effort in [SearchEffort::Exact, SearchEffort::Default] {
                let query = || filtered(world.query(), filter.as_ref()).effort(effort).select(["id"]);
                let all = query().nearest_batch("v", &vectors, 12).expect("a batch");
                assert_eq!(all.len(), vectors.len());
                let found = query().nearest_matrix("v", matrix.view(), 12).expect("a batch");
                assert_eq!(found.offsets.dim(), (20, 12.min(all[0].len())));
                for (line, (vector, hits)) in vectors.iter().zip(&all).enumerate() {
                    let single = query().nearest("v", vector, 12).run().expect("one");
                    assert_eq!(hits.offsets(), single.offsets(), "{}: {effort:?}", world.name);
                    assert_eq!(hits.objects().expect("objects"), single.objects().expect("objects"));
                    assert_eq!(hits.cursor().expect("a cursor"), single.cursor().expect("a cursor"));
                    let (offsets, distances) = (found.offsets.row(line), found.distances.row(line));
                    assert_eq!(offsets.to_vec(), single.offsets().iter().map(|o| o.0).collect::<Vec<_>>());
                    assert!(single.iter().zip(distances).all(|(hit, distance)| hit.distance == Some(*distance)));
                }
            }
        }
        // Whatever else is asked, too.
        let shaped = || world.query().group_by("kind", 2, 2);
        let all = shaped().nearest_batch("v", &vectors[..2], 1).expect("a batch");
        let single = shaped().nearest("v", &vectors[1], 1).run().expect("one");
        assert_eq!(ids(&all[1]), ids(&single), "{}", world.name);
        let cursor = single_cursor(&world, &vectors[0]);
        let paged = || world.query().after(cursor.clone());
        let all = paged().nearest_batch("v", &vectors[..3], 5).expect("a batch");
        let single = paged().nearest("v", &vectors[2], 5).run().expect("one");
        assert_eq!(ids(&all[2]), ids(&single), "{}", world.name);
    }
}

fn single_cursor(world: &World, vector: &[f32]) -> Cursor {
    world.query().nearest("v", vector, 3).run().expect("some").cursor().expect("a cursor").expect("hits")
}

#[test]
fn lines_of_a_batch_that_are_short_say_so() {
    let objects: Vec<Object> =
        (0..6_i64).map(|id| Object::new().with("id", id).with("v", vec![id as f32; 4])).collect();
    let world = list(&objects);
    let vectors = Array2::from_shape_vec((2, 4), vec![0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0]).expect("a matrix");
    let found = world.query().within(3.0).nearest_matrix("v", vectors.view(), 9).expect("a batch");
    assert_eq!(found.offsets, ndarray::array![[0, 1], [Neighbours::NONE, Neighbours::NONE]]);
    assert_eq!(found.distances, ndarray::array![[0.0, 2.0], [f64::INFINITY, f64::INFINITY]]);
    let none: [[f32; 4]; 0] = [];
    assert!(world.query().nearest_batch("v", &none, 9).expect("a batch").is_empty());
}

#[test]
fn several_targets_are_found_exactly_wherever_objects_live_61() {
    let objects = things(300);
    for world in worlds_with_and_without(&objects, INDEXES) {
        for target in targets() {
            for (filter, k) in filters().iter().zip([5, 40, 400]) {
                let mut truth = ranked(&objects, filter.as_ref(), &target);
                truth.truncate(k);
                let asked = question(|query| {
                    filtered(query, filter.as_ref()).effort(SearchEffort::Exact).nearest_to(target.clone(), k)
                });
                assert_eq!(world.answer(asked), bits(&truth), "{}: {target}", world.name);
                let default = question(|query| filtered(query, filter.as_ref()).nearest_to(target.clone(), k));
                assert_eq!(world.answer(default).len(), truth.len(), "{}: {target}", world.name);
            }
        }
    }
}

/// The nearest to any of several vectors come from few distances, not from measuring all.
#[test]
fn an_index_finds_what_is_like_one_of_several() {
    let vectors = Noise::new(9).vectors(3_000, 4, 40);
    let objects: Vec<Object> = (0..)
        .zip(&vectors)
        .map(|(id, vector): (i64, _)| Object::new().with("id", id).with("v", vector.clone()))
        .collect();
    let world = world(&objects, INDEXES, State::Reopened);
    let targets = Targets::best([&vectors[3], &vectors[700]]).unlike([&vectors[55]]);
    let query = world.query().nearest_like("v", targets.clone(), 10);
    let mut truth = ranked(&objects, None, &targets.target("v", Metric::L2).expect("a target"));
    truth.truncate(10);
    let found = ids(&query.run().expect("hits"));
    let right = truth.iter().filter(|(id, _)| found.contains(id)).count();
    assert!(right >= 9, "{right} of 10");
    let analysis = query.analyze().expect("analyzed");
    assert!(analysis.work().fetched < 300, "{analysis}");
    let exact = query.effort(SearchEffort::Exact);
    assert_eq!(ids(&exact.run().expect("hits")), truth.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    assert!(exact.analyze().expect("analyzed").work().fetched < 300);
}

/// The first `per_group` of each of the first `groups` groups of a ranking.
fn grouped(objects: &[Object], ranking: &[i64], name: &str, groups: usize, per_group: usize) -> Vec<Vec<i64>> {
    let mut found: Vec<(Value, Vec<i64>)> = Vec::new();
    let by_id: BTreeMap<i64, &Object> = objects.iter().map(|object| (id_of(object), object)).collect();
    for id in ranking {
        let value = match by_id[id].get(name) {
            None | Some(Value::Null) => continue,
            Some(value) => value,
        };
        match found.iter().position(|(known, _)| order::compare(known.as_ref(), value.as_ref()).is_eq()) {
            Some(at) if found[at].1.len() < per_group => found[at].1.push(*id),
            None if found.len() < groups => found.push((value.clone(), vec![*id])),
            _ => {}
        }
    }
    found.into_iter().map(|(_, members)| members).collect()
}

#[test]
fn groups_are_the_best_of_each_and_as_many_as_there_are() {
    let objects = things(260);
    for world in worlds_with_and_without(&objects, INDEXES) {
        for target in targets() {
            for filter in filters() {
                for (name, groups, per_group) in [("kind", 3, 2), ("a", 50, 1), ("b", 2, 500), ("nowhere", 3, 3)] {
                    let ranking: Vec<i64> =
                        ranked(&objects, filter.as_ref(), &target).into_iter().map(|(id, _)| id).collect();
                    let truth = grouped(&objects, &ranking, name, groups, per_group);
                    for effort in [SearchEffort::Exact, SearchEffort::Default] {
                        let query = filtered(world.query(), filter.as_ref()).effort(effort);
                        let query = query.nearest_to(target.clone(), 1).group_by(name, groups, per_group);
                        let found = query.run_grouped().expect("groups");
                        let members = |hits: &[protobase::query::Hit]| -> Vec<i64> {
                            hits.iter().map(|hit| id_of(&hit.object().expect("an object"))).collect()
                        };
                        let found: Vec<Vec<i64>> = found.iter().map(|group| members(&group.hits)).collect();
                        let place = format!("{}: {target}, {groups} of {name}, {effort:?}", world.name);
                        assert_eq!(found.len(), truth.len(), "{place}");
                        if effort == SearchEffort::Exact {
                            assert_eq!(found, truth, "{place}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn groups_of_an_order_are_its_first_few() {
    let objects = things(200);
    for world in worlds_with_and_without(&objects, INDEXES) {
        let sorted = question(|query| query.order_by("a", Descending));
        let ranking: Vec<i64> = world.answer(sorted).into_iter().map(|(id, _)| id).collect();
        let found = sorted(world.query()).group_by("kind", 4, 3).run().expect("groups");
        let truth = grouped(&objects, &ranking, "kind", 4, 3);
        assert_eq!(ids(&found), truth.concat(), "{}", world.name);
    }
}

/// Maximal marginal relevance, by its formula.
fn diverse(objects: &[Object], ranked: &[(i64, f64)], target: &Target, k: usize, lambda: f64) -> Vec<i64> {
    let (path, metric) = target.metric().expect("vectors");
    let vector = |id: i64| match objects[id as usize].field(path) {
        Some(ValueRef::Vector(vector)) => vector.components().to_vec(),
        other => panic!("no vector: {other:?}"),
    };
    let mut chosen: Vec<i64> = Vec::new();
    while chosen.len() < k.min(ranked.len()) {
        let cost = |(id, distance): &(i64, f64)| {
            let apart = chosen.iter().map(|other| metric.distance(&vector(*other), &vector(*id)));
            match apart.min_by(f64::total_cmp) {
                Some(apart) => lambda * distance - (1.0 - lambda) * apart,
                None => *distance,
            }
        };
        let left = ranked.iter().filter(|(id, _)| !chosen.contains(id));
        let next = left.min_by(|one, other| cost(one).total_cmp(&cost(other))).expect("some are left");
        chosen.push(next.0);
    }
    chosen
}

#[test]
fn diverse_hits_are_chosen_by_the_formula() {
    let objects = things(200);
    for world in worlds_with_and_without(&objects, INDEXES) {
        for target in targets().into_iter().filter(|target| target.metric().is_some()) {
            for filter in filters() {
                for (k, fetch, lambda) in [(5, 30, 0.5), (10, 10, 0.0), (20, 60, 0.8), (3, 500, 1.0)] {
                    let mut near = ranked(&objects, filter.as_ref(), &target);
                    near.truncate(fetch);
                    let truth = diverse(&objects, &near, &target, k, lambda);
                    let query = filtered(world.query(), filter.as_ref()).effort(SearchEffort::Exact);
                    let found = query.nearest_to(target.clone(), k).diverse(fetch, lambda).run().expect("hits");
                    assert_eq!(ids(&found), truth, "{}: {target}, {k} of {fetch}, lambda {lambda}", world.name);
                }
            }
        }
    }
}

#[test]
fn all_within_a_distance_are_found_59() {
    let vectors = Noise::new(3).vectors(4_000, 4, 60);
    let objects: Vec<Object> = (0..)
        .zip(&vectors)
        .map(|(id, vector): (i64, _)| Object::new().with("id", id).with("b", id % 3).with("v", vector.clone()))
        .collect();
    for state in [State::Reopened, State::Scattered, State::Tail] {
        let world = world(&objects, INDEXES, state);
        let (mut found, mut right, mut walks) = (0, 0, 0);
        for at in (0..4_000).step_by(311) {
            let target = Target::Vector { path: "v".into(), vector: vectors[at][..].into(), metric: Metric::L2 };
            for filter in [None, Some(field("b").eq(1))] {
                for limit in [0.0, 6.0, 20.0] {
                    let mut truth = ranked(&objects, filter.as_ref(), &target);
                    truth.retain(|(_, distance)| *distance <= limit);
                    let query = || filtered(world.query(), filter.as_ref()).nearest_to(target.clone(), usize::MAX);
                    let exact = query().within(limit).effort(SearchEffort::Exact).run().expect("hits");
                    assert_eq!(ids(&exact), truth.iter().map(|(id, _)| *id).collect::<Vec<_>>(), "{}", world.name);
                    let default = query().within(limit).run().expect("hits");
                    let truth: BTreeSet<i64> = truth.into_iter().map(|(id, _)| id).collect();
                    assert!(ids(&default).iter().all(|id| truth.contains(id)), "{}", world.name);
                    (found, right) = (found + default.len(), right + truth.len());
                    let analysis = query().within(limit).analyze().expect("analyzed");
                    let line = analysis.plan.find("NearestScan").and_then(|line| line.actual.clone());
                    walks += line.map_or(0, |of| of.paths.iter().filter(|path| path.is_graph()).count());
                }
            }
        }
        assert!(found as f64 >= 0.99 * right as f64, "{}: {found} of {right}", world.name);
        assert!(state != State::Reopened || walks > 10, "{walks} walks");
    }
}

#[test]
fn plans_say_what_is_asked() {
    let world = world(&things(60), INDEXES, State::Segment);
    let text = |query: Query<'_>| query.explain().expect("explained").to_string();
    let near = || world.query().nearest("v", [0.0; 4], 5);
    assert!(text(near().within(2.5)).contains("5 of v to vector[4] by l2, within 2.5"));
    assert!(text(near().diverse(20, 0.25)).starts_with("Diverse 5 of 20, lambda 0.25"));
    let grouped = text(near().group_by("kind", 3, 2));
    assert!(grouped.starts_with("Group 2 of each of 3 kind") && grouped.contains("NearestScan all of v"), "{grouped}");
    let page = near().after(near().run().expect("hits").cursor().expect("a cursor").expect("hits"));
    let paged = text(page);
    assert!(
        paged.contains("exact, after (") && paged.contains("AndNot") && paged.contains("l2(v, vector[4]) < "),
        "{paged}"
    );
    let like = text(world.query().nearest_like("v", Targets::best([[0.0; 4]]).unlike([[1.0; 4], [2.0; 4]]), 5));
    assert!(like.contains("5 of v to the best of 1 like, 2 unlike vector[4] by l2 through vector on v"), "{like}");
}

#[test]
fn numbers_out_of_range_are_named_55() {
    let world = world(&things(60), INDEXES, State::Segment);
    let refused = |query: Query<'_>| query.run().expect_err("refused").to_string();
    let near = || world.query().nearest("v", [0.0; 4], 5);
    let place = || world.query().nearest_place("place", LonLat::new(0.0, 0.0).expect("on the globe"), 5);
    assert_eq!(refused(near().diverse(4, 0.5)), "field 'v': 5 hits among 4: expected at least 5 to choose among");
    assert_eq!(refused(near().diverse(9, 1.5)), "field 'v': lambda 1.5: expected a number from 0 to 1");
    assert_eq!(refused(near().diverse(9, f64::NAN)), "field 'v': lambda NaN: expected a number from 0 to 1");
    let none = world.query().nearest("v", [0.0; 4], 0).diverse(9, 0.5);
    assert_eq!(refused(none), "field 'v': k 0: expected at least 1 hit to choose");
    assert!(refused(place().diverse(9, 0.5)).contains("expected a search for the nearest vectors"));
    assert!(refused(world.query().diverse(9, 0.5)).contains("expected a nearest search to choose from"));
    assert_eq!(refused(near().group_by("kind", 0, 1)), "field 'kind': 0 groups: expected at least 1");
    assert_eq!(refused(near().group_by("kind", 1, 0)), "field 'kind': 0 of each group: expected at least 1");
    assert!(refused(world.query().group_by("kind", 1, 1)).contains("a nearest search or an order"));
    assert_eq!(refused(near().within(f64::NAN)), "field 'v': within NaN: expected a distance");
    assert!(refused(place().within(-1.0)).contains("radius -1: expected a finite number of at least 0"));
    assert!(refused(world.query().within(1.0)).contains("within 1: expected a nearest search"));
    let effort = |effort| refused(near().effort(effort));
    assert_eq!(effort(SearchEffort::EfSearch(0)), "field 'effort': ef_search 0: expected at least 1");
    for recall in [0.0, -0.5, 1.5, f32::NAN] {
        let expected = format!("field 'effort': recall {recall}: expected more than 0 and at most 1");
        assert_eq!(effort(SearchEffort::Recall(recall)), expected);
    }
    let like = |targets| refused(world.query().nearest_like("v", targets, 5));
    assert!(like(Targets::best([[0.0; 3]])).contains("a vector of 3 dimensions"));
    assert!(like(Targets::average([[0.0_f32; 4]; 0])).contains("no vectors"));
    assert!(like(Targets::best([vec![0.0; 4], vec![0.0; 3]])).contains("vector 1 to be like: 3 dimensions"));
    let batch = world.query().nearest_batch("v", &[[0.0; 4], [f32::NAN; 4]], 5).expect_err("refused").to_string();
    assert_eq!(batch, "vector 1 of the batch: field 'v': component 0 is NaN: expected finite numbers");
    let cursor = || near().run().expect("hits").cursor().expect("a cursor").expect("hits");
    assert!(refused(world.query().after(cursor())).contains("an order to go on in"));
    assert!(refused(near().group_by("kind", 1, 1).after(cursor())).contains("an order to go on in"));
    let two = world.query().order_by("a", Ascending).order_by("b", Ascending);
    assert_eq!(
        refused(two.after(cursor())),
        "field 'cursor': a cursor into an order by 1 keys: expected one into an order by 2"
    );
    let sorted = world.query().order_by("kind", Ascending).limit(3).run().expect("hits");
    let by_kind = sorted.cursor().expect("a cursor").expect("hits");
    assert!(refused(near().after(by_kind)).contains("expected a cursor of hits that came nearest first"));
    let no_groups = near().run_grouped().expect_err("refused").to_string();
    assert!(no_groups.contains("group_by"), "{no_groups}");
}
