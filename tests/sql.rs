//! SQL text: what each clause means, SQL's own three-valued logic, and the errors of what is not understood.

#![cfg(feature = "sql")]

use protobase::{
    Database, IndexableSet, Object, Options, Parameters, SetSchema, Value,
    geometry::from_wkt,
    object::{Point, Vector},
};

/// Fixture R of the acceptance list: seven objects whose field `a` is 1, null, missing, "1", 2.0, true and NaN.
fn fixture(indexed: bool) -> Database {
    let database = Database::in_memory();
    let mut schema = SetSchema::new("r").unique("id");
    if indexed {
        schema = schema
            .index("a", "hash")
            .index("a", "ordered")
            .index("n.x", "ordered")
            .index("s", "ordered")
            .index("s", "trie");
    }
    let set: IndexableSet = database.declare(schema).unwrap();
    let a: [Option<Value>; 7] = [
        Some(Value::Int(1)),
        Some(Value::Null),
        None,
        Some(Value::from("1")),
        Some(Value::Float(2.0)),
        Some(Value::Bool(true)),
        Some(Value::Float(f64::NAN)),
    ];
    for (index, value) in a.into_iter().enumerate() {
        let id = i64::try_from(index).unwrap() + 1;
        let mut object = Object::new().with("id", id);
        if let Some(value) = value {
            object.set("a", value);
        }
        match id {
            1 => {
                object.set("s", "á").set("n", Object::new().with("x", 5));
            }
            2 => {
                object.set("s", "z");
            }
            3 => {
                object.set("s", "Z").set("n", Object::new().with("x", Value::Null));
            }
            _ => {}
        }
        set.insert(&object).unwrap();
    }
    database
}

fn ids(database: &Database, sql: &str) -> Vec<i64> {
    let answer = database.sql(sql, &Parameters::new().with("one", 1)).unwrap_or_else(|error| panic!("{sql}: {error}"));
    answer
        .objects
        .iter()
        .map(|object| match object.get("id") {
            Some(Value::Int(id)) => *id,
            other => panic!("{sql}: id is {other:?}"),
        })
        .collect()
}

