//! The behaviours by number, and normal forms against `evaluate`.

use std::ops::Bound;

use proptest::prelude::*;

use super::*;
use crate::object::{Object, Value};

/// No object.
const NONE: [i64; 0] = [];

fn ids(objects: &[Object], expr: &Expr) -> Vec<i64> {
    let plain: Vec<i64> = objects.iter().filter(|object| evaluate(expr, *object)).map(id).collect();
    let normal = normalize(expr.clone());
    let normalized: Vec<i64> = objects.iter().filter(|object| evaluate(&normal, *object)).map(id).collect();
    assert_eq!(plain, normalized, "{expr} became {normal}");
    plain
}

fn id(object: &Object) -> i64 {
    match object.get("id") {
        Some(Value::Int(id)) => *id,
        other => panic!("no id: {other:?}"),
    }
}

/// Fixture R of the list of behaviours.
fn fixture_r() -> Vec<Object> {
    let object = |id: i64| Object::new().with("id", id);
    let nested = |value: Value| Value::Map(Object::new().with("x", value));
    vec![
        object(1).with("a", 1).with("s", "á").with("n", nested(5.into())),
        object(2).with("a", Value::Null).with("s", "z"),
        object(3).with("s", "Z").with("n", nested(Value::Null)),
        object(4).with("a", "1"),
        object(5).with("a", 2.0),
        object(6).with("a", true),
        object(7).with("a", f64::NAN),
    ]
}

/// Fixture P of the list of behaviours.
fn fixture_p() -> Vec<Object> {
    let ages = [22, 24, 26, 28, 30];
    (1..=5)
        .zip(ages)
        .map(|(id, age)| Object::new().with("id", id).with("age", age).with("active", id % 2 == 0))
        .collect()
}

fn p(expr: Expr) -> Vec<i64> {
    ids(&fixture_p(), &expr)
}

fn r(expr: Expr) -> Vec<i64> {
    ids(&fixture_r(), &expr)
}

#[test]
fn logic_1_2_3_4_5_6_7_8_9() {
    let age = || field("age");
    let active = || field("active").eq(true);
    assert_eq!(p(field("id").eq(3)), [3]);
    assert_eq!(p(age().gt(25) & active()), [4]);
    assert_eq!(p(age().gt(28) | field("id").eq(1)), [1, 5]);
    assert_eq!(p(!active()), [1, 3, 5]);
    assert_eq!(p((age().gt(25) & active()) | !field("id").eq(1)), [2, 3, 4, 5]);
    assert_eq!(p(age().gt(99)), NONE);
    assert_eq!(p(age().gt(0)).len(), 5);
    let counts = [age().ne(26), age().gt(26), age().ge(26), age().lt(26), age().le(26)].map(|expr| p(expr).len());
    assert_eq!(counts, [4, 2, 3, 2, 3]);
    assert_eq!((p(Expr::all()).len(), p(Expr::none()).len()), (5, 0));
    assert_eq!((p(!Expr::all()).len(), p(!Expr::none()).len()), (0, 5));
}

#[test]
fn values_of_other_kinds_never_match_11_12() {
    assert_eq!(r(field("a").eq(1)), [1]);
    assert_eq!(r(field("a").eq(1.0)), [1]);
    assert_eq!(r(field("a").gt(0)), [1, 5]);
    assert_eq!(r(field("a").ge("")), [4]);
    assert_eq!(r(field("a").le(true)), [6]);
}

#[test]
fn null_and_missing_differ_13() {
    assert_eq!(r(field("a").is_null()), [2]);
    assert_eq!(r(field("a").is_missing()), [3]);
    assert_eq!(r(field("a").is_null_or_missing()), [2, 3]);
    assert_eq!(r(field("a").exists()), [1, 2, 4, 5, 6, 7]);
    assert_eq!(r(field("a").eq(Value::Null)), [2]);
}

#[test]
fn not_is_complement_and_stops_at_a_leaf_14() {
    assert_eq!(r(!field("a").gt(0)), [2, 3, 4, 6, 7]);
    assert_eq!(r(field("a").ne(1)), [2, 3, 4, 5, 6, 7]);
    assert_eq!(normalize(!(field("a").gt(0) & !field("b").eq(1))).to_string(), "NOT a > 0 OR b = 1");
}

#[test]
fn paths_and_text_15_16() {
    assert_eq!(r(field("n.x").eq(5)), [1]);
    assert_eq!(r(field("n.x.y").is_missing()).len(), 7);
    assert_eq!(r(field("s.y").eq(1)), NONE);
    assert_eq!(r(field("s").contains_text("á")), [1]);
    assert_eq!(r(field("s").contains_text("")), [1, 2, 3]);
    assert_eq!(r(field("s").starts_with("Z")), [3]);
    assert_eq!(r(field("s").like("_")), [1, 2, 3]);
}

