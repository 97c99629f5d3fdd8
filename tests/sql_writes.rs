//! What SQL writes, read back through the Rust API.

#![cfg(feature = "sql")]

use proptest::prelude::*;
use protobase::{
    Answer, Database, Error, IndexableSet, Object, Offset, Parameters, SetSchema, SqlError, Value, field,
    sql::{Done, Session, pieces},
};

fn none() -> Parameters {
    Parameters::new()
}

fn run(database: &Database, sql: &str) -> Answer {
    database.sql(sql, &none()).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn refused(database: &Database, sql: &str) -> String {
    database.sql(sql, &none()).expect_err(sql).to_string()
}

/// All objects of a set as text, in its order.
fn objects(database: &Database, set: &str) -> Vec<String> {
    let set: IndexableSet = database.set(set).unwrap();
    set.iter().unwrap().map(|object| object.unwrap().1.to_string()).collect()
}

fn places() -> Database {
    let database = Database::options().background(false).in_memory();
    run(
        &database,
        "CREATE SET places (UNIQUE (id), INDEX USING hash (country), INDEX USING ordered (year),
             INDEX USING vector (embedding) WITH (metric = 'cosine', dimension = 2), INDEX USING geo (location))",
    );
    database
}

#[test]
fn every_kind_of_value_is_written_as_the_api_writes_it() {
    let database = places();
    let parameters = Parameters::new().with("bytes", vec![1_u8, 2]).with("more", vec![1, 2]);
    let sql = "INSERT INTO places (id, name, ok, nothing, ratio, seen, embedding, location, area, raw, tags, more, address.city)
         VALUES (1 + 1, 'Vardzia', true, NULL, -0.5, TIMESTAMP '2024-02-29T10:30:00Z', '[0.5, 1]'::vector, ST_Point(43.28, 41.38),
             'POLYGON((0 0, 1 0, 1 1, 0 0))'::geometry, $bytes, ARRAY['a', 'b'], $more, 'Tbilisi')";
    let answer = database.sql(sql, &parameters).unwrap();
    assert_eq!((answer.written(), answer.offsets.len()), (Some(1), 1));
    let corners = geo::Polygon::new(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)].into(), Vec::new());
    let expected = Object::new()
        .with("id", 2)
        .with("name", "Vardzia")
        .with("ok", true)
        .with("nothing", ())
        .with("ratio", -0.5)
        .with("seen", Value::Timestamp(1_709_202_600_000_000))
        .with("embedding", vec![0.5_f32, 1.0])
        .with("location", geo::Point::new(43.28, 41.38))
        .with("area", corners)
        .with("raw", vec![1_u8, 2])
        .with("tags", vec!["a", "b"])
        .with("more", vec![1, 2])
        .with("address", Object::new().with("city", "Tbilisi"));
    let places: IndexableSet = database.set("places").unwrap();
    let stored = places.get(answer.offsets[0]).unwrap().unwrap();
    assert_eq!(stored, expected);
    assert!(matches!(stored.get("embedding"), Some(Value::Vector(_))));
    // Where an index stores vectors, a list or text is one; elsewhere it stays what it is.
    run(
        &database,
        "INSERT INTO places (id, embedding, list) VALUES (3, ARRAY[0.5, 1], ARRAY[0.5, 1]), (4, '[0.5, 1]', DEFAULT)",
    );
    for id in [3, 4] {
        let offset = places.find_unique(id).unwrap().unwrap();
        let stored = places.get(offset).unwrap().unwrap();
        assert!(matches!(stored.get("embedding"), Some(Value::Vector(_))), "{stored}");
        assert_eq!(stored.get("list").is_some(), id == 3, "{stored}");
    }
    let json = r#"INSERT INTO places VALUES ('{"id": 5, "m": {"l": [1, {"x": null}]}, "embedding": [1, 0]}')"#;
    run(&database, json);
    let stored = places.get(places.find_unique(5).unwrap().unwrap()).unwrap().unwrap();
    assert_eq!(stored.get("m").unwrap().to_string(), "{l: [1, {x: null}]}");
    assert!(matches!(stored.get("embedding"), Some(Value::Vector(_))));
    let all = Value::from(vec![Object::new().with("id", 6), Object::new().with("id", 7)]);
    let answer = database.sql("INSERT INTO places VALUES ($all)", &Parameters::new().with("all", all)).unwrap();
    assert_eq!(answer.done.to_string(), "2 objects inserted");
    run(&database, r#"UPDATE places SET m = '{"a": [1]}'::json WHERE id = 6"#);
    assert_eq!(run(&database, "SELECT m.a FROM places WHERE id = 6").first().unwrap().to_string(), "[1]");
}

