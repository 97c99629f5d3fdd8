//! What it means that a stored point, line or area intersects, is in, or has a shape: wherever the objects live, with and without an index, in
//! Rust and in SQL. By the numbers of the behaviours that must hold.

mod common;

use common::{Index, World, worlds_with_and_without};
use geo::Geometry;
use protobase::{
    expr::{Expr, field},
    geometry::{Edges, GeoBox, LonLat, PreparedShape, area, from_wkt, geodesic_distance, length},
    object::{Object, Value},
};

const INDEXES: &[Index<'_>] = &[(&["place"], "geo", &[]), (&["kind"], "hash", &[])];

/// Stored shapes, in the order of their ids.
const STORED: [&str; 14] = [
    "POINT(5 5)",
    "POINT(10 5)",
    "POINT(180 -17)",
    "POINT(77 90)",
    "LINESTRING(-5 5,15 5)",
    "LINESTRING(0 0,10 10)",
    "LINESTRING(10 0,10 10)",
    "POLYGON((2 2,8 2,8 8,2 8,2 2),(4 4,6 4,6 6,4 6,4 4))",
    "POLYGON((10 0,20 0,20 10,10 10,10 0))",
    "POLYGON((-20 -20,30 -20,30 30,-20 30,-20 -20))",
    "MULTIPOLYGON(((178 -20,180 -20,180 -15,178 -15,178 -20)),((-180 -20,-178 -20,-178 -15,-180 -15,-180 -20)))",
    "POLYGON((-180 80,180 80,180 90,-180 90,-180 80))",
    "MULTIPOINT((1 1),(9 9))",
    "LINESTRING(4.5 4.5,5.5 5.5)",
];

/// A shape to compare with: which of the stored intersect it, are in it, and have it.
type Row = (&'static str, &'static [i64], &'static [i64], &'static [i64]);

const COMPARED: [Row; 9] = [
    ("POLYGON((0 0,10 0,10 10,0 10,0 0))", &[0, 1, 4, 5, 6, 7, 8, 9, 12, 13], &[0, 1, 5, 6, 7, 12, 13], &[9]),
    // The same with the ring of 7 and what is in it left out.
    ("POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,8 2,8 8,2 8,2 2))", &[1, 4, 5, 6, 7, 8, 9, 12], &[1, 6, 12], &[9]),
    ("POLYGON((4 4,6 4,6 6,4 6,4 4))", &[0, 4, 5, 7, 9, 13], &[0, 13], &[9]),
    ("LINESTRING(10 2,10 8)", &[1, 4, 6, 8, 9], &[1], &[6, 8, 9]),
    ("POINT(5 5)", &[0, 4, 5, 9, 13], &[0], &[0, 4, 5, 9, 13]),
    // Over the antimeridian, by the one name and by the other.
    ("LINESTRING(-180 -18,-180 -16)", &[2, 10], &[2], &[10]),
    ("POLYGON((179 -19,180 -19,180 -16,179 -16,179 -19))", &[2, 10], &[2], &[10]),
    ("POINT(-180 -17)", &[2, 10], &[2], &[2, 10]),
    // A pole is one place.
    ("LINESTRING(0 85,0 90)", &[3, 11], &[3], &[11]),
];

fn shape(text: &str) -> Geometry<f64> {
    from_wkt(text).expect(text)
}

fn known(text: &str) -> PreparedShape {
    PreparedShape::new(shape(text)).expect(text)
}

fn stored() -> Vec<Object> {
    let object =
        |(id, text): (i64, &&str)| Object::new().with("id", id).with("kind", id % 3).with("place", shape(text));
    let mut objects: Vec<Object> = (0..).zip(&STORED).map(object).collect();
    // Nothing, null, and much that is elsewhere.
    let id = |objects: &Vec<Object>| objects.len() as i64;
    objects.push(Object::new().with("id", id(&objects)));
    objects.push(Object::new().with("id", id(&objects)).with("place", Value::Null));
    for n in 0..60 {
        let (x, y) = (f64::from(n) * 2.0 - 170.0, 40.0 + f64::from(n % 7));
        let elsewhere: Geometry<f64> = match n % 3 {
            0 => geo::Point::new(x, y).into(),
            1 => geo::LineString::from(vec![(x, y), (x + 1.0, y + 1.0)]).into(),
            _ => geo::Rect::new((x, y), (x + 1.0, y + 1.0)).to_polygon().into(),
        };
        objects.push(Object::new().with("id", id(&objects)).with("kind", i64::from(n % 3)).with("place", elsewhere));
    }
    objects
}

fn check(worlds: &[World], condition: &Expr, expected: &[i64]) {
    let all = worlds[0].ids(Expr::all());
    let rest: Vec<i64> = all.into_iter().filter(|id| !expected.contains(id)).collect();
    for world in worlds {
        assert_eq!(world.ids(condition.clone()), expected, "{condition} in {}", world.name);
        assert_eq!(world.ids(!condition.clone()), rest, "NOT {condition} in {}", world.name);
        let few: Vec<i64> = expected.iter().copied().filter(|id| id % 3 == 1).collect();
        assert_eq!(
            world.ids(condition.clone().and(field("kind").eq(1))),
            few,
            "{condition} of a kind in {}",
            world.name
        );
    }
}

#[test]
fn stored_shapes_against_known_ones_65_67() {
    let worlds = worlds_with_and_without(&stored(), INDEXES);
    for (text, intersects, covered, covers) in COMPARED {
        check(&worlds, &field("place").intersects(known(text)), intersects);
        check(&worlds, &field("place").covered_by(known(text)), covered);
        check(&worlds, &field("place").covers(known(text)), covers);
    }
    check(&worlds, &field("place").covers(LonLat::new(5.0, 5.0).expect("a place")), &[0, 4, 5, 9, 13]);
}

#[test]
fn boxes_hold_lines_and_areas_too_66() {
    let worlds = worlds_with_and_without(&stored(), INDEXES);
    let fiji = GeoBox::new(177.0, -21.0, -177.0, -14.0).expect("a box");
    check(&worlds, &field("place").covered_by(fiji), &[2, 10]);
    check(&worlds, &field("place").intersects(fiji), &[2, 10]);
    let east = GeoBox::new(177.0, -21.0, 180.0, -14.0).expect("a box");
    check(&worlds, &field("place").covered_by(east), &[2]);
    check(&worlds, &field("place").intersects(east), &[2, 10]);
    let pole = GeoBox::new(-10.0, 85.0, 10.0, 90.0).expect("a box");
    check(&worlds, &field("place").covered_by(pole), &[3]);
    check(&worlds, &field("place").intersects(pole), &[3, 11]);
    check(&worlds, &field("place").covers(pole), &[11]);
}

#[test]
fn great_circles_go_where_straight_edges_do_not_65() {
    let cities =
        [("Reykjavik", -21.9, 64.1), ("Nuuk", -51.7, 64.2), ("Washington", -77.0, 38.9), ("Azores", -28.0, 38.5)];
    let objects: Vec<Object> = (0..)
        .zip(cities)
        .map(|(id, (_, x, y))| {
            let around = geo::Rect::new((x - 2.0, y - 2.0), (x + 2.0, y + 2.0)).to_polygon();
            Object::new().with("id", id).with("place", Geometry::from(around))
        })
        .collect();
    let worlds = worlds_with_and_without(&objects, INDEXES);
    let flight = || shape("LINESTRING(8.6 50.0,-118.4 34.0)");
    let circle = PreparedShape::with_edges(flight(), Edges::great_circle()).expect("a way");
    let straight = PreparedShape::new(flight()).expect("a way");
    for world in &worlds {
        // From Frankfurt to Los Angeles: over Iceland and Greenland on the globe, over Washington on the map.
        assert_eq!(world.ids(field("place").intersects(circle.clone())), [0, 1], "{}", world.name);
        assert_eq!(world.ids(field("place").intersects(straight.clone())), [2], "{}", world.name);
    }
}

#[test]
fn distances_on_the_ellipsoid_65_69() {
    let place = |lon: f64, lat: f64| LonLat::new(lon, lat).expect("on the globe");
    // By the sphere the eastern one is nearer, on the ellipsoid the southern one.
    let places = [place(1.0, 0.0), place(0.0, -1.004), place(180.0, 0.0), place(0.0, 89.0)];
    let objects: Vec<Object> =
        (0..).zip(places).map(|(id, at)| Object::new().with("id", id).with("kind", id % 3).with("place", at)).collect();
    let here = place(0.0, 0.0);
    for world in worlds_with_and_without(&objects, INDEXES) {
        let order = |answer: common::twin::Answer| answer.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(order(world.answer(|query| query.nearest_place("place", here, 2))), [0, 1], "{}", world.name);
        let found = world.answer(|query| query.nearest_geodesic("place", here, 2));
        let metres = |at: LonLat| Some(geodesic_distance(here, at).to_bits());
        assert_eq!(found, [(1, metres(places[1])), (0, metres(places[0]))], "{}", world.name);
        // A degree of the equator is 111,319.5 m long, and one of the meridian there 110,574.4 m.
        assert_eq!(world.ids(field("place").within_geodesic(here, 111_319.0)), [1], "{}", world.name);
        assert_eq!(world.ids(field("place").within_geodesic(here, 111_320.0)), [0, 1], "{}", world.name);
        assert_eq!(world.ids(field("place").within_geodesic(here, 0.0)), Vec::<i64>::new(), "{}", world.name);
    }
}

#[test]
fn shapes_that_cannot_be_meant_are_refused_68() {
    for (text, why) in [
        ("POLYGON((0 0,4 4,4 0,0 4,0 0))", "crosses itself"),
        ("GEOMETRYCOLLECTION(POLYGON((0 0,4 4,4 0,0 4,0 0)))", "crosses itself"),
        ("MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((1 0.5,4 0.5,4 4,1 0.5)))", "overlap"),
        ("MULTIPOINT EMPTY", "empty"),
    ] {
        let error = PreparedShape::new(shape(text)).expect_err(text).to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    let far = Geometry::from(geo::LineString::from(vec![(0.0, 0.0), (190.0, 0.0)]));
    assert!(PreparedShape::new(far).expect_err("refused").to_string().contains("longitude 190"));
    for world in worlds_with_and_without(&stored(), INDEXES) {
        for metres in [-1.0, f64::NAN, f64::INFINITY] {
            let condition = field("place").within_geodesic(LonLat::new(0.0, 0.0).expect("a place"), metres);
            let error = world.query().filter(condition).count().expect_err("refused").to_string();
            assert!(error.contains("place") && error.contains("radius"), "{}: {error}", world.name);
        }
        if world.set().is_some() {
            let error = world.query().filter(field("kind").intersects(known("POINT(1 1)"))).count();
            assert!(error.expect_err("refused").to_string().contains("geometries"), "{}", world.name);
        }
    }
}

#[test]
fn areas_and_lengths_70() {
    let globe = PreparedShape::from(GeoBox::globe());
    assert!((area(globe.shape()) / 5.100_658_8e14 - 1.0).abs() < 1e-6, "{}", area(globe.shape()));
    assert_eq!((area(&shape("POINT(1 1)")), length(&shape("POINT(1 1)"))), (0.0, 0.0));
    assert!((length(&shape("LINESTRING(0 0,1 0)")) - 111_195.08).abs() < 0.01);
}

#[cfg(feature = "sql")]
mod sql {
    use protobase::{
        Answer, Database, Parameters, SetSchema,
        expr::Target,
        geometry::{Globe, from_wkb, to_wkb},
    };

    use super::*;

    fn database(indexed: bool) -> Database {
        let database = Database::in_memory();
        let mut schema = SetSchema::new("things").unique("id");
        if indexed {
            schema = schema.index("place", "geo");
        }
        let set = database.declare::<Object>(schema).expect("declared");
        set.insert_many(&stored()).expect("inserted");
        database
    }

    fn asked(database: &Database, sql: &str) -> Answer {
        database.sql(sql, &Parameters::new()).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn ids(database: &Database, condition: &str) -> Vec<i64> {
        let answer = asked(database, &format!("SELECT id FROM things WHERE {condition} ORDER BY id"));
        let id = |object: &Object| match object.get("id") {
            Some(Value::Int(id)) => *id,
            other => panic!("{condition}: {other:?}"),
        };
        answer.objects.iter().map(id).collect()
    }

    #[test]
    fn functions_take_the_field_on_either_side_65_66_67() {
        for database in [true, false].map(database) {
            for (text, intersects, covered, covers) in COMPARED {
                let constant = format!("ST_GeomFromText('{text}', 4326)");
                for (condition, expected) in [
                    (format!("ST_Intersects(place, {constant})"), intersects),
                    (format!("ST_Intersects({constant}, place)"), intersects),
                    (format!("ST_Within(place, {constant})"), covered),
                    (format!("ST_CoveredBy(place, {constant})"), covered),
                    (format!("ST_Contains({constant}, place)"), covered),
                    (format!("ST_Covers({constant}, place)"), covered),
                    (format!("ST_Contains(place, {constant})"), covers),
                    (format!("ST_Covers(place, {constant})"), covers),
                    (format!("ST_Within({constant}, place)"), covers),
                    (format!("ST_CoveredBy({constant}, place)"), covers),
                ] {
                    assert_eq!(ids(&database, &condition), expected, "{condition}");
                }
                // Unknown of what has no shape.
                let rest: Vec<i64> = (0..76).filter(|id| !intersects.contains(id) && !(14..16).contains(id)).collect();
                assert_eq!(ids(&database, &format!("NOT ST_Intersects(place, {constant})")), rest, "{text}");
            }
            assert_eq!(ids(&database, "ST_Within(place, ST_MakeEnvelope(177, -21, -177, -14))"), [2, 10]);
            assert_eq!(ids(&database, "ST_Covers(place, 'POINT(5 5)')"), [0, 4, 5, 9, 13]);
            assert_eq!(ids(&database, "ST_Covers(place, ST_Point(5, 5)::geography)"), [0, 4, 5, 9, 13]);
        }
    }

    #[test]
    fn shapes_as_text_bytes_areas_and_lengths_70() {
        let database = database(true);
        let columns = "ST_AsText(place) AS wkt, ST_AsGeoJSON(place) AS json, ST_AsBinary(place) AS wkb, ST_Area(place) AS area, ST_Length(place) AS length";
        for (id, text) in STORED.iter().enumerate() {
            let answer = asked(&database, &format!("SELECT {columns} FROM things WHERE id = {id}"));
            let get = |name: &str| answer.objects[0].get(name).cloned().expect(name);
            let Value::Bytes(wkb) = get("wkb") else { panic!("{text}: {:?}", get("wkb")) };
            assert_eq!(
                (from_wkb(&wkb), get("wkt")),
                (Ok(shape(text)), Value::from(protobase::geometry::to_wkt(&shape(text))))
            );
            assert_eq!(get("area"), Value::Float(area(&shape(text))));
            assert_eq!(get("length"), Value::Float(length(&shape(text))));
            // In again, as bytes, as hexadecimal digits, and as GeoJSON.
            let digits: String = wkb.iter().map(|byte| format!("{byte:02x}")).collect();
            let covers = |constant: &str, parameters: &Parameters| {
                let sql = format!("SELECT id FROM things WHERE ST_Covers(place, {constant}) AND id = {id}");
                database.sql(&sql, parameters).unwrap_or_else(|error| panic!("{sql}: {error}")).objects.len()
            };
            assert_eq!(
                covers("ST_GeomFromWKB($wkb)", &Parameters::new().with("wkb", to_wkb(&shape(text)))),
                1,
                "{text}"
            );
            assert_eq!(covers(&format!("ST_GeomFromWKB(X'{digits}', 4326)"), &Parameters::new()), 1, "{text}");
            assert_eq!(covers("ST_GeomFromGeoJSON($json)", &Parameters::new().with("json", get("json"))), 1, "{text}");
        }
        let none = asked(&database, &format!("SELECT {columns} FROM things WHERE id = 14"));
        assert_eq!(none.objects[0].get("area"), None);
        let constant = asked(
            &database,
            "SELECT ST_Area(ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')) AS area FROM things WHERE id = 0",
        );
        assert_eq!(constant.objects[0].get("area"), Some(&Value::Float(area(&shape("POLYGON((0 0,1 0,1 1,0 0))")))));
    }

    #[test]
    fn distances_on_the_spheroid_and_order_by_them_69() {
        let database = database(true);
        let order = |by: &str| -> Vec<Value> {
            let answer = asked(&database, &format!("SELECT id FROM things WHERE id < 14 ORDER BY {by} LIMIT 3"));
            answer.objects.iter().map(|object| object.get("id").cloned().expect("an id")).collect()
        };
        let expected = [1, 4, 6].map(Value::Int).to_vec();
        assert_eq!(order("place <-> ST_Point(10, 5)"), expected);
        assert_eq!(order("ST_Point(10, 5) <-> place"), expected);
        assert_eq!(order("ST_Distance(place, ST_Point(10, 5))"), expected);
        assert_eq!(order("ST_Distance(ST_Point(10, 5), place, true)"), expected);
        let sql = "SELECT ST_Distance(place, ST_Point(5, 6)) AS sphere, ST_Distance(place, ST_Point(5, 6), true) AS spheroid FROM things WHERE id = 0";
        let object = asked(&database, sql).objects.remove(0);
        let metres = |name: &str| match object.get(name) {
            Some(Value::Float(metres)) => *metres,
            other => panic!("{name}: {other:?}"),
        };
        assert!(
            (metres("sphere") - 111_195.08).abs() < 0.01 && (metres("spheroid") - 110_584.5).abs() < 0.1,
            "{object:?}"
        );
        for (spheroid, found) in [("", &[][..]), (", false", &[]), (", true", &[0])] {
            let condition = format!("ST_DWithin(place, ST_Point(5, 6), 111000{spheroid}) AND id < 1");
            assert_eq!(ids(&database, &condition), found, "{condition}");
            assert_eq!(ids(&database, &format!("NOT {condition}")).contains(&0), found.is_empty(), "NOT {condition}");
        }
    }

    /// By how far each is from a known shape, on the sphere and on the spheroid; with the field on either side, and by the operator.
    #[test]
    fn distances_to_lines_and_areas_67_69() {
        let road = "LINESTRING(12 -1,12 -3)";
        let target = |globe| Target::shape("place", known(road), globe);
        let near = |globe, metres: f64| -> Vec<i64> {
            let holds = |object: &Object| target(globe).distance(object).is_some_and(|found| found <= metres);
            (0..).zip(stored()).filter(|(_, object)| holds(object)).map(|(id, _)| id).collect()
        };
        // The area over the road by one degree, which is 110,574 m on the spheroid.
        assert_eq!((near(Globe::Sphere, 111_000.0), near(Globe::Ellipsoid, 111_000.0)), (vec![9], vec![8, 9]));
        for database in [true, false].map(database) {
            for (metres, globe, spheroid) in [
                (111_000.0, Globe::Sphere, ""),
                (111_000.0, Globe::Ellipsoid, ", true"),
                (0.0, Globe::Sphere, ", false"),
                (1.2e6, Globe::Ellipsoid, ", true"),
                (9.0e6, Globe::Sphere, ""),
            ] {
                let expected = near(globe, metres);
                let unknown = 14..16;
                let rest: Vec<i64> = (0..76).filter(|id| !expected.contains(id) && !unknown.contains(id)).collect();
                for condition in [
                    format!("ST_DWithin(place, '{road}', {metres}{spheroid})"),
                    format!("ST_DWithin(ST_GeomFromText('{road}', 4326), place, {metres}{spheroid})"),
                    format!("ST_Distance(place, '{road}'{spheroid}) <= {metres}"),
                ] {
                    assert_eq!(ids(&database, &condition), expected, "{condition}");
                    assert_eq!(ids(&database, &format!("NOT {condition}")), rest, "NOT {condition}");
                }
                if globe == Globe::Sphere {
                    assert_eq!(ids(&database, &format!("place <-> ST_GeomFromText('{road}') <= {metres}")), expected);
                }
            }
            let mut order: Vec<(f64, i64)> = (0..)
                .zip(stored())
                .filter_map(|(id, object)| Some((target(Globe::Sphere).distance(&object)?, id)))
                .collect();
            order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for by in [
                format!("place <-> '{road}'"),
                format!("ST_GeomFromText('{road}') <-> place"),
                format!("ST_Distance(place, '{road}')"),
            ] {
                let sql =
                    format!("SELECT id, ST_Distance(place, '{road}') AS metres FROM things ORDER BY {by} LIMIT 12");
                let answer = asked(&database, &sql).objects;
                let found: Vec<_> = answer.iter().map(|object| (object.get("metres"), object.get("id"))).collect();
                let expected: Vec<_> =
                    order[..12].iter().map(|(metres, id)| (Value::Float(*metres), Value::Int(*id))).collect();
                assert_eq!(found, expected.iter().map(|(metres, id)| (Some(metres), Some(id))).collect::<Vec<_>>());
            }
            let envelope = "ST_MakeEnvelope(177, -10, -177, -5)";
            assert_eq!(ids(&database, &format!("ST_DWithin(place, {envelope}, 600000)")), [10]);
            assert_eq!(ids(&database, &format!("place <-> {envelope} < 600000")), [10]);
        }
    }

    /// Between two places at one latitude, a great circle is nearer to the pole than the parallel.
    #[test]
    fn geography_has_great_circles_for_edges_65() {
        let database = database(true);
        let flight = "LINESTRING(-160 40,-60 40)";
        let straight = ids(&database, &format!("ST_DWithin(place, '{flight}', 300000)"));
        let great = ids(&database, &format!("ST_DWithin(place, '{flight}'::geography, 300000)"));
        assert_ne!(straight, great);
        for other in [format!("ST_GeogFromText('{flight}')"), format!("CAST('{flight}' AS geography)")] {
            assert_eq!(ids(&database, &format!("ST_DWithin(place, {other}, 300000)")), great, "{other}");
        }
        let known = PreparedShape::with_edges(shape(flight), Edges::great_circle()).expect("a flight");
        let expected = stored();
        let holds = |object: &Object| {
            Target::shape("place", known.clone(), Globe::Sphere)
                .distance(object)
                .is_some_and(|metres| metres <= 300_000.0)
        };
        let expected: Vec<i64> = (0..).zip(&expected).filter(|(_, object)| holds(object)).map(|(id, _)| id).collect();
        assert_eq!(great, expected);
        let length = |constant: &str| {
            let sql = format!("SELECT ST_Length({constant}) AS metres FROM things WHERE id = 0");
            match asked(&database, &sql).objects[0].get("metres") {
                Some(Value::Float(metres)) => *metres,
                other => panic!("{other:?}"),
            }
        };
        assert!(length(&format!("'{flight}'::geography")) < 0.97 * length(&format!("'{flight}'::geometry")));
    }

    #[test]
    fn errors_name_the_argument_68() {
        let database = database(true);
        for (condition, named) in [
            ("ST_Intersects(place, 5)", "ST_Intersects, argument 2: 5: expected a shape"),
            ("ST_Covers('nonsense', place)", "ST_Covers, argument 1"),
            ("ST_Within(place, id)", "ST_Within, argument 2: id: expected a constant shape"),
            ("ST_Within(ST_Point(1, 2), ST_Point(1, 2))", "expected a field and a constant shape"),
            ("ST_Contains(place, ST_GeomFromText('POLYGON((0 0,4 4,4 0,0 4,0 0))'))", "crosses itself"),
            ("ST_Contains(place)", "ST_Contains: 1 argument: expected 2"),
            ("ST_DWithin(place, 'LINESTRING(0 0,1 91)', 5)", "ST_DWithin, argument 2"),
            ("ST_DWithin(place, id, 5)", "ST_DWithin, argument 2: id: expected a constant shape"),
            ("place <-> 'POLYGON((0 0,4 4,4 0,0 4,0 0))' < 5", "crosses itself"),
            ("ST_Within(place, 'LINESTRING(10 20,-170 -20)'::geography)", "antipodes"),
            ("ST_DWithin(place, ST_Point(1, 2), -5)", "ST_DWithin, argument 3: -5: expected metres"),
            ("ST_DWithin(place, ST_Point(1, 2), 5, 1)", "ST_DWithin, argument 4: 1: expected true to measure"),
            ("ST_Covers(place, ST_GeomFromWKB(X'01'))", "ST_GeomFromWKB: 1 bytes: not valid WKB"),
            ("ST_Covers(place, ST_GeomFromWKB(X'0'))", "pairs of hexadecimal digits"),
            ("ST_Covers(place, ST_GeomFromWKB('POINT(1 2)'))", "expected bytes"),
            ("ST_Intersects(id, ST_Point(1, 2))", "geometries"),
        ] {
            let sql = format!("SELECT id FROM things WHERE {condition}");
            let error = database.sql(&sql, &Parameters::new()).expect_err(&sql).to_string();
            assert!(error.contains(named), "{sql}: {error}");
        }
    }
}
