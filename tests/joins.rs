//! Pairs of two sources: wherever the objects live, with and without indexes, a join finds what two nested loops and `expr::evaluate` find.
//! Objects are drawn from a seed, which is printed; `PROTOBASE_SEED=n` repeats a run.

mod common;

use std::sync::Arc;

use common::{
    Index, State, World, list,
    twin::{Noise, seed},
    world,
};
use geo::{Geometry, LineString, MultiPolygon, Point, Polygon, Rect};
use protobase::{
    database::{Database, Isolation},
    expr::{self, Expr, Target, field},
    geometry::{Globe, LonLat, PreparedShape},
    index::SearchEffort,
    object::{Object, Value},
    query::{Ascending, Descending, Hit, Join, On, Pairs, Query, Scalar},
    set::SetSchema,
};

const INDEXES: &[Index<'_>] = &[(&["place"], "geo", &[]), (&["area"], "geo", &[]), (&["kind"], "hash", &[])];
const RADII: [f64; 5] = [0.0, 1.0, 250_000.0, 3_000_000.0, 3e7];

/// A pair: the ids of both, and the bits of the distance between them.
type Paired = (i64, i64, Option<u64>);

/// Numbers on a grid of fifteen degrees, so that points stand on edges and corners, at poles and on the antimeridian, and some twice.
fn on_grid(noise: &mut Noise) -> (f64, f64) {
    (noise.whole(12) as f64 * 15.0, noise.whole(6) as f64 * 15.0)
}

fn anywhere(noise: &mut Noise) -> (f64, f64) {
    (noise.signed() * 180.0, noise.signed().asin().to_degrees())
}

fn place(noise: &mut Noise) -> (f64, f64) {
    if noise.bits().is_multiple_of(2) { on_grid(noise) } else { anywhere(noise) }
}

fn rectangle(noise: &mut Noise) -> Polygon<f64> {
    let (lon, lat) = on_grid(noise);
    let (lon, lat) = (lon.min(105.0), lat.clamp(-75.0, 15.0));
    let (width, height) = (noise.whole(1) as f64 * 30.0 + 45.0, noise.whole(1) as f64 * 30.0 + 45.0);
    let around = Rect::new((lon, lat), (lon + width, lat + height)).to_polygon();
    let hole = LineString::from(vec![(5.0, 5.0), (10.0, 5.0), (10.0, 10.0), (5.0, 10.0), (5.0, 5.0)]);
    let moved = hole.0.iter().map(|at| (at.x + lon, at.y + lat)).collect::<Vec<_>>();
    Polygon::new(around.exterior().clone(), vec![moved.into()])
}

/// Mostly points; where `shapes` is true, some lines and areas.
fn geometry(noise: &mut Noise, shapes: bool) -> Geometry<f64> {
    match noise.bits() % 8 {
        0 if shapes => Geometry::Polygon(rectangle(noise)),
        1 if shapes => {
            let from = on_grid(noise);
            Geometry::LineString(LineString::from(vec![from, (from.0 * 0.9 + 1.0, from.1 * 0.8 + 2.0)]))
        }
        _ => Geometry::Point(place(noise).into()),
    }
}

fn objects(noise: &mut Noise, count: usize, shapes: bool) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    for id in 0..count as i64 {
        let mut object = Object::new().with("id", id).with("kind", noise.whole(2));
        if !noise.bits().is_multiple_of(9) {
            object.set("place", geometry(noise, shapes));
        }
        if !noise.bits().is_multiple_of(3) {
            let area = rectangle(noise);
            let two = noise.bits().is_multiple_of(2);
            let far = Rect::new((-179.0, -89.0), (-178.0, -88.0)).to_polygon();
            let area = if two { Geometry::MultiPolygon(MultiPolygon(vec![area, far])) } else { area.into() };
            object.set("area", area);
        }
        objects.push(object);
    }
    objects
}

fn id(object: &Object) -> i64 {
    object.get("id").and_then(|id| id.as_ref().as_i64()).expect("an id")
}

fn shape(object: &Object, name: &str) -> Option<Arc<PreparedShape>> {
    match object.get(name)? {
        Value::Geometry(shape) => PreparedShape::new((**shape).clone()).ok().map(Arc::new),
        _ => None,
    }
}