#[test]
fn updates_compute_of_what_was_there() {
    let database = places();
    run(
        &database,
        "INSERT INTO places (id, country, year, tags) VALUES (1, 'GE', 1500, ARRAY['a']), (2, 'GE', NULL, NULL), (3, 'NO', 1000, ARRAY['b'])",
    );
    let answer = run(
        &database,
        "UPDATE places p SET year = p.year * 2 - 1, old.year = year, country = DEFAULT, tags = array_append(tags, 'x'),
             name = 'n' || 'm' WHERE p.country = 'GE' AND id < 9 RETURNING id, old.year AS was, p.year, country",
    );
    assert_eq!(answer.done, Done::Updated(2));
    assert_eq!(answer.columns, ["id", "was", "year", "country"]);
    let expected = Object::new().with("id", 1).with("was", 1500).with("year", 2999);
    assert_eq!(answer.objects[0], expected);
    // What is computed of null is null.
    assert_eq!(answer.objects[1], Object::new().with("id", 2).with("was", ()).with("year", ()));
    let found = run(&database, "SELECT id, tags, name, country FROM places ORDER BY id");
    let texts: Vec<String> = found.objects.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            r#"{id: 1, tags: ["a", "x"], name: "nm"}"#,
            r#"{id: 2, tags: null, name: "nm"}"#,
            r#"{id: 3, tags: ["b"], country: "NO"}"#
        ]
    );
    assert_eq!(run(&database, "UPDATE places SET tags = tags || ARRAY[1, 2]").written(), Some(3));
    assert_eq!(run(&database, "UPDATE places SET year = 1 WHERE country = 'FR'").written(), Some(0));
    // Indexes follow.
    let places: IndexableSet = database.set("places").unwrap();
    assert_eq!(places.query().filter(field("year").eq(2999)).count().unwrap(), 1);
    assert_eq!(places.query().filter(field("country").eq("GE")).count().unwrap(), 0);
}

#[test]
fn deletes_say_what_they_end() {
    let database = places();
    run(&database, "INSERT INTO places (id, year) VALUES (1, 1), (2, 2), (3, 3), (4, 4)");
    let answer = run(&database, "DELETE FROM places WHERE year BETWEEN 2 AND 3 RETURNING *");
    assert_eq!((answer.written(), answer.columns), (Some(2), vec!["id".to_owned(), "year".to_owned()]));
    assert_eq!(answer.objects[1].to_string(), "{id: 3, year: 3}");
    let by_offset = Parameters::new().with("at", i64::try_from(answer.offsets[0].0).unwrap());
    assert_eq!(database.sql("DELETE FROM places WHERE _offset = $at", &by_offset).unwrap().written(), Some(0));
    assert_eq!(run(&database, "DELETE FROM places").done.to_string(), "2 objects deleted");
    assert!(objects(&database, "places").is_empty());
}

#[test]
fn taken_keys_are_refused_passed_over_or_changed() {
    let database = places();
    run(&database, "INSERT INTO places (id, n) VALUES (1, 10), (2, 20)");
    let taken = refused(&database, "INSERT INTO places (id, n) VALUES (3, 30), (2, 21)");
    assert!(taken.contains("id = 2 is taken"), "{taken}");
    // All of it or nothing.
    assert_eq!(objects(&database, "places").len(), 2);
    let answer =
        run(&database, "INSERT INTO places (id, n) VALUES (2, 21), (3, 30) ON CONFLICT DO NOTHING RETURNING id");
    assert_eq!((answer.written(), answer.objects.len()), (Some(1), 1));
    let upsert = "INSERT INTO places (id, n) VALUES (1, 5), (4, 40), (4, 1)
        ON CONFLICT (id) DO UPDATE SET n = n + excluded.n, seen = true WHERE n < 40 RETURNING id, n, seen";
    let answer = run(&database, upsert);
    let texts: Vec<String> = answer.objects.iter().map(ToString::to_string).collect();
    // The third is not changed: its condition is false.
    assert_eq!(texts, ["{id: 1, n: 15, seen: true}", "{id: 4, n: 40}"]);
    let wrong = refused(&database, "INSERT INTO places (id) VALUES (1) ON CONFLICT (n) DO NOTHING");
    assert!(wrong.contains("(n)") && wrong.contains("which is id"), "{wrong}");
    run(&database, "CREATE SET keyless");
    let wrong = refused(&database, "INSERT INTO keyless (id) VALUES (1) ON CONFLICT DO NOTHING");
    assert!(wrong.contains("ALTER SET keyless ADD UNIQUE"), "{wrong}");
}

