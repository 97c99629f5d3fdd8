//! Indexes follow what is written, whenever they were declared (behaviours 35 to 37), and sets keep their order (51, 53, 54b).

mod common;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use common::ids;
use protobase::{
    database::{Database, IndexInfo},
    expr::{Expr, field},
    object::{Object, Offset},
    query::{Ascending, Goal, Query, SourceOrder},
    set::{IndexableSet, SetSchema},
};
use serde::{Deserialize, Serialize};

fn database() -> Database {
    Database::options().background(false).in_memory()
}

fn indexed() -> SetSchema {
    SetSchema::new("things").index("key", "hash").index("key", "ordered").index("place", "geo")
}

fn thing(id: i64, key: i64) -> Object {
    let place = geo::Point::new((key % 360 - 180) as f64, (key % 180 - 90) as f64);
    Object::new().with("id", id).with("key", key).with("place", place)
}

/// Every question finds the same through the plan as by the plain scan, and as over the objects that should be there.
fn agrees(set: &IndexableSet<Object>, expected: &[Object]) {
    for key in [0, 1, 7, 250, 499, 1_003, 2_000] {
        for condition in [
            field("key").eq(key),
            field("key").between(key, key + 50),
            !field("key").ge(key),
            field("key").gt(key).and(field("key").is_in((0..2_000).step_by(7))),
        ] {
            let query = set.query().filter(condition.clone());
            let found = ids(&query.run().expect("found"));
            let listed = ids(&Query::over(expected).filter(condition).run().expect("listed"));
            assert_eq!(found, listed, "{}", query.explain().expect("explained"));
            assert_eq!(query.count().expect("counted"), listed.len() as u64);
        }
    }
}

#[test]
fn deleted_and_updated_keys_35() {
    for flushes in [0, 1, 3] {
        let database = database();
        let set = database.declare::<Object>(indexed()).expect("declared");
        let flush = |when: i32| {
            if flushes >= when {
                database.flush().expect("flushed");
            }
        };
        let offsets: Vec<Offset> = (0..1_000).map(|id| set.insert(&thing(id, id % 500)).expect("inserted")).collect();
        flush(1);
        for offset in offsets.iter().step_by(2) {
            assert!(set.remove(*offset).expect("removed"));
        }
        flush(2);
        let mut expected = Vec::new();
        for (id, offset) in (0..).zip(&offsets).skip(1).step_by(2) {
            expected.push(thing(id, 1_000 + id));
            set.update(*offset, &thing(id, 1_000 + id)).expect("updated");
        }
        flush(3);
        agrees(&set, &expected);
        database.flush().expect("flushed");
        database.compact().expect("compacted");
        agrees(&set, &expected);
    }
}

#[test]
fn an_index_on_an_empty_set_36() {
    let database = database();
    let set = database.declare::<Object>(indexed()).expect("declared");
    agrees(&set, &[]);
    let empty = set.query().filter(field("key").gt(0)).order_by("key", Ascending).limit(3);
    assert!(empty.run().expect("nothing yet").is_empty());
    set.insert(&thing(1, 7)).expect("inserted");
    agrees(&set, &[thing(1, 7)]);
    database.flush().expect("flushed");
    agrees(&set, &[thing(1, 7)]);
    set.insert_many(&(2..900).map(|id| thing(id, id)).collect::<Vec<_>>()).expect("inserted");
    assert!(set.query().filter(field("key").eq(7)).explain().expect("explained").find("IndexScan").is_some());
}

#[test]
fn an_index_declared_while_writers_go_on_37() {
    let database = database();
    let set = database.declare::<Object>(SetSchema::new("things")).expect("declared");
    let written = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for id in 0..600 {
                set.insert(&thing(id, id * 7 % 500)).expect("inserted");
            }
            written.store(true, Ordering::Release);
        });
        let mut declared = false;
        loop {
            // Once more when the writer is done, which may be before the first look.
            let is_last = written.load(Ordering::Acquire);
            database.flush().expect("flushed");
            if !declared {
                database.declare::<Object>(indexed()).expect("declared again, with indexes");
                declared = true;
            }
            database.build_indexes().expect("built");
            // One snapshot for both: the writer goes on between two calls.
            let view = set.view().expect("viewed");
            let some = Query::over(&view).filter(field("key").between(10, 90));
            assert_eq!(some.run().expect("found").offsets(), some.run_unoptimized().expect("found").offsets().clone());
            if is_last {
                break;
            }
        }
    });
    let expected: Vec<Object> = (0..600).map(|id| thing(id, id * 7 % 500)).collect();
    agrees(&set, &expected);
    database.flush().expect("flushed");
    database.build_indexes().expect("built");
    agrees(&set, &expected);
    let info = database.info().expect("told");
    let lacking = |index: &IndexInfo| index.parts == 0 || index.missing > 0;
    assert!(!info.sets[0].indexes.iter().any(lacking), "{info:?}");
    // Where the writer was slow, a segment holds an object or two, and asking the indexes of hundreds costs more than evaluating.
    database.compact().expect("compacted");
    agrees(&set, &expected);
    let plan = set.query().filter(field("key").eq(7)).explain_for(Goal::Count).expect("explained");
    assert!(plan.find("IndexScan").is_some(), "{plan}");
}

