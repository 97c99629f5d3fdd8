//! What the conformance suite does not ask.

use super::*;
use crate::{
    expr::{Expr, Predicate, evaluate, field},
    index::{Exactness, Slot, SlotSet, Work, conformance::Conformance},
    object::{Object, Value},
};

fn build(objects: &[Object], effort: BuildEffort) -> Box<dyn IndexPart> {
    let (fields, options) = ([FieldPath::from("x")], Options::new());
    Conformance::new(&Ordered, &fields, &options).build(objects, effort, objects.len() as u32).unwrap()
}

fn leaf(expr: Expr) -> Predicate {
    let Expr::Leaf(predicate) = &expr else { panic!("no leaf: {expr}") };
    predicate.clone()
}

fn xs(values: impl IntoIterator<Item = impl Into<Value>>) -> Vec<Object> {
    values.into_iter().map(|value| Object::new().with("x", value)).collect()
}

#[test]
fn conforms() {
    let (fields, options) = ([FieldPath::from("a.b")], Options::new());
    for seed in 0..6 {
        let report = Conformance::new(&Ordered, &fields, &options).seed(seed).run().unwrap();
        assert!(report.answered > 800 && report.ordered == 10, "{report:?}");
    }
}

#[test]
fn large_parts_conform_by_prefix_bitmaps() {
    let (fields, options) = ([FieldPath::from("x")], Options::new());
    Conformance::new(&Ordered, &fields, &options).sizes(&[20_000]).rounds(60).run().unwrap();
    let mut seed = 7u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 40) as i64
    };
    let objects: Vec<Object> =
        (0..50_000).map(|i| if i % 9 == 0 { Object::new() } else { Object::new().with("x", next()) }).collect();
    let part = build(&objects, BuildEffort::Settled);
    part.verify().unwrap();
    for _ in 0..200 {
        let (a, b) = (next(), next());
        let predicate = leaf(field("x").between(a.min(b), a.max(b)));
        let mut work = Work::default();
        let (found, exactness) = part.candidates(&predicate, &mut work).unwrap();
        let expr = predicate.clone().into();
        let expected: SlotSet =
            (0..).zip(&objects).filter(|(_, o)| evaluate(&expr, *o)).map(|(i, _)| Slot(i)).collect();
        assert_eq!((&found, exactness), (&expected, Exactness::Exact), "{predicate}");
        assert_eq!(part.access(&predicate).unwrap().cardinality.max, expected.len());
        // Two bitmaps of 782 words, and at either end at most half of the step between prefixes.
        assert!(work.visited <= 2 * 782 + 2 * 2116 / 2 + 2116, "{}", work.visited);
    }
}

#[test]
fn numbers_are_exact_in_every_form_25() {
    let big = 1i64 << 53;
    for values in [
        vec![Value::Int(big), Value::Int(big + 1), Value::Int(big + 2)],
        vec![Value::Int(big), Value::Int(big + 1), Value::Float(0.5)],
        vec![Value::Float(-0.0), Value::Int(0), Value::Float(2.5)],
    ] {
        let objects = xs(values.clone());
        let part = build(&objects, BuildEffort::Fresh);
        part.verify().unwrap();
        for bound in values.iter().chain(&[Value::Float(big as f64), Value::Int(-1), Value::Float(f64::INFINITY)]) {
            for expr in [field("x").gt(bound.clone()), field("x").le(bound.clone()), field("x").eq(bound.clone())] {
                let expected: Vec<Slot> =
                    (0..).zip(&objects).filter(|(_, o)| evaluate(&expr, *o)).map(|(i, _)| Slot(i)).collect();
                let (found, _) = part.candidates(&leaf(expr.clone()), &mut Work::default()).unwrap();
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{expr} over {values:?}");
            }
        }
    }
}

#[test]
fn a_walk_stops_where_the_caller_does() {
    let part = build(&xs((0..5000).map(|i| i * 37 % 5000)), BuildEffort::Settled);
    let path = FieldPath::from("x");
    let first: Vec<Slot> = part.ordered(&path, false).unwrap().take(3).map(Result::unwrap).collect();
    let value = |slot: &Slot| slot.0 * 37 % 5000;
    assert_eq!(first.iter().map(value).collect::<Vec<_>>(), [0, 1, 2]);
    let last: Vec<Slot> = part.ordered(&path, true).unwrap().take(2).map(Result::unwrap).collect();
    assert_eq!(last.iter().map(value).collect::<Vec<_>>(), [4999, 4998]);
    assert!(part.ordered(&"y".into(), false).is_none());
}

#[test]
fn a_like_pattern_narrows_to_its_prefix() {
    let part = build(&xs(["apple", "apply", "ape", "bat"]), BuildEffort::Settled);
    let predicate = leaf(field("x").like("app%e"));
    let (found, exactness) = part.candidates(&predicate, &mut Work::default()).unwrap();
    assert_eq!((found.len(), exactness), (2, Exactness::Superset));
    assert!(part.access(&leaf(field("x").like("%e"))).is_none());
}