/// The pairs by looking at every two. `asked` makes the condition for the right ones, and what they are measured by.
fn loops(
    lefts: &[Object],
    rights: &[Object],
    filter: &Expr,
    asked: impl Fn(&Object) -> Option<(Expr, Option<Target>)>,
) -> Vec<Paired> {
    let mut pairs = Vec::new();
    for left in lefts.iter().filter(|left| expr::evaluate(filter, *left)) {
        let Some((condition, target)) = asked(left) else { continue };
        let mut partners: Vec<(f64, i64)> = Vec::new();
        for right in rights.iter().filter(|right| expr::evaluate(filter, *right)) {
            if expr::evaluate(&condition, right) {
                let distance = target.as_ref().map_or(0.0, |target| target.distance(right).expect("a distance"));
                partners.push((distance, id(right)));
            }
        }
        partners.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let bits = |distance: f64| target.as_ref().map(|_| distance.to_bits());
        pairs.extend(partners.into_iter().map(|(distance, right)| (id(left), right, bits(distance))));
    }
    pairs
}

fn near(metres: f64) -> impl Fn(&Object) -> Option<(Expr, Option<Target>)> {
    move |left| {
        let known = shape(left, "place")?;
        let target = Target::shape("place", known.clone(), Globe::Sphere);
        Some((field("place").within_metres(known, metres, Globe::Sphere), Some(target)))
    }
}

/// What a left shape asks of the right objects.
type Condition = fn(Arc<PreparedShape>) -> Expr;

/// The joins by what shapes have in common, and what each asks of the right objects.
fn common_places() -> Vec<(On, Condition)> {
    let (left, right) = (|| "area".into(), || "place".into());
    vec![
        (On::Contains { left: left(), right: right() }, |shape| field("place").covered_by(shape)),
        (On::Intersects { left: left(), right: right() }, |shape| field("place").intersects(shape)),
        (On::Inside { left: right(), right: left() }, |shape| field("area").covers(shape)),
        (On::Inside { left: right(), right: right() }, |shape| field("place").covers(shape)),
    ]
}

fn found(pairs: &Pairs) -> Vec<Paired> {
    let id = |hit: &Hit| id(&hit.object().expect("an object"));
    pairs.iter().map(|pair| (id(&pair.left), id(&pair.right), pair.distance().map(f64::to_bits))).collect()
}

fn check(join: &Join<'_>, expected: &[Paired], what: &str) {
    let pairs = join.run().unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(found(&pairs), expected, "{what}");
    assert_eq!(pairs.len(), expected.len(), "{what}");
    assert_eq!(join.count().expect("counted"), expected.len() as u64, "{what}");
    assert_eq!(found(&join.run_unoptimized().expect("looked at")), expected, "{what}, as written");
    let few = expected.len() / 2;
    assert_eq!(found(&join.clone().limit(few as u64).run().expect("a few")), expected[..few], "{what}, limited");
    assert_eq!(join.clone().limit(few as u64).count().expect("counted"), few as u64, "{what}, limited");
    let grouped: usize = pairs.groups().map(|(_, rights)| rights.len()).sum();
    assert_eq!(grouped, expected.len(), "{what}");
}

/// The right objects in every place that objects live in, with indexes and without.
fn places(objects: &[Object]) -> Vec<World> {
    let mut worlds = vec![list(objects)];
    for chosen in [&[], INDEXES] {
        worlds.extend(State::ALL.map(|state| world(objects, chosen, state)));
    }
    worlds
}

