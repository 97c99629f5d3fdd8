//! Texts that are not known exactly, asked from Rust and in SQL: with indexes, without, and over a list.

#![cfg(all(feature = "sql", feature = "text"))]

use protobase::{
    Database, Expr, IndexableSet, Object, Options, Parameters, SetSchema, Value,
    expr::{Matching, Words},
    field,
    query::Query,
    text::Language,
};

const NAMES: [&str; 7] = ["Tbilisi", "Tbilissi", "Tiflis", "Батуми", "Mtskheta", "Monastir", "tbilisi"];
const ABOUT: [&str; 7] = [
    "The oldest monasteries stand on hills.",
    "A monastery on a hill; it is old.",
    "Klöster auf Hügeln",
    "ein Kloster und ein Hügel",
    "",
    "Monastery hill",
    "old, older, oldest",
];

fn objects() -> Vec<Object> {
    let object = |id: usize| Object::new().with("id", id as i64).with("name", NAMES[id]).with("about", ABOUT[id]);
    let others = [Value::Null, 5.into(), vec!["old monastery"].into()];
    let other =
        |(id, value): (i64, Value)| Object::new().with("id", id).with("name", value.clone()).with("about", value);
    (0..NAMES.len()).map(object).chain((7..).zip(others).map(other)).collect()
}

fn towns(schema: SetSchema) -> (Database, IndexableSet) {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(schema.unique("id")).unwrap();
    let objects = objects();
    let (some, others) = objects.split_at(6);
    set.insert_many(some).unwrap();
    database.flush().unwrap();
    set.insert_many(others).unwrap();
    (database, set)
}

fn indexed(language: &str) -> SetSchema {
    let schema = SetSchema::new("towns").index("name", "trie");
    schema.index_on(["about"], "text", Options::new().with("language", language).with("stop_words", "the a on"))
}

fn ids<'a>(found: impl IntoIterator<Item = &'a Object>) -> Vec<i64> {
    let id = |object: &Object| match object.get("id") {
        Some(Value::Int(id)) => *id,
        other => panic!("id is {other:?}"),
    };
    let mut ids: Vec<i64> = found.into_iter().map(id).collect();
    ids.sort_unstable();
    ids
}

fn filtered(query: Query<'_>, expr: Expr) -> Vec<i64> {
    let found = query.filter(expr.clone()).run().and_then(|hits| hits.objects());
    ids(&found.unwrap_or_else(|error| panic!("{expr}: {error}")))
}

#[test]
fn names_are_found_however_they_are_asked_for() {
    let (plain, with) = (towns(SetSchema::new("towns")), towns(indexed("english")));
    let list = objects();
    let cases: [(Expr, &str, &[i64]); 8] = [
        (field("name").fuzzy("Tbilisi", 1), "levenshtein(name, 'Tbilisi') <= 1", &[0, 1, 6]),
        (field("name").fuzzy("Батум", 2), "levenshtein('Батум', name) < 3", &[3]),
        (field("name").matches("^Tb.*i$"), "name ~ '^Tb.*i$'", &[0, 1]),
        (field("name").matches("(?i)^tb"), "name ~* '^tb'", &[0, 1, 6]),
        (field("name").matches(r"\bмать|туми\b"), r"name ~ '\bмать|туми\b'", &[3]),
        (field("name").like("_b%i"), "name LIKE '_b%i'", &[0, 1, 6]),
        (field("name").is_in(["Tiflis", "Batumi"]), "name IN ('Tiflis', 'Batumi')", &[2]),
        (field("name").starts_with("M").and(!field("name").matches("a$")), "name LIKE 'M%' AND name !~ 'a$'", &[5]),
    ];
    for (expr, sql, expected) in cases {
        assert_eq!(filtered(Query::over(&list), expr.clone()), expected, "{expr}, list");
        for (database, set) in [&plain, &with] {
            assert_eq!(filtered(set.query(), expr.clone()), expected, "{expr}");
            let answer = database.sql(&format!("SELECT id FROM towns WHERE {sql}"), &Parameters::new()).unwrap();
            assert_eq!(ids(&answer.objects), expected, "{sql}");
        }
    }
}