#[test]
fn selected_objects_are_inserted() {
    let database = places();
    run(&database, "INSERT INTO places (id, year, name) VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')");
    run(&database, "CREATE SET copy");
    assert_eq!(run(&database, "INSERT INTO copy SELECT name, year AS y FROM places WHERE year > 1").written(), Some(2));
    assert_eq!(run(&database, "INSERT INTO copy (a.b) SELECT id FROM places WHERE id = 1").written(), Some(1));
    assert_eq!(objects(&database, "copy"), [r#"{name: "b", y: 2}"#, r#"{name: "c", y: 3}"#, "{a: {b: 1}}"]);
}

#[test]
fn nested_sets_are_declared_and_written() {
    let database = Database::in_memory();
    run(&database, "CREATE SET customers (UNIQUE (name), invoices SET (INDEX USING ordered (total), items SET))");
    assert_eq!(database.sets(), ["customers", "customers.invoices", "customers.invoices.items"]);
    run(&database, "CREATE SET customers.notes (UNIQUE (n))");
    let answer = run(&database, "INSERT INTO customers (name) VALUES ('Nino'), ('Ole')");
    let parameters = |owner: Offset| Parameters::new().with("owner", i64::try_from(owner.0).unwrap());
    let [nino, ole] = answer.offsets[..] else { panic!("two") };
    for owner in [nino, ole] {
        let sql = "INSERT INTO customers.invoices (_owner, total) VALUES ($owner, 10), ($owner, 20)";
        database.sql(sql, &parameters(owner)).unwrap();
    }
    let sql = "UPDATE customers.invoices SET total = total + 1, paid = true WHERE owner = $owner AND total > 10 RETURNING _owner, total";
    let changed = database.sql(sql, &parameters(ole)).unwrap();
    assert_eq!(changed.objects[0].to_string(), format!("{{_owner: {ole}, total: 21}}"));
    let invoices: IndexableSet = database.set::<Object>("customers").unwrap().nested(nino, "invoices").unwrap();
    assert_eq!(invoices.query().filter(field("total").eq(20)).count().unwrap(), 1);
    let removed = database.sql("DELETE FROM customers.invoices WHERE _owner = $owner", &parameters(ole)).unwrap();
    assert_eq!(removed.written(), Some(2));
    let missing = refused(&database, "INSERT INTO customers.invoices (total) VALUES (1)");
    assert!(missing.contains("owner"), "{missing}");
    // With its owner, a nested set goes, level by level.
    run(&database, "DELETE FROM customers WHERE name = 'Nino'");
    assert!(objects(&database, "customers.invoices").is_empty());
}

#[test]
fn transactions_see_their_writes_and_leave_nothing_when_rolled_back() {
    let database = places();
    let mut session = Session::new(&database);
    let mut run = |sql: &str| session.execute(sql, &none());
    run("BEGIN").unwrap();
    run("INSERT INTO places (id, year) VALUES (1, 1)").unwrap();
    assert_eq!(run("SELECT COUNT(*) FROM places WHERE year = 1").unwrap().first(), Some(&1.into()));
    run("UPDATE places SET year = year + 1, new_field = 1").unwrap();
    // A field that only this transaction has written is known to it.
    assert_eq!(run("SELECT year FROM places WHERE new_field = 1").unwrap().first(), Some(&2.into()));
    assert_eq!(database.sql("SELECT COUNT(*) FROM places", &none()).unwrap().first(), Some(&0.into()));
    assert_eq!(run("ROLLBACK").unwrap().done, Done::RolledBack);
    assert!(objects(&database, "places").is_empty());

    run("BEGIN").unwrap();
    run("INSERT INTO places (id) VALUES (1)").unwrap();
    assert!(run("INSERT INTO places (id) VALUES (1)").unwrap_err().to_string().contains("taken"));
    for sql in ["SELECT * FROM places", "INSERT INTO places (id) VALUES (2)", "BEGIN", "COMMIT"] {
        assert!(matches!(run(sql), Err(SqlError::Aborted)), "{sql}");
    }
    // COMMIT has ended it.
    assert!(run("COMMIT").unwrap_err().to_string().contains("outside of a transaction"));
    run("BEGIN").unwrap();
    assert!(run("CREATE SET other").unwrap_err().to_string().contains("commits by itself"));
    run("ROLLBACK").unwrap();
    run("START TRANSACTION").unwrap();
    run("INSERT INTO places (id) VALUES (1)").unwrap();
    assert!(matches!(run("COMMIT").unwrap().done, Done::Committed(_)));
    assert_eq!(objects(&database, "places").len(), 1);
}

#[test]
fn write_skew_is_a_conflict_where_it_is_asked_to_be() {
    let database = places();
    run(&database, "INSERT INTO places (id, on_call) VALUES (1, true), (2, true)");
    let outcome = |level: &str| {
        let mut sessions = [Session::new(&database), Session::new(&database)];
        for (at, session) in sessions.iter_mut().enumerate() {
            session.execute(&format!("BEGIN ISOLATION LEVEL {level}"), &none()).unwrap();
            let count = session.execute("SELECT COUNT(*) FROM places WHERE on_call = true", &none()).unwrap();
            assert_eq!(count.first(), Some(&2.into()));
            session.execute(&format!("UPDATE places SET on_call = false WHERE id = {}", at + 1), &none()).unwrap();
        }
        let [first, second] = sessions.each_mut().map(|session| session.execute("COMMIT", &none()));
        first.unwrap();
        run(&database, "UPDATE places SET on_call = true");
        second
    };
    assert!(outcome("REPEATABLE READ").is_ok());
    let error = Error::from(outcome("SERIALIZABLE").unwrap_err());
    assert!(error.is_conflict(), "{error}");
}

#[test]
fn a_script_ends_at_its_first_error() {
    let database = Database::in_memory();
    let mut session = Session::new(&database);
    let script =
        "CREATE SET a; INSERT INTO a (n) VALUES (1);\n\nINSERT INTO b (n) VALUES (1); INSERT INTO a (n) VALUES (2)";
    let error = session.execute_script(script, &none()).unwrap_err().to_string();
    assert!(error.starts_with("statement 3, line 3: SQL: no set 'b'; there are: a"), "{error}");
    assert_eq!(objects(&database, "a"), ["{n: 1}"]);
    let answers = session.execute_script("SELECT n FROM a; DELETE FROM a;", &none()).unwrap();
    assert_eq!(
        answers.iter().map(|answer| answer.done.clone()).collect::<Vec<_>>(),
        [Done::Answered, Done::Deleted(1)]
    );
}

#[test]
fn plans_are_told_as_json() {
    let database = places();
    run(&database, "INSERT INTO places (id, country) VALUES (1, 'GE'), (2, 'NO')");
    let json = |sql: &str| -> serde_json::Value {
        let answer = run(&database, sql);
        assert!(answer.is_plan);
        let lines: Vec<String> = answer.objects.iter().map(|line| line.get("plan").unwrap().to_string()).collect();
        serde_json::from_str(&lines.join("\n")).unwrap()
    };
    let plan = json("EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM places WHERE country = 'GE'");
    assert_eq!((&plan["operator"], &plan["actual"]["out"]), (&"Project".into(), &1.into()));
    assert!(plan["inputs"][0]["estimate"]["expected"].is_u64(), "{plan}");
    let plan = json("EXPLAIN (FORMAT json) SELECT COUNT(*) FROM places");
    assert!(plan["actual"].is_null(), "{plan}");
    let text = run(&database, "EXPLAIN (ANALYZE) SELECT id FROM places");
    assert!(text.objects[0].to_string().contains("; in "), "{}", text.objects[0]);
}

#[test]
fn declarations_are_checked_and_told() {
    let database = places();
    for (sql, told) in [
        ("CREATE SET IF NOT EXISTS places", "set 'places' is there already"),
        ("CREATE INDEX by_name ON places USING hash (name)", "index 'by_name' declared on set 'places'"),
        ("CREATE INDEX ON places USING plane (lon, lat)", "index 'places_lon_lat_plane' declared on set 'places'"),
        ("CREATE INDEX IF NOT EXISTS by_name ON places USING hash (name)", "index 'by_name' is there already"),
        ("ALTER SET places ADD notes SET (UNIQUE (n))", "set 'places' declared anew"),
        (
            "CREATE INDEX ON places.notes USING ordered (at.day)",
            "index 'places_notes_at_day_ordered' declared on set 'places.notes'",
        ),
        ("ALTER SET places SET (compression = 'lz4')", "set 'places' declared anew"),
        ("DROP INDEX IF EXISTS other", "there is no index 'other'"),
        ("DROP INDEX by_name", "index 'by_name' of set 'places' dropped"),
        ("DROP SET places.notes", "set 'places.notes' dropped"),
        ("DROP SET IF EXISTS places.notes;", "there is no set 'places.notes'"),
        ("CREATE SET \"to\"", "set 'to' declared"),
        ("CREATE UNIQUE INDEX ON \"to\" (id)", "set 'to' declared anew"),
    ] {
        assert_eq!(run(&database, sql).done.to_string(), told, "{sql}");
    }
    for (sql, named) in [
        ("CREATE SET places", "a name that no set has"),
        ("CREATE SET a.b", "no set 'a'"),
        ("CREATE SET a (id integer PRIMARY KEY)", "a set has no columns"),
        ("CREATE TABLE a (id integer)", "write CREATE SET a (UNIQUE (key))"),
        ("DROP TABLE a", "write DROP SET a"),
        ("CREATE INDEX ON places (name)", "USING kind"),
        ("CREATE INDEX ON places USING btree (name)", "one of: "),
        ("CREATE INDEX ON places USING hash (country)", "places_country_hash"),
        ("CREATE INDEX ON places USING hash (name) WITH (metric = 'l2')", "metric"),
        ("CREATE INDEX ON places USING vector (embedding) WITH (metric = 'l3')", "places_embedding_vector"),
        ("CREATE INDEX ON nowhere USING hash (name)", "no set 'nowhere'"),
        ("CREATE INDEX places_id_hash ON places USING hash (x)", "a name that no index has"),
        ("DROP INDEX nowhere", "places_country_hash"),
        ("DROP INDEX places_id_hash", "the unique key"),
        ("DROP SET nowhere", "no set 'nowhere'"),
        ("ALTER SET places ADD UNIQUE (name)", "which is the set's unique key already"),
        ("CREATE SET a (UNIQUE (b, c))", "several fields"),
        ("CREATE SET a b", "expected one statement"),
        ("CREATE VIEW a", "CREATE VIEW"),
        ("ALTER SET places SET (color = 'red')", "color"),
    ] {
        let error = refused(&database, sql);
        assert!(error.contains(named), "{sql}: {error}");
    }
    assert!(database.set::<Object>("places").unwrap().view().unwrap().declaration().compressed);
}

#[test]
fn what_is_meant_wrongly_is_told() {
    let database = places();
    run(&database, "INSERT INTO places (id, name) VALUES (1, 'a')");
    for (sql, named) in [
        ("INSERT INTO nowhere (a) VALUES (1)", "no set 'nowhere'"),
        ("INSERT INTO places (a, b) VALUES (1)", "1 values: expected 2, one for each of: a, b"),
        ("INSERT INTO places (a) VALUES (b)", "a constant or a parameter"),
        ("INSERT INTO places VALUES (1)", "an object as JSON"),
        ("INSERT INTO places VALUES (1, 2)", "columns' names"),
        ("INSERT INTO places VALUES ('{\"a\": 1, \"a\": 2}')", "twice"),
        ("INSERT INTO places (_offset) VALUES (1)", "_offset"),
        ("INSERT INTO places (a, a.b) VALUES (1, 2)", "a: 1: expected a map"),
        ("INSERT INTO places (embedding) VALUES ('[1]'::vector)", "a vector of 2"),
        ("INSERT INTO places (a) VALUES ($x)", "$x"),
        ("UPDATE places SET name = name + 1", "two numbers"),
        ("UPDATE places SET name.x = 1", "object at offset"),
        ("UPDATE places SET _offset = 1", "never changes"),
        ("UPDATE places SET a = 1 WHERE nme = 'a'", "'nme'"),
        ("UPDATE places SET id = NULL, location = 'x'", "location"),
        ("DELETE FROM places WHERE nme = 'a'", "'nme'"),
        ("DELETE FROM places RETURNING COUNT(*)", "COUNT"),
        ("BEGIN", "Session"),
        ("TRUNCATE places", "TRUNCATE"),
    ] {
        let error = refused(&database, sql);
        assert!(error.contains(named), "{sql}: {error}");
    }
    assert_eq!(objects(&database, "places"), [r#"{id: 1, name: "a"}"#]);
}

#[test]
fn chains_of_any_length_are_taken_apart_or_refused() {
    let database = places();
    run(&database, "INSERT INTO places (id, year) VALUES (1, 1), (2, 2)");
    let chain = (2..20_000).map(|n| format!("year = {n}")).collect::<Vec<_>>().join(" OR ");
    assert_eq!(run(&database, &format!("UPDATE places SET seen = true WHERE {chain}")).written(), Some(1));
    let select = format!("INSERT INTO places (id) SELECT 3 AS id FROM places WHERE {chain}");
    assert_eq!(run(&database, &select).written(), Some(1));
    let upsert = format!("INSERT INTO places (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET seen = true WHERE {chain}");
    assert_eq!(run(&database, &upsert).written(), Some(0));
    assert_eq!(run(&database, &format!("DELETE FROM places WHERE {chain}")).written(), Some(1));
    for sql in [
        format!("SELECT {chain} FROM places"),
        format!("UPDATE places SET seen = ({chain})"),
        format!("INSERT INTO places (seen) VALUES ({chain})"),
        format!("INSERT INTO places (id) VALUES (1) ON CONFLICT (id) WHERE {chain} DO NOTHING"),
        format!("DELETE FROM places RETURNING {chain}"),
        format!("EXPLAIN DELETE FROM places WHERE {chain}"),
        format!("UPDATE places SET seen = true FROM other WHERE {chain}"),
        format!("INSERT INTO places BY NAME SELECT id FROM places WHERE {chain}"),
    ] {
        assert!(refused(&database, &sql).starts_with("SQL"), "{sql:.60}");
    }
}

#[test]
fn racing_updates_lose_none() {
    let database = places();
    database.declare::<Object>(SetSchema::new("places")).unwrap();
    run(&database, "INSERT INTO places (id, n) VALUES (1, 0)");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| drop(run(&database, "UPDATE places SET n = n + 1 WHERE id = 1"))));
        }
    });
    assert_eq!(run(&database, "SELECT n FROM places").first(), Some(&80.into()));
}

