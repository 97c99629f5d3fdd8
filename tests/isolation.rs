//! What may happen to transactions that run at the same time? The anomalies of Martin Kleppmann's Hermitage, each played step by step under
//! both isolations, in memory and on a directory; the outcome is the table of docs/reliability.md. Behaviour 76 of the acceptance list.

use protobase::{
    Database, Error, IndexableSet, Isolation, Object, Offset, SetSchema, Transaction, Value, expr::Expr, field,
};

type Set = IndexableSet<Object>;

/// What an anomaly came to: it never showed, because both commit and neither saw it, because one was refused; or it showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Everybody commits, and nobody has seen anything that was not there.
    Unseen,
    /// One transaction is a conflict.
    Refused,
    /// It happened.
    Allowed,
}

use Outcome::{Allowed, Refused, Unseen};

fn n(value: i64) -> Object {
    Object::new().with("value", value)
}

/// Two objects, 10 and 20, and a database to play on.
struct Stage {
    database: Database,
    set: Set,
    one: Offset,
    two: Offset,
    isolation: Isolation,
}

impl Stage {
    fn new(database: Database, isolation: Isolation) -> Self {
        let set: Set = database.declare(SetSchema::new("test").index("value", "ordered")).expect("declares");
        let (one, two) = (set.insert(&n(10)).expect("inserts"), set.insert(&n(20)).expect("inserts"));
        Self { database, set, one, two, isolation }
    }

    fn begin(&self) -> Transaction {
        self.database.begin_with(self.isolation).expect("begins")
    }

    fn read(&self, tx: &Transaction, offset: Offset) -> i64 {
        number(&tx.get(&self.set, offset).expect("reads").expect("is there"))
    }

    fn write(&self, tx: &mut Transaction, offset: Offset, value: i64) {
        tx.update(&self.set, offset, &n(value)).expect("stages");
    }

    fn values(&self, tx: &Transaction, condition: Expr) -> Vec<i64> {
        let hits = tx.query(&self.set).expect("a query").filter(condition).run().expect("answers");
        hits.objects().expect("reads").iter().map(number).collect()
    }

    fn now(&self) -> [i64; 2] {
        [self.one, self.two].map(|offset| number(&self.set.get(offset).expect("reads").expect("is there")))
    }
}

fn number(object: &Object) -> i64 {
    match object.get("value") {
        Some(Value::Int(value)) => *value,
        other => panic!("value is {other:?}"),
    }
}

/// Numbers that three divides, among those of the test.
fn threes() -> Expr {
    field("value").is_in([30, 42])
}

/// Whether all commit.
fn all_commit(transactions: impl IntoIterator<Item = Transaction>) -> bool {
    let outcomes: Vec<Result<_, Error>> = transactions.into_iter().map(Transaction::commit).collect();
    let mut refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.all(Error::is_conflict), "{outcomes:?}");
    outcomes.iter().all(Result::is_ok)
}

fn refused_unless(commits: bool, otherwise: Outcome) -> Outcome {
    if commits { otherwise } else { Refused }
}

/// Two write both objects, interleaved: the end is one's or the other's.
fn g0(stage: &Stage) -> Outcome {
    let (mut a, mut b) = (stage.begin(), stage.begin());
    stage.write(&mut a, stage.one, 11);
    stage.write(&mut b, stage.one, 12);
    stage.write(&mut a, stage.two, 21);
    a.commit().expect("the first commits");
    stage.write(&mut b, stage.two, 22);
    let commits = all_commit([b]);
    assert!([[11, 21], [12, 22]].contains(&stage.now()), "mixed: {:?}", stage.now());
    refused_unless(commits, Unseen)
}

/// One reads what another writes and takes back.
fn g1a(stage: &Stage) -> Outcome {
    let (mut a, b) = (stage.begin(), stage.begin());
    stage.write(&mut a, stage.one, 101);
    let seen = stage.read(&b, stage.one);
    drop(a);
    let seen = [seen, stage.read(&b, stage.one), stage.values(&b, field("value").eq(101)).len() as i64];
    refused_unless(all_commit([b]), if seen == [10, 10, 0] { Unseen } else { Allowed })
}