#[test]
fn conditions_mean_what_sql_says() {
    // SQL keeps what is true: `NOT (a > 0)` is `a <= 0`, `a <> 1` is known and different. Values that do not compare are unknown.
    let cases: &[(&str, &[i64])] = &[
        ("a = 1", &[1]),
        ("a = $one", &[1]),
        ("1 = a", &[1]),
        ("a = 1.0", &[1]),
        ("a = '1'", &[4]),
        ("a = true", &[6]),
        ("a <> 1", &[4, 5, 6, 7]),
        ("NOT a = 1", &[4, 5, 6, 7]),
        ("NOT (NOT a = 1)", &[1]),
        ("a > 0", &[1, 5]),
        ("0 < a", &[1, 5]),
        ("NOT (a > 0)", &[]),
        ("NOT (a > 1)", &[1]),
        ("a BETWEEN 1 AND 2", &[1, 5]),
        ("a NOT BETWEEN 1 AND 1.5", &[5]),
        ("a BETWEEN 2 AND 1", &[]),
        ("a BETWEEN NULL AND 1", &[]),
        ("a IN (1, 2)", &[1, 5]),
        ("a IN (1, NULL)", &[1]),
        ("a IN ()", &[]),
        ("a NOT IN (1)", &[4, 5, 6, 7]),
        ("a NOT IN (1, NULL)", &[]),
        ("a = NULL", &[]),
        ("a <> NULL", &[]),
        ("NOT a = NULL", &[]),
        ("a IS NULL", &[2, 3]),
        ("a IS NOT NULL", &[1, 4, 5, 6, 7]),
        ("NOT a IS NULL", &[1, 4, 5, 6, 7]),
        ("a IS MISSING", &[3]),
        ("a IS NOT MISSING", &[1, 2, 4, 5, 6, 7]),
        ("a", &[6]),
        ("NOT a", &[]),
        ("a IS TRUE", &[6]),
        ("a IS NOT TRUE", &[1, 2, 3, 4, 5, 7]),
        ("s > 'Z'", &[1, 2]),
        ("s LIKE 'z%'", &[2]),
        ("s LIKE '_'", &[1, 2, 3]),
        ("s NOT LIKE 'z%'", &[1, 3]),
        ("s ~ '[zá]'", &[1, 2]),
        ("s !~ '^z'", &[1, 3]),
        ("NOT s ~ '^z'", &[1, 3]),
        ("s ~* 'Z$'", &[2, 3]),
        ("s !~* 'z'", &[1]),
        ("s ~ NULL", &[]),
        ("s !~ NULL", &[]),
        ("a ~ '1'", &[4]),
        ("levenshtein(s, 'zz') <= 1", &[2]),
        ("levenshtein('zz', s) < 3", &[1, 2, 3]),
        ("levenshtein(s, 'zz') > 1.5", &[1, 3]),
        ("NOT levenshtein(s, 'zz') >= 2", &[2]),
        ("1 >= levenshtein(s, 'zz')", &[2]),
        ("levenshtein(s, 'z') <= 0", &[2]),
        ("levenshtein(s, 'z') < 0", &[]),
        ("levenshtein(s, 'z') >= 0", &[1, 2, 3]),
        ("n.x = 5", &[1]),
        ("r.n.x = 5", &[1]),
        ("n.x IS NULL", &[2, 3, 4, 5, 6, 7]),
        ("a = 1 OR id = 7", &[1, 7]),
        ("NOT (a = 1 OR id = 7)", &[4, 5, 6]),
        ("NOT (a = 1 AND id = 1)", &[2, 3, 4, 5, 6, 7]),
        ("1 = 1", &[1, 2, 3, 4, 5, 6, 7]),
        ("1 = 2", &[]),
        ("id = 2 + 3 * 1", &[5]),
        ("id > -1 AND id <-1 + 3", &[1]),
        ("true", &[1, 2, 3, 4, 5, 6, 7]),
    ];
    for indexed in [false, true] {
        let database = fixture(indexed);
        for (condition, expected) in cases {
            let found = ids(&database, &format!("SELECT id FROM r WHERE {condition} ORDER BY id"));
            assert_eq!(found, *expected, "{condition}, indexed: {indexed}");
        }
    }
}

