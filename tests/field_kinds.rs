//! Are geo and vector operators on a field of another kind refused, with the field, what it holds and what was expected? They would be false
//! or missing for every object, and the answer silently empty.
#![cfg(feature = "sql")]

use protobase::{
    Database, FieldPath, IndexableSet, LonLat, Metric, Object, Options, Parameters, Point, Query, SetSchema, Value,
    field, query::Item, query::Scalar,
};

fn object(id: i64) -> Object {
    let vector = |x: f32| Value::from(vec![x, 1.0]);
    Object::new()
        .with("id", id)
        .with("name", format!("number {id}"))
        .with("at", Point::new(id as f64, 42.0).unwrap())
        .with("place", Point::new(id as f64, 42.0).unwrap())
        .with("embedding", vector(id as f32))
        .with("meaning", vector(id as f32))
        .with("listed", Value::List(vec![id.into(), 1.into()]))
        .with("inner", Object::new().with("at", Point::new(id as f64, 42.0).unwrap()).with("name", "x"))
}

/// `at` and `embedding` are declared; `place`, `meaning` and `listed` are not.
fn schema() -> SetSchema {
    let vectors = Options::new().with("dimension", 2).with("metric", "l2");
    SetSchema::new("things").index("name", "hash").index("at", "geo").index_with("embedding", "vector", vectors)
}

/// The same objects where they are loose, where they are in a segment, and where they are in both.
fn worlds() -> Vec<(&'static str, Database, IndexableSet)> {
    ["loose", "flushed", "both"]
        .map(|form| {
            let database = Database::options().background(false).in_memory();
            let set: IndexableSet = database.declare(schema()).unwrap();
            set.insert_many(&(0..20).map(object).collect::<Vec<_>>()).unwrap();
            if form != "loose" {
                database.flush().unwrap();
            }
            if form == "both" {
                set.insert(&object(20)).unwrap();
            }
            (form, database, set)
        })
        .into()
}

fn here() -> LonLat {
    LonLat::new(3.0, 42.0).unwrap()
}

type Asked = fn(Query<'_>) -> Query<'_>;

/// The question of the builder, the statement that means the same, the field at fault, and what the error says it holds.
const REFUSED: &[(Asked, &str, &str, &str)] = &[
    (
        |query| query.filter(field("name").within_radius(here(), 1000.0)),
        "SELECT id FROM things WHERE ST_DWithin(name, ST_Point(3, 42), 1000)",
        "name",
        "text",
    ),
    (
        |query| query.filter(!field("id").within_radius(here(), 1000.0)),
        "SELECT id FROM things WHERE NOT ST_DWithin(id, ST_Point(3, 42), 1000)",
        "id",
        "number",
    ),
    (
        |query| query.nearest_place("name", here(), 3),
        "SELECT id FROM things ORDER BY name <-> ST_Point(3, 42) LIMIT 3",
        "name",
        "text",
    ),
    (
        |query| query.nearest_place("embedding", here(), 3),
        "SELECT id FROM things ORDER BY embedding <-> ST_Point(3, 42) LIMIT 3",
        "embedding",
        "vector",
    ),
    (
        |query| query.nearest_place("meaning", here(), 3),
        "SELECT id FROM things ORDER BY meaning <-> ST_Point(3, 42) LIMIT 3",
        "meaning",
        "vector",
    ),
    (
        |query| query.nearest_by("at", [1.0, 0.0], Metric::Cosine, 3),
        "SELECT id FROM things ORDER BY at <=> $q LIMIT 3",
        "at",
        "geometry",
    ),
    (
        |query| query.nearest("place", [1.0, 0.0], 3),
        "SELECT id FROM things ORDER BY place <-> $q LIMIT 3",
        "place",
        "geometry",
    ),
    (
        |query| query.nearest_place("inner.name", here(), 3),
        "SELECT id FROM things ORDER BY inner.name <-> ST_Point(3, 42) LIMIT 3",
        "inner.name",
        "text",
    ),
    (
        |query| query.select([Item::computed("x", Scalar::Longitude(FieldPath::from("name")))]),
        "SELECT ST_X(name) AS x FROM things",
        "name",
        "text",
    ),
];

#[test]
fn operators_on_a_field_of_another_kind_are_refused() {
    let parameters = Parameters::new().with("q", vec![1.0_f32, 0.0]);
    for (form, database, set) in worlds() {
        for (asked, sql, path, holds) in REFUSED {
            let built = asked(set.query()).run().expect_err(sql).to_string();
            let stated = database.sql(sql, &parameters).expect_err(sql).to_string();
            assert_eq!(built, stated, "{form}: {sql}");
            for named in [&format!("field '{path}'"), *holds, "expected a field with"] {
                assert!(stated.contains(named), "{form}: {sql}: {stated:?} lacks {named:?}");
            }
            assert!(asked(set.query()).explain().is_err() && asked(set.query()).run_unoptimized().is_err(), "{sql}");
        }
    }
}

#[test]
fn operators_on_a_field_of_their_kind_answer() {
    let parameters = Parameters::new().with("q", vec![1.0_f32, 0.0]);
    for (form, database, set) in worlds() {
        for path in ["at", "place", "inner.at"] {
            let sql = format!("SELECT id FROM things ORDER BY {path} <-> ST_Point(3, 42) LIMIT 3");
            assert_eq!(database.sql(&sql, &parameters).unwrap().objects.len(), 3, "{form}: {sql}");
            assert_eq!(
                set.query().filter(field(path).within_radius(here(), 10.0)).count().unwrap(),
                1,
                "{form}: {path}"
            );
        }
        for path in ["embedding", "meaning", "listed"] {
            let sql = format!("SELECT id FROM things ORDER BY {path} <-> $q LIMIT 3");
            assert_eq!(database.sql(&sql, &parameters).unwrap().objects.len(), 3, "{form}: {sql}");
            assert_eq!(set.query().nearest(path, [1.0, 0.0], 3).run().unwrap().len(), 3, "{form}: {path}");
        }
    }
}

#[test]
fn one_object_of_the_right_kind_is_enough_and_none_is_no_fault() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("things")).unwrap();
    let near = || set.query().nearest_place("spot", here(), 3).run().map(|hits| hits.len());
    assert_eq!(near().unwrap(), 0, "an empty set");
    let mixed = |n: i64| if n % 2 == 0 { Object::new().with("n", n) } else { Object::new().with("spot", ()) };
    set.insert_many(&(0..1_500).map(mixed).collect::<Vec<_>>()).unwrap();
    assert_eq!(near().unwrap(), 0, "no object has more than null there");
    let text = set.insert(&Object::new().with("spot", "Tbilisi")).unwrap();
    for flush in [false, true] {
        if flush {
            database.flush().unwrap();
        }
        assert!(near().unwrap_err().to_string().contains("field 'spot': it holds text"), "flushed: {flush}");
    }
    set.insert(&Object::new().with("spot", Point::new(3.0, 42.0).unwrap())).unwrap();
    for flush in [false, true] {
        if flush {
            database.flush().unwrap();
        }
        assert_eq!(near().unwrap(), 1, "flushed: {flush}");
    }
    assert!(set.remove(text).unwrap());
    assert_eq!(near().unwrap(), 1);
}