/// One reads what another writes and overwrites before it commits.
fn g1b(stage: &Stage) -> Outcome {
    let (mut a, b) = (stage.begin(), stage.begin());
    stage.write(&mut a, stage.one, 101);
    let first = stage.read(&b, stage.one);
    stage.write(&mut a, stage.one, 11);
    a.commit().expect("nobody else writes");
    let seen = [first, stage.read(&b, stage.one)];
    refused_unless(all_commit([b]), if seen.contains(&101) { Allowed } else { Unseen })
}

/// Each reads what the other has written and not committed.
fn g1c(stage: &Stage) -> Outcome {
    let (mut a, mut b) = (stage.begin(), stage.begin());
    stage.write(&mut a, stage.one, 11);
    stage.write(&mut b, stage.two, 22);
    let seen = [stage.read(&a, stage.two), stage.read(&b, stage.one)];
    refused_unless(all_commit([a, b]), if seen == [20, 10] { Unseen } else { Allowed })
}

/// A third sees a part of the first's writes vanish when the second overwrites them.
fn otv(stage: &Stage) -> Outcome {
    let (mut a, mut b) = (stage.begin(), stage.begin());
    stage.write(&mut a, stage.one, 11);
    stage.write(&mut a, stage.two, 19);
    stage.write(&mut b, stage.one, 12);
    a.commit().expect("the first commits");
    let c = stage.begin();
    let first = stage.read(&c, stage.one);
    stage.write(&mut b, stage.two, 18);
    let second = stage.read(&c, stage.two);
    let commits = all_commit([b]);
    let again = [stage.read(&c, stage.one), stage.read(&c, stage.two)];
    let whole = [first, second] == [11, 19] && again == [11, 19] && all_commit([c]);
    if whole { refused_unless(commits, Unseen) } else { Allowed }
}

/// What a condition lets through changes under a transaction.
fn pmp(stage: &Stage) -> Outcome {
    let a = stage.begin();
    let before = stage.values(&a, field("value").eq(30));
    stage.set.insert(&n(30)).expect("inserts");
    let after = stage.values(&a, threes());
    refused_unless(all_commit([a]), if before.is_empty() && after.is_empty() { Unseen } else { Allowed })
}

/// The same for a write: one changes all, the other deletes what it found by the old values.
fn pmp_write(stage: &Stage) -> Outcome {
    let (mut a, mut b) = (stage.begin(), stage.begin());
    stage.write(&mut a, stage.one, 20);
    stage.write(&mut a, stage.two, 30);
    let found = stage.values(&b, field("value").eq(20));
    assert!(b.remove(&stage.set, stage.two).expect("removes"));
    a.commit().expect("the first commits");
    refused_unless(all_commit([b]), if found == [20] { Allowed } else { Unseen })
}

/// Two read a number and write it one greater.
fn p4(stage: &Stage) -> Outcome {
    let (mut a, mut b) = (stage.begin(), stage.begin());
    for tx in [&mut a, &mut b] {
        let value = stage.read(tx, stage.one);
        stage.write(tx, stage.one, value + 1);
    }
    refused_unless(all_commit([a, b]), Allowed)
}

/// One reads an object before, and another after, a transaction that writes both.
fn g_single(stage: &Stage) -> Outcome {
    let a = stage.begin();
    let first = stage.read(&a, stage.one);
    let mut b = stage.begin();
    stage.write(&mut b, stage.one, 12);
    stage.write(&mut b, stage.two, 18);
    b.commit().expect("nobody else writes");
    let second = stage.read(&a, stage.two);
    refused_unless(all_commit([a]), if [first, second] == [10, 20] { Unseen } else { Allowed })
}

