//! Joins, groups and combinations, each against loops over lists.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protobase::{
    Database, IndexableSet, Object, SetSchema, Value,
    expr::{Expr, field},
    query::{Aggregate, Combination, JoinKind, On, Query},
};

/// An object of a side: some fields may be missing or null.
fn objects(most: usize) -> impl Strategy<Value = Vec<Object>> {
    let value = prop_oneof![
        6 => (0..6_i64).prop_map(Value::Int),
        1 => (0..6_i64).prop_map(|n| Value::Float(n as f64)),
        1 => Just(Value::Null),
        1 => Just(Value::Float(f64::NAN)),
        1 => (0..3_u8).prop_map(|n| Value::from(format!("t{n}"))),
    ];
    let fields = (prop::option::weighted(0.9, value.clone()), prop::option::weighted(0.8, value));
    prop::collection::vec(fields, 0..most).prop_map(|all| {
        let object = |(id, (a, b)): (usize, (Option<Value>, Option<Value>))| {
            let mut object = Object::new().with("id", id as i64);
            a.into_iter().for_each(|a| {
                object.set("a", a);
            });
            b.into_iter().for_each(|b| {
                object.set("b", b);
            });
            object
        };
        all.into_iter().enumerate().map(object).collect()
    })
}

fn conditions() -> impl Strategy<Value = Option<Expr>> {
    let leaf = (prop::sample::select(vec!["l.a", "l.b", "l.id", "r.a", "r.b", "r.id"]), 0..6_i64, 0..7).prop_map(
        |(path, n, test)| match test {
            0 => field(path).eq(n),
            1 => field(path).gt(n),
            2 => field(path).le(n),
            3 => field(path).is_null(),
            4 => field(path).is_missing(),
            5 => field(path).is_in([n, n + 1]),
            _ => protobase::query::Scalar::from(path).compare(protobase::expr::Comparison::Less, "r.b"),
        },
    );
    let more = leaf.clone().prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Expr::Or),
            inner.prop_map(|inner| !inner),
        ]
    });
    prop::option::of(more)
}

/// A set with some indexes, whose first part is in a segment and whose second is not.
fn set(name: &str, objects: &[Object], indexes: u8, flushed: usize, database: &Database) -> IndexableSet<Object> {
    let mut schema = SetSchema::new(name);
    if indexes & 1 == 1 {
        schema = schema.index("a", "hash");
    }
    if indexes & 2 == 2 {
        schema = schema.index("b", "ordered");
    }
    let set = database.declare::<Object>(schema).unwrap();
    let (first, second) = objects.split_at(flushed.min(objects.len()));
    set.insert_many(first).unwrap();
    database.flush().unwrap();
    second.iter().for_each(|object| {
        set.insert(object).unwrap();
    });
    set
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Int(one), Value::Float(other)) | (Value::Float(other), Value::Int(one)) => *one as f64 == *other,
        (Value::Null, _) | (_, Value::Null) => false,
        (one, other) => one == other,
    }
}

fn equal(one: Option<&Value>, other: Option<&Value>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if same(one, other))
}

fn pair(left: Option<&Object>, right: Option<&Object>) -> Object {
    let mut pair = Object::new();
    left.into_iter().for_each(|left| {
        pair.set("l", Value::Map(left.clone()));
    });
    right.into_iter().for_each(|right| {
        pair.set("r", Value::Map(right.clone()));
    });
    pair
}

fn looped(left: &[Object], right: &[Object], on: (&str, &str), also: Option<&Expr>, kind: JoinKind) -> Vec<Object> {
    let holds = |pair: &Object| also.is_none_or(|also| protobase::expr::evaluate(also, pair));
    let belongs = |l: &Object, r: &Object| equal(l.get(on.0), r.get(on.1)) && holds(&pair(Some(l), Some(r)));
    let mut all = Vec::new();
    for l in left {
        let partners: Vec<&Object> = right.iter().filter(|r| belongs(l, r)).collect();
        match kind {
            JoinKind::Semi if !partners.is_empty() => all.push(pair(Some(l), None)),
            JoinKind::Anti | JoinKind::Left | JoinKind::Full if partners.is_empty() => all.push(pair(Some(l), None)),
            JoinKind::Semi | JoinKind::Anti => {}
            _ => all.extend(partners.iter().map(|r| pair(Some(l), Some(r)))),
        }
    }
    if matches!(kind, JoinKind::Right | JoinKind::Full) {
        let alone = |r: &&Object| !left.iter().any(|l| belongs(l, r));
        all.extend(right.iter().filter(alone).map(|r| pair(None, Some(r))));
    }
    all
}

fn texts(objects: &[Object]) -> Vec<String> {
    objects.iter().map(ToString::to_string).collect()
}

