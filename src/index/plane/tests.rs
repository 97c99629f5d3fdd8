//! What the conformance suite does not ask.

use super::*;
use crate::{
    expr::{Expr, Predicate, Target, evaluate, field, in_ball, in_box},
    index::{Exactness, NearestRequest, SearchEffort, SearchPath, Slot, SlotSet, Work, conformance::Conformance},
    object::Object,
};

fn fields() -> Vec<FieldPath> {
    ["lon", "lat"].map(FieldPath::from).to_vec()
}

fn build(objects: &[Object]) -> Box<dyn IndexPart> {
    let (fields, options) = (fields(), Options::new());
    let suite = Conformance::new(&Plane, &fields, &options);
    suite.build(objects, BuildEffort::Settled, objects.len() as u32).unwrap()
}

fn leaf(expr: Expr) -> Predicate {
    let Expr::Leaf(predicate) = &expr else { panic!("no leaf: {expr}") };
    predicate.clone()
}

/// Places in clusters, and some without one coordinate.
fn places(count: u64) -> Vec<Object> {
    let mut seed = 3u64;
    let mut next = |span: f64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1u64 << 53) as f64 * span
    };
    let place = |i: u64| {
        let town = (i % 7) as f64;
        let object = Object::new().with("lon", town * 25.0 - 90.0 + next(4.0));
        if i.is_multiple_of(50) { object } else { object.with("lat", town * 9.0 - 40.0 + next(6.0)) }
    };
    (0..count).map(place).collect()
}

#[test]
fn conforms_in_two_and_five_dimensions() {
    let options = Options::new();
    for (seed, count) in [(1, 2), (2, 3), (3, 5)] {
        let names: Vec<String> = (0..count).map(|i| format!("p.x{i}")).collect();
        let fields: Vec<FieldPath> = names.iter().map(|name| FieldPath::from(name.as_str())).collect();
        let report = Conformance::new(&Plane, &fields, &options).seed(seed).run().unwrap();
        assert!(report.answered > 1500 && report.nearest > 500 && report.ordered > 10, "{report:?}");
    }
    Conformance::new(&Plane, &fields(), &options).seed(9).sizes(&[5000]).rounds(60).run().unwrap();
}

#[test]
fn boxes_and_balls_equal_a_scan_on_every_way() {
    let objects = places(20_000);
    let part = build(&objects);
    part.verify().unwrap();
    for (lon, lat, size) in
        [(-90.0, -40.0, 0.5), (10.0, 0.0, 8.0), (0.0, 0.0, 60.0), (500.0, 0.0, 1.0), (-60.0, -30.0, 2e9)]
    {
        for expr in [
            in_box(fields(), &[lon - size, lat - size / 2.0], &[lon + size, lat + size]),
            in_ball(fields(), &[lon, lat], size),
            in_ball(["lat", "lon"], &[lat, lon], size / 3.0),
        ] {
            let expected: SlotSet = (0..)
                .zip(&objects)
                .filter(|(_, object)| evaluate(&expr, *object))
                .map(|(slot, _)| Slot(slot))
                .collect();
            let mut work = Work::default();
            let (found, exactness) = part.candidates(&leaf(expr.clone()), &mut work).unwrap();
            assert_eq!((&found, exactness), (&expected, Exactness::Exact), "{expr}");
        }
    }
}

#[test]
fn an_empty_slab_stops_at_once() {
    let part = build(&places(5000));
    let mut work = Work::default();
    let nowhere = leaf(in_box(fields(), &[400.0, -90.0], &[500.0, 90.0]));
    assert!(part.candidates(&nowhere, &mut work).unwrap().0.is_empty());
    assert_eq!((work, part.access(&nowhere).unwrap().cardinality.max), (Work::default(), 0));
    let range = leaf(field("lat").gt(0));
    assert!(part.access(&range).is_some() && part.access(&leaf(field("other").gt(0))).is_none());
}

#[test]
fn nearest_looks_at_few_and_finds_the_right_ones() {
    let objects = places(20_000);
    let part = build(&objects);
    let third: SlotSet = (0..20_000).step_by(3).map(Slot).collect();
    for (center, k, accept) in [
        ([-88.0, -37.0], 10, SlotSet::all(20_000)),
        ([-88.0, -37.0], 10, third.clone()),
        ([0.0, 80.0], 5, SlotSet::all(20_000)),
        ([1e6, -1e6], 3, third),
    ] {
        let target = Target::Coordinates { paths: fields(), center: center.into() };
        let bound = f64::INFINITY;
        let request = NearestRequest { target: &target, k, accept: &accept, effort: SearchEffort::Default, bound };
        let mut work = Work::default();
        let (found, path) = part.nearest(&request, &mut work).unwrap().unwrap();
        let mut expected: Vec<(Slot, f64)> =
            accept.iter().filter_map(|slot| Some((slot, target.distance(&objects[slot.0 as usize])?))).collect();
        expected.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        expected.truncate(k);
        assert_eq!(found, expected);
        if center[0].abs() < 1000.0 && center[1].abs() < 60.0 {
            assert!(path == SearchPath::Tree && work.distances < 500, "{path:?} {work:?}");
        }
    }
}

#[test]
fn wrong_declarations_are_named() {
    let message = |names: &[&str]| {
        let fields: Vec<FieldPath> = names.iter().map(|name| FieldPath::from(*name)).collect();
        Plane.check(&fields, &Options::new()).map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    };
    assert_eq!(message(&["a", "b"]), "fine");
    assert_eq!(message(&["a"]), "index kind 'plane': 1 field (a): expected 2 to 16 fields");
    assert_eq!(message(&["a", "b", "a"]), "index kind 'plane': option field 3 = 'a': expected each field once");
}

#[test]
fn squares_that_vanish_are_distances_of_zero() {
    let objects: Vec<Object> =
        [1e-200, -1e-200, 0.0, 1e-100].map(|at| Object::new().with("lon", at).with("lat", 0.0)).to_vec();
    let part = build(&objects);
    let expr = in_ball(fields(), &[0.0, 0.0], 0.0);
    assert!(evaluate(&expr, &objects[0]) && !evaluate(&expr, &objects[3]));
    let (found, _) = part.candidates(&leaf(expr), &mut Work::default()).unwrap();
    assert_eq!(found.iter().map(|slot| slot.0).collect::<Vec<u32>>(), [0, 1, 2]);
}

#[test]
fn a_small_answer_is_found_by_looking_at_few_points() {
    let objects = places(20_000);
    let part = build(&objects);
    let expr = in_box(fields(), &[10.0, -2.0], &[10.5, -1.0]);
    let hits = objects.iter().filter(|object| evaluate(&expr, *object)).count() as u64;
    let (predicate, mut work) = (leaf(expr), Work::default());
    assert_eq!(part.candidates(&predicate, &mut work).unwrap().0.len(), hits);
    assert!(hits > 10 && work.visited < 1_500, "{hits} hits, {work:?}");
    let offered = part.access(&predicate).unwrap().cardinality;
    assert!(offered.max < 1_500 && offered.expected.abs_diff(hits) < hits, "{hits} hits, {offered:?}");
}
