//! Do thousands of concurrent transactions look as if they had run one after the other? And would the checker notice if they did not?

#[path = "../src/bin/torture/elle/mod.rs"]
mod elle;

use elle::{Form, History, Kind, Outcome, Plan, Step, Transaction, check, run};
use protobase::{Database, Isolation};

fn plan(seed: u64, isolation: Isolation, form: Form, transactions: usize) -> Plan {
    Plan { seed, threads: 4, transactions, keys: 6, isolation, form }
}

#[test]
fn concurrent_transactions_are_as_isolated_as_they_should_be_76() {
    let database = Database::in_memory();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let on_disk = Database::open(dir.path()).expect("opens");
    let (snapshot, serializable) = (Isolation::Snapshot, Isolation::Serializable);
    for (seed, (database, isolation, form, transactions)) in [
        (&database, serializable, Form::Whole, 2_500),
        (&database, serializable, Form::Elements, 500),
        (&database, snapshot, Form::Whole, 2_000),
        (&on_disk, serializable, Form::Whole, 400),
        (&on_disk, serializable, Form::Elements, 300),
        (&on_disk, snapshot, Form::Whole, 400),
    ]
    .into_iter()
    .enumerate()
    {
        let history = run(database, &plan(seed as u64, isolation, form, transactions)).expect("runs");
        let report = check(&history);
        println!("seed {seed}, {isolation:?}, {form:?}: {report}");
        assert!(report.committed > transactions / 5 && report.dependencies > transactions / 4, "seed {seed}: {report}");
        assert_eq!(report.against_snapshot().count(), 0, "seed {seed}: {report}");
        assert!(isolation == snapshot || !report.has(Kind::G2), "seed {seed}: {report}");
    }
}

#[test]
fn transactions_that_are_not_serializable_are_found_out() {
    // Elements are inserted one by one: under snapshot isolation, two appends to one list do not conflict.
    let database = Database::in_memory();
    let history = run(&database, &plan(7, Isolation::Snapshot, Form::Elements, 400)).expect("runs");
    let report = check(&history);
    assert!(!report.anomalies.is_empty(), "{report}");
}

/// A transaction from `a5@1` (append 5 to list 1) and `r1:5,6` (list 1 read as 5, 6).
fn transaction(steps: &str, outcome: Outcome) -> Transaction {
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let step = |text: &str| match text.split_at(1) {
        ("a", rest) => {
            let (element, key) = rest.split_once('@').expect("an element and a key");
            Step::Append(number(key), number(element))
        }
        (_, rest) => {
            let (key, list) = rest.split_once(':').expect("a key and a list");
            Step::Read(number(key), list.split(',').filter(|text| !text.is_empty()).map(number).collect())
        }
    };
    Transaction { steps: steps.split_whitespace().map(step).collect(), outcome }
}

fn committed(transactions: &[&str], end: &[(u64, &[u64])]) -> History {
    History {
        transactions: transactions.iter().map(|steps| transaction(steps, Outcome::Committed)).collect(),
        end: end.iter().map(|(key, list)| (*key, list.to_vec())).collect(),
    }
}

fn kinds(history: &History) -> Vec<Kind> {
    let mut kinds: Vec<_> = check(history).anomalies.iter().map(|anomaly| anomaly.kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn planted_anomalies_are_found_and_named() {
    let clean = committed(&["a1@1 r1:1", "r1:1 a2@1", "r1:1,2 r2: a3@2"], &[(1, &[1, 2]), (2, &[3])]);
    assert_eq!(kinds(&clean), []);

    // Two overwrite each other, in opposite orders.
    let g0 = committed(&["a1@1 a2@2", "a3@1 a4@2"], &[(1, &[1, 3]), (2, &[4, 2])]);
    assert_eq!(kinds(&g0), [Kind::G0]);

    let mut g1a = committed(&["r1:1"], &[(1, &[1])]);
    g1a.transactions.push(transaction("a1@1", Outcome::Aborted));
    assert_eq!(kinds(&g1a), [Kind::G1a]);

    let g1b = committed(&["a1@1 a2@1", "r1:1"], &[(1, &[1, 2])]);
    assert!(kinds(&g1b).contains(&Kind::G1b), "{:?}", kinds(&g1b));

    let g1c = committed(&["a1@1 r2:2", "a2@2 r1:1"], &[(1, &[1]), (2, &[2])]);
    assert_eq!(kinds(&g1c), [Kind::G1c]);

    // Reads one list before, and the other after the other one's writes.
    let g_single = committed(&["r1: r2:2", "a1@1 a2@2"], &[(1, &[1]), (2, &[2])]);
    assert_eq!(kinds(&g_single), [Kind::GSingle]);
    let longer = committed(&["r1: r3:3", "a1@1 a2@2", "r2:2 a3@3"], &[(1, &[1]), (2, &[2]), (3, &[3])]);
    assert_eq!(kinds(&longer), [Kind::GSingle]);

    // Write skew.
    let g2 = committed(&["r1: a2@2", "r2: a1@1"], &[(1, &[1]), (2, &[2])]);
    assert_eq!(kinds(&g2), [Kind::G2]);

    let lost = committed(&["a1@1", "a2@1"], &[(1, &[2])]);
    assert_eq!(kinds(&lost), [Kind::Lost]);
}

#[test]
fn lists_that_cannot_be_are_found() {
    for (steps, end) in [
        (&["a1@1", "a2@1", "r1:2"][..], &[1, 2][..]),
        (&["a1@1", "r1:9"], &[1]),
        (&["a1@1"], &[1, 1]),
        (&["a1@1 r1:"], &[1]),
        (&["a1@1", "r1: r1:1"], &[1]),
        (&["a1@1", "a1@1"], &[1]),
    ] {
        let history = committed(steps, &[(1, end)]);
        assert!(kinds(&history).contains(&Kind::Garbage), "{steps:?}: {:?}", kinds(&history));
    }
}
