//! Answers against a scan with the distance function, box and region themselves.

use std::sync::Arc;

use geo::{line_string, point, polygon};
use proptest::prelude::*;

use crate::{
    codec::{Container, ContainerWriter},
    expr::{Predicate, Target, Test},
    geometry::{GeoBox, LonLat, Region, distance, from_wkt, twin::Draws},
    index::{
        BuildEffort, Cardinality, Columns, Exactness, IndexError, IndexKind, IndexPart, NearestRequest, Options,
        SearchEffort, SearchPath, Slot, SlotSet, Work,
    },
    object::{FieldPath, Object, Value},
};

use super::Geo;

const KIND: [u8; 8] = *b"geo-test";

/// A segment's values: by slot a place, or none.
#[derive(Debug)]
struct Segment {
    places: Vec<Option<LonLat>>,
    part: Box<dyn IndexPart>,
}

pub(super) fn container(values: &[Option<Value>]) -> Vec<u8> {
    let fields = [FieldPath::parse("location")];
    let mut builder = Geo.builder(&fields, &Options::new(), BuildEffort::Settled).unwrap();
    for (value, slot) in values.iter().zip(0..) {
        builder.add(Slot(slot), &[value.as_ref().map(Value::as_ref)]).unwrap();
    }
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, KIND).unwrap();
    builder.finish(&Columns::new(), values.len() as u32, &mut out).unwrap();
    out.finish().unwrap();
    bytes
}

pub(super) fn open(bytes: Vec<u8>, slots: u32) -> Result<Box<dyn IndexPart>, IndexError> {
    let container = Container::open("part", KIND, bytes.into())?;
    Geo.open(&[FieldPath::parse("location")], &Options::new(), container, Columns::new(), slots)
}

fn geometry(shape: impl Into<geo::Geometry<f64>>) -> Value {
    Value::Geometry(Box::new(shape.into()))
}

impl Segment {
    fn new(places: Vec<Option<LonLat>>) -> Self {
        let values: Vec<_> = places.iter().map(|place| place.map(geometry)).collect();
        let part = open(container(&values), places.len() as u32).unwrap();
        part.verify().unwrap();
        Self { places, part }
    }

    fn placed(&self) -> impl Iterator<Item = (Slot, LonLat)> + '_ {
        self.places.iter().zip(0..).filter_map(|(place, slot)| place.map(|place| (Slot(slot), place)))
    }

    fn nearest(&self, place: LonLat, k: usize, accept: &SlotSet, bound: f64) -> (Vec<(Slot, f64)>, SearchPath) {
        let target = Target::Place { path: FieldPath::parse("location"), place };
        let request = NearestRequest { target: &target, k, accept, effort: SearchEffort::Default, bound };
        self.part.nearest(&request, &mut Work::default()).unwrap().unwrap()
    }

    fn scan_nearest(&self, place: LonLat, k: usize, accept: &SlotSet, bound: f64) -> Vec<(Slot, f64)> {
        let mut all: Vec<_> = self
            .placed()
            .filter(|(slot, _)| accept.contains(*slot))
            .map(|(slot, at)| (slot, distance(place, at)))
            .filter(|(_, metres)| *metres <= bound)
            .collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }

    fn check(&self, test: Test, inside: impl Fn(LonLat) -> bool) {
        let expected = SlotSet::collect(self.placed().filter(|(_, place)| inside(*place)).map(|(slot, _)| slot));
        let predicate = Predicate::new("location", test);
        let (found, exactness) = self.part.candidates(&predicate, &mut Work::default()).unwrap();
        assert_eq!(exactness, Exactness::Exact);
        assert_eq!(found, expected, "{predicate:?}");
        let access = self.part.access(&predicate).unwrap();
        let Access { cardinality, .. } = access;
        assert!(cardinality.min <= found.len() && found.len() <= cardinality.max, "{access:?} of {}", found.len());
        assert!(cardinality.min <= cardinality.expected && cardinality.expected <= cardinality.max, "{access:?}");
    }

    fn check_all(&self, around: LonLat, metres: f64) {
        self.check(Test::WithinRadius(around, metres), |place| distance(around, place) <= metres);
        for (k, bound) in [(1, f64::INFINITY), (10, f64::INFINITY), (10, metres), (self.places.len() + 1, metres)] {
            for step in [1, 2, 7, 100] {
                let accept = SlotSet::collect((0..self.places.len() as u32).step_by(step).map(Slot));
                let expected = self.scan_nearest(around, k, &accept, bound);
                // The second time the set is known, the third time its mask may be made.
                for time in 1..=3 {
                    let (found, _) = self.nearest(around, k, &accept, bound);
                    assert_eq!(found, expected, "{k} of every {step}th within {bound}, time {time}");
                }
            }
        }
    }
}