#[test]
fn words_are_found_as_the_index_finds_them() {
    let (plain, english, german) =
        (towns(SetSchema::new("towns")), towns(indexed("english")), towns(indexed("german")));
    let list = objects();
    let all = field("about").matching("old monastery");
    for found in [filtered(Query::over(&list), all.clone()), filtered(plain.1.query(), all.clone())] {
        assert_eq!(found, [1], "oldest is no form of old");
    }
    let asked = |set: &IndexableSet, expr: Expr| filtered(set.query(), expr);
    assert_eq!(asked(&english.1, all), [1]);
    assert_eq!(asked(&english.1, field("about").phrase("monasteries hill")), [5]);
    assert_eq!(asked(&english.1, field("about").phrase("monastery the the hills")), [0, 1]);
    assert_eq!(asked(&english.1, field("about").matching_any("the hill oldest")), [0, 1, 5, 6]);
    assert_eq!(asked(&english.1, field("about").matching("the")), [0; 0], "a stop word");
    assert_eq!(asked(&plain.1, field("about").matching("the")), [0]);
    let kloster = || field("about").matching("Klöster");
    assert_eq!((asked(&german.1, kloster()), asked(&english.1, kloster())), (vec![2, 3], vec![2]));
    // A language that is said counts, whatever is declared.
    let said = || field("about").words(Words::new("Klöster", Matching::All, Some(Language::German)));
    for (_, set) in [&plain, &english, &german] {
        assert_eq!(asked(set, said()), [2, 3]);
        assert_eq!(asked(set, !said()), [0, 1, 4, 5, 6, 7, 8, 9]);
    }
}

#[test]
fn sql_asks_for_words_as_postgresql_does() {
    let (plain, german) = (towns(SetSchema::new("towns")), towns(indexed("german")));
    let nothing = Parameters::new().with("nothing", Value::Null);
    for (database, _) in [&plain, &german] {
        for (condition, expected) in [
            ("about @@ plainto_tsquery('english', 'old monasteries')", &[1][..]),
            ("about @@ phraseto_tsquery('english', 'monastery on a hill')", &[1]),
            ("to_tsvector('english', about) @@ to_tsquery('monastery | oldest')", &[0, 1, 5, 6]),
            ("about @@ to_tsquery('english', 'monastery & hill')", &[0, 1, 5]),
            ("NOT towns.about @@ plainto_tsquery('german', 'Kloster')", &[0, 1, 4, 5, 6, 8, 9]),
            ("about @@ plainto_tsquery($nothing)", &[]),
            ("about @@ plainto_tsquery('simple', 'hügeln') AND id > 0", &[2]),
        ] {
            let answer = database.sql(&format!("SELECT id FROM towns WHERE {condition}"), &nothing);
            assert_eq!(
                ids(&answer.unwrap_or_else(|error| panic!("{condition}: {error}")).objects),
                expected,
                "{condition}"
            );
        }
    }
    let declared = german.0.sql("SELECT id FROM towns WHERE about @@ plainto_tsquery('Klöster')", &nothing).unwrap();
    assert_eq!(ids(&declared.objects), [2, 3]);
    for (condition, named) in [
        ("about @@ 'b'", "@@: 'b': expected plainto_tsquery(..)"),
        ("about @@ plainto_tsquery('klingon', 'b')", "klingon: expected one of none, arabic"),
        ("to_tsvector('german', about) @@ plainto_tsquery('english', 'b')", "expected one language on both sides"),
        ("about @@ to_tsquery('b & (c | d)')", "expected words with | between them"),
        ("about @@ plainto_tsquery()", "expected a language, which may be left out, and a text"),
        ("about @@ plainto_tsquery(5)", "plainto_tsquery: 5: expected text"),
    ] {
        let message =
            plain.0.sql(&format!("SELECT id FROM towns WHERE {condition}"), &nothing).unwrap_err().to_string();
        assert!(message.contains(named), "{condition}: {message}");
    }
}

#[test]
fn the_plan_takes_the_index() {
    let (database, set) = towns(indexed("english"));
    let more =
        |id: i64| Object::new().with("id", id).with("name", format!("town {id}")).with("about", "a town on a hill");
    let more: Vec<Object> = (10..3_000).map(more).collect();
    set.insert_many(&more).unwrap();
    database.flush().unwrap();
    for (expr, kind) in [
        (field("about").matching("oldest monastery"), "text"),
        (field("about").phrase("monastery hill"), "text"),
        (field("name").fuzzy("tbilissi", 2), "trie"),
        (field("name").matches("^Tb"), "trie"),
    ] {
        let plan = set.query().filter(expr.clone()).explain().unwrap().to_string();
        assert!(plan.contains("IndexScan") && plan.contains(kind), "{expr}: {plan}");
    }
}
