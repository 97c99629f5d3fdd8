//! Does an index on the first key of an order save reading the whole set? The answer must be that of a full sort, ties and nulls included.

#![cfg(feature = "sql")]

use protobase::{Database, IndexableSet, Object, Parameters, SetSchema};

const CITIES: i64 = 20_000;

fn cities() -> Database {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("cities").index("population", "ordered")).unwrap();
    let city = |id: i64| {
        let city =
            Object::new().with("id", id).with("name", format!("n{:05}", id * 7919 % CITIES)).with("kind", id % 3);
        if id % 50 == 0 { city } else { city.with("population", (id * 31 % CITIES) / 4) }
    };
    set.insert_many(&(0..CITIES).map(city).collect::<Vec<_>>()).unwrap();
    database.flush().unwrap();
    set.insert_many(&(CITIES..CITIES + 40).map(city).collect::<Vec<_>>()).unwrap();
    database
}

#[test]
fn only_ties_of_the_first_key_are_sorted() {
    let database = cities();
    let set: IndexableSet = database.set("cities").unwrap();
    for order in [
        "population DESC NULLS LAST, name",
        "population DESC, name DESC",
        "population, name",
        "population NULLS FIRST, kind DESC, name",
        "population DESC NULLS LAST, kind NULLS FIRST, id DESC",
    ] {
        for (filter, limit) in
            [("", "3"), ("", "50 OFFSET 7"), ("WHERE kind = 1", "5"), ("WHERE population < 9", "1000")]
        {
            let sql = format!("SELECT id FROM cities {filter} ORDER BY {order} LIMIT {limit}");
            let prepared = protobase::sql::Prepared::new(&sql, &Parameters::new()).unwrap();
            let found = prepared.run(&set).unwrap();
            let list: Vec<Object> = set.iter().unwrap().map(|object| object.unwrap().1).collect();
            assert_eq!(found.objects, prepared.run(&list).unwrap().objects, "{sql}");
        }
    }
}

#[test]
fn the_scan_stops_after_the_last_tie() {
    use protobase::query::{Ascending, Descending, Nulls, OrderKey};
    let database = cities();
    let set: IndexableSet = database.set("cities").unwrap();
    let key = OrderKey::new("population", Descending).nulls(Nulls::Last);
    let analysis = set.query().order_by_key(key).order_by("name", Ascending).limit(3).analyze().unwrap().to_string();
    assert!(analysis.contains("OrderedScan"), "{analysis}");
    let visited = analysis.lines().find(|line| line.contains("OrderedScan")).unwrap();
    let visited: u64 =
        visited.split("visited ").nth(1).unwrap().split([',', ')']).next().unwrap().replace(',', "").parse().unwrap();
    assert!(visited < 50, "a handful of ties, not {CITIES} objects: {analysis}");
}