use crate::index::Access;

fn place(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).unwrap()
}

/// Places anywhere, around the antimeridian, around the poles, in one town, and the very same place.
fn places() -> impl Strategy<Value = LonLat> {
    prop_oneof![
        (-180.0..=180.0, -90.0..=90.0_f64),
        (179.0..=181.0, -1.0..=1.0_f64),
        (-180.0..=180.0, prop_oneof![Just(90.0), Just(-90.0), 89.9..=90.0_f64, -90.0..=-89.9_f64]),
        (44.7..=44.9, 41.6..=41.8_f64),
        Just((44.79, 41.72)),
        (-18..=18i32, -9..=9i32).prop_map(|(lon, lat)| (f64::from(lon) * 10.0, f64::from(lat) * 10.0)),
    ]
    .prop_map(|(lon, lat): (f64, f64)| place(if lon > 180.0 { lon - 360.0 } else { lon }, lat))
}

/// Places of seven decimals, of any number, and both: all stand in full, or none but those at longitude 180, or some.
fn segments() -> impl Strategy<Value = Segment> {
    let decimal = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let places = move |share: f64| {
        (places(), prop::bool::weighted(share))
            .prop_map(move |(at, cut)| if cut { place(decimal(at.lon), decimal(at.lat)) } else { at })
    };
    prop_oneof![Just(0.0), Just(1.0), Just(0.97)]
        .prop_flat_map(move |share| {
            prop_oneof![
                prop::collection::vec(prop::option::weighted(0.9, places(share)), 0..40),
                prop::collection::vec(prop::option::weighted(0.98, places(share)), 200..1200),
            ]
        })
        .prop_map(Segment::new)
}

fn radii() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        0.0..100.0,
        0.0..100_000.0,
        0.0..21_000_000.0,
        Just(-1.0),
        Just(20_015_115.0),
        Just(f64::MAX)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn radius_and_nearest_equal_a_scan_65_69(
        segment in segments(), around in places(), metres in radii(),
    ) {
        segment.check_all(around, metres);
    }

    #[test]
    fn boxes_equal_a_scan_66(segment in segments(), a in places(), b in places()) {
        let (south, north) = (a.lat.min(b.lat), a.lat.max(b.lat));
        let area = GeoBox::new(a.lon, south, b.lon, north).unwrap();
        segment.check(Test::WithinBox(area), |place| area.contains(place));
    }

    #[test]
    fn regions_equal_a_scan_67(segment in segments(), a in places(), width in 0.1..120.0_f64, height in 0.1..60.0_f64) {
        let (w, s, e, n) = (a.lon, a.lat, (a.lon + width).min(180.0), (a.lat + height).min(90.0));
        prop_assume!(w < e && s < n);
        let inner = |low: f64, high: f64| (low + (high - low) * 0.25, low + (high - low) * 0.75);
        let ((hole_w, hole_e), (hole_s, hole_n)) = (inner(w, e), inner(s, n));
        let shape = polygon!(
            exterior: [(x: w, y: s), (x: e, y: s), (x: e, y: n), (x: w, y: s.midpoint(n)), (x: w, y: s)],
            interiors: [[(x: hole_w, y: hole_s), (x: hole_e, y: hole_s), (x: hole_w, y: hole_s.midpoint(hole_n)), (x: hole_w, y: hole_s)]],
        );
        let region = Arc::new(Region::new(shape).unwrap());
        segment.check(Test::WithinRegion(region.clone()), |place| region.contains(place));
    }
}