#[test]
fn order_limit_offset_and_items() {
    let database = fixture(true);
    assert_eq!(ids(&database, "SELECT id FROM r ORDER BY id DESC LIMIT 2"), [7, 6]);
    assert_eq!(ids(&database, "SELECT id FROM r ORDER BY id LIMIT 2 OFFSET 3"), [4, 5]);
    assert_eq!(ids(&database, "SELECT id FROM r LIMIT 0"), [] as [i64; 0]);
    assert_eq!(ids(&database, "SELECT id FROM r ORDER BY s"), [3, 2, 1, 4, 5, 6, 7]);
    assert_eq!(ids(&database, "SELECT id FROM r ORDER BY s NULLS FIRST, id DESC"), [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(ids(&database, "SELECT id FROM r ORDER BY s DESC"), [4, 5, 6, 7, 1, 2, 3]);
    let answer =
        database.sql("SELECT id AS number, n.x, s, 7 AS seven FROM r AS q WHERE q.id = 1", &Parameters::new()).unwrap();
    assert_eq!(answer.columns, ["number", "n.x", "s", "seven"]);
    let texts: Vec<String> =
        answer.columns.iter().map(|column| answer.objects[0].get(column).unwrap().to_string()).collect();
    assert_eq!(texts, ["1", "5", "á", "7"]);
    let answer = database
        .sql("SELECT number_of.id AS renamed FROM r number_of ORDER BY renamed DESC LIMIT 1", &Parameters::new())
        .unwrap();
    assert_eq!(answer.first().unwrap().to_string(), "7");
    let all = database.sql("SELECT * FROM r WHERE id = 1", &Parameters::new()).unwrap();
    assert_eq!(all.columns, ["id", "a", "s", "n"]);
}

#[test]
fn counts() {
    let database = fixture(true);
    let count = |sql: &str| database.sql(sql, &Parameters::new()).unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM r").first().unwrap().to_string(), "7");
    assert_eq!(count("SELECT count(*) AS n FROM r WHERE a > 0").columns, ["n"]);
    assert_eq!(count("SELECT COUNT(*) FROM r LIMIT 1").first().unwrap().to_string(), "7");
    assert!(count("SELECT COUNT(*) FROM r LIMIT 0").objects.is_empty());
}

fn places() -> Database {
    let database = Database::in_memory();
    let schema = SetSchema::new("places")
        .index("location", "geo")
        .index_with("embedding", "vector", Options::new().with("dimension", 2).with("metric", "cosine"))
        .index_on(["x", "y"], "plane", Options::new());
    let set: IndexableSet = database.declare(schema).unwrap();
    for (id, (lon, lat)) in [(12.5, 41.9), (2.35, 48.85), (179.9, -16.8), (-179.9, -16.8)].into_iter().enumerate() {
        let angle = 0.3 * id as f32;
        let object = Object::new()
            .with("id", id as i64)
            .with("location", Value::Geometry(Box::new(geo::Geometry::from(*Point::new(lon, lat).unwrap()))))
            .with("embedding", Vector::from(vec![angle.cos(), angle.sin()]).into_components())
            .with("x", id as i64)
            .with("y", 2.0 * id as f64);
        set.insert(&object).unwrap();
    }
    database
}

#[test]
fn distances_and_places() {
    let database = places();
    let found = |sql: &str| ids(&database, sql);
    assert_eq!(found("SELECT id FROM places ORDER BY location <-> ST_Point(180, -16.8) LIMIT 3"), [2, 3, 1]);
    assert_eq!(found("SELECT id FROM places WHERE ST_DWithin(location, ST_Point(12.5, 41.8), 20000)"), [0]);
    assert_eq!(found("SELECT id FROM places WHERE location <-> ST_Point(12.5, 41.8) <= 20000"), [0]);
    assert_eq!(
        found("SELECT id FROM places WHERE ST_Distance(location, ST_Point(12.5, 41.8)) > 20000 ORDER BY id"),
        [1, 2, 3]
    );
    assert_eq!(
        found("SELECT id FROM places WHERE NOT ST_DWithin(location, ST_Point(12.5, 41.8), 20000) ORDER BY id"),
        [1, 2, 3]
    );
    assert_eq!(
        found("SELECT id FROM places WHERE ST_Within(location, ST_MakeEnvelope(179, -17, -179, -16)) ORDER BY id"),
        [2, 3]
    );
    // Every distance is known here, and none is below zero.
    for distance in ["ST_Distance(location, ST_Point(12.5, 41.8))", "POINT(x, y) <-> POINT(0, 0)"] {
        let where_it = |test: &str| found(&format!("SELECT id FROM places WHERE {distance} {test} ORDER BY id"));
        for test in [">= 0", ">= -1", "> -0.5", "BETWEEN 0 AND 90000000", "BETWEEN -1 AND 90000000"] {
            assert_eq!(where_it(test), [0, 1, 2, 3], "{distance} {test}");
        }
        for test in ["< 0", "<= -1", "< -1", "BETWEEN -2 AND -1"] {
            assert!(where_it(test).is_empty(), "{distance} {test}");
        }
    }
    let sql = "SELECT id FROM places ORDER BY location <-> $here LIMIT 1";
    let wkt = Parameters::new().with("here", "POINT(180 -16.8)");
    assert_eq!(database.sql(sql, &wkt).unwrap().objects[0].get("id"), Some(&Value::Int(2)));
    let polygon = "ST_GeomFromText('POLYGON((0 40, 20 40, 20 50, 0 50, 0 40))')";
    assert_eq!(found(&format!("SELECT id FROM places WHERE ST_Within(location, {polygon}) ORDER BY id")), [0, 1]);
    assert_eq!(found(&format!("SELECT id FROM places WHERE ST_Contains({polygon}, location) ORDER BY id")), [0, 1]);
    assert_eq!(found("SELECT id FROM places ORDER BY embedding <=> '[1, 0]' LIMIT 2"), [0, 1]);
    assert_eq!(found("SELECT id FROM places WHERE embedding <=> '[1, 0]' < 0.2 ORDER BY id"), [0, 1, 2]);
    assert_eq!(found("SELECT id FROM places WHERE embedding <-> '[1, 0]' < 0.5 ORDER BY id"), [0, 1]);
    assert_eq!(found("SELECT id FROM places WHERE embedding <#> '[1, 0]' < -0.9 ORDER BY id"), [0, 1]);
    assert_eq!(found("SELECT id FROM places WHERE POINT(x, y) <-> POINT(1, 2) <= 2.3 ORDER BY id"), [0, 1, 2]);
    assert_eq!(found("SELECT id FROM places WHERE POINT(x, y) <-> POINT(1, 2) < 1 ORDER BY id"), [1]);
    let answer = database
        .sql("SELECT ST_X(location) AS lon, ST_AsText(location), ST_Distance(location, ST_Point(12.5, 41.9)) AS d FROM places WHERE id = 0", &Parameters::new())
        .unwrap();
    assert_eq!(answer.columns, ["lon", "ST_AsText", "d"]);
    let text = |name: &str| answer.objects[0].get(name).unwrap().to_string();
    assert_eq!((text("lon"), text("ST_AsText"), text("d")), ("12.5".into(), "POINT(12.5 41.9)".into(), "0.0".into()));
}

#[test]
fn what_is_wrong_is_named() {
    let database = places();
    for (sql, named) in [
        ("SELECT id FROM plases", "no set 'plases'; there are: places"),
        ("SELECT id FROM places WHERE ST_Dwithn(location, ST_Point(1, 2), 3)", "unknown function ST_Dwithn"),
        ("SELECT id FROM places WHERE ST_DWithin(location, ST_Point(1, 91), 3)", "91"),
        ("SELECT id FROM places WHERE ST_DWithin(location, ST_Point(1, 2), -3)", "metres, zero or more"),
        ("SELECT id FROM places WHERE ST_Within(location, ST_GeomFromText('POLYGON((0 0, 1 1)'))", "ST_GeomFromText"),
        ("SELECT id FROM places WHERE embedding <=> $q < 0.5", "parameter $q has no value"),
        ("SELECT id FROM places ORDER BY embedding <=> '[1, 0, 0]' LIMIT 1", "embedding"),
        ("SELECT id FROM places ORDER BY embedding <=> '[0, 0]' LIMIT 1", "embedding"),
        ("SELECT id FROM places ORDER BY embedding <=> '[nan, 0]' LIMIT 1", "embedding"),
        ("SELECT id FROM places LIMIT -1", "LIMIT"),
        ("SELECT nosuch FROM places", "no object of set 'places' has a field 'nosuch'"),
        ("SELECT id FROM places WHERE nosuch = 1", "'nosuch'"),
        ("SELECT id FROM places ORDER BY nosuch.x", "'nosuch.x'"),
        ("SELECT id, x AS id FROM places", "the name 'id' for two items"),
        ("SELECT id FROM places WHERE id & 'x'", "operator &"),
        ("SELECT MEDIEVAL(id) FROM places", "unknown function MEDIEVAL"),
        ("INSERT INTO places VALUES (1)", "INSERT"),
        (
            "SELECT id FROM places WHERE ST_X(location) > 100",
            "ST_X(location): expected a field or a distance; places between",
        ),
        ("SELECT COUNT(*) OVER () FROM places", "OVER (..) is not supported"),
        ("SELECT COUNT(DISTINCT *) FROM places", "COUNT(DISTINCT *): expected one argument"),
        ("SELECT * EXCEPT (id) FROM places", "cannot be read"),
        ("SELECT other.* FROM places", "other.* is not supported"),
        ("SELECT id FROM places WHERE x::text = '1'", "a cast of x to TEXT is not supported"),
        ("SELECT id FROM places WHERE x = CAST('a' AS INTEGER)", "CAST to INTEGER: a: "),
        ("SELECT id FROM places WHERE x = CAST('1' AS UUID)", "the type UUID is not supported"),
        ("SELECT id FROM places WHERE x = TIME '10:00:00'", "the type TIME is not supported"),
        ("SELECT id FROM places WHERE x = TRY_CAST('1' AS INTEGER)", "TRY_CAST"),
        ("SELECT id FROM places WHERE x = +'a'", "+: a: expected a number"),
        ("SELECT id FROM places WHERE ST_DWithin(location, ST_Point(1, 2, 3857), 3)", "reference system 4326"),
        ("SELECT id FROM places WHERE ST_DWithin(location, ST_Point(1, 2), 3, 1)", "on the sphere"),
    ] {
        let message = database.sql(sql, &Parameters::new()).expect_err(sql).to_string();
        assert!(message.contains(named), "{sql}: {message}");
    }
}

#[test]
fn explain_names_the_indexes() {
    let database = fixture(true);
    let set: IndexableSet = database.set("r").unwrap();
    let more: Vec<Object> = (8..3_000_i64).map(|id| Object::new().with("id", id).with("a", id)).collect();
    set.insert_many(&more).unwrap();
    let plan = database.sql("EXPLAIN SELECT id FROM r WHERE a = 1000", &Parameters::new()).unwrap();
    let text: Vec<String> = plan.objects.iter().map(|line| line.get("plan").unwrap().to_string()).collect();
    assert!(text.join("\n").contains("hash"), "{text:?}");
    let plan = database.sql("EXPLAIN ANALYZE SELECT COUNT(*) FROM r WHERE a = 1", &Parameters::new()).unwrap();
    let text: Vec<String> = plan.objects.iter().map(|line| line.get("plan").unwrap().to_string()).collect();
    assert!(text[0].contains("Count"), "{text:?}");
}

#[test]
fn a_name_that_no_object_has_is_refused_in_sets_of_any_size() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("many").index("a", "ordered")).unwrap();
    let object = |n: i64| match n {
        29_000 => Object::new().with("a", n).with("rare", "once"),
        _ => Object::new().with("a", n).with("b", n % 7),
    };
    set.insert_many(&(0..30_000).map(object).collect::<Vec<_>>()).unwrap();
    let last = Object::new().with("a", -1).with("newest", 1);
    let refused = |sql: &str| {
        let message = database.sql(sql, &Parameters::new()).expect_err(sql).to_string();
        assert!(message.contains("no object of set 'many' has a field '"), "{sql}: {message}");
    };
    for flushed in [false, true] {
        if flushed {
            database.flush().unwrap();
        }
        for sql in [
            "SELECT COUNT(*) FROM many WHERE typo = 1",
            "SELECT a FROM many WHERE a = 3 AND typo.x = 1",
            "SELECT a FROM many ORDER BY tpyo LIMIT 3",
            "SELECT a, typo FROM many LIMIT 1",
        ] {
            refused(sql);
        }
        let count = |sql: &str| database.sql(sql, &Parameters::new()).unwrap().first().unwrap().to_string();
        assert_eq!(count("SELECT COUNT(*) FROM many WHERE rare = 'once'"), "1");
    }
    refused("SELECT newest FROM many");
    set.insert(&last).unwrap();
    assert_eq!(database.sql("SELECT newest FROM many WHERE a = -1", &Parameters::new()).unwrap().objects.len(), 1);
}