/// The same, where the reader writes what it read last.
fn g_single_write(stage: &Stage) -> Outcome {
    let mut a = stage.begin();
    assert_eq!(stage.read(&a, stage.one), 10);
    let mut b = stage.begin();
    stage.write(&mut b, stage.one, 12);
    stage.write(&mut b, stage.two, 18);
    b.commit().expect("the first commits");
    let found = stage.values(&a, field("value").eq(20));
    assert!(a.remove(&stage.set, stage.two).expect("removes"), "{found:?}");
    refused_unless(all_commit([a]), Allowed)
}

/// Write skew: each reads both and writes the one that the other does not.
fn g2_item(stage: &Stage) -> Outcome {
    let (mut a, mut b) = (stage.begin(), stage.begin());
    for tx in [&a, &b] {
        assert_eq!([stage.read(tx, stage.one), stage.read(tx, stage.two)], [10, 20]);
    }
    stage.write(&mut a, stage.one, 11);
    stage.write(&mut b, stage.two, 21);
    refused_unless(all_commit([a, b]), Allowed)
}

/// Phantoms: each looks for what the other inserts.
fn g2(stage: &Stage) -> Outcome {
    let (mut a, mut b) = (stage.begin(), stage.begin());
    for (tx, value) in [(&mut a, 30), (&mut b, 42)] {
        assert!(stage.values(tx, threes()).is_empty());
        tx.insert(&stage.set, &n(value)).expect("inserts");
    }
    refused_unless(all_commit([a, b]), Allowed)
}

/// A reader between the two sees an order that the later commit contradicts.
fn g2_two_edges(stage: &Stage) -> Outcome {
    let mut a = stage.begin();
    assert_eq!(stage.values(&a, Expr::all()), [10, 20]);
    let mut b = stage.begin();
    let value = stage.read(&b, stage.two);
    stage.write(&mut b, stage.two, value + 5);
    b.commit().expect("nobody else writes");
    let c = stage.begin();
    assert_eq!(stage.values(&c, Expr::all()), [10, 25]);
    c.commit().expect("a reader commits");
    stage.write(&mut a, stage.one, 0);
    refused_unless(all_commit([a]), Allowed)
}

/// The table: name, what is played, the outcome under snapshot and under serializable.
type Anomaly = (&'static str, fn(&Stage) -> Outcome, Outcome, Outcome);

const TABLE: [Anomaly; 13] = [
    ("G0", g0, Refused, Refused),
    ("G1a", g1a, Unseen, Unseen),
    ("G1b", g1b, Unseen, Unseen),
    ("G1c", g1c, Unseen, Refused),
    ("OTV", otv, Refused, Refused),
    ("PMP", pmp, Unseen, Unseen),
    ("PMP (write)", pmp_write, Refused, Refused),
    ("P4", p4, Refused, Refused),
    ("G-single", g_single, Unseen, Unseen),
    ("G-single (write)", g_single_write, Refused, Refused),
    ("G2-item", g2_item, Allowed, Refused),
    ("G2", g2, Allowed, Refused),
    ("G2 (two edges)", g2_two_edges, Allowed, Refused),
];

#[test]
fn the_hermitage_anomalies_come_out_as_documented_76() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, play, snapshot, serializable) in TABLE {
        for (isolation, expected) in [(Isolation::Snapshot, snapshot), (Isolation::Serializable, serializable)] {
            let on_disk = Database::open(dir.path().join(format!("{name} {isolation:?}"))).expect("opens");
            for database in [Database::in_memory(), on_disk] {
                let outcome = play(&Stage::new(database, isolation));
                assert_eq!(outcome, expected, "{name} under {isolation:?}");
            }
        }
    }
}

#[test]
fn the_documented_table_is_the_tested_one_76() {
    let docs = include_str!("../docs/reliability.md");
    for (name, _, snapshot, serializable) in TABLE {
        let said = |outcome| match outcome {
            Unseen => "never seen",
            Refused => "refused",
            Allowed => "**allowed**",
        };
        let line = format!("| {name} | {} | {} |", said(snapshot), said(serializable));
        assert!(docs.contains(&line), "docs/reliability.md lacks: {line}");
    }
}
