//! What filters mean, by the numbers of the behaviours that must hold: over a list and over sets, with and without indexes.

mod common;

use std::sync::{Arc, LazyLock};

use common::{Index, State, World, ids, world, worlds};
use protobase::{
    expr::{Expr, field},
    index::{IndexKind, Options, Registry},
    object::{FieldPath, Object, Value, ValueRef},
    query::{Analysis, Ascending, Descending, Item, Nulls, OrderKey, PlanLine, Query},
};

/// Seven objects with odd values.
fn fixture_r() -> Vec<Object> {
    let a = [Value::from(1), Value::Null, Value::Null, "1".into(), 2.0.into(), true.into(), f64::NAN.into()];
    let mut objects: Vec<Object> = (1..).zip(a).map(|(id, a)| Object::new().with("id", id).with("a", a)).collect();
    objects[2].unset("a");
    for (object, s) in objects.iter_mut().zip(["á", "z", "Z"]) {
        object.set("s", s);
    }
    objects[0].set("n", Object::new().with("x", 5));
    objects[2].set("n", Object::new().with("x", Value::Null));
    objects
}

/// Five people.
fn fixture_p() -> Vec<Object> {
    (1..=5).map(|id| Object::new().with("id", id).with("age", 20 + 2 * id).with("active", id % 2 == 0)).collect()
}

const R_INDEXES: &[Index<'_>] = &[
    (&["a"], "hash", &[]),
    (&["a"], "ordered", &[]),
    (&["s"], "ordered", &[]),
    (&["n.x"], "hash", &[]),
    (&["s"], "hash", &[]),
];
const P_INDEXES: &[Index<'_>] =
    &[(&["id"], "hash", &[]), (&["age"], "ordered", &[]), (&["active"], "hash", &[]), (&["age"], "hash", &[])];

fn check(worlds: &[World], condition: Expr, expected: &[i64]) {
    for world in worlds {
        assert_eq!(world.ids(condition.clone()), expected, "{condition} in {}", world.name);
    }
}

/// Every place for each fixture, with every subset of its indexes: made once, asked by many tests.
static R: LazyLock<Vec<World>> = LazyLock::new(|| worlds(&fixture_r(), R_INDEXES));
static P: LazyLock<Vec<World>> = LazyLock::new(|| worlds(&fixture_p(), P_INDEXES));

fn r() -> &'static [World] {
    &R
}

fn p() -> &'static [World] {
    &P
}

fn active() -> Expr {
    field("active").eq(true)
}

#[test]
fn and_or_not_1_2_3_4_5_6_7() {
    let p = p();
    check(p, field("id").eq(3), &[3]);
    check(p, field("age").gt(25).and(active()), &[4]);
    check(p, field("age").gt(28).or(field("id").eq(1)), &[1, 5]);
    check(p, !active(), &[1, 3, 5]);
    check(p, field("age").gt(25).and(active()).or(!field("id").eq(1)), &[2, 3, 4, 5]);
    check(p, field("age").gt(99), &[]);
    check(p, field("age").gt(0), &[1, 2, 3, 4, 5]);
}

#[test]
fn comparisons_8() {
    let p = p();
    check(p, !field("age").eq(26), &[1, 2, 4, 5]);
    check(p, field("age").gt(26), &[4, 5]);
    check(p, field("age").ge(26), &[3, 4, 5]);
    check(p, field("age").lt(26), &[1, 2]);
    check(p, field("age").le(26), &[1, 2, 3]);
}

#[test]
fn empty_conjunction_and_disjunction_9() {
    check(p(), Expr::all(), &[1, 2, 3, 4, 5]);
    check(p(), Expr::none(), &[]);
    check(p(), !Expr::none(), &[1, 2, 3, 4, 5]);
}