const KINDS: [JoinKind; 6] =
    [JoinKind::Inner, JoinKind::Left, JoinKind::Right, JoinKind::Full, JoinKind::Semi, JoinKind::Anti];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn joins_are_loops(
        left in objects(12), right in objects(14), on in prop::sample::select(vec![("a", "a"), ("a", "b"), ("id", "a"), ("b", "id")]),
        also in conditions(), filter in conditions(), kind in prop::sample::select(KINDS.to_vec()), indexes in 0..4_u8, flushed in 0..14_usize,
    ) {
        let database = Database::options().background(false).in_memory();
        let (l, r) = (set("lefts", &left, indexes, flushed, &database), set("rights", &right, indexes, flushed, &database));
        let mut join = l.query().named("l").join(r.query().named("r"), On::equal(on.0, on.1)).kind(kind);
        if let Some(also) = &also {
            join = join.also(also.clone());
        }
        let mut query = join.query();
        let mut expected = looped(&left, &right, on, also.as_ref(), kind);
        if let Some(filter) = &filter {
            query = query.filter(filter.clone());
            expected.retain(|pair| protobase::expr::evaluate(filter, pair));
        }
        prop_assert_eq!(texts(&query.run().unwrap().objects().unwrap()), texts(&expected), "{}", query.explain().unwrap());
        prop_assert_eq!(texts(&query.run_unoptimized().unwrap().objects().unwrap()), texts(&expected));
        prop_assert_eq!(query.count().unwrap(), expected.len() as u64);
        let lists = Query::over(&left).named("l").join(Query::over(&right).named("r"), On::equal(on.0, on.1)).kind(kind);
        let lists = also.iter().fold(lists, |join, also| join.also(also.clone())).query();
        let lists = filter.iter().fold(lists, |query, filter| query.filter(filter.clone()));
        prop_assert_eq!(texts(&lists.run().unwrap().objects().unwrap()), texts(&expected));
    }

    #[test]
    fn groups_are_loops(all in objects(30), filter in prop::option::of((0..6_i64, any::<bool>())), indexes in 0..4_u8, flushed in 0..30_usize) {
        let database = Database::options().background(false).in_memory();
        let set = set("all", &all, indexes, flushed, &database);
        let values = || [
            ("n", Aggregate::count()),
            ("known", Aggregate::count_of("b")),
            ("different", Aggregate::count_of("b").distinct()),
            ("least", Aggregate::min("b")),
            ("most", Aggregate::max("id")),
            ("sum", Aggregate::sum("id")),
        ];
        let query = set.query().aggregate(["a"], values());
        let query = match filter {
            Some((n, true)) => query.filter(field("a").gt(n)),
            Some((n, false)) => query.filter(field("n").gt(n)),
            None => query,
        };
        let found = query.run().unwrap().objects().unwrap();
        prop_assert_eq!(texts(&found), texts(&query.run_unoptimized().unwrap().objects().unwrap()));
        // NaN is a group of its own, as null and missing are together.
        let name = |object: &Object| match object.get("a") {
            None | Some(Value::Null) => "none".to_owned(),
            Some(Value::Float(float)) if float.fract() == 0.0 => (*float as i64).to_string(),
            Some(value) => value.to_string(),
        };
        let mut groups: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
        all.iter().for_each(|object| groups.entry(name(object)).or_default().push(object));
        if filter.is_none() {
            prop_assert_eq!(found.len(), groups.len());
        }
        for object in &found {
            let members = &groups[&name(object)];
            let known: Vec<&Value> = members.iter().filter_map(|m| m.get("b")).filter(|b| !matches!(b, Value::Null)).collect();
            prop_assert_eq!(object.get("n"), Some(&Value::Int(members.len() as i64)));
            prop_assert_eq!(object.get("known"), Some(&Value::Int(known.len() as i64)));
            let sum: i64 = members.iter().filter_map(|m| match m.get("id") { Some(Value::Int(id)) => Some(*id), _ => None }).sum();
            prop_assert_eq!(object.get("sum"), Some(&Value::Int(sum)));
            prop_assert_eq!(object.get("least").is_none(), known.is_empty());
        }
    }

    #[test]
    fn combinations_are_loops(left in objects(12), right in objects(12), n in prop::option::of((0..6_i64, 0..3))) {
        let query = |by| {
            let side = |objects| Query::over(objects).select(["a", "b"]);
            let query = side(&left).combine(side(&right), by);
            match n {
                Some((n, 0)) => query.filter(field("a").le(n)),
                Some((_, 1)) => query.filter(field("a").is_null()),
                Some((n, _)) => query.filter(!field("a").eq(n)),
                None => query,
            }
        };
        for by in [Combination::Union, Combination::UnionAll, Combination::Intersect, Combination::IntersectAll, Combination::Except, Combination::ExceptAll] {
            let optimized = texts(&query(by).run().unwrap().objects().unwrap());
            prop_assert_eq!(&optimized, &texts(&query(by).run_unoptimized().unwrap().objects().unwrap()));
        }
        let count = |by| query(by).count().unwrap();
        prop_assert_eq!(count(Combination::IntersectAll) + count(Combination::ExceptAll), query(Combination::UnionAll).count().unwrap() - right_count(&right, n));
    }
}

