//! What the conformance suite does not ask.

use super::*;
use crate::{
    expr::{Expr, field},
    index::{Slot, conformance::Conformance},
    object::Object,
};

fn build(objects: &[Object], path: &str) -> Box<dyn IndexPart> {
    let (fields, options) = ([FieldPath::from(path)], Options::new());
    let slots = u32::try_from(objects.len()).unwrap();
    Conformance::new(&Hash, &fields, &options).build(objects, BuildEffort::Settled, slots).unwrap()
}

fn found(part: &dyn IndexPart, expr: Expr, work: &mut Work) -> Vec<u32> {
    let Expr::Leaf(predicate) = &expr else { panic!("no leaf: {expr}") };
    let (slots, exactness) = part.candidates(predicate, work).unwrap();
    assert_eq!((exactness, part.access(predicate).unwrap().cardinality.min), (Exactness::Exact, slots.len()));
    slots.iter().map(|slot| slot.0).collect()
}

#[test]
fn conforms() {
    let (fields, options) = ([FieldPath::from("a.b")], Options::new());
    for seed in 0..6 {
        let report = Conformance::new(&Hash, &fields, &options).seed(seed).run().unwrap();
        assert_eq!(report.answered, report.exact);
        assert!(report.answered > 500, "{report:?}");
    }
}

#[test]
fn a_value_is_not_its_elements_and_counts_once_20() {
    let list = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
    let objects = [
        Object::new().with("tags", list(&["x", "x", "y"])),
        Object::new().with("tags", "x"),
        Object::new(),
        Object::new().with("tags", Value::Null),
        Object::new().with("tags", list(&["x"])),
    ];
    let part = build(&objects, "tags");
    let found = |expr| found(part.as_ref(), expr, &mut Work::default());
    assert_eq!(found(field("tags").contains("x")), [0, 4]);
    assert_eq!(found(field("tags").eq("x")), [1]);
    assert_eq!(found(field("tags").eq(list(&["x"]))), [4]);
    assert_eq!((found(field("tags").is_missing()), found(field("tags").is_null())), (vec![2], vec![3]));
    assert_eq!(found(field("tags").is_in([Value::from("x"), Value::Null, "x".into(), 1.into()])), [1, 3]);
}

#[test]
fn a_union_visits_its_elements_and_no_more() {
    let objects: Vec<Object> = (0..5000).map(|i| Object::new().with("n", i % 7)).collect();
    let part = build(&objects, "n");
    let mut work = Work::default();
    let slots = found(part.as_ref(), field("n").is_in([1, 3, 9]), &mut work);
    assert!(slots.iter().all(|slot| [1, 3].contains(&(slot % 7))) && slots.len() == 1429);
    assert!(work.visited <= 1429);
    let mut work = Work::default();
    assert_eq!(found(part.as_ref(), field("n").eq(99), &mut work), [0u32; 0]);
    assert_eq!(work.visited, 0);
    assert_eq!(part.facts(), [("keys", "7".to_owned())]);
}

#[test]
fn wrong_declarations_are_named() {
    let message = |fields: &[&str], options: &Options| {
        let fields: Vec<FieldPath> = fields.iter().map(|field| FieldPath::from(*field)).collect();
        Hash.check(&fields, options).map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    };
    assert_eq!(message(&["a"], &Options::new()), "fine");
    assert_eq!(message(&["a", "b"], &Options::new()), "index kind 'hash': 2 fields (a, b): expected 1 field");
    let options = Options::new().with("m", 3);
    assert_eq!(message(&["a"], &options), "index kind 'hash': option m = '3': expected no options");
}

#[test]
fn slots_out_of_order_are_refused() {
    let mut builder = Hash.builder(&["a".into()], &Options::new(), BuildEffort::Fresh).unwrap();
    builder.add(Slot(3), &[None]).unwrap();
    assert!(builder.add(Slot(3), &[None]).is_err());
}