#[test]
fn odd_values_11_12_13_14() {
    let r = r();
    check(r, field("a").eq(1), &[1]);
    check(r, field("a").eq(1.0), &[1]);
    check(r, field("a").gt(0), &[1, 5]);
    check(r, field("a").is_null(), &[2]);
    check(r, field("a").is_missing(), &[3]);
    check(r, field("a").is_null().or(field("a").is_missing()), &[2, 3]);
    check(r, !field("a").gt(0), &[2, 3, 4, 6, 7]);
    check(r, !field("a").eq(1), &[2, 3, 4, 5, 6, 7]);
}

#[test]
fn paths_and_text_15_16() {
    let r = r();
    check(r, field("n.x").eq(5), &[1]);
    check(r, field("a.x").eq(5), &[]);
    check(r, field("a.x").is_missing(), &[1, 2, 3, 4, 5, 6, 7]);
    check(r, field("s").contains_text("á"), &[1]);
    check(r, field("s").contains_text(""), &[1, 2, 3]);
}

#[test]
fn in_nan_and_code_points_17_18_19() {
    let r = r();
    check(r, field("a").is_in(Vec::<Value>::new()), &[]);
    check(r, field("a").is_in([Value::from(1), Value::Null]), &[1, 2]);
    check(r, field("a").eq(f64::NAN), &[]);
    check(r, field("a").gt(f64::NAN), &[]);
    check(r, field("a").between(f64::NAN, 9), &[]);
    check(r, field("a").between(0, f64::NAN), &[]);
    check(r, field("s").gt("Z"), &[1, 2]);
}

#[test]
fn lists_20() {
    let item = |price: i32, stock: i32| Object::new().with("price", price).with("stock", stock);
    let objects = vec![
        Object::new().with("id", 1).with("tags", vec!["x", "x", "y"]).with("items", vec![item(9, 0), item(1, 3)]),
        Object::new().with("id", 2).with("tags", vec!["y"]).with("items", vec![item(9, 3)]),
        Object::new().with("id", 3).with("tags", "x"),
    ];
    let worlds = worlds(&objects, &[(&["tags"], "hash", &[])]);
    check(&worlds, field("tags").contains("x"), &[1]);
    check(&worlds, field("items").any(field("price").gt(5).and(field("stock").gt(0))), &[2]);
}

#[test]
fn ranges_21_22_23_24() {
    let values = [Value::from(9), 10.into(), 15.into(), 20.into(), 21.into(), Value::Null];
    let objects: Vec<_> = (1..).zip(values).map(|(id, x)| Object::new().with("id", id).with("x", x)).collect();
    let worlds = worlds(&objects, &[(&["x"], "ordered", &[])]);
    let x = || field("x");
    check(&worlds, x().between(10, 20), &[2, 3, 4]);
    check(&worlds, x().gt(10).and(x().lt(20)), &[3]);
    check(&worlds, x().ge(10).and(x().lt(20)), &[2, 3]);
    check(&worlds, x().gt(10).and(x().le(20)), &[3, 4]);
    check(&worlds, x().between(20, 10), &[]);
    check(&worlds, x().ge(Value::Null), &[]);
    check(&worlds, x().between(Value::Null, 20), &[]);
    check(&worlds, x().between(15, 15), &[3]);
    check(&worlds, x().gt(15).and(x().lt(15)), &[]);
}

#[test]
fn kinds_of_range_25() {
    let big = 1i64 << 53;
    let values = [
        Value::from("a"),
        "b".into(),
        Value::Timestamp(-5),
        Value::Timestamp(7),
        big.into(),
        (big + 1).into(),
        (-0.0).into(),
        0.into(),
    ];
    let objects: Vec<_> = (1..).zip(values).map(|(id, x)| Object::new().with("id", id).with("x", x)).collect();
    let worlds = worlds(&objects, &[(&["x"], "ordered", &[]), (&["x"], "hash", &[])]);
    let x = || field("x");
    check(&worlds, x().ge("a"), &[1, 2]);
    check(&worlds, x().gt(Value::Timestamp(-5)), &[4]);
    check(&worlds, x().gt(big), &[6]);
    check(&worlds, x().ge(9_007_199_254_740_992.0), &[5, 6]);
    check(&worlds, x().eq(big + 1), &[6]);
    check(&worlds, x().eq(0), &[7, 8]);
    check(&worlds, x().between(0, 0), &[7, 8]);
    check(&worlds, x().lt(0), &[]);
}