#[test]
fn an_unknown_operator_or_a_missing_operand_is_named_10() {
    let database = fixture(true);
    for (condition, named) in [
        ("a ~ 1", "~: 1: expected a regular expression as text"),
        ("a ~ 'b(c'", "~: 'b(c': unclosed group"),
        ("a & 1", "operator &"),
        ("levenshtein(a, 'b') = 1", "expected < <= > or >= beside a number of edits"),
        ("levenshtein(a, 'b') <= 5", "field 'a': 5 edits: expected at most 4"),
        ("levenshtein(a, b) <= 1", "levenshtein: (a, b): expected a field and a constant text"),
        ("levenshtein(a, 'b')", "expected a condition"),
        ("a >", "the statement ends after '.. WHERE a >': expected an expression"),
        ("a = 1 AND", "the statement ends after 'a = 1 AND': expected an expression"),
        ("a BETWEEN 1", "the statement ends after 'WHERE a BETWEEN 1': expected AND"),
        ("a IN", "the statement ends after '.. WHERE a IN': expected"),
        ("> 1", "found: >"),
        ("a = = 1", "found: ="),
        ("a LIKE 5", "LIKE: 5: expected text"),
        ("a <=> $q < 1", "parameter $q has no value"),
    ] {
        let sql = format!("SELECT id FROM r WHERE {condition}");
        let message = database.sql(&sql, &Parameters::new()).expect_err(&sql).to_string();
        assert!(message.contains(&named.replace(".. WHERE", "r WHERE")), "{sql}: {message}");
    }
}

