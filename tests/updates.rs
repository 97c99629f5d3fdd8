//! Partial updates of stored objects: one version after the other, whatever type the program takes them for.

use std::thread;

use protobase::{Database, IndexableSet, Object, Options, SetSchema, Update, Vector, field};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    name: String,
    visits: i64,
    meaning: Vector,
}

fn places(database: &Database) -> IndexableSet<Place> {
    let vectors = Options::new().with("dimension", 2).with("metric", "l2");
    let schema = SetSchema::new("places").unique("name").index("visits", "ordered");
    database.declare(schema.index_with("meaning", "vector", vectors)).unwrap()
}

fn place(name: &str) -> Place {
    Place { name: name.to_owned(), visits: 0, meaning: vec![0.25, 0.5].into() }
}

#[test]
fn of_increments_that_race_none_is_lost() {
    let database = Database::in_memory();
    let places = places(&database);
    let offset = places.insert(&place("Vardzia")).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    places.change(offset, &Update::new().increment("visits", 1)).unwrap();
                }
            });
        }
    });
    assert_eq!(places.get(offset).unwrap().unwrap(), Place { visits: 100, ..place("Vardzia") });
    assert_eq!(places.query().filter(field("visits").eq(100)).count().unwrap(), 1);
}

#[test]
fn fields_that_a_type_does_not_know_and_vectors_in_columns_stay() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path()).unwrap();
    let places = places(&database);
    let offset = places.insert(&place("Vardzia")).unwrap();
    places.change(offset, &Update::new().set("more.seen", 1).append("more.by", "Nino")).unwrap();
    // From here on, the vector is a column of a segment.
    database.compact().unwrap();
    places.change(offset, &Update::new().increment("more.seen", 0.5)).unwrap();
    let stored = places.typed::<Object>().get(offset).unwrap().unwrap();
    assert_eq!(stored.get("more").unwrap().to_string(), r#"{seen: 1.5, by: ["Nino"]}"#);
    assert_eq!(places.get(offset).unwrap().unwrap(), place("Vardzia"));
    let nearest = places.query().nearest("meaning", [0.25, 0.5], 1).run().unwrap();
    assert_eq!(nearest.get(0).unwrap().offset, offset);
}

#[test]
fn what_is_refused_leaves_the_object_as_it_is() {
    let database = Database::in_memory();
    let places = places(&database);
    let (offset, other) = (places.insert(&place("Vardzia")).unwrap(), places.insert(&place("Gergeti")).unwrap());
    let refused = |update: Update| places.change(offset, &update).unwrap_err().to_string();
    let text = refused(Update::new().set("visits", 3).increment("name", 1));
    assert!(
        text.contains("set 'places', object at offset") && text.contains("name: Vardzia: expected a number"),
        "{text}"
    );
    assert!(refused(Update::new().set("name", "Gergeti")).contains(&format!("taken by the object at offset {other}")));
    assert!(refused(Update::new().append("meaning", 1)).contains("expected a list"));
    assert!(refused(Update::new().set("meaning", vec![1.0_f32])).contains("meaning"));
    assert_eq!(places.get(offset).unwrap().unwrap(), place("Vardzia"));

    places.remove(other).unwrap();
    let gone = places.change(other, &Update::new().unset("visits")).unwrap_err().to_string();
    assert!(gone.contains("has no object at offset"), "{gone}");
}

#[test]
fn a_transaction_changes_what_it_has_added_and_what_is_nested() {
    let database = Database::in_memory();
    let schema = SetSchema::new("customers").nested("invoices", SetSchema::new("invoices").index("total", "ordered"));
    let customers: IndexableSet = database.declare(schema).unwrap();
    let (customer, invoice) = database
        .write(|tx| {
            let customer = tx.insert(&customers, &Object::new().with("name", "Nino"))?;
            tx.change(&customers, customer, &Update::new().set("address.city", "Oslo"))?;
            let invoices = tx.nested::<Object, _>(&customers, customer, "invoices")?;
            let invoice = tx.insert(&invoices, &Object::new().with("total", 120))?;
            tx.change(&invoices, invoice, &Update::new().increment("total", -20))?;
            Ok((customer, invoice))
        })
        .unwrap();
    let invoices: IndexableSet = customers.nested(customer, "invoices").unwrap();
    invoices.change(invoice, &Update::new().set("paid", true)).unwrap();
    assert_eq!(invoices.get(invoice).unwrap().unwrap().to_string(), "{total: 100, paid: true}");
    assert_eq!(invoices.len().unwrap(), 1);
    let in_the_way = customers.change(customer, &Update::new().set("invoices", 3)).unwrap_err().to_string();
    assert!(in_the_way.contains("nested"), "{in_the_way}");
}