/// The kinds of index that can stand on one field of numbers, without options.
fn kinds_for_numbers() -> Vec<&'static str> {
    let (fields, options) = ([FieldPath::from("x")], Options::new());
    let takes_numbers = |kind: &Arc<dyn IndexKind>| {
        let value = [Some(ValueRef::Int(7))];
        kind.check(&fields, &options).and_then(|()| kind.check_values(&fields, &options, &value)).is_ok()
    };
    Registry::builtin().kinds().filter(|kind| takes_numbers(kind)).map(|kind| kind.name()).collect()
}

/// The places to ask in with one index: every state, and several segments made one by compaction.
fn everywhere(objects: &[Object], index: &[Index<'_>]) -> Vec<World> {
    let mut worlds: Vec<World> = State::ALL.map(|state| world(objects, index, state)).into();
    worlds.push(world(objects, index, State::Scattered).settle());
    worlds
}

/// Bounds on one field, the one range that they are, and the ids in it: an id is its value less 8.
fn bounds_and_ranges() -> Vec<(Vec<Expr>, Expr, Vec<i64>)> {
    let x = || field("x");
    vec![
        (vec![x().ge(10), x().le(20)], x().between(10, 20), (2..=12).collect()),
        (vec![x().le(20), x().ge(10)], x().between(10, 20), (2..=12).collect()),
        (vec![x().gt(10), x().lt(20), x().between(5, 15)], x().gt(10).and(x().le(15)), (3..=7).collect()),
        (vec![x().ge(14), x().le(14)], x().between(14, 14), vec![6]),
        (vec![x().gt(14), x().lt(15)], x().gt(14).and(x().lt(15)), vec![]),
    ]
}

#[test]
fn two_bounds_are_one_range_wherever_the_objects_are_26() {
    let objects: Vec<Object> = (0..24).map(|id| Object::new().with("id", id).with("x", id + 8)).collect();
    let kinds = kinds_for_numbers();
    assert!(kinds.contains(&"ordered") && kinds.contains(&"hash"), "{kinds:?}");
    let mut answered = Vec::new();
    for kind in kinds.into_iter().map(Some).chain([None]) {
        let index: Vec<Index<'_>> = kind.iter().map(|kind| (&["x"][..], *kind, &[][..])).collect();
        for world in everywhere(&objects, &index) {
            for (bounds, range, ids) in bounds_and_ranges() {
                assert_eq!(world.ids(Expr::And(bounds.clone())), ids, "{bounds:?} in {}", world.name);
                let indexed = is_one_range(&world, &bounds, &range);
                answered.extend(kind.filter(|_| indexed));
            }
        }
    }
    answered.dedup();
    assert_eq!(answered, ["hash", "ordered"], "a range of one value is an equality, which both answer");
}

/// Several bounds have the plan of their one range, with one test in it, and do its work: as one filter and as filters one after the
/// other. Returns whether an index answers.
fn is_one_range(world: &World, bounds: &[Expr], range: &Expr) -> bool {
    let lines = |analysis: &Analysis| {
        let line = |line: &PlanLine| (line.depth, line.operator, line.detail.clone(), line.estimate);
        analysis.plan.lines.iter().map(line).collect::<Vec<_>>()
    };
    let expected = world.query().filter(range.clone()).analyze().expect("analyzed");
    let each = bounds.iter().fold(world.query(), |query, bound| query.filter(bound.clone()));
    for query in [world.query().filter(Expr::And(bounds.to_vec())), each] {
        let found = query.analyze().expect("analyzed");
        assert_eq!(lines(&found), lines(&expected), "{}", world.name);
        assert_eq!(found.work(), expected.work(), "{}\n{found}{expected}", world.name);
    }
    let tests = expected.plan.lines.iter().filter(|line| line.detail.contains("x ")).count();
    assert!(tests == 1 && expected.plan.find("AndMerge").is_none(), "{}\n{expected}", world.name);
    expected.plan.find("IndexScan").is_some()
}

#[test]
fn nulls_first_and_last_44() {
    let r = r();
    let ordered = |world: &World, key: OrderKey| ids(&world.query().order_by_key(key).run().expect("ordered"));
    for world in r {
        let key = |direction| OrderKey::new("a", direction);
        assert_eq!(ordered(world, key(Ascending)), [6, 1, 5, 7, 4, 2, 3], "{}", world.name);
        assert_eq!(ordered(world, key(Ascending).nulls(Nulls::First)), [2, 3, 6, 1, 5, 7, 4], "{}", world.name);
        assert_eq!(ordered(world, key(Descending)), [2, 3, 4, 7, 5, 1, 6], "{}", world.name);
        assert_eq!(ordered(world, key(Descending).nulls(Nulls::Last)), [4, 7, 5, 1, 6, 2, 3], "{}", world.name);
        let limited = world.query().order_by("a", Descending).limit(3).offset(1).run().expect("limited");
        assert_eq!(ids(&limited), [3, 4, 7], "{}", world.name);
    }
}

#[test]
fn several_keys_and_ties_by_offset_44() {
    for world in p() {
        let query = || world.query().order_by("active", Descending);
        assert_eq!(ids(&query().run().expect("one key")), [2, 4, 1, 3, 5], "{}", world.name);
        let two = query().order_by("age", Descending).run().expect("two keys");
        assert_eq!(ids(&two), [4, 2, 5, 3, 1], "{}", world.name);
    }
}

#[test]
fn limits_45() {
    for world in p() {
        let run = |query: Query<'_>| ids(&query.run().expect("limited"));
        assert_eq!(run(world.query().limit(0)), [0; 0]);
        assert_eq!(run(world.query().offset(9)), [0; 0]);
        assert_eq!(run(world.query().limit(2).offset(1)), [2, 3]);
        assert_eq!(run(world.query().limit(3).filter(active())), [2], "limit before where");
        assert_eq!(run(world.query().filter(active()).limit(3)), [2, 4], "where before limit");
        assert_eq!(run(world.query().limit(4).order_by("age", Descending).limit(2)), [4, 3]);
        assert_eq!(world.query().limit(4).offset(2).count().expect("count"), 3);
        assert_eq!(world.query().order_by("age", Ascending).limit(2).count().expect("count"), 2);
    }
}

#[test]
fn projection_46() {
    for world in r() {
        let items = [Item::field("id"), Item::field("s").named("text"), Item::field("nowhere"), Item::field("n.x")];
        let hits = world.query().filter(field("id").le(2)).select(items).run().expect("projected");
        let expected = [
            Object::new().with("id", 1).with("text", "á").with("n.x", 5),
            Object::new().with("id", 2).with("text", "z"),
        ];
        assert_eq!(hits.objects().expect("objects"), expected, "{}", world.name);
    }
}

#[test]
fn result_sets_49_52() {
    for world in p() {
        let find = |condition| world.query().filter(condition).run().expect("found").to_set();
        let (old, active) = (find(field("age").gt(25)), find(active()));
        assert_eq!(((&old & &active).len(), (&old | &active).len(), (&old - &active).len()), (1, 4, 2));
    }
}

#[test]
fn hits_are_a_source_54b() {
    for world in p() {
        let old = world.query().filter(field("age").gt(23)).run().expect("found");
        let again = Query::over(&old).filter(active()).order_by("age", Descending).run().expect("again");
        assert_eq!(ids(&again), [4, 2], "{}", world.name);
    }
}
