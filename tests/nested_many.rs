//! Do very many small nested sets stay fast? Behaviour 54 of the acceptance list, by counting what is looked at: elements visited, objects
//! read, bytes verified. Those bytes are counted for the whole process, so a second test would need a file of its own. Times are measured by
//! `cargo bench --bench nested`.

use std::path::Path;

use protobase::{
    Database, IndexableSet, Object, Offset, SetSchema,
    codec::bytes_verified,
    field,
    query::{Analysis, Query},
};

/// Nested sets.
const OWNERS: i64 = 100_000;

/// Objects in every nested set.
const EACH: i64 = 20;

fn open(dir: &Path) -> Database {
    Database::options().background(false).open(dir).expect("opens")
}

/// Customers with an id, and for each of them invoices whose totals are the id and the numbers after it.
fn store(dir: &Path) -> Vec<Offset> {
    let invoices = SetSchema::new("invoices").index("total", "ordered").index("kind", "hash");
    let database = open(dir);
    let set: IndexableSet =
        database.declare(SetSchema::new("customers").unique("id").nested("invoices", invoices)).expect("declares");
    let customers: Vec<Object> = (0..OWNERS).map(|id| Object::new().with("id", id)).collect();
    let offsets = set.insert_many(&customers).expect("inserts");
    let invoice = |owner: i64, i: i64| Object::new().with("total", owner + i).with("kind", i % 4);
    let objects: Vec<(Offset, Object)> =
        (0..).zip(&offsets).flat_map(|(c, owner)| (0..EACH).map(move |i| (*owner, invoice(c, i)))).collect();
    let family: IndexableSet = set.nested_family("invoices").expect("is declared");
    family.insert_nested(objects.iter().map(|(owner, object)| (*owner, object))).expect("inserts");
    database.compact().expect("compacts");
    offsets
}

/// Runs a question; what it looked at must be bounded, and by an index.
fn bounded(query: &Query<'_>, hits: usize, visited: u64, fetched: u64) -> Analysis {
    let analysis = query.analyze().expect("answers");
    let work = analysis.work();
    let plan = &analysis.plan;
    assert_eq!(analysis.hits.as_ref().map_or(0, |found| found.len()), hits, "{plan}");
    assert!(work.visited <= visited && work.fetched <= fetched, "{work:?}, at most {visited} and {fetched}: {plan}");
    analysis
}

/// What an action has verified of the files.
fn verified<R>(action: impl FnOnce() -> R) -> (R, u64) {
    let before = bytes_verified();
    let result = action();
    (result, bytes_verified() - before)
}

#[test]
fn many_small_nested_sets_stay_fast_54() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let offsets = store(dir.path());
    let (database, opening) = verified(|| open(dir.path()));
    assert!(opening <= 64 << 10, "opening verified {opening} bytes");
    let customers: IndexableSet = database.set("customers").expect("is declared");
    let family: IndexableSet = customers.nested_family("invoices").expect("is declared");
    let (count, counting) = verified(|| family.len().expect("counts"));
    assert_eq!(count, (OWNERS * EACH) as u64);
    assert!(counting <= 64 << 10, "counting verified {counting} bytes");

    for at in [0, OWNERS / 3, OWNERS - 1] {
        let invoices: IndexableSet = customers.nested(offsets[at as usize], "invoices").expect("is declared");
        let ((), asking) = verified(|| {
            assert_eq!(invoices.len().expect("counts"), EACH as u64);
            assert_eq!(invoices.iter().expect("reads").count(), EACH as usize);
            bounded(&invoices.query(), EACH as usize, 4 * EACH as u64, EACH as u64);
            let upper_half = field("total").ge(at + EACH / 2);
            bounded(&invoices.query().filter(upper_half.clone()), EACH as usize / 2, 200, 2 * EACH as u64);
            bounded(&invoices.query().filter(field("kind").eq(3)), EACH as usize / 4, 200, 2 * EACH as u64);
            assert_eq!(invoices.query().filter(upper_half).count().expect("counts"), EACH as u64 / 2);
        });
        // Of files of 100 bytes an object: a few blocks on the way of each binary search.
        assert!(asking <= 1 << 20, "asking one nested set verified {asking} bytes");
    }

    let ((), asking) = verified(|| {
        for value in [EACH, OWNERS / 2, OWNERS - 1] {
            let analysis = bounded(&family.query().filter(field("total").eq(value)), EACH as usize, 500, EACH as u64);
            assert!(analysis.plan.to_string().contains("IndexScan"), "{}", analysis.plan);
            let both = field("total").between(value, value + 1).and(field("kind").eq(1));
            bounded(&family.query().filter(both), EACH as usize / 2, 500, 100);
        }
    });
    assert!(asking <= 1 << 20, "asking all nested sets verified {asking} bytes");
    let removed = customers.remove(offsets[7]).expect("removes");
    assert!(removed && family.len().expect("counts") == ((OWNERS - 1) * EACH) as u64);
}