#[test]
fn a_transaction_sees_its_own_writes() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("things")).unwrap();
    set.insert(&Object::new().with("spot", "Tbilisi")).unwrap();
    let mut transaction = database.begin().unwrap();
    assert!(transaction.query(&set).unwrap().nearest_place("spot", here(), 3).run().is_err());
    transaction.insert(&set, &Object::new().with("spot", Point::new(3.0, 42.0).unwrap())).unwrap();
    assert_eq!(transaction.query(&set).unwrap().nearest_place("spot", here(), 3).run().unwrap().len(), 1);
}

#[test]
fn a_vector_of_another_dimension_and_a_path_that_leads_nowhere_are_refused() {
    let parameters = Parameters::new().with("q", vec![1.0_f32, 0.0, 0.0]);
    for (form, database, set) in worlds() {
        for path in ["embedding", "meaning", "listed"] {
            let sql = format!("SELECT id, {path} <-> $q AS d FROM things ORDER BY {path} <-> $q LIMIT 3");
            let refused = database.sql(&sql, &parameters).unwrap_err().to_string();
            assert!(
                refused.contains(&format!("field '{path}'")) && refused.contains("3 dimensions"),
                "{form}: {refused}"
            );
            assert!(set.query().nearest(path, [1.0, 0.0, 0.0], 3).run().is_err(), "{form}: {path}");
        }
        for sql in [
            "SELECT id FROM things WHERE inner.zzz = 1",
            "SELECT inner.zzz FROM things",
            "SELECT id FROM things ORDER BY inner.zzz",
            "SELECT id FROM things WHERE id.zzz = 1",
        ] {
            let refused = database.sql(sql, &Parameters::new()).unwrap_err().to_string();
            assert!(refused.contains("zzz") && refused.contains("'things'"), "{form}: {sql}: {refused}");
        }
    }
}

#[test]
fn what_has_no_distance_is_neither_near_nor_far() {
    let parameters = Parameters::new().with("q", vec![1.0_f32, 0.0]);
    for flush in [false, true] {
        let database = Database::options().background(false).in_memory();
        let set: IndexableSet = database.declare(SetSchema::new("s")).unwrap();
        for (id, value, x) in [
            (1, Value::from(vec![9.0_f32, 0.0]), Value::from(7)),
            (2, "text".into(), "text".into()),
            (3, Value::from(vec![1.0_f32]), Value::Null),
            (4, Value::Null, Value::List(vec![])),
            (5, Value::from(*Point::new(5.0, 5.0).unwrap()), Value::from(0.5)),
        ] {
            set.insert(&Object::new().with("id", id).with("v", value).with("x", x).with("y", 1)).unwrap();
        }
        if flush {
            database.flush().unwrap();
        }
        for (condition, found) in [
            ("v <-> $q > 2", &[1][..]),
            ("v <-> $q >= 0", &[1]),
            ("NOT (v <-> $q < 2)", &[1]),
            ("NOT (v <-> $q > 2)", &[]),
            ("v <-> ST_Point(0, 0) > 5", &[5]),
            ("v <-> ST_Point(0, 0) >= 0", &[5]),
            ("NOT ST_DWithin(v, ST_Point(0, 0), 5)", &[5]),
            ("NOT (v <-> ST_Point(0, 0) < 0)", &[5]),
            ("POINT(x, y) <-> POINT(0, 0) > -1", &[1, 5]),
            ("POINT(x, y) <-> POINT(0, 0) > 3", &[1]),
        ] {
            let sql = format!("SELECT id FROM s WHERE {condition} ORDER BY id");
            let answer = database.sql(&sql, &parameters).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let ids: Vec<_> = answer.objects.iter().map(|object| object.get("id").cloned()).collect();
            let expected: Vec<_> = found.iter().map(|id| Some(Value::Int(*id))).collect();
            assert_eq!(ids, expected, "{condition}, flushed: {flush}");
        }
        let unknown = database.sql("SELECT id FROM s WHERE zzz <-> ST_Point(0, 0) < 0", &parameters).unwrap_err();
        assert!(unknown.to_string().contains("'zzz'"), "{unknown}");
    }
}