#[test]
fn in_nan_and_code_points_17_18_19() {
    assert_eq!(r(field("a").is_in(Vec::<i64>::new())), NONE);
    assert_eq!(r(field("a").is_in([Value::Int(1), Value::Null])), [1, 2]);
    for expr in [
        field("a").eq(f64::NAN),
        field("a").is_in([f64::NAN]),
        field("a").lt(f64::NAN),
        field("a").ge(f64::NAN),
        field("a").between(f64::NAN, f64::NAN),
        field("a").between(0, f64::NAN),
    ] {
        assert_eq!(r(expr), NONE);
    }
    assert_eq!(r(field("s").gt("Z")), [1, 2]);
}

#[test]
fn lists_20() {
    let item = |price: i64, stock: i64| Value::Map(Object::new().with("price", price).with("stock", stock));
    let objects = [
        Object::new().with("id", 1).with("tags", Value::List(vec!["x".into(), "x".into()])),
        Object::new().with("id", 2).with("tags", "x").with("items", Value::List(vec![item(9, 0), item(1, 3)])),
        Object::new().with("id", 3).with("items", Value::List(vec![1.into(), item(9, 3)])),
    ];
    assert_eq!(ids(&objects, &field("tags").contains("x")), [1]);
    assert_eq!(ids(&objects, &field("tags").eq("x")), [2]);
    assert_eq!(ids(&objects, &field("items").any(field("price").gt(5) & field("stock").gt(0))), [3]);
    assert_eq!(ids(&objects, &field("items").any(field("price").is_missing())), [3]);
    assert_eq!(ids(&objects, &field("items").any(Expr::none())), NONE);
}

#[test]
fn ranges_21_22_23_24() {
    let values = [9, 10, 15, 20, 21].map(Value::Int).into_iter().chain([Value::Null]);
    let objects: Vec<_> = (1..).zip(values).map(|(id, x)| Object::new().with("id", id).with("x", x)).collect();
    let test = |low, high| ids(&objects, &field("x").test(Test::Range(low, high)));
    let (ten, twenty) = (|| Value::Int(10), || Value::Float(20.0));
    assert_eq!(test(Bound::Included(ten()), Bound::Included(twenty())), [2, 3, 4]);
    assert_eq!(test(Bound::Excluded(ten()), Bound::Excluded(twenty())), [3]);
    assert_eq!(test(Bound::Included(ten()), Bound::Excluded(twenty())), [2, 3]);
    assert_eq!(test(Bound::Excluded(ten()), Bound::Included(twenty())), [3, 4]);
    assert_eq!(ids(&objects, &field("x").within(10..20)), [2, 3]);
    assert_eq!(test(Bound::Included(twenty()), Bound::Included(ten())), NONE);
    assert_eq!(test(Bound::Included(Value::Null), Bound::Included(ten())), NONE);
    assert_eq!(test(Bound::Included(ten()), Bound::Included(Value::Null)), NONE);
    assert_eq!(test(Bound::Included(Value::Null), Bound::Unbounded), NONE);
    assert_eq!(test(Bound::Included(ten()), Bound::Included(ten())), [2]);
    assert_eq!(test(Bound::Excluded(ten()), Bound::Excluded(ten())), NONE);
    assert_eq!(test(Bound::Included(ten()), Bound::Excluded(ten())), NONE);
    assert_eq!(test(Bound::Included(ten()), Bound::Included("z".into())), NONE);
}

#[test]
fn exact_comparison_and_one_range_25_26() {
    let big = 1i64 << 53;
    let objects: Vec<_> =
        (1..).zip([big, big + 1, big + 2]).map(|(id, x)| Object::new().with("id", id).with("x", x)).collect();
    assert_eq!(ids(&objects, &field("x").gt(9_007_199_254_740_992.0)), [2, 3]);
    assert_eq!(ids(&objects, &field("x").eq(big + 1)), [2]);
    let zero = [Object::new().with("id", 1).with("x", -0.0)];
    assert_eq!(ids(&zero, &(field("x").eq(0) & field("x").ge(0.0))), [1]);
    assert_eq!(normalize(field("x").ge(10) & field("x").le(20)).to_string(), "10 <= x <= 20");
    assert_eq!(normalize(field("x").ge(10) & field("x").gt(10) & field("y").eq(1)).to_string(), "x > 10 AND y = 1");
    assert_eq!(normalize(field("x").eq(2) | field("y").eq(1) | field("x").eq(1)).to_string(), "x IN (1, 2) OR y = 1");
    assert_eq!(normalize(field("x").is_in([1, 2, 3]) & field("x").gt(2)).to_string(), "x = 3");
    assert_eq!(normalize(field("x").like("ab%")).to_string(), "x STARTS WITH 'ab'");
    assert_eq!(normalize(field("x").gt(1) | !field("x").gt(1)).to_string(), "all");
}