#[test]
fn times_are_compared_with_times() {
    let database = Database::options().background(false).in_memory();
    let schema = SetSchema::new("seen").index("at", "ordered");
    let set: IndexableSet = database.declare(schema).unwrap();
    let micros = |year: i64| Value::Timestamp((year - 1970) * 365 * 86_400_000_000);
    let objects: Vec<Object> = (0..3_000)
        .map(|id| {
            let object = Object::new().with("id", id).with("day", "2019-01-01");
            let object = if id == 2_500 { object.with("late", micros(2020)) } else { object };
            if id % 3 == 0 { object.with("at", micros(1980 + id % 60)) } else { object }
        })
        .collect();
    set.insert_many(&objects).unwrap();
    let wanted = objects
        .iter()
        .filter(|object| matches!(object.get("at"), Some(Value::Timestamp(at)) if *at > 1_546_300_800_000_000));
    let wanted = wanted.count().to_string();
    assert_ne!(wanted, "0");
    for flushed in [false, true] {
        if flushed {
            database.flush().unwrap();
        }
        let parameters = Parameters::new().with("t", "2019-01-01T00:00:00Z");
        for condition in [
            "at > TIMESTAMP '2019-01-01T00:00:00Z'",
            "at > TIMESTAMP '2019-01-01'",
            "at > DATE '2019-01-01'",
            "at > CAST($t AS TIMESTAMP)",
            "at > CAST('2019-01-01T00:00:00Z' AS TIMESTAMPTZ)",
            "at > $t::timestamp",
            "$t::timestamp < at",
            "NOT at <= $t::timestamp",
        ] {
            let sql = format!("SELECT COUNT(*) FROM seen WHERE {condition}");
            let count = database.sql(&sql, &parameters).unwrap_or_else(|error| panic!("{sql}: {error}"));
            assert_eq!(count.first().unwrap().to_string(), wanted, "{condition}");
        }
        for condition in
            ["at > $t", "at = '2019-01-01'", "id = 1 OR at IN ('yesterday')", "late < '2019-01-01T00:00:00Z'"]
        {
            let sql = format!("SELECT COUNT(*) FROM seen WHERE {condition}");
            let message = database.sql(&sql, &parameters).expect_err(&sql).to_string();
            assert!(message.contains("a timestamp, as the field's values are"), "{sql}: {message}");
        }
        for condition in
            ["day > TIMESTAMP '2018-01-01'", "id = 1 AND NOT day = $t::timestamp", "day IN ('x', DATE '2019-01-01')"]
        {
            let sql = format!("SELECT COUNT(*) FROM seen WHERE {condition}");
            let message = database.sql(&sql, &parameters).expect_err(&sql).to_string();
            assert!(message.contains("day: TIMESTAMP '201"), "{sql}: {message}");
            assert!(message.contains("expected text, as the field's values are"), "{sql}: {message}");
            assert!(message.contains("--type day:timestamp"), "{sql}: {message}");
        }
        let days = database.sql("SELECT COUNT(*) FROM seen WHERE day = '2019-01-01'", &parameters).unwrap();
        assert_eq!(days.first().unwrap().to_string(), "3000");
    }
    let casts = "SELECT 5::text AS t, '7'::integer AS i, 1::float AS f, CAST('true' AS BOOLEAN) AS b FROM seen LIMIT 1";
    let answer = database.sql(casts, &Parameters::new()).unwrap();
    assert_eq!(answer.objects[0], Object::new().with("t", "5").with("i", 7).with("f", 1.0).with("b", true));
}