#[test]
fn nothing_and_one_point() {
    for places in [vec![], vec![None, None], vec![None, Some(place(180.0, 0.0))]] {
        let segment = Segment::new(places);
        segment.check_all(place(-180.0, 0.0), 1.0);
        segment.check(Test::WithinBox(GeoBox::globe()), |_| true);
    }
}

#[test]
fn nearest_goes_every_way_and_all_agree() {
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    // 60,000 places in ten clusters; slots in the order of clusters, so that a range of slots is a part of the globe.
    let segment = Segment::new(
        (0..60_000)
            .map(|i| Some(place(f64::from(i / 6_000) * 36.0 - 180.0 + random() * 20.0, random() * 160.0 - 80.0)))
            .collect(),
    );
    let mut paths = Vec::new();
    for accept in [
        SlotSet::all(60_000),
        SlotSet::range(6_000, 30_000),
        SlotSet::range(30_000, 31_000),
        SlotSet::range(59_990, 60_000),
        SlotSet::collect((0..60_000).step_by(2).map(Slot)),
        SlotSet::collect((0..60_000).step_by(60).map(Slot)),
        SlotSet::empty(),
    ] {
        for around in [place(-180.0, 10.0), place(150.0, -80.0), place(0.0, 90.0), place(30.0, 0.0)] {
            let (found, path) = segment.nearest(around, 10, &accept, f64::INFINITY);
            assert_eq!(found, segment.scan_nearest(around, 10, &accept, f64::INFINITY));
            paths.push(path);
        }
    }
    for path in [SearchPath::Flat, SearchPath::Tree, SearchPath::Empty] {
        assert!(paths.contains(&path), "{path:?} of {paths:?}");
    }
}

#[test]
fn a_set_that_comes_again_is_put_into_leaf_order_once() {
    let segment =
        Segment::new((0..40_000).map(|i| Some(place(f64::from(i % 200) * 0.1, f64::from(i / 200) * 0.1))).collect());
    // Far from where is asked, so that looking up each near point in the set takes long.
    let accept = SlotSet::range(0, 2_000);
    let target = Target::Place { path: FieldPath::parse("location"), place: place(10.0, 19.9) };
    let visited = |accept: &SlotSet| {
        let request =
            NearestRequest { target: &target, k: 10, accept, effort: SearchEffort::Exact, bound: f64::INFINITY };
        let mut work = Work::default();
        segment.part.nearest(&request, &mut work).unwrap();
        work.visited
    };
    let (first, again) = (visited(&accept), visited(&accept.clone()));
    assert!(first >= 2_000 && again < 200, "{first} at first, {again} again");
    // Equal, but another one.
    let other = SlotSet::range(1, 2_000);
    assert!(visited(&other) >= 1_999);
    assert!(visited(&accept) < 200);
}

#[test]
fn work_is_bounded() {
    let segment = Segment::new(
        (0..100_000).map(|i| Some(place(f64::from(i % 360) - 180.0, f64::from(i / 360) * 0.6 - 83.0))).collect(),
    );
    let target = Target::Place { path: FieldPath::parse("location"), place: place(10.5, 20.2) };
    let accept = SlotSet::all(100_000);
    let request =
        NearestRequest { target: &target, k: 10, accept: &accept, effort: SearchEffort::Exact, bound: f64::INFINITY };
    let mut work = Work::default();
    segment.part.nearest(&request, &mut work).unwrap();
    assert!(work.distances < 1_000 && work.visited < 100, "{work:?}");
    let mut work = Work::default();
    segment
        .part
        .candidates(
            &Predicate::new("location", Test::WithinBox(GeoBox::new(-90.0, -45.0, 90.0, 45.0).unwrap())),
            &mut work,
        )
        .unwrap();
    assert!(work.distances < 20_000, "{work:?}");
}

#[test]
fn ten_thousand_at_one_place_come_by_slot() {
    let segment = Segment::new(vec![Some(place(1.0, 2.0)); 10_000]);
    let (found, _) = segment.nearest(place(1.0, 2.0), 3, &SlotSet::all(10_000), 0.0);
    assert_eq!(found, [(Slot(0), 0.0), (Slot(1), 0.0), (Slot(2), 0.0)]);
}

