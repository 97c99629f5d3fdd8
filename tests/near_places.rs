//! The nearest places one after the other, and within a radius and a polygon at once, with any filter: against brute force, wherever the
//! objects live. Places are drawn from a seed, which is printed; `PROTOBASE_SEED=n` repeats a run.

mod common;

use common::{
    Index, State, World,
    twin::{Noise, seed},
    world, worlds_with_and_without,
};
use geo::{Polygon, Rect};
use protobase::{
    Database,
    expr::{Expr, evaluate, field},
    geometry::{LonLat, Region, distance},
    object::{Object, Value},
    query::{Ascending, Cursor, Descending, Hit, Query, QueryError},
    set::{IndexableSet, SetSchema},
};

const INDEXES: &[Index<'_>] = &[(&["place"], "geo", &[]), (&["kind"], "hash", &[]), (&["id"], "ordered", &[])];

fn place(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("on the globe")
}

/// Half of them on a grid with the poles and both names of the antimeridian, so that many are equally far, and some are one place.
fn drawn(noise: &mut Noise) -> LonLat {
    if noise.bits().is_multiple_of(2) {
        place(noise.whole(4) as f64 * 45.0, noise.whole(3) as f64 * 30.0)
    } else {
        place(noise.signed() * 180.0, noise.signed().asin().to_degrees())
    }
}

fn things(noise: &mut Noise, count: i64) -> Vec<Object> {
    let mut thing = |id: i64| {
        let object = Object::new().with("id", id).with("kind", id % 4).with("note", noise.whole(2));
        if id % 11 == 7 { object } else { object.with("place", drawn(noise)) }
    };
    (0..count).map(&mut thing).collect()
}

fn spot(object: &Object) -> Option<LonLat> {
    match object.get("place")? {
        Value::Geometry(shape) => geo::Point::try_from((**shape).clone()).ok()?.try_into().ok(),
        _ => None,
    }
}

fn id(hit: Result<Hit, QueryError>) -> (i64, u64) {
    let hit = hit.expect("a hit");
    let object = hit.object().expect("an object");
    let id = object.get("id").and_then(|id| id.as_ref().as_i64()).expect("an id");
    (id, hit.distance.expect("a distance").to_bits())
}

/// All that pass, nearest first.
fn ranked(objects: &[Object], from: LonLat, filter: &Expr) -> Vec<(i64, u64)> {
    let passing = (0..).zip(objects).filter(|(_, object)| evaluate(filter, *object));
    let mut ranked: Vec<(f64, i64)> =
        passing.filter_map(|(id, object)| Some((distance(from, spot(object)?), id))).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().map(|(metres, id)| (id, metres.to_bits())).collect()
}

fn filters() -> Vec<Expr> {
    let box_of =
        |west, south, east, north| Region::new(Rect::new((west, south), (east, north)).to_polygon()).expect("valid");
    vec![
        Expr::all(),
        field("kind").eq(2),
        field("note").eq(1),
        field("place").within_region(box_of(-90.0, -60.0, 90.0, 60.0)),
        field("id").between(20, 90).and(!field("kind").eq(0)),
        field("kind").eq(9),
    ]
}

fn walked(query: &Query<'_>) -> Vec<(i64, u64)> {
    query.walk().expect("a walk").map(id).collect()
}

#[test]
fn a_walk_is_the_whole_order_61_65_69() {
    let mut noise = Noise::new(seed());
    for count in [0, 1, 260] {
        let objects = things(&mut noise, count);
        for world in worlds_with_and_without(&objects, INDEXES) {
            for filter in filters() {
                for k in [1, 10] {
                    let from = drawn(&mut noise);
                    let query = world.query().filter(filter.clone()).nearest_place("place", from, k);
                    let whole = ranked(&objects, from, &filter);
                    assert_eq!(walked(&query), whole, "from {from} where {filter} in {}", world.name);
                    let limit = whole.get(whole.len() / 2).map_or(0.0, |(_, bits)| f64::from_bits(*bits));
                    let near: Vec<_> =
                        whole.iter().copied().filter(|(_, bits)| f64::from_bits(*bits) <= limit).collect();
                    assert_eq!(walked(&query.within(limit)), near, "within {limit} of {from} in {}", world.name);
                }
            }
        }
    }
}

#[test]
fn a_walk_keeps_to_its_snapshot() {
    let mut noise = Noise::new(seed());
    let objects = things(&mut noise, 200);
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("things").index("place", "geo")).expect("declared");
    let offsets = set.insert_many(&objects).expect("inserted");
    let from = drawn(&mut noise);
    let mut walk = set.query().nearest_place("place", from, 3).walk().expect("a walk");
    let mut found: Vec<(i64, u64)> = walk.by_ref().take(5).map(id).collect();
    for (at, offset) in offsets.iter().enumerate() {
        match at % 3 {
            0 => assert!(set.remove(*offset).expect("removed")),
            1 => set.update(*offset, &Object::new().with("id", 1_000).with("place", from)).expect("updated"),
            _ => drop(set.insert(&Object::new().with("id", 2_000).with("place", from)).expect("inserted")),
        }
    }
    database.flush().expect("flushed");
    database.compact().expect("compacted");
    found.extend(walk.map(id));
    assert_eq!(found, ranked(&objects, from, &Expr::all()));
}