#[test]
fn distances_to_lines_and_areas_65() {
    let shapes = [
        "LINESTRING(0 0,90 0)",
        "POLYGON((-20 -1,-10 -1,-10 1,-20 1,-20 -1))",
        "MULTIPOINT((170 0),(-175 0))",
        "MULTIPOLYGON(((179 -1,180 -1,180 1,179 1,179 -1)),((-180 -1,-179 -1,-179 1,-180 1,-180 -1)))",
    ];
    for indexed in [false, true] {
        let database = Database::in_memory();
        let schema = SetSchema::new("ways");
        let schema = if indexed { schema.index("place", "geo") } else { schema };
        let ways: IndexableSet = database.declare(schema).unwrap();
        for (id, text) in (0_i64..).zip(shapes) {
            ways.insert(&Object::new().with("id", id).with("place", from_wkt(text).unwrap())).unwrap();
        }
        database.flush().unwrap();
        let metres = |sql: &str| -> Vec<(i64, f64)> {
            let answer = database.sql(sql, &Parameters::new()).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let read = |object: &Object| match (object.get("id"), object.get("metres")) {
                (Some(Value::Int(id)), Some(Value::Float(metres))) => (*id, metres / 111_195.079_734),
                other => panic!("{sql}: {other:?}"),
            };
            answer.objects.iter().map(read).collect()
        };
        let near = |found: Vec<(i64, f64)>, expected: &[(i64, f64)]| {
            let same = found.iter().zip(expected).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6);
            assert!(same && found.len() == expected.len(), "indexed: {indexed}: {found:?}, expected {expected:?}");
        };
        near(
            metres(
                "SELECT id, ST_Distance(place, ST_Point(-7, 0)) AS metres FROM ways ORDER BY place <-> ST_Point(-7, 0) LIMIT 2",
            ),
            &[(1, 3.0), (0, 7.0)],
        );
        near(
            metres(
                "SELECT id, ST_Distance(place, ST_Point(-170, 0)) AS metres FROM ways
                 WHERE ST_DWithin(place, ST_Point(-170, 0), 1000800) ORDER BY id",
            ),
            &[(2, 5.0), (3, 9.0)],
        );
        near(
            metres(
                "SELECT id, ST_Distance(place, ST_Point(-12, 1)) AS metres FROM ways WHERE place <-> ST_Point(-12, 1) < 1",
            ),
            &[(1, 0.0)],
        );
    }
}
