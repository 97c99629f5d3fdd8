//! Candidates and nearest hits against evaluation, for shapes against shapes and for distances on the ellipsoid.

use std::sync::Arc;

use crate::{
    expr::{Predicate, Target, Test},
    geometry::{GeoBox, PreparedShape, twin::Draws},
    index::{Cardinality, Exactness, IndexPart, NearestRequest, SearchEffort, Slot, SlotSet, Work},
    object::Value,
};

use super::tests::{mixed, object, open, without};

pub(super) fn matching(predicate: &Predicate, values: &[Option<Value>]) -> SlotSet {
    let slots =
        (0..).zip(values).filter(|(_, value)| predicate.matches(&object(value.as_ref()))).map(|(slot, _)| Slot(slot));
    SlotSet::collect(slots)
}

/// That a part offers all matches, no others when it says so, and that its estimate holds.
pub(super) fn check(part: &dyn IndexPart, predicate: &Predicate, expected: &SlotSet, note: &str) -> Exactness {
    let access = part.access(predicate).expect(note);
    let (found, exactness) = part.candidates(predicate, &mut Work::default()).unwrap();
    assert_eq!(access.exactness, exactness, "{note}");
    assert!(expected.iter().all(|slot| found.contains(slot)), "{note}: {found:?} without some of {expected:?}");
    assert!(exactness == Exactness::Superset || found == *expected, "{note}: {found:?} for {expected:?}");
    let Cardinality { min, expected: likely, max } = access.cardinality;
    assert!(
        min <= expected.len() && expected.len() <= max && min <= likely && likely <= max,
        "{note}: {access:?} of {}",
        found.len()
    );
    exactness
}

/// A shape to ask about: one of those stored, another, a place of one, or a box.
pub(super) fn asked(draws: &mut Draws, values: &[Option<Value>]) -> Option<PreparedShape> {
    let stored = values.get(draws.below(values.len().max(1) as u64) as usize).and_then(Option::as_ref);
    let shape = match stored {
        Some(Value::Geometry(shape)) if draws.below(2) == 0 => (**shape).clone(),
        _ => draws.nested_shape(),
    };
    match draws.below(4) {
        0 => Some(draws.place_near(&shape).into()),
        1 => {
            let (a, b) = (draws.place_near(&shape), draws.place_near(&shape));
            GeoBox::new(a.lon, a.lat.min(b.lat), b.lon, a.lat.max(b.lat)).ok().map(Into::into)
        }
        _ => PreparedShape::new(shape).ok(),
    }
}

#[test]
fn shapes_are_offered_that_evaluation_finds_65_66_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 70);
    let (mut found, mut exact) = ([0, 0, 0], 0);
    for round in 0..16 {
        let (mut values, mut bytes) = mixed(seed + round, [0, 1, 60, 300][round as usize % 4]);
        if round % 8 == 6 {
            // Nothing but points: boxes and regions are exact then.
            let is_point = |value: &Value| super::point(Some(value.as_ref())).is_some();
            values.iter_mut().for_each(|value| *value = value.take().filter(is_point));
            bytes = super::tests::container(&values);
        }
        let slots = values.len() as u32;
        let (early, part) = (open(without(&["shape "], &bytes), slots).unwrap(), open(bytes, slots).unwrap());
        for question in 0..60 {
            let Some(shape) = asked(&mut draws, &values).map(Arc::new) else { continue };
            let tests = [Test::Intersects(shape.clone()), Test::CoveredBy(shape.clone()), Test::Covers(shape)];
            for (test, found) in tests.into_iter().zip(&mut found) {
                let predicate = Predicate::new("location", test);
                let note = format!("seed {seed}, round {round}, question {question}: {predicate}");
                let expected = matching(&predicate, &values);
                *found += expected.len();
                exact += usize::from(check(&*part, &predicate, &expected, &note) == Exactness::Exact);
                check(&*early, &predicate, &expected, &note);
                assert!(part.access(&Predicate::new("elsewhere", predicate.test)).is_none());
            }
        }
    }
    assert!(found.iter().all(|found| *found > 40) && exact > 40, "{found:?} found, {exact} exact");
}

#[test]
fn near_on_the_ellipsoid_is_what_evaluation_measures_65_69() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 56);
    let mut other_order = 0;
    for round in 0..12 {
        let (values, bytes) = mixed(seed + 100 + round, [0, 1, 40, 400][round as usize % 4]);
        let slots = values.len() as u32;
        let (early, part) = (open(without(&["shape "], &bytes), slots).unwrap(), open(bytes, slots).unwrap());
        for question in 0..25 {
            let note = format!("seed {seed}, round {round}, question {question}");
            let around = draws.shape();
            let place = draws.place_near(&around);
            let metres = [0.0, 1_000.0, 50_000.0, 2.0e6, 1.3e7][draws.below(5) as usize];
            let predicate = Predicate::new("location", Test::WithinGeodesic(place, metres));
            let expected = matching(&predicate, &values);
            check(&*part, &predicate, &expected, &note);
            check(&*early, &predicate, &expected, &note);

            let accept: Vec<u32> = (0..slots).filter(|_| draws.below(3) > 0).collect();
            let sorted = |target: &Target, bound: f64, k: usize| {
                let measure =
                    |slot: &u32| Some((Slot(*slot), target.distance(&object(values[*slot as usize].as_ref()))?));
                let mut hits: Vec<(Slot, f64)> =
                    accept.iter().filter_map(measure).filter(|hit| hit.1 <= bound).collect();
                hits.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
                hits.truncate(k);
                hits
            };
            let (target, on_sphere) =
                (Target::Geodesic { path: "location".into(), place }, Target::Place { path: "location".into(), place });
            let (k, bound) = (draws.below(20) as usize, [f64::INFINITY, 3.0e6][draws.below(2) as usize]);
            let nearest = sorted(&target, bound, k);
            other_order +=
                usize::from(!nearest.iter().map(|hit| hit.0).eq(sorted(&on_sphere, bound, k).iter().map(|hit| hit.0)));
            let set = SlotSet::from_sorted(accept.clone());
            let request = NearestRequest { target: &target, k, accept: &set, effort: SearchEffort::Default, bound };
            assert!(part.can_nearest(&target) && early.can_nearest(&target) == early.can_nearest(&on_sphere));
            let (hits, _) = part.nearest(&request, &mut Work::default()).unwrap().unwrap();
            assert_eq!(hits, nearest, "{note}, k {k}");
        }
    }
    assert!(other_order > 5, "{other_order} questions had another order than on the sphere");
}

#[test]
fn discs_spare_most_shapes_and_trees_most_points() {
    let (values, bytes) = mixed(3, 2_000);
    let part = open(bytes, 2_000).unwrap();
    let small = GeoBox::new(10.0, 10.0, 11.0, 11.0).unwrap();
    let predicate = Predicate::new("location", Test::Intersects(small.into()));
    let (found, _) = part.candidates(&predicate, &mut Work::default()).unwrap();
    let placed = values.iter().flatten().count() as u64;
    assert!(found.len() < placed / 2, "{} of {placed}", found.len());
}
