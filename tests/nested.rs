//! Are nested sets sets? Behaviours 51, 53 and 54a of the acceptance list (54 is in `nested_many.rs`), in the delta, in segments and after reopening.

use protobase::{
    Database, Error, IndexableSet, Object, Offset, Reference, SetSchema, Transaction, Value, field, set::SetError,
};
use serde::{Deserialize, Serialize};

fn customers() -> SetSchema {
    SetSchema::new("customers").unique("id").nested(
        "invoices",
        SetSchema::new("invoices")
            .index("total", "ordered")
            .nested("lines", SetSchema::new("lines").index("item", "hash")),
    )
}

fn with(name: &str, value: i64) -> Object {
    Object::new().with(name, value)
}

/// Three customers with three invoices with two lines each, all different.
fn fill(customers: &IndexableSet) -> Vec<Offset> {
    (0..3)
        .map(|c| {
            let customer = customers.insert(&with("id", c)).expect("inserts");
            let invoices: IndexableSet = customers.nested(customer, "invoices").expect("is declared");
            for i in 0..3 {
                let invoice = invoices.insert(&with("total", c * 10 + i)).expect("inserts");
                let lines: IndexableSet = invoices.nested(invoice, "lines").expect("is declared");
                for l in 0..2 {
                    lines.insert(&with("item", c * 100 + i * 10 + l)).expect("inserts");
                }
            }
            customer
        })
        .collect()
}

fn check(customers: &IndexableSet, offsets: &[Offset], note: &str) {
    for (c, customer) in offsets.iter().enumerate() {
        let invoices: IndexableSet = customers.nested(*customer, "invoices").expect("is declared");
        assert_eq!(invoices.len().expect("counts"), 3, "{note}");
        let low = c as i64 * 10 + 1;
        let query = invoices.query().filter(field("total").ge(low));
        assert_eq!(query.count().expect("answers"), 2, "{note}: only this customer's invoices from {low} on");
        for item in invoices.iter().expect("reads") {
            let (offset, _) = item.expect("reads");
            let lines: IndexableSet = invoices.nested(offset, "lines").expect("is declared");
            assert_eq!(lines.len().expect("counts"), 2, "{note}");
        }
    }
    let family: IndexableSet = customers.nested_family("invoices").expect("is declared");
    assert_eq!(family.len().expect("counts"), offsets.len() as u64 * 3, "{note}");
    let lines: IndexableSet = family.nested_family("lines").expect("is declared");
    assert_eq!(lines.len().expect("counts"), offsets.len() as u64 * 6, "{note}");
    let one = lines.query().filter(field("item").eq(111)).count().expect("answers");
    assert_eq!(one, u64::from(offsets.len() > 1), "{note}");
}

#[test]
fn nested_sets_answer_from_their_own_indexes_three_levels_deep_53() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let open = || Database::options().background(false).open(dir.path()).expect("opens");
    let database = open();
    let set: IndexableSet = database.declare(customers()).expect("declares");
    let mut offsets = fill(&set);
    check(&set, &offsets, "in the delta");
    database.flush().expect("flushes");
    check(&set, &offsets, "in segments");
    let large = set.insert(&with("id", 99)).expect("inserts");
    let invoices: IndexableSet = set.nested(large, "invoices").expect("is declared");
    let totals: Vec<Object> = (1_000..4_000).map(|total| with("total", total)).collect();
    invoices.insert_many(&totals).expect("inserts");
    let query = invoices.query().filter(field("total").eq(1_234));
    assert_eq!(query.count().expect("answers"), 1);
    let explained = query.explain().expect("explains").to_string();
    assert!(explained.contains("IndexScan"), "a nested set answers from its own index: {explained}");
    assert!(set.remove(large).expect("removes"));
    drop((set, database));

    let database = open();
    let set: IndexableSet = database.set("customers").expect("is declared");
    check(&set, &offsets, "after reopening");
    assert!(set.remove(offsets.remove(1)).expect("removes"));
    let left: IndexableSet = set.nested_family("invoices").expect("is declared");
    assert_eq!(left.len().expect("counts"), 6, "deleting the customer removed its invoices");
    let lines: IndexableSet = left.nested_family("lines").expect("is declared");
    assert_eq!(lines.len().expect("counts"), 12, "and their lines");
    database.compact().expect("compacts");
    assert_eq!(lines.len().expect("counts"), 12);
    database.check().expect("finds no fault");
}