#[test]
fn only_points_match_and_only_shapes_are_taken() {
    let fields = [FieldPath::parse("location")];
    let line = geometry(line_string![(x: 1., y: 2.), (x: 3., y: 4.)]);
    let part =
        open(container(&[Some(line.clone()), Some(Value::Null), None, Some(geometry(place(1.0, 2.0)))]), 4).unwrap();
    part.verify().unwrap();
    let everywhere = Predicate::new("location", Test::WithinBox(GeoBox::globe()));
    let (found, _) = part.candidates(&everywhere, &mut Work::default()).unwrap();
    assert_eq!(found, SlotSet::range(3, 4));
    assert!(part.access(&Predicate::new("elsewhere", Test::WithinBox(GeoBox::globe()))).is_none());
    assert!(part.access(&Predicate::new("location", Test::IsNull)).is_none());

    let check = |value: Option<Value>| Geo.check_values(&fields, &Options::new(), &[value.as_ref().map(Value::as_ref)]);
    for fine in [None, Some(Value::Null), Some(line), Some(geometry(place(1.0, 2.0)))] {
        check(fine).unwrap();
    }
    let off = check(Some(geometry(point! { x: 0., y: 91. }))).unwrap_err().to_string();
    assert_eq!(off, "field 'location': latitude 91: expected a number from -90 to 90");
    let bow_tie = from_wkt("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))").unwrap();
    assert!(check(Some(Value::from(bow_tie.clone()))).is_err(), "a ring that crosses itself");
    let wrapped =
        geo::GeometryCollection(vec![geo::Geometry::GeometryCollection(geo::GeometryCollection(vec![bow_tie]))]);
    assert!(
        check(Some(Value::from(geo::Geometry::GeometryCollection(wrapped)))).is_err(),
        "a ring that crosses itself, in a collection"
    );
    let text = check(Some(Value::String("Tbilisi".to_owned()))).unwrap_err().to_string();
    assert!(text.contains("Tbilisi") && text.contains("expected a geometry"), "{text}");
    assert!(Geo.check(&fields, &Options::new().with("m", 16)).is_err());
    assert!(Geo.check(&[FieldPath::parse("lon"), FieldPath::parse("lat")], &Options::new()).is_err());
}

#[test]
fn damage_and_a_part_of_another_segment_are_refused() {
    let values: Vec<_> = (0..500).map(|i| Some(geometry(place(f64::from(i) * 0.3, 10.0)))).collect();
    let bytes = container(&values);
    assert!(open(bytes.clone(), 499).is_err());
    for at in (100..bytes.len()).step_by(997) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let verified = open(damaged, 500).and_then(|part| part.verify());
        assert!(verified.is_err(), "a flipped bit at {at} is not found");
    }
}

/// What the second version, in which shapes were measured one by one, did not write.
pub(super) const OF_SHAPES: [&str; 3] = ["shape cell", "shape poles", "shape edge"];

/// A segment of points and other shapes, and its values.
pub(super) fn mixed(seed: u64, slots: usize) -> (Vec<Option<Value>>, Vec<u8>) {
    let mut draws = Draws::new(seed);
    let values: Vec<Option<Value>> = (0..slots)
        .map(|_| match draws.below(4) {
            0 => None,
            1 => {
                let around = draws.shape();
                Some(geometry(draws.place_near(&around)))
            }
            _ => Some(geometry(draws.nested_shape())),
        })
        .collect();
    let bytes = container(&values);
    (values, bytes)
}

pub(super) fn object(value: Option<&Value>) -> Object {
    value.map_or_else(Object::new, |value| Object::new().with("location", value.clone()))
}

/// The same part as an early version wrote it, without sections whose names start so.
pub(super) fn without(beginnings: &[&str], bytes: &[u8]) -> Vec<u8> {
    let part = Container::open("part", KIND, bytes.to_vec().into()).unwrap();
    let mut early = Vec::new();
    let mut out = ContainerWriter::new(&mut early, KIND).unwrap();
    let is_left_out = |name: &str| beginnings.iter().any(|beginning| name.starts_with(beginning));
    for name in part.names().filter(|name| !is_left_out(name)) {
        out.put(name, part.section(name).unwrap().all().unwrap()).unwrap();
    }
    out.finish().unwrap();
    early
}

