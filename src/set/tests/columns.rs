//! Loose objects read through columns mean what their bytes mean, and are collected once.

use std::sync::Arc;

use proptest::{collection::vec, option, prelude::*};

use super::engine::TestEngine;
use crate::{
    expr::{Expr, Target, evaluate, field, tests as exprs},
    geometry::LonLat,
    metric::Metric,
    object::{FieldPath, Fields, Object, Value, samples},
    set::{Engine, IndexableSet, SetError, SetSchema},
};

/// One full block, and one that is still open.
const OBJECTS: usize = 70;
const PATHS: [&str; 3] = ["a", "b", "n.x"];

/// Values of one type, among them those where comparing goes wrong.
fn typed(kind: usize) -> BoxedStrategy<Value> {
    match kind {
        0 => any::<bool>().prop_map(Value::Bool).boxed(),
        1 => prop_oneof![(-2..4i64), ((1i64 << 53) - 1..(1i64 << 53) + 2), Just(i64::MIN), Just(i64::MAX)]
            .prop_map(Value::Int)
            .boxed(),
        2 => prop_oneof![(-2..3i32).prop_map(f64::from), Just(f64::NAN), Just(-0.0), Just(9_007_199_254_740_992.0)]
            .prop_map(Value::Float)
            .boxed(),
        3 => prop_oneof!["[ab%]{0,2}", "[aé]{40,80}"].prop_map(Value::String).boxed(),
        4 => (0..3i64).prop_map(Value::Timestamp).boxed(),
        5 => vec(-2.0..2.0f32, 3).prop_map(Value::from).boxed(),
        6 => (-180.0..=180.0f64, -90.0..=90.0f64)
            .prop_map(|at| Value::from(geo::Geometry::from(geo::Point::from(at))))
            .boxed(),
        _ => samples::shape().prop_map(Value::from).boxed(),
    }
}

/// A field of all objects: mostly of one type, with nulls, gaps and strays.
fn column() -> impl Strategy<Value = Vec<Option<Value>>> {
    (0..8usize).prop_flat_map(|kind| {
        let value = prop_oneof![
            12 => typed(kind),
            1 => exprs::any_value(),
            1 => samples::value(),
        ];
        vec(option::weighted(0.9, value), OBJECTS)
    })
}

fn objects() -> impl Strategy<Value = Vec<Object>> {
    (column(), column(), column()).prop_map(|(a, b, x)| {
        let object = |((a, b), x): ((Option<Value>, Option<Value>), Option<Value>)| {
            let inner = x.map(|x| Value::Map(Object::new().with("x", x)));
            let fields = [("a", a), ("b", b), ("n", inner)];
            fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
        };
        a.into_iter().zip(b).zip(x).map(object).collect()
    })
}

fn stored(objects: &[Object]) -> Result<(Arc<TestEngine>, IndexableSet), SetError> {
    let engine = TestEngine::new();
    let schema = PATHS.iter().fold(SetSchema::new("all"), |schema, path| schema.index(*path, "hash"));
    let set = engine.declare(&schema)?;
    set.insert_many(objects)?;
    Ok((engine, set))
}

/// Tests of places and vectors, which random expressions lack.
fn measured() -> Vec<Expr> {
    let place = LonLat::new(10.0, 20.0).unwrap();
    let near = |path: &str| field(path).within_radius(place, 8_000_000.0);
    let similar = |path: &str| field(path).within_distance([1.0, 0.0, -1.0], Metric::L2, 2.0);
    PATHS.iter().flat_map(|path| [near(path), similar(path)]).collect()
}