#[test]
fn nearest_targets_measure() {
    let object = Object::new().with("x", 3).with("y", 4.0).with("v", Value::Vector(vec![3.0, 4.0].into()));
    let coordinates =
        |center: &[f64]| Target::Coordinates { paths: vec!["x".into(), "y".into()], center: center.into() };
    assert_eq!(coordinates(&[0.0, 0.0]).distance(&object), Some(5.0));
    assert_eq!(coordinates(&[0.0]).distance(&object), None);
    let vector =
        |vector: &[f32]| Target::Vector { path: "v".into(), vector: vector.into(), metric: crate::metric::Metric::L2 };
    assert_eq!(vector(&[0.0, 0.0]).distance(&object), Some(5.0));
    assert_eq!(vector(&[0.0]).distance(&object), None);
    assert_eq!(Target::Coordinates { paths: vec!["v".into()], center: [0.0].into() }.distance(&object), None);
}

/// Few values, so that they meet. Strategies are boxed: whole trees of them, by value, are more than the stack of a test's thread holds.
pub(crate) fn any_value() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-2..4i64).prop_map(Value::Int),
        (-4..6i64).prop_map(|halves| Value::Float(halves as f64 / 2.0)),
        prop_oneof![Just(f64::NAN), Just(-0.0), Just(f64::INFINITY), Just(9_007_199_254_740_992.0)]
            .prop_map(Value::Float),
        ((1i64 << 53) - 1..(1i64 << 53) + 2).prop_map(Value::Int),
        "[ab%]{0,2}".prop_map(Value::String),
        (0..3i64).prop_map(Value::Timestamp),
        prop::collection::vec(0..3u8, 0..2).prop_map(Value::Bytes),
        prop::collection::vec((0..3i64).prop_map(Value::Int), 0..3).prop_map(Value::List),
    ]
    .boxed()
}

pub(crate) fn any_object() -> impl Strategy<Value = Object> {
    let value = || prop::option::of(any_value());
    (value(), value(), value()).prop_map(|(a, b, x)| {
        let mut object = Object::new();
        for (name, value) in [("a", a), ("b", b)] {
            if let Some(value) = value {
                object.set(name, value);
            }
        }
        if let Some(x) = x {
            let list = Value::List(vec![Value::Map(Object::new().with("x", x.clone())), x.clone()]);
            object.set("n", Value::Map(Object::new().with("x", x))).set("list", list);
        }
        object
    })
}

fn any_bound() -> impl Strategy<Value = Bound<Value>> {
    prop_oneof![Just(Bound::Unbounded), any_value().prop_map(Bound::Included), any_value().prop_map(Bound::Excluded)]
}

pub(crate) fn any_test() -> BoxedStrategy<Test> {
    prop_oneof![
        any_value().prop_map(Test::Equals),
        prop::collection::vec(any_value(), 0..4).prop_map(Test::In),
        (any_bound(), any_bound()).prop_map(|(low, high)| Test::Range(low, high)),
        Just(Test::IsNull),
        Just(Test::IsMissing),
        "[ab]{0,2}".prop_map(Test::Prefix),
        r"[ab%_\\]{0,3}".prop_map(Test::Like),
        "[ab]{0,1}".prop_map(Test::ContainsText),
        ("[ab]{0,2}", 0..3u32).prop_map(|(text, edits)| Test::Fuzzy { text, edits }),
        r"\^?[ab.]{0,2}\$?".prop_map(|pattern| Test::Regex(Pattern::new(pattern))),
        any_value().prop_map(Test::Contains),
    ]
    .boxed()
}

pub(crate) fn any_leaf() -> BoxedStrategy<Expr> {
    let corner = || prop::collection::vec(-2.0..3.0f64, 2);
    let path = prop_oneof![Just("a"), Just("b"), Just("n.x"), Just("list")];
    prop_oneof![
        8 => (path, any_test()).prop_map(|(path, test)| field(path).test(test)),
        1 => (any_test(), any::<bool>()).prop_map(|(test, not)| {
            let inner = field("x").test(test);
            field("list").any(if not { !inner } else { inner })
        }),
        1 => (corner(), corner()).prop_map(|(low, high)| in_box(["a", "b"], &low, &high)),
        1 => (corner(), 0.0..3.0).prop_map(|(center, radius)| in_ball(["a", "b"], &center, radius)),
    ]
    .boxed()
}

pub(crate) fn any_expr() -> impl Strategy<Value = Expr> {
    any_leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            inner.prop_map(|expr| !expr),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn normal_forms_match_the_same_objects(expr in any_expr(), objects in prop::collection::vec(any_object(), 1..20)) {
        let normal = normalize(expr.clone());
        for object in &objects {
            prop_assert_eq!(evaluate(&expr, object), evaluate(&normal, object), "{} became {} on {:?}", expr, normal, object);
        }
    }

    #[test]
    fn normalizing_twice_changes_nothing(expr in any_expr()) {
        let once = normalize(expr);
        let twice = normalize(once.clone());
        prop_assert!(same(&once, &twice), "{} became {}", once, twice);
        prop_assert_eq!(once.to_string(), twice.to_string());
    }

    #[test]
    fn one_leaf_and_its_complement_split_everything(expr in any_leaf(), object in any_object()) {
        prop_assert!(evaluate(&expr, &object) != evaluate(&!expr, &object));
    }
}