#[test]
fn lines_and_areas_are_found_as_evaluation_finds_them_65_69() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed ^ 7);
    for round in 0..12 {
        let (values, bytes) = mixed(seed + round, [0, 1, 40, 300][round as usize % 4]);
        let slots = values.len() as u32;
        let early = open(without(&["shape "], &bytes), slots).unwrap();
        let second = open(without(&OF_SHAPES, &bytes), slots).unwrap();
        let part = open(bytes, slots).unwrap();
        for part in [&early, &second, &part] {
            part.verify().unwrap();
        }
        for question in 0..30 {
            let note = format!("seed {seed}, round {round}, question {question}");
            let around = draws.shape();
            let center = draws.place_near(&around);
            let metres = [0.0, 1_000.0, 50_000.0, 2.0e6, 1.3e7][draws.below(5) as usize];
            let predicate = Predicate::new("location", Test::WithinRadius(center, metres));
            let matching = |at: &usize| predicate.matches(&object(values[*at].as_ref()));
            let expected: Vec<u32> = (0..values.len()).filter(matching).map(|at| at as u32).collect();
            let access = part.access(&predicate).unwrap();
            for part in [&part, &second] {
                let (found, exactness) = part.candidates(&predicate, &mut Work::default()).unwrap();
                assert_eq!((access.exactness, exactness), (Exactness::Exact, Exactness::Exact), "{note}");
                assert!(
                    found.iter().map(|slot| slot.0).eq(expected.iter().copied()),
                    "{note}: {found:?}, {expected:?}"
                );
            }
            let (count, Cardinality { min, max, .. }) = (expected.len() as u64, access.cardinality);
            assert!(min <= count && count <= max, "{note}: {count} of {min} to {max}");
            let (superset, exactness) = early.candidates(&predicate, &mut Work::default()).unwrap();
            assert!(expected.iter().all(|slot| superset.contains(Slot(*slot))), "{note}");
            assert_eq!(exactness, early.access(&predicate).unwrap().exactness, "{note}");

            let target = Target::Place { path: FieldPath::parse("location"), place: center };
            let accept: Vec<u32> = (0..slots).filter(|_| draws.below(3) > 0).collect();
            let mut nearest: Vec<(Slot, f64)> = accept
                .iter()
                .filter_map(|slot| Some((Slot(*slot), target.distance(&object(values[*slot as usize].as_ref()))?)))
                .collect();
            nearest.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            let k = draws.below(20) as usize;
            let bound = if draws.below(2) == 0 { f64::INFINITY } else { 3.0e6 };
            nearest.retain(|hit| hit.1 <= bound);
            nearest.truncate(k);
            let accept = SlotSet::from_sorted(accept);
            let effort = SearchEffort::Default;
            let request = NearestRequest { target: &target, k, accept: &accept, effort, bound };
            for part in [&part, &second] {
                assert!(part.can_nearest(&target));
                let (hits, _) = part.nearest(&request, &mut Work::default()).unwrap().unwrap();
                assert_eq!(hits, nearest, "{note}, k {k}");
            }
            let knows_all = values.iter().flatten().all(|value| super::point(Some(value.as_ref())).is_some());
            assert_eq!(early.can_nearest(&target), knows_all, "{note}");
        }
    }
}