fn targets() -> Vec<Target> {
    let of_path = |path: &str| {
        let path = FieldPath::from(path);
        let vector = Target::Vector { path: path.clone(), vector: [0.5, -1.0, 0.0].into(), metric: Metric::Cosine };
        [vector, Target::Place { path, place: LonLat::new(-170.0, 60.0).unwrap() }]
    };
    let plane = Target::Coordinates { paths: vec!["a".into(), "n.x".into()], center: [1.0, 2.0].into() };
    PATHS.iter().flat_map(|path| of_path(path)).chain([plane]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn columns_mean_what_evaluate_means(objects in objects(), exprs in vec(exprs::any_expr(), 8)) {
        let (_engine, set) = stored(&objects)?;
        let loose = set.view()?.loose();
        prop_assert_eq!(loose.len(), OBJECTS);
        let paths: Vec<FieldPath> = PATHS.iter().map(|path| (*path).into()).collect();
        let reader = loose.reading(&paths);
        for (at, object) in (0..).zip(&objects) {
            for path in &paths {
                let value = |value: Option<crate::object::ValueRef<'_>>| format!("{:?}", value.map(|value| value.to_value()));
                prop_assert_eq!(value(reader.fields(at).field(path)), value(loose.field(at, path)), "{} of {:?}", path, object);
            }
        }
        for expr in exprs.iter().chain(&measured()) {
            let reader = loose.reading(expr.paths());
            for (at, object) in (0..).zip(&objects) {
                prop_assert_eq!(evaluate(expr, &reader.fields(at)), evaluate(expr, object), "{} on {:?}", expr, object);
            }
        }
        for target in &targets() {
            let reader = loose.reading(target.paths());
            for (at, object) in (0..).zip(&objects) {
                let bits = |distance: Option<f64>| distance.map(f64::to_bits);
                let found = target.distance(&reader.fields(at));
                prop_assert_eq!(bits(found), bits(target.distance(object)), "{} on {:?}", target, object);
            }
        }
    }
}

#[test]
fn who_asks_again_is_told_the_same_until_something_changes() -> Result<(), SetError> {
    let object = |n: i64| Object::new().with("a", n);
    let (engine, set) = stored(&(0..100).map(object).collect::<Vec<_>>())?;
    let other: IndexableSet = engine.declare(&SetSchema::new("other"))?;
    let before = engine.snapshot();
    let view = |snapshot: &crate::set::Snapshot| snapshot.view(set.family(), None);
    let first = view(&before)?.loose();
    assert!(Arc::ptr_eq(&first, &view(&before)?.loose()), "one snapshot");
    other.insert(&object(1))?;
    assert!(Arc::ptr_eq(&first, &view(&engine.snapshot())?.loose()), "a commit to another set");

    let gone = first.place(7).1;
    set.remove(gone)?;
    let after = view(&engine.snapshot())?.loose();
    assert_eq!((first.len(), after.len()), (100, 99));
    assert!(after.places().all(|at| after.place(at).1 != gone));
    let again = view(&before)?.loose();
    assert!(again.places().any(|at| again.place(at).1 == gone), "an old snapshot sees what it saw");
    set.insert(&object(100))?;
    assert_eq!(view(&engine.snapshot())?.loose().len(), 100);
    assert_eq!(view(&before)?.loose().len(), 100);
    Ok(())
}

#[test]
fn a_field_indexed_later_is_read_all_the_same() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let schema = SetSchema::new("all").index("a", "hash");
    let set: IndexableSet = engine.declare(&schema)?;
    set.insert_many(&(0..100).map(|n: i64| Object::new().with("a", n).with("c", n % 7)).collect::<Vec<_>>())?;
    let count = |set: &IndexableSet| -> Result<usize, SetError> {
        let loose = set.view()?.loose();
        let path = FieldPath::from("c");
        let reader = loose.reading([&path]);
        let is_three = |at: &u32| reader.fields(*at).field(&path).is_some_and(|value| value.as_i64() == Some(3));
        Ok(loose.places().filter(is_three).count())
    };
    assert_eq!(count(&set)?, 14);
    engine.declare::<Object>(&schema.index("c", "hash"))?;
    assert_eq!(count(&set)?, 14);
    let state = engine.snapshot();
    assert!(state.state(set.family())?.tails[0].column(&"c".into()).is_some(), "the tail has the new field's column");
    Ok(())
}