#[test]
fn walks_go_along_orders_and_begin_where_a_cursor_says() {
    let mut noise = Noise::new(seed());
    let objects = things(&mut noise, 150);
    let world = world(&objects, INDEXES, State::Scattered);
    let ids = |query: &Query<'_>| {
        let id = |hit: Result<Hit, QueryError>| {
            let object = hit.expect("a hit").object().expect("an object");
            object.get("id").and_then(|id| id.as_ref().as_i64()).expect("an id")
        };
        query.walk().expect("a walk").map(id).collect::<Vec<_>>()
    };
    let order = world.query().filter(field("kind").eq(1)).order_by("note", Descending).order_by("id", Ascending);
    assert_eq!(ids(&order), common::ids(&order.run().expect("hits")));
    assert_eq!(ids(&order.clone().limit(7)), common::ids(&order.run().expect("hits")));
    assert_eq!(ids(&order.clone().limit(7).offset(5)), common::ids(&order.run().expect("hits"))[5..]);

    let from = drawn(&mut noise);
    let near = world.query().nearest_place("place", from, 20);
    let first = near.run().expect("hits");
    let cursor = first.cursor().expect("a cursor").expect("hits");
    let whole = ranked(&objects, from, &Expr::all());
    assert_eq!(walked(&near.clone().after(cursor)), whole[20..]);
    assert_eq!(walked(&near.clone().after(Cursor::start())), whole);

    for query in [world.query(), world.query().nearest_place("place", from, 9).group_by("kind", 2, 2)] {
        let error = query.walk().err().expect("no order").to_string();
        assert!(error.contains("a walk in no order: expected a nearest search"), "{error}");
    }
}

/// A polygon with a hole, whose edges and corners places stand on; some of several parts, at the antimeridian and the poles.
fn regions() -> Vec<Region> {
    let around = |west, south, east, north| Rect::new((west, south), (east, north)).to_polygon();
    let hole = around(-30.0, -30.0, 30.0, 30.0).exterior().clone();
    let with_hole = Polygon::new(around(-90.0, -60.0, 90.0, 60.0).exterior().clone(), vec![hole]);
    let both_sides = geo::MultiPolygon(vec![around(135.0, -30.0, 180.0, 60.0), around(-180.0, -30.0, -135.0, 60.0)]);
    let cap = around(-180.0, 60.0, 180.0, 90.0);
    vec![
        Region::new(with_hole).expect("valid"),
        Region::new(both_sides).expect("valid"),
        Region::new(cap).expect("valid"),
    ]
}

#[test]
fn nearest_within_a_radius_and_a_polygon_67_69() {
    let mut noise = Noise::new(seed());
    let objects = things(&mut noise, 300);
    let worlds: Vec<World> = worlds_with_and_without(&objects, INDEXES);
    let mut hits = 0;
    for region in regions() {
        for filter in [Expr::all(), field("kind").is_in([0, 3]), field("note").eq(0)] {
            let from = drawn(&mut noise);
            for metres in [1_000.0, 2_500_000.0, 9_000_000.0, 3e7] {
                let inside = field("place").within_region(region.clone()).and(filter.clone());
                let whole = ranked(&objects, from, &inside.clone().and(field("place").within_radius(from, metres)));
                for k in [1, 7, 1_000] {
                    let expected = &whole[..k.min(whole.len())];
                    hits += expected.len();
                    for world in &worlds {
                        let near = world.query().filter(inside.clone()).nearest_place("place", from, k);
                        let by_limit = near.clone().within(metres).run().expect("hits");
                        let by_filter = near.filter(field("place").within_radius(from, metres)).run().expect("hits");
                        let what = format!("{k} within {metres} of {from} where {inside} in {}", world.name);
                        assert_eq!(by_limit.into_iter().map(|hit| id(Ok(hit))).collect::<Vec<_>>(), expected, "{what}");
                        assert_eq!(
                            by_filter.into_iter().map(|hit| id(Ok(hit))).collect::<Vec<_>>(),
                            expected,
                            "{what}"
                        );
                    }
                }
            }
        }
    }
    assert!(hits > 100, "hardly anything was near: {hits}");
}