#[test]
fn the_statements_of_the_readme_run() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let script = readme
        .split("also write:")
        .nth(1)
        .and_then(|rest| rest.split("```sql\n").nth(1))
        .and_then(|rest| rest.split("```").next())
        .expect("statements");
    let database = Database::in_memory();
    let mut session = Session::new(&database);
    let mut parameters = none().with("id", 2).with("name", "Ushguli").with("q", vec![0.0_f32, 1.0, 0.0]);
    let mut ran = 0;
    for piece in pieces(script) {
        let answer = session.execute(piece.text, &parameters).unwrap_or_else(|error| panic!("{}: {error}", piece.text));
        if let Some(town) = answer.offsets.first() {
            parameters = parameters.with("town", i64::try_from(town.0).unwrap());
        }
        ran += 1;
        if piece.text.starts_with("COMMIT") {
            assert!(matches!(answer.done, Done::Committed(_)));
            // One of three was visited too rarely.
            assert_eq!(objects(&database, "towns").len(), 2);
            break;
        }
    }
    assert_eq!(ran, 9);
    // The last statements end what the others made: EXPLAIN is asked before.
    run(&database, "EXPLAIN (ANALYZE, FORMAT JSON) SELECT name FROM towns WHERE country = 'GE'");
    session
        .execute_script(
            "DROP INDEX by_meaning; ALTER SET towns ADD INDEX USING geo (location); DROP SET towns",
            &none(),
        )
        .unwrap();
    assert!(database.sets().is_empty());
}

