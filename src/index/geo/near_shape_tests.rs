//! What is near lines and areas against evaluation.

use crate::{
    expr::{Predicate, Target, Test},
    geometry::{Globe, twin::Draws},
    index::{Exactness, NearestRequest, SearchEffort, SearchPath, Slot, SlotSet, Work},
    object::Value,
};

use super::{
    against_tests::{asked, check, matching},
    tests::{container, mixed, object, open, without},
};

/// Values by round: first with lines and areas, of which some go around the globe, then points only.
const SIZES: [usize; 8] = [0, 1, 60, 200, 0, 1, 60, 300];

fn globe(draws: &mut Draws) -> Globe {
    if draws.below(3) == 0 { Globe::Ellipsoid } else { Globe::Sphere }
}

/// Only the points of some values.
fn points_of(values: &mut [Option<Value>]) {
    let is_point = |value: &Value| super::point(Some(value.as_ref())).is_some();
    values.iter_mut().for_each(|value| *value = value.take().filter(is_point));
}

#[test]
fn what_is_within_metres_of_a_shape_is_offered_65_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 80);
    let (mut found, mut exact) = (0, 0);
    for round in 0..8 {
        let (mut values, mut bytes) = mixed(seed + 200 + round, SIZES[round as usize]);
        if round >= 4 {
            points_of(&mut values);
            bytes = container(&values);
        }
        let slots = values.len() as u32;
        let (early, part) = (open(without(&["shape "], &bytes), slots).unwrap(), open(bytes, slots).unwrap());
        for question in 0..12 {
            let Some(shape) = asked(&mut draws, &values) else { continue };
            let metres = [0.0, 1_000.0, 50_000.0, 2.0e6, 1.3e7][draws.below(5) as usize];
            let test = Test::WithinShape { shape: shape.into(), metres, globe: globe(&mut draws) };
            let predicate = Predicate::new("location", test);
            let note = format!("seed {seed}, round {round}, question {question}: {predicate}");
            let expected = matching(&predicate, &values);
            found += expected.len();
            exact += usize::from(check(&*part, &predicate, &expected, &note) == Exactness::Exact);
            check(&*early, &predicate, &expected, &note);
            assert!(part.access(&Predicate::new("elsewhere", predicate.test)).is_none());
        }
    }
    assert!(found > 100 && exact > 20, "{found} found, {exact} exact");
}

#[test]
fn nearest_to_a_shape_is_what_evaluation_measures_65_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 81);
    let (mut on_tree, mut touching) = (0, 0);
    for round in 0..8 {
        let (mut values, mut bytes) = mixed(seed + 300 + round, SIZES[round as usize]);
        if round >= 4 {
            points_of(&mut values);
            bytes = container(&values);
        }
        let slots = values.len() as u32;
        let part = open(bytes, slots).unwrap();
        for question in 0..12 {
            let Some(shape) = asked(&mut draws, &values) else { continue };
            let target = Target::Shape { path: "location".into(), shape: shape.into(), globe: globe(&mut draws) };
            let rare = [1, 3, 20][draws.below(3) as usize];
            let accept: Vec<u32> = (0..slots).filter(|_| draws.below(rare) == 0).collect();
            let (k, bound) = (draws.below(20) as usize, [f64::INFINITY, 3.0e6][draws.below(2) as usize]);
            let measure = |slot: &u32| Some((Slot(*slot), target.distance(&object(values[*slot as usize].as_ref()))?));
            let mut expected: Vec<(Slot, f64)> =
                accept.iter().filter_map(measure).filter(|hit| hit.1 <= bound).collect();
            expected.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            expected.truncate(k);
            let set = SlotSet::from_sorted(accept);
            let request = NearestRequest { target: &target, k, accept: &set, effort: SearchEffort::Default, bound };
            assert!(part.can_nearest(&target));
            let (hits, path) = part.nearest(&request, &mut Work::default()).unwrap().unwrap();
            assert_eq!(hits, expected, "seed {seed}, round {round}, question {question}: {k} nearest {target}");
            on_tree += usize::from(path == SearchPath::Tree);
            touching += hits.iter().filter(|hit| hit.1 == 0.0).count();
        }
    }
    assert!(on_tree > 20 && touching > 10, "{on_tree} by the tree, {touching} at no distance");
}

#[test]
fn the_tree_spares_most_distances() {
    let (mut values, _) = mixed(3, 2_000);
    points_of(&mut values);
    let part = open(container(&values), values.len() as u32).unwrap();
    let line = geo::Line::new((10.0, 10.0), (14.0, 12.0));
    let shape = crate::geometry::PreparedShape::new(line).unwrap();
    let target = Target::shape("location", shape, Globe::Sphere);
    let accept = SlotSet::all(values.len() as u32);
    let request =
        NearestRequest { target: &target, k: 5, accept: &accept, effort: SearchEffort::Default, bound: f64::INFINITY };
    let mut work = Work::default();
    part.nearest(&request, &mut work).unwrap();
    assert!(work.distances < 400, "{work:?}");
    let mut work = Work::default();
    part.candidates(&target.within(100_000.0, true).unwrap(), &mut work).unwrap();
    assert!(work.distances < 400, "{work:?}");
}
