//! What the conformance suite does not ask: longer texts, walks that turn back, and what has no automaton.

use proptest::prelude::*;

use super::*;
use crate::{
    expr::{Expr, Predicate, evaluate, field},
    index::{Slot, SlotSet, Work, conformance::Conformance},
    object::{Object, Value},
};

fn build(objects: &[Object]) -> Box<dyn IndexPart> {
    let (fields, options) = ([FieldPath::from("name")], Options::new());
    let slots = objects.len() as u32;
    let part = Conformance::new(&Trie, &fields, &options).build(objects, BuildEffort::Settled, slots).unwrap();
    part.verify().unwrap();
    part
}

fn named(names: impl IntoIterator<Item = impl Into<Value>>) -> Vec<Object> {
    names.into_iter().map(|name| Object::new().with("name", name)).collect()
}

fn leaf(expr: &Expr) -> Predicate {
    let Expr::Leaf(predicate) = expr else { panic!("no leaf: {expr}") };
    predicate.clone()
}

/// The slots that a part finds, which must be those of the scan; and the work.
fn found(part: &dyn IndexPart, objects: &[Object], expr: &Expr) -> (SlotSet, Work) {
    let predicate = leaf(expr);
    let access = part.access(&predicate).unwrap_or_else(|| panic!("no offer: {expr}"));
    let mut work = Work::default();
    let (slots, _) = part.candidates(&predicate, &mut work).unwrap();
    let scan = (0..).zip(objects).filter(|(_, object)| evaluate(expr, *object)).map(|(slot, _)| Slot(slot));
    assert_eq!(slots, scan.collect::<SlotSet>(), "{expr}");
    assert!((access.cardinality.min..=access.cardinality.max).contains(&slots.len()), "{expr}: {access:?}");
    (slots, work)
}

#[test]
fn conforms() {
    let (fields, options) = ([FieldPath::from("a.b")], Options::new());
    for seed in 0..6 {
        let report = Conformance::new(&Trie, &fields, &options).seed(seed).run().unwrap();
        assert_eq!(report.answered, report.exact);
        assert!(report.answered > 500, "{report:?}");
    }
}

/// Names of some hundred thousand towns.
fn towns() -> Vec<Object> {
    let syllables = ["ba", "te", "mi", "ló", "nu", "kra", "sto", "вер", "gö", "x"];
    let name = |n: usize| (0..5).map(|at| syllables[n / 10_usize.pow(at) % 10]).collect::<String>();
    named((0..40_000).map(name))
}

#[test]
fn walks_turn_back_where_nothing_can_match() {
    let (objects, all) = (towns(), 40_000 * 10);
    let part = build(&objects);
    for (expr, most) in [
        (field("name").fuzzy("bateminuló", 1), all / 20),
        (field("name").fuzzy("krastoверgö", 2), all / 3),
        (field("name").matches("^bate.*x$"), all / 5),
        (field("name").like("ló__nu%"), all / 5),
        (field("name").like("%вер_x"), 2 * all),
        (field("name").matches("göx"), 2 * all),
        (field("name").starts_with("kra"), all / 20),
        (field("name").eq("babababaxx"), 10),
        (field("name").contains_text("xx"), 2 * all),
    ] {
        let (_, work) = found(part.as_ref(), &objects, &expr);
        assert!(work.visited < most, "{expr}: {work:?}");
    }
}

#[test]
fn what_has_no_automaton_is_asked_of_each_text() {
    let objects = named(["one two", "two one", "twoone", "", "zwölf", "one"]);
    let part = build(&objects);
    let long = "%e%".repeat(40) + &"%".repeat(20);
    for expr in [
        field("name").matches(r"\bone\b"),
        field("name").matches(r"(?-u:\B)"),
        field("name").matches(r"\pL{3}.{2,90}|(a|b|c|\w){60}"),
        field("name").like(long),
        field("name").matches("("),
    ] {
        found(part.as_ref(), &objects, &expr);
    }
    let slots = |expr: Expr| found(part.as_ref(), &objects, &expr).0.iter().map(|slot| slot.0).collect::<Vec<_>>();
    assert_eq!(slots(field("name").matches(r"\bone$")), [1, 5]);
    assert_eq!(slots(field("name").matches("^$")), [3]);
    assert_eq!(slots(field("name").fuzzy("zwolf", 1)), [4]);
    assert_eq!(slots(field("name").is_in(["one", "two", "one"])), [5]);
}

#[test]
fn what_is_no_text_is_left_to_others() {
    let objects = named([Value::from("a"), Value::from(1), Value::Null, Value::List(vec!["a".into()])]);
    let part = build(&objects);
    assert_eq!(found(part.as_ref(), &objects, &field("name").starts_with("")).0.len(), 1);
    for expr in [field("name").eq(1), field("name").is_null(), field("name").contains("a"), field("other").eq("a")] {
        assert!(part.access(&leaf(&expr)).is_none(), "{expr}");
    }
    assert!(part.access(&leaf(&field("name").is_in([Value::from("a"), Value::Null]))).is_none());
}

/// Texts that are alike, with characters of one to four bytes.
const TEXT: &str = "[abé文𝄞]{0,6}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn answers_are_those_of_the_scan(
        texts in prop::collection::vec(TEXT, 0..60),
        text in TEXT,
        edits in 0..=4u32,
        like in r"[abé文%_\\]{0,6}",
        regex in r"\^?([abé文.]|a\*|\[ab\]\+|\(b\|é\)|\.\*|[^a]){0,4}\$?",
    ) {
        let objects = named(texts);
        let part = build(&objects);
        for expr in [
            field("name").fuzzy(&text[..], edits),
            field("name").like(like),
            field("name").matches(regex),
            field("name").starts_with(&text[..]),
            field("name").eq(text),
        ] {
            found(part.as_ref(), &objects, &expr);
        }
    }
}