/// One random statement over objects `{id, n, tag}`.
#[derive(Clone, Debug)]
enum Step {
    Insert(i64, i64),
    Upsert(i64, i64),
    Add(i64, i64),
    Retag(i64, i64),
    Delete(i64, i64),
    Begin,
    Commit,
    Rollback,
}

fn step() -> impl Strategy<Value = Step> {
    let small = || 0_i64..8;
    prop_oneof![
        (small(), small()).prop_map(|(id, n)| Step::Insert(id, n)),
        (small(), small()).prop_map(|(id, n)| Step::Upsert(id, n)),
        (small(), small()).prop_map(|(low, by)| Step::Add(low, by)),
        (small(), small()).prop_map(|(n, tag)| Step::Retag(n, tag)),
        (small(), small()).prop_map(|(low, high)| Step::Delete(low, high)),
        Just(Step::Begin),
        Just(Step::Commit),
        Just(Step::Rollback),
    ]
}

/// The objects by id: n, and the tag if there is one.
type Twin = std::collections::BTreeMap<i64, (i64, Option<i64>)>;

/// What a statement does to the twin: how many objects are written, or `None` when it is refused.
fn twin(objects: &mut Twin, step: &Step) -> Option<u64> {
    let mut count = 0;
    match *step {
        Step::Insert(id, _) if objects.contains_key(&id) => return None,
        Step::Insert(id, n) => drop(objects.insert(id, (n, None))),
        Step::Upsert(id, n) => {
            objects.entry(id).and_modify(|known| known.0 = known.0 * 2 + n).or_insert((n, None));
        }
        Step::Add(low, by) => {
            for known in objects.values_mut().filter(|known| known.0 >= low) {
                known.0 += by;
                count += 1;
            }
            return Some(count);
        }
        Step::Retag(n, tag) => {
            for known in objects.values_mut().filter(|known| known.0 == n || known.1 == Some(tag)) {
                known.1 = Some(tag);
                count += 1;
            }
            return Some(count);
        }
        Step::Delete(low, high) => {
            let before = objects.len();
            objects.retain(|id, known| !(known.0 > low && *id <= high));
            return Some((before - objects.len()) as u64);
        }
        Step::Begin | Step::Commit | Step::Rollback => return Some(0),
    }
    Some(1)
}