#[test]
fn joins_find_what_nested_loops_find() {
    let (mut noise, mut paired) = (Noise::new(seed()), 0);
    for (left_count, right_count) in [(25, 45), (60, 12), (1, 1), (0, 20), (20, 0)] {
        let lefts = objects(&mut noise, left_count, true);
        let rights = objects(&mut noise, right_count, true);
        let left_worlds = [list(&lefts), world(&lefts, INDEXES, State::Scattered)];
        let right_worlds = places(&rights);
        for filter in [Expr::all(), field("kind").eq(1)] {
            let mut joins: Vec<(On, Vec<Paired>)> = Vec::new();
            for metres in RADII {
                let on = On::Within { left: "place".into(), right: "place".into(), metres };
                joins.push((on, loops(&lefts, &rights, &filter, near(metres))));
            }
            for (on, condition) in common_places() {
                let asked = |left: &Object| Some((condition(shape(left, &on.left().to_string())?), None));
                let expected = loops(&lefts, &rights, &filter, asked);
                paired += expected.len();
                joins.push((on, expected));
            }
            for (at, right_world) in right_worlds.iter().enumerate() {
                let left_world = &left_worlds[at % 2];
                for (on, expected) in &joins {
                    let what = format!("{on} where {filter}: {} with {}", left_world.name, right_world.name);
                    let right = right_world.query().filter(filter.clone());
                    check(&left_world.query().filter(filter.clone()).join(right, on.clone()), expected, &what);
                }
            }
        }
    }
    assert!(paired > 100, "hardly any shapes met: {paired}");
}

#[test]
fn many_left_objects_are_joined_in_batches() {
    let mut noise = Noise::new(seed());
    let lefts = objects(&mut noise, 2_000, false);
    let rights = objects(&mut noise, 200, true);
    let left = world(&lefts, &[], State::Segment);
    for state in [State::Segment, State::Scattered, State::Partly] {
        let right = world(&rights, INDEXES, state);
        for filter in [Expr::all(), field("kind").eq(1)] {
            let expected = loops(&lefts, &rights, &filter, near(300_000.0));
            let join = left.query().filter(filter.clone()).join_within(
                "place",
                right.query().filter(filter.clone()),
                "place",
                300_000.0,
            );
            assert!(expected.len() > 50, "{} pairs", expected.len());
            assert_eq!(found(&join.run().expect("joined")), expected, "{state:?} where {filter}");
        }
    }
}

fn two_worlds() -> (World, World) {
    let mut noise = Noise::new(seed());
    let (lefts, rights) = (objects(&mut noise, 30, false), objects(&mut noise, 2_000, false));
    (world(&lefts, INDEXES, State::Segment), world(&rights, INDEXES, State::Segment))
}

#[test]
fn a_join_runs_through_the_index_of_its_right_side() {
    let (left, right) = two_worlds();
    let join = left.query().join_within("place", right.query(), "place", 50_000.0);
    let plan = join.explain().expect("explained");
    let line = plan.find("IndexJoin").unwrap_or_else(|| panic!("no index:\n{plan}"));
    assert_eq!(line.detail, "place within 50000 m of place through geo on place");
    assert_eq!(plan.lines.iter().map(|line| line.depth).collect::<Vec<_>>(), [0, 1, 2, 1, 2], "{plan}");

    let analysis = join.analyze().expect("analyzed");
    let done = analysis.plan.find("IndexJoin").and_then(|line| line.actual.clone()).expect("analyzed");
    assert_eq!(done.output, analysis.count, "{}", analysis.plan);
    assert!(done.work.distances < 30 * 2_000 / 4, "{}", analysis.plan);

    let steps = join.trace().expect("traced");
    assert_eq!(steps.first().map(|(name, _)| *name), Some("as written"));
    assert!(steps.iter().any(|(name, tree)| *name == "join_from_index" && tree.contains("IndexJoin")), "{steps:?}");

    // What is limited is no candidates any more: every two are looked at.
    let few = right.query().order_by("id", Ascending).limit(100);
    let join = left.query().join_within("place", few, "place", 9_000_000.0);
    assert!(join.explain().expect("explained").find("Join").is_some());
    assert_eq!(found(&join.run().expect("joined")), found(&join.run_unoptimized().expect("joined")));
    assert!(join.run().expect("joined").iter().all(|pair| id(&pair.right.object().expect("an object")) < 100));
}