#[test]
fn a_family_iterates_by_owner_and_offset_51() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(customers()).expect("declares");
    let a = set.insert(&with("id", 1)).expect("inserts");
    let b = set.insert(&with("id", 2)).expect("inserts");
    for round in 0..6 {
        let owner = if round % 2 == 0 { b } else { a };
        let invoices: IndexableSet = set.nested(owner, "invoices").expect("is declared");
        invoices.insert(&with("total", round)).expect("inserts");
        if round == 3 {
            database.flush().expect("flushes");
        }
    }
    let view = database.snapshot().set("customers.invoices").expect("is declared");
    let order: Vec<_> = view.iter().map(|stored| stored.map(|s| (s.owner(), s.offset())).expect("reads")).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(order, sorted);
    assert_eq!(order.len(), 6);
}

#[test]
fn updating_an_owner_leaves_its_nested_sets_alone_54a() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(customers()).expect("declares");
    let offsets = fill(&set);
    set.update(offsets[0], &with("id", 77)).expect("updates");
    check(&set, &offsets, "after an update of the owner");
    database.flush().expect("flushes");
    set.update(offsets[0], &with("id", 78)).expect("updates");
    check(&set, &offsets, "after an update of an owner in a segment");
}

#[derive(Serialize, Deserialize)]
struct Person {
    id: i64,
    friend: Option<Reference<Person>>,
}

#[test]
fn two_new_objects_that_refer_to_each_other_commit_together_54a() {
    let database = Database::in_memory();
    let set: IndexableSet = database.declare(SetSchema::new("people")).expect("declares");
    let family = set.family();
    let (mut first, mut second) = (Offset(0), Offset(0));
    let mut tx = database.begin().expect("begins");
    first = tx.insert(&set, &with("id", 1)).unwrap_or(first);
    second = tx.insert(&set, &with("id", 2).with("friend", Value::Reference(family, first))).unwrap_or(second);
    tx.update(&set, first, &with("id", 1).with("friend", Value::Reference(family, second))).expect("updates");
    set.insert(&with("id", 3)).expect("another commit in between makes this one rebase");
    tx.commit().expect("commits");

    let snapshot = database.snapshot();
    let people: IndexableSet<Person> = database.set("people").expect("is declared");
    let (one, two) =
        (people.get(first).expect("reads").expect("is there"), people.get(second).expect("reads").expect("is there"));
    let friend = one.friend.as_ref().expect("a reference");
    assert_eq!(friend.offset(), second);
    set.remove(second).expect("removes");
    assert_eq!(friend.get(&snapshot).expect("reads").expect("the older snapshot still sees it").id, 2);
    assert_eq!(friend.get(&database.snapshot()).expect("reads").expect("read once").id, 2);
    let again = people.get(first).expect("reads").expect("is there").friend.expect("a reference");
    assert!(again.get(&database.snapshot()).expect("reads").is_none(), "a reference to a deleted object is absent");
    assert_eq!(
        two.friend.expect("a reference").get(&snapshot).expect("reads").expect("is there").id,
        1,
        "cycles are fine"
    );
}

/// One customer with two invoices with two lines each, all in the transaction; the customer and one invoice.
fn fill_in(tx: &mut Transaction, customers: &IndexableSet, id: i64) -> Result<(Offset, Offset), Error> {
    let customer = tx.insert(customers, &with("id", id))?;
    let invoices: IndexableSet = tx.nested(customers, customer, "invoices")?;
    let mut last = Offset(0);
    for i in 0..2 {
        last = tx.insert(&invoices, &with("total", id * 10 + i))?;
        let lines: IndexableSet = tx.nested(&invoices, last, "lines")?;
        for l in 0..2 {
            tx.insert(&lines, &with("item", id * 100 + i * 10 + l))?;
        }
    }
    Ok((customer, last))
}