/// How many of the right objects pass the filter.
fn right_count(right: &[Object], n: Option<(i64, i32)>) -> u64 {
    let query = Query::over(right);
    let query = match n {
        Some((n, 0)) => query.filter(field("a").le(n)),
        Some((_, 1)) => query.filter(field("a").is_null()),
        Some((n, _)) => query.filter(!field("a").eq(n)),
        None => query,
    };
    query.count().unwrap()
}

/// Customers with invoices of their own, and orders that refer to customers.
fn shop(sizes: &[(usize, usize)], flushed: bool) -> (Database, IndexableSet, IndexableSet) {
    let database = Database::options().background(false).in_memory();
    let schema = SetSchema::new("customers").nested("invoices", SetSchema::new("invoices").index("total", "ordered"));
    let customers: IndexableSet = database.declare(schema).unwrap();
    let orders: IndexableSet = database.declare(SetSchema::new("orders").index("of", "hash")).unwrap();
    for (at, (invoices, of)) in sizes.iter().enumerate() {
        let customer = customers.insert(&Object::new().with("id", at as i64)).unwrap();
        let nested: IndexableSet = customers.nested(customer, "invoices").unwrap();
        (0..*invoices).for_each(|n| {
            nested.insert(&Object::new().with("total", n as i64)).unwrap();
        });
        (0..*of).for_each(|n| {
            let reference = Value::Reference(customers.family(), customer);
            orders.insert(&Object::new().with("of", reference).with("n", n as i64)).unwrap();
        });
        if at == sizes.len() / 2 && flushed {
            database.flush().unwrap();
        }
    }
    (database, customers, orders)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn owners_and_references_find_what_belongs_to_them(sizes in prop::collection::vec((0..4_usize, 0..4_usize), 1..9), flushed in any::<bool>(), kind in prop::sample::select(KINDS.to_vec())) {
        let (_database, customers, orders) = shop(&sizes, flushed);
        let invoices = customers.nested_family::<Object>("invoices").unwrap();
        let family = customers.family();
        let of_customers = |on, right: &IndexableSet| {
            let query = customers.query().named("l").join(right.query().named("r"), on).kind(kind).query();
            let found = texts(&query.run().unwrap().objects().unwrap());
            assert_eq!(found, texts(&query.run_unoptimized().unwrap().objects().unwrap()), "{}", query.explain().unwrap());
            found.len()
        };
        let expected = |number: fn(&(usize, usize)) -> usize| sizes.iter().map(|size| match (kind, number(size)) {
            (JoinKind::Semi, n) => n.min(1),
            (JoinKind::Anti, n) => usize::from(n == 0),
            (JoinKind::Left | JoinKind::Full, n) => n.max(1),
            (_, n) => n,
        }).sum::<usize>();
        prop_assert_eq!(of_customers(On::owned(), &invoices), expected(|(invoices, _)| *invoices));
        let referring = On::Referring { left: protobase::FieldPath::offset(), family, right: "of".into() };
        prop_assert_eq!(of_customers(referring, &orders), expected(|(_, orders)| *orders));
        // What orders refer to is there, once for each.
        let query = orders.query().named("o").join(customers.query().named("c"), On::reference("of")).query();
        let found = query.run().unwrap().objects().unwrap();
        prop_assert_eq!(texts(&found), texts(&query.run_unoptimized().unwrap().objects().unwrap()));
        prop_assert_eq!(found.len(), sizes.iter().map(|(_, orders)| orders).sum::<usize>());
    }
}

#[test]
fn a_transaction_joins_what_it_has_written() {
    let (database, customers, orders) = shop(&[(0, 1), (0, 0)], true);
    let mut transaction = database.begin().unwrap();
    let customer = transaction.insert(&customers, &Object::new().with("id", 7)).unwrap();
    let reference = Value::Reference(customers.family(), customer);
    transaction.insert(&orders, &Object::new().with("of", reference)).unwrap();
    let right = transaction.query(&customers).unwrap().named("c");
    let joined = transaction.query(&orders).unwrap().named("o").join(right, On::reference("of")).query();
    let ids: Vec<_> = joined.select(["c.id"]).run().unwrap().objects().unwrap();
    assert_eq!(ids, [0, 7].map(|id| Object::new().with("c.id", id)));
}