/// The 300 nearest to a place.
fn by_distance(query: Query<'_>) -> Query<'_> {
    let place = LonLat::new(20.0, 10.0).expect("a place");
    query.order_by(Scalar::Distance(Target::Place { path: "place".into(), place }), Ascending).limit(300)
}

#[test]
fn each_side_keeps_its_order_and_its_effort() {
    let (left, right) = two_worlds();
    let mut most = 0;
    for right in [right.query().order_by("id", Descending), by_distance(right.query())] {
        let order = right
            .run()
            .expect("the right side")
            .iter()
            .map(|hit| id(&hit.object().expect("an object")))
            .collect::<Vec<_>>();
        // Of equal distance, too: each object of the left side is joined with those at its own place.
        for on in [
            On::Intersects { left: "place".into(), right: "place".into() },
            On::Within { left: "place".into(), right: "place".into(), metres: 0.0 },
        ] {
            let join = left.query().order_by("id", Descending).join(right.clone(), on);
            let (pairs, ids) = (join.run().expect("joined"), |hit: &Hit| id(&hit.object().expect("an object")));
            let mut last = i64::MAX;
            for (left, rights) in pairs.groups() {
                assert!(ids(&left) < last, "the left side's order");
                last = ids(&left);
                let rights: Vec<i64> = rights.map(|right| ids(&right)).collect();
                let expected: Vec<i64> = order.iter().copied().filter(|id| rights.contains(id)).collect();
                assert_eq!(rights, expected, "the right side's order");
                most = most.max(rights.len());
            }
        }
    }
    // Of 300 right objects there may be none at the place of a left one.
    assert!(most > 2, "{most} at one place");
    let exact = by_distance(right.query().effort(SearchEffort::Exact));
    for (join, efforts) in [
        (by_distance(left.query()).join_within("place", exact.clone(), "place", 1.0), [false, true]),
        (exact.join_within("place", by_distance(left.query()), "place", 1.0), [true, false]),
    ] {
        let plan = join.explain().expect("explained");
        let searches = plan.lines.iter().filter(|line| line.operator.starts_with("Nearest"));
        assert_eq!(searches.map(|line| line.detail.contains("exact")).collect::<Vec<_>>(), efforts, "{plan}");
    }
}

#[test]
fn each_side_gives_what_it_selects() {
    let (left, right) = two_worlds();
    let lefts = left.query().select(["id"]);
    let pairs = lefts.join_within("place", right.query().select(["kind", "id"]), "place", 3e7).limit(3).run();
    for pair in pairs.expect("joined").iter() {
        let names = |object: Object| object.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(names(pair.left.object().expect("an object")), ["id"]);
        assert_eq!(names(pair.right.object().expect("an object")), ["kind", "id"]);
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let (left, right) = two_worlds();
    for (metres, said) in [(-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let join = left.query().join_within("place", right.query(), "place", metres);
        match join.run() {
            Err(error) => assert!(error.to_string().contains("place") && error.to_string().contains(said), "{error}"),
            Ok(pairs) => assert!(metres == f64::INFINITY && !pairs.is_empty()),
        }
    }
    for (one, other) in [("kind", "place"), ("place", "kind")] {
        let error = left.query().join_within(one, right.query(), other, 1.0).run().expect_err("no places");
        assert!(error.to_string().contains("field 'kind'"), "{error}");
    }
}

#[test]
fn a_serializable_transaction_depends_on_both_sides() {
    let schema = |name| SetSchema::new(name).index("place", "geo");
    let at = |lon: f64| Object::new().with("id", 1).with("place", Point::new(lon, 0.0));
    for changed in ["lefts", "rights", "others"] {
        let database = Database::options().background(false).in_memory();
        for name in ["lefts", "rights", "others"] {
            database.declare::<Object>(schema(name)).expect("declared").insert(&at(1.0)).expect("inserted");
        }
        let set = |name| database.set::<Object>(name).expect("declared");
        let mut transaction = database.begin_with(Isolation::Serializable).expect("begun");
        let (lefts, rights) = (set("lefts"), set("rights"));
        let (left, right) = (transaction.query(&lefts).expect("asked"), transaction.query(&rights).expect("asked"));
        assert_eq!(left.join_within("place", right, "place", 10.0).count().expect("counted"), 1);
        transaction.insert(&lefts, &at(9.0)).expect("inserted");
        set(changed).insert(&at(1.0)).expect("inserted meanwhile");
        assert_eq!(transaction.commit().is_ok(), changed == "others", "{changed}");
    }
}