/// Points, lines and areas that cover a place, and collections whose areas overlap.
#[test]
fn what_covers_a_place_is_found_as_evaluation_finds_it_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed ^ 0x13);
    let mut matches = 0;
    for round in 0..12 {
        let (mut values, _) = mixed(seed ^ (round + 50), [0, 1, 40, 300][round as usize % 4]);
        if round % 2 == 1 {
            // The same area twice, areas that overlap, and whatever else.
            let (twice, wide) = (draws.shape(), from_wkt("POLYGON((-90 -45,90 -45,90 80,-90 80,-90 -45))").unwrap());
            let members = vec![twice.clone(), twice, draws.shape(), wide];
            values.push(Some(geometry(geo::Geometry::GeometryCollection(geo::GeometryCollection(members)))));
        }
        let bytes = container(&values);
        let slots = values.len() as u32;
        let parts = [&["shape "][..], &OF_SHAPES, &[]].map(|left| open(without(left, &bytes), slots).unwrap());
        for question in 0..40 {
            let note = format!("seed {seed}, round {round}, question {question}");
            let value = values.get(draws.below(slots.max(1).into()) as usize).cloned().flatten();
            let shape: geo::Geometry<f64> = match value {
                Some(Value::Geometry(shape)) => *shape,
                _ => draws.shape(),
            };
            let vertices: Vec<geo::Coord<f64>> = geo::CoordsIter::coords_iter(&shape).collect();
            let vertex = vertices[draws.below(vertices.len() as u64) as usize];
            let vertex = LonLat::new(vertex.x, vertex.y).unwrap();
            let center = match draws.below(3) {
                0 => draws.place_near(&shape),
                1 => vertex.across_antimeridian().unwrap_or(vertex),
                _ => vertex,
            };
            let predicate = Predicate::new("location", Test::Covers(center.into()));
            let expected = SlotSet::collect(
                (0..slots).filter(|slot| predicate.matches(&object(values[*slot as usize].as_ref()))).map(Slot),
            );
            matches += expected.len();
            for part in &parts {
                let access = part.access(&predicate).unwrap();
                let (found, exactness) = part.candidates(&predicate, &mut Work::default()).unwrap();
                assert_eq!(access.exactness, exactness, "{note}");
                assert!(expected.iter().all(|slot| found.contains(slot)), "{note}: {center}: {found:?}, {expected:?}");
                if exactness == Exactness::Exact {
                    assert_eq!(found, expected, "{note}: {center}");
                }
                let Cardinality { min, expected: likely, max } = access.cardinality;
                assert!(min <= expected.len() && expected.len() <= max && min <= likely && likely <= max, "{note}");
            }
            let exactness = parts[2].access(&predicate).unwrap().exactness;
            assert_eq!(exactness, Exactness::Exact, "{note}");
        }
    }
    assert!(matches > 300, "only {matches} matches");
}

#[test]
fn most_shapes_are_never_looked_at() {
    let lines: Vec<_> = (0..2_000)
        .map(|n| (f64::from(n % 60) * 6.0 - 180.0, f64::from(n / 60) * 5.0 - 85.0))
        .map(|(x, y)| Some(geometry(line_string![(x: x, y: y), (x: x + 0.1, y: y + 0.1)])))
        .collect();
    let bytes = container(&lines);
    for (bytes, paths, visited) in
        [(without(&OF_SHAPES, &bytes), [SearchPath::Flat; 2], 2_000), (bytes, [SearchPath::Tree, SearchPath::Flat], 60)]
    {
        let part = open(bytes, 2_000).unwrap();
        let mut work = Work::default();
        let predicate = Predicate::new("location", Test::WithinRadius(place(0.0, 0.0), 100_000.0));
        let (found, _) = part.candidates(&predicate, &mut work).unwrap();
        assert!(!found.is_empty() && work.distances < 20 && work.visited <= visited, "{work:?}");
        let target = Target::Place { path: "location".into(), place: place(1.0, 1.0) };
        // All, and one that is far away: to find that in the tree takes longer than to look at the accepted ones alone.
        for (accept, k, path) in [(SlotSet::all(2_000), 5, paths[0]), (SlotSet::range(0, 1), 1, paths[1])] {
            let (effort, bound) = (SearchEffort::Default, f64::INFINITY);
            let request = NearestRequest { target: &target, k, accept: &accept, effort, bound };
            let mut work = Work::default();
            let (hits, found_by) = part.nearest(&request, &mut work).unwrap().unwrap();
            assert!(hits.len() == k && found_by == path && work.distances < 20, "{found_by:?}, {work:?}");
        }
    }
}

#[test]
fn damaged_shapes_are_refused() {
    let (values, bytes) = mixed(5, 60);
    for at in (100..bytes.len()).step_by(61) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let verified = open(damaged, values.len() as u32).and_then(|part| part.verify());
        assert!(verified.is_err(), "a flipped bit at {at} is not found");
    }
}