#[test]
fn an_owner_and_three_levels_below_it_are_written_in_one_transaction_54a() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(customers()).expect("declares");
    let mut tx = database.begin().expect("begins");
    let (customer, invoice) = fill_in(&mut tx, &set, 1).expect("stages");
    let invoices: IndexableSet = tx.nested(&set, customer, "invoices").expect("is staged");
    let lines: IndexableSet = tx.nested(&invoices, invoice, "lines").expect("is staged");
    assert_eq!(tx.len(&invoices).expect("counts"), 2);
    assert_eq!(tx.query(&invoices).expect("asks").filter(field("total").ge(11)).count().expect("answers"), 1);
    let hits = tx.query(&lines).expect("asks").filter(field("item").ge(0)).run().expect("answers");
    let items: Vec<_> = hits.iter().map(|hit| hit.object().expect("reads").get("item").cloned()).collect();
    assert_eq!(items, [Some(Value::Int(110)), Some(Value::Int(111))]);
    let family: IndexableSet = set.nested_family("invoices").expect("is declared");
    assert_eq!(tx.len(&family).expect("counts"), 2, "the family as the transaction sees it");
    assert_eq!(family.len().expect("counts"), 0, "nobody else sees it");
    let refused = set.nested::<Object>(customer, "invoices").expect_err("the owner is not committed");
    assert!(refused.to_string().contains("customers"), "{refused}");
    let absent = tx.nested::<Object, _>(&set, Offset(u64::MAX), "invoices").expect_err("there is no such owner");
    assert!(matches!(&absent, Error::Set(SetError::NotFound { set, .. }) if set == "customers"), "{absent}");
    let undeclared = tx.nested::<Object, _>(&set, customer, "orders").expect_err("there is no such field");
    assert!(undeclared.to_string().contains("invoices"), "names what is declared: {undeclared}");
    set.insert(&with("id", 50)).expect("another commit in between makes this one rebase");
    tx.commit().expect("commits");
    for round in 0..2 {
        assert_eq!(invoices.len().expect("counts"), 2);
        assert_eq!(lines.query().filter(field("item").eq(111)).count().expect("answers"), 1);
        if round == 0 {
            database.flush().expect("flushes");
        }
    }
    database.check().expect("finds no fault");

    let mut tx = database.begin().expect("begins");
    let (second, _) = fill_in(&mut tx, &set, 2).expect("stages");
    assert!(tx.remove(&set, second).expect("removes"), "the new owner goes, and all below it");
    assert!(tx.remove(&invoices, invoice).expect("removes"));
    assert!(tx.nested::<Object, _>(&invoices, invoice, "lines").is_err(), "an owner that the transaction removed");
    tx.commit().expect("commits");
    assert_eq!(set.len().expect("counts"), 2);
    assert_eq!(family.len().expect("counts"), 1);
    assert_eq!(lines.len().expect("counts"), 0);
}

#[test]
fn an_abort_or_a_conflict_leaves_nothing_nested_75() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(customers()).expect("declares");
    let known = set.insert(&with("id", 9)).expect("inserts");
    let mut tx = database.begin().expect("begins");
    fill_in(&mut tx, &set, 1).expect("stages");
    drop(tx);
    let mut tx = database.begin().expect("begins");
    fill_in(&mut tx, &set, 1).expect("stages");
    tx.update(&set, known, &with("id", 10)).expect("stages");
    set.update(known, &with("id", 11)).expect("another transaction is faster");
    assert!(tx.commit().expect_err("conflicts").is_conflict());
    for level in ["customers.invoices", "customers.invoices.lines"] {
        assert_eq!(database.snapshot().set(level).expect("is declared").len().expect("counts"), 0, "{level}");
    }
    assert_eq!(set.len().expect("counts"), 1);
    let mut tries = 0;
    let customer = database
        .write(|tx| {
            tries += 1;
            let (customer, _) = fill_in(tx, &set, 1)?;
            tx.update(&set, known, &with("id", 20))?;
            if tries == 1 {
                set.update(known, &with("id", 12))?;
            }
            Ok(customer)
        })
        .expect("commits the second time");
    assert_eq!(tries, 2);
    assert_eq!(set.nested::<Object>(customer, "invoices").expect("is there").len().expect("counts"), 2);
    let family: IndexableSet = set.nested_family("invoices").expect("is declared");
    assert_eq!(family.len().expect("counts"), 2, "and nothing of the first try");
}