#[test]
fn nested_sets_answer_from_their_indexes_in_order_51_53() {
    let database = database();
    let lines = SetSchema::new("lines").index("price", "ordered");
    let invoices = SetSchema::new("invoices").index("total", "ordered").nested("lines", lines);
    let customers = database
        .declare::<Object>(SetSchema::new("customers").index("id", "hash").nested("invoices", invoices))
        .expect("declared");
    let owners: Vec<Offset> =
        (0..30).map(|id| customers.insert(&Object::new().with("id", id)).expect("inserted")).collect();
    // Written in turns, so that one customer's invoices do not stand together.
    for turn in 0..40 {
        for (at, owner) in (0i64..).zip(&owners) {
            let invoices = customers.nested::<Object>(*owner, "invoices").expect("nested");
            let invoice = Object::new().with("id", at * 100 + turn).with("total", turn * 10);
            let invoice = invoices.insert(&invoice).expect("inserted");
            if turn == 0 {
                let lines = invoices.nested::<Object>(invoice, "lines").expect("three levels deep");
                lines.insert(&Object::new().with("id", at).with("price", at)).expect("inserted");
            }
        }
        if turn % 15 == 0 {
            database.flush().expect("flushed");
        }
    }
    let check = || {
        for (at, owner) in (0i64..).zip(&owners) {
            let invoices = customers.nested::<Object>(*owner, "invoices").expect("nested");
            let all: Vec<i64> = (0..40).map(|turn| at * 100 + turn).collect();
            assert_eq!(ids(&invoices.query().run().expect("all")), all, "offset order");
            let dear = invoices.query().filter(field("total").ge(350));
            assert_eq!(ids(&dear.run().expect("some")), all[35..], "{}", dear.explain().expect("explained"));
            assert_eq!(dear.count().expect("counted"), 5);
        }
        let family = customers.nested_family::<Object>("invoices").expect("a family");
        let by_owner: Vec<i64> = (0..30).flat_map(|at| (0..40).map(move |turn| at * 100 + turn)).collect();
        assert_eq!(ids(&family.query().run().expect("all")), by_owner, "(owner, offset) order");
        let last = family.query().filter(field("total").eq(390)).order_by("total", Ascending);
        assert_eq!(ids(&last.run().expect("last")), (0..30).map(|at| at * 100 + 39).collect::<Vec<_>>());
        let lines = family.nested_family::<Object>("lines").expect("a family of families");
        assert_eq!(lines.query().filter(field("price").lt(7)).count().expect("counted"), 7);
    };
    check();
    database.flush().expect("flushed");
    database.compact().expect("compacted");
    check();
    let family = customers.nested_family::<Object>("invoices").expect("a family");
    let plan = family.query().filter(field("total").eq(390)).explain().expect("explained");
    assert!(plan.find("IndexScan").is_some(), "{plan}");
    assert!(customers.remove(owners[3]).expect("removed"));
    assert_eq!(family.query().filter(field("total").eq(390)).count().expect("counted"), 29);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct City {
    name: String,
    people: u32,
    tags: Vec<String>,
}

#[test]
fn typed_lists_and_sets_answer_alike_54b() {
    let city = |name: &str, people, tags: &[&str]| City {
        name: name.to_owned(),
        people,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    };
    let cities =
        vec![city("Oslo", 709_000, &["port"]), city("Bergen", 289_000, &["port", "rain"]), city("Roros", 5_600, &[])];
    let database = database();
    let schema = SetSchema::new("cities").index("people", "ordered").index("tags", "hash");
    let set: IndexableSet<City> = database.declare(schema).expect("declared");
    set.insert_many(&cities).expect("inserted");
    let conditions: [Expr; 3] =
        [field("people").gt(100_000), field("tags").contains("rain"), !field("tags").contains("port")];
    for condition in conditions {
        let listed = Query::over(&cities).filter(condition.clone()).order_by("name", Ascending).run().expect("listed");
        let found = set.query().filter(condition).order_by("name", Ascending).run().expect("found");
        let (listed, found) = (listed.typed::<City>().expect("typed"), found.typed::<City>().expect("typed"));
        assert_eq!(listed, found);
        assert!(!listed.is_empty());
    }
    let view = set.view().expect("a view");
    assert_eq!(protobase::query::Source::order(&view), SourceOrder::Offset);
}