fn statement(step: &Step) -> String {
    match step {
        Step::Insert(id, n) => format!("INSERT INTO t (id, n) VALUES ({id}, {n})"),
        Step::Upsert(id, n) => {
            format!("INSERT INTO t (id, n) VALUES ({id}, {n}) ON CONFLICT (id) DO UPDATE SET n = n * 2 + excluded.n")
        }
        Step::Add(low, by) => format!("UPDATE t SET n = n + {by} WHERE n >= {low}"),
        Step::Retag(n, tag) => format!("UPDATE t SET tag = {tag} WHERE n = {n} OR tag = {tag}"),
        Step::Delete(low, high) => format!("DELETE FROM t WHERE n > {low} AND NOT id > {high}"),
        Step::Begin => "BEGIN".to_owned(),
        Step::Commit => "COMMIT".to_owned(),
        Step::Rollback => "ROLLBACK".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Random statements, in transactions and out of them, do to a set what they do to a map.
    #[test]
    fn statements_do_what_they_do_to_a_map(steps in prop::collection::vec(step(), 1..40)) {
        let database = Database::options().background(false).in_memory();
        // A first object, so that every field that is named is known; it is in nobody's way.
        run(&database, "CREATE SET t (UNIQUE (id), INDEX USING ordered (n))");
        run(&database, "INSERT INTO t (id, n, tag) VALUES (-1, -100, -1)");
        let mut session = Session::new(&database);
        let (mut committed, mut current) = (Twin::from([(-1, (-100, Some(-1)))]), Twin::new());
        current.clone_from(&committed);
        for step in &steps {
            let outcome = session.execute(&statement(step), &none());
            match step {
                Step::Rollback => current.clone_from(&committed),
                Step::Commit if outcome.is_err() => current.clone_from(&committed),
                _ if outcome.is_err() && session.is_aborted() => {}
                _ => {
                    let before = current.clone();
                    let expected = twin(&mut current, step);
                    match (&outcome, expected) {
                        (Ok(answer), Some(count)) => prop_assert_eq!(answer.written().unwrap_or(0), count, "{:?}", step),
                        (Err(_), _) => current = before,
                        (Ok(_), None) => prop_assert!(false, "{:?} was not refused", step),
                    }
                }
            }
            if !session.in_transaction() {
                committed.clone_from(&current);
            }
            let set: IndexableSet = database.set("t").unwrap();
            let number = |object: &Object, name| object.get(name).and_then(|value| value.as_ref().as_f64()).map(|n| n as i64);
            let stored: Twin = set.iter().unwrap().map(|object| {
                let (_, object) = object.unwrap();
                (number(&object, "id").unwrap(), (number(&object, "n").unwrap(), number(&object, "tag")))
            }).collect();
            prop_assert_eq!(&stored, &committed, "after {:?} of {:?}", step, steps);
        }
    }
}
