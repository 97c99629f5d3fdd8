//! Questions that are nested deep or very wide: answered, or refused by name, and never more than the stack of a test's thread holds.

use protobase::{
    Database, Object,
    expr::{Expr, MAX_NESTING, field},
    query::{Goal, Query},
    set::{IndexableSet, SetSchema},
};

const TERMS: i64 = 10_000;

fn things() -> (Database, IndexableSet<Object>) {
    let database = Database::options().background(false).in_memory();
    let schema = SetSchema::new("things").unique("id").index("a", "hash").index("b", "ordered");
    let set = database.declare::<Object>(schema).expect("declared");
    for id in 0..20 {
        set.insert(&Object::new().with("id", id).with("a", id % 5).with("b", id)).expect("inserted");
        if id == 12 {
            database.flush().expect("flushed");
        }
    }
    (database, set)
}

/// The number of hits, the same on every way to an answer.
fn count(query: &Query<'_>) -> u64 {
    let count = query.count().expect("counted");
    assert_eq!(query.run().expect("answered").len() as u64, count);
    assert_eq!(query.run_unoptimized().expect("scanned").len() as u64, count);
    assert_eq!(query.analyze_for(Goal::Objects).expect("analyzed").count, count);
    assert!(!query.explain().expect("explained").to_string().is_empty());
    count
}

/// `NOT (b >= 100 OR NOT (b >= 100 OR ..))`: deep also in its normal form.
fn alternating(depth: usize) -> Expr {
    let step = |expr: Expr, at: usize| {
        let other = field("b").ge(100 + at as i64).or(field("a").eq(9));
        if at.is_multiple_of(2) { expr.and(!other) } else { expr.or(other) }
    };
    (2..depth).fold(field("a").eq(1), step)
}

#[test]
fn deep_conditions_are_answered_up_to_the_limit_and_refused_beyond() {
    let (_database, set) = things();
    let nots = |depth| (1..depth).fold(field("a").eq(1), |expr, _| !expr);
    assert_eq!(count(&set.query().filter(nots(MAX_NESTING - 1))), 4);
    assert_eq!(count(&set.query().filter(nots(MAX_NESTING))), 16);
    assert_eq!(count(&set.query().filter(alternating(MAX_NESTING / 2))), 4);
    for deep in [nots(MAX_NESTING + 1), nots(100_000), alternating(100_000), field("a").any(nots(50_000))] {
        let query = set.query().filter(deep);
        for error in [query.run().err(), query.count().err(), query.explain().err(), query.analyze().err()] {
            let error = error.expect("refused").to_string();
            assert!(error.contains("nested") && error.contains("at most 100"), "{error}");
        }
    }
}

#[test]
fn ten_thousand_terms_are_answered() {
    let (_, set) = things();
    let either = (0..TERMS).fold(Expr::none(), |expr, n| expr.or(field("b").eq(n).and(field("a").ge(n % 3))));
    assert_eq!(set.query().filter(either).count().expect("counted"), 17);
    let all = (0..TERMS).fold(Expr::all(), |expr, n| expr.and(!field("b").eq(-1 - n)));
    assert_eq!(set.query().filter(all).analyze().expect("analyzed").count, 20);
}

#[cfg(feature = "sql")]
mod in_sql {
    use protobase::{Parameters, Value};

    use super::{TERMS, things};

    #[test]
    fn ten_thousand_terms_of_sql_are_answered() {
        let (database, _set) = things();
        for (operator, term, expected) in [("OR", "b = -", 1), ("AND", "b <> -", 19), ("OR", "NOT b > -", 1)] {
            let terms: Vec<String> = (0..TERMS).map(|n| format!("{term}{n}")).collect();
            let text = format!("SELECT COUNT(*) AS n FROM things WHERE {}", terms.join(&format!(" {operator} ")));
            let answer = database.sql(&text, &Parameters::new()).expect("answered");
            assert_eq!(answer.objects[0].get("n"), Some(&Value::Int(expected)), "{operator} {term}");
        }
    }

    #[test]
    fn deep_sql_is_answered_or_refused() {
        let (database, _set) = things();
        let ask = |condition: &str| {
            let text = format!("SELECT COUNT(*) AS n FROM things WHERE {condition}");
            let explained = database.sql(&format!("EXPLAIN ANALYZE {text}"), &Parameters::new()).map(drop);
            let answer = database.sql(&text, &Parameters::new());
            assert_eq!(explained.is_ok(), answer.is_ok());
            answer.map(|answer| answer.objects[0].get("n").cloned()).map_err(|error| error.to_string())
        };
        let wrapped = |open: &str, depth: usize| format!("{}a = 1{}", open.repeat(depth), ")".repeat(depth));
        for open in ["(", "NOT (", "NOT NOT (", "(a = 7 OR (b > 99 AND (", "(NOT a = 1 AND "] {
            let depth = open.matches('(').count();
            let closed = |times: usize| format!("{}a = 1{}", open.repeat(times), ")".repeat(depth * times));
            for times in [1, 4] {
                assert!(ask(&closed(times)).is_ok(), "{open} {times} times: {:?}", ask(&closed(times)));
            }
            for times in [200, 20_000] {
                let error = ask(&closed(times)).expect_err(open);
                assert!(error.contains("nested more than 40 deep") || error.contains("follow each other"), "{error}");
            }
        }
        assert_eq!(ask(&wrapped("(", 40)), Ok(Some(Value::Int(4))));
        for chain in [" + 1", " IS NULL", " BETWEEN 1 AND 2", " = 1", "::int"] {
            assert!(ask(&format!("a = 1{}", chain.repeat(20_000))).is_err(), "{chain}");
        }
    }
}