#[test]
fn two_new_owners_that_refer_to_each_other_commit_with_what_is_nested_in_them_54a() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(customers()).expect("declares");
    let invoices: IndexableSet = set.nested_family("invoices").expect("is declared");
    let (customer, invoice) = database
        .write(|tx| {
            let customer = tx.insert(&set, &with("id", 1))?;
            let own: IndexableSet = tx.nested(&set, customer, "invoices")?;
            let back = Value::Reference(set.family(), customer);
            let invoice = tx.insert(&own, &with("total", 5).with("of", back))?;
            let latest = Value::Reference(invoices.family(), invoice);
            tx.update(&set, customer, &with("id", 1).with("latest", latest))?;
            Ok((customer, invoice))
        })
        .expect("commits");
    let own: IndexableSet = set.nested(customer, "invoices").expect("is there");
    let read = own.get(invoice).expect("reads").expect("is there");
    assert_eq!(read.get("of"), Some(&Value::Reference(set.family(), customer)));
    let read = set.get(customer).expect("reads").expect("is there");
    assert_eq!(read.get("latest"), Some(&Value::Reference(invoices.family(), invoice)));
}

/// Data in an owner's bytes would look like the nested set and never be in it.
#[test]
fn plain_data_where_a_nested_set_is_declared_is_refused_53() {
    let database = Database::options().background(false).in_memory();
    let set: IndexableSet = database.declare(customers()).expect("declares");
    let plain = || with("id", 1).with("invoices", vec![Value::Int(5)]);
    let refused = |error: Option<Error>, way: &str| {
        let error = error.unwrap_or_else(|| panic!("{way} stores it")).to_string();
        for part in ["'customers'", "'invoices'", "[5]", "nested(owner, \"invoices\")"] {
            assert!(error.contains(part), "{way}: {part} is not in: {error}");
        }
    };
    let known = set.insert(&with("id", 0).with("invoices", Value::Null)).expect("null is fine");
    refused(set.insert(&plain()).err().map(Error::from), "insert");
    refused(set.update(known, &plain()).err().map(Error::from), "update");
    refused(set.upsert(&plain()).err().map(Error::from), "upsert");
    refused(database.write(|tx| tx.insert(&set, &plain())).err(), "a transaction");
    let many: Vec<Object> = (10..2_010).map(|id| with("id", id)).chain([plain()]).collect();
    refused(set.insert_many(&many).err().map(Error::from), "a bulk load");
    set.update(known, &with("id", 0).with("invoices", Value::Nested)).expect("the mark is fine");
    assert_eq!(set.len().expect("counts"), 1);

    let open: IndexableSet = database.declare(SetSchema::new("open")).expect("declares");
    open.insert(&plain()).expect("nothing is declared there");
    let later = SetSchema::new("open").nested("invoices", SetSchema::new("invoices"));
    let error = database.declare::<Object>(later.clone()).expect_err("there is data already").to_string();
    assert!(error.contains("'open'") && error.contains("'invoices'"), "{error}");
    open.remove(open.iter().expect("reads").next().expect("one").expect("reads").0).expect("removes");
    database.declare::<Object>(later).expect("nothing is in the way any more");
}

#[test]
fn declaring_a_nested_set_stops_who_writes_plain_data_at_its_field_53() {
    let database = Database::in_memory();
    let people: IndexableSet = database.declare(SetSchema::new("people")).expect("declares");
    let plain = || Object::new().with("notes", vec![Value::Int(1), Value::Int(2)]);
    let mut writing = database.begin().expect("begins");
    writing.insert(&people, &plain()).expect("nothing is declared there yet");
    let nested = || SetSchema::new("people").nested("notes", SetSchema::new("notes"));
    database.declare::<Object>(nested()).expect("nothing stands there yet");
    let error = writing.commit().expect_err("a set is declared there now");
    assert!(error.is_conflict(), "{error}");
    // Tried again, it is told what is wrong; and the other way round nothing can be declared over plain data.
    let error = people.insert(&plain()).expect_err("a set is declared there").to_string();
    assert!(error.contains("notes") && error.contains("nested set"), "{error}");
    assert_eq!(people.len().expect("counts"), 0);
    let others: IndexableSet = database.declare(SetSchema::new("others")).expect("declares");
    others.insert(&plain()).expect("inserts");
    let over = SetSchema::new("others").nested("notes", SetSchema::new("notes"));
    assert!(database.declare::<Object>(over).is_err());
}
