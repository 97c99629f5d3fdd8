//! Does an earlier state answer exactly as it did then? Random operations with flushes, compactions, checkpoints and reopenings, while a
//! model remembers what was in the sets after every commit.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use protobase::{
    Database, DatabaseOptions, Error, Fields, IndexableSet, Object, Offset, Options, Retention, Sequence, SetSchema,
    Snapshot, Value, Vector, field,
    query::{Ascending, Query},
    storage::{FileOptions, FileStorage, MemoryStorage, Storage},
};

type Set = IndexableSet<Object>;

/// What was in the sets: values by offset, and nested ones by owner and offset.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    things: BTreeMap<Offset, i64>,
    parts: BTreeMap<(Offset, Offset), i64>,
}

fn thing(value: i64) -> Object {
    Object::new().with("n", value).with("m", value % 7).with("v", Vector::from(vec![value as f32, 1.0]))
}

fn schema() -> SetSchema {
    SetSchema::new("things")
        .index("n", "ordered")
        .index("m", "hash")
        .index_with("v", "vector", Options::new().with("dimension", 2).with("metric", "l2"))
        .nested("parts", SetSchema::new("parts").index("n", "ordered"))
}

fn n(object: &Object) -> i64 {
    match object.get("n") {
        Some(Value::Int(value)) => *value,
        other => panic!("n is {other:?}"),
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// A database, what it should say, and what it should have said.
struct History {
    random: Random,
    open: Box<dyn Fn() -> Database>,
    database: Database,
    things: Set,
    model: Model,
    states: BTreeMap<Sequence, Model>,
}

impl History {
    fn new(seed: u64, open: Box<dyn Fn() -> Database>) -> Self {
        let database = open();
        let things = database.declare(schema()).expect("declares");
        let states = BTreeMap::from([(database.snapshot().sequence(), Model::default())]);
        Self { random: Random(seed), open, database, things, model: Model::default(), states }
    }

    /// One commit, or something that must change nothing.
    fn step(&mut self) {
        match self.random.below(40) {
            0 | 1 => self.database.flush().expect("flushes"),
            2 => self.database.compact().expect("compacts"),
            3 => self.database.checkpoint().expect("writes a checkpoint"),
            4 => self.reopen(),
            5 => self.load(),
            _ => self.transact(),
        }
        // A flush is a commit, too, and changes nothing.
        self.states.insert(self.database.snapshot().sequence(), self.model.clone());
    }

    fn reopen(&mut self) {
        self.things = Database::in_memory().declare(SetSchema::new("nothing")).expect("declares");
        self.database = Database::in_memory();
        self.database = (self.open)();
        self.things = self.database.set("things").expect("is declared");
    }

    fn load(&mut self) {
        let values: Vec<i64> = (0..1_030).map(|value| value * 3).collect();
        let objects: Vec<Object> = values.iter().map(|value| thing(*value)).collect();
        let offsets = self.things.insert_many(&objects).expect("loads");
        self.states.insert(self.database.snapshot().sequence(), {
            self.model.things.extend(offsets.iter().copied().zip(values));
            self.model.clone()
        });
        // Most go again, so that the rest of the test stays small.
        let doomed: Vec<Offset> = self.model.things.keys().copied().filter(|offset| offset.0 % 64 != 0).collect();
        let remove = |tx: &mut protobase::Transaction| {
            doomed.iter().try_for_each(|offset| tx.remove(&self.things, *offset).map(drop))
        };
        self.database.write(remove).expect("removes");
        self.forget(&doomed);
    }

    fn forget(&mut self, doomed: &[Offset]) {
        self.model.things.retain(|offset, _| !doomed.contains(offset));
        self.model.parts.retain(|(owner, _), _| !doomed.contains(owner));
    }

    fn some_thing(&mut self) -> Option<Offset> {
        let count = self.model.things.len();
        if count == 0 {
            return None;
        }
        let at = self.random.below(count);
        self.model.things.keys().nth(at).copied()
    }

    fn transact(&mut self) {
        let mut tx = self.database.begin().expect("begins");
        for _ in 0..=self.random.below(3) {
            let value = self.random.below(500) as i64;
            match (self.random.below(6), self.some_thing()) {
                (0, Some(offset)) => {
                    assert!(tx.remove(&self.things, offset).expect("removes"));
                    self.forget(&[offset]);
                }
                (1 | 2, Some(offset)) => {
                    tx.update(&self.things, offset, &thing(value)).expect("updates");
                    self.model.things.insert(offset, value);
                }
                (3, Some(owner)) if self.things.contains(owner).expect("reads") => {
                    let parts: Set = self.things.nested(owner, "parts").expect("is declared");
                    let offset = tx.insert(&parts, &thing(value)).expect("inserts");
                    self.model.parts.insert((owner, offset), value);
                }
                _ => {
                    let offset = tx.insert(&self.things, &thing(value)).expect("inserts");
                    self.model.things.insert(offset, value);
                }
            }
        }
        tx.commit().expect("commits");
    }

    fn check_all(&mut self, must_hold: u64) {
        let newest = self.database.snapshot().sequence();
        // The oldest and the newest, and some of those between.
        let count = self.states.len();
        let chosen = |at: &usize| *at < 3 || at + 3 >= count || at % 6 == count % 6;
        for (_, (sequence, model)) in self.states.iter().enumerate().filter(|(at, _)| chosen(at)) {
            match self.database.at(*sequence) {
                Ok(snapshot) => check(&snapshot, *sequence, model),
                Err(Error::Trimmed { sequence: asked, oldest }) => {
                    assert!(sequence.0 + must_hold < newest.0, "{sequence} of {newest} must be held");
                    assert!(asked == *sequence && oldest > *sequence, "{oldest} after {sequence}");
                    self.database.at(oldest).expect("what is said to be the oldest is there");
                }
                Err(error) => panic!("at {sequence} of {newest}: {error}"),
            }
        }
    }
}

fn check(snapshot: &Snapshot, at: Sequence, model: &Model) {
    assert_eq!(snapshot.sequence(), at);
    let view = snapshot.set("things").expect("is declared");
    let found: BTreeMap<Offset, i64> =
        view.iter().map(|object| object.expect("reads")).map(|o| (o.offset(), n(&o.to_object()))).collect();
    assert_eq!(found, model.things, "at {at}");
    assert_eq!(view.len().expect("counts"), model.things.len() as u64);
    let parts = snapshot.set("things.parts").expect("is declared");
    let owned = |o: protobase::StoredObject| ((o.owner().expect("is nested"), o.offset()), n(&o.to_object()));
    let found: BTreeMap<_, i64> = parts.iter().map(|object| owned(object.expect("reads"))).collect();
    assert_eq!(found, model.parts, "at {at}");
    check_queries(snapshot, at, model);
}

fn check_queries(snapshot: &Snapshot, at: Sequence, model: &Model) {
    let view = snapshot.set("things").expect("is declared");
    let query = || Query::over(view.clone());
    let filter = field("n").lt(100) & field("m").is_in([1, 3]);
    let hits = query().filter(filter).run().expect("answers").offsets();
    let expected = model.things.iter().filter(|(_, n)| **n < 100 && [1, 3].contains(&(**n % 7)));
    assert_eq!(hits, expected.map(|(offset, _)| *offset).collect::<Vec<_>>(), "at {at}");
    let first = query().order_by("n", Ascending).limit(5).run().expect("answers").offsets();
    let mut sorted: Vec<_> = model.things.iter().map(|(offset, n)| (*n, *offset)).collect();
    sorted.sort_unstable();
    assert_eq!(first, sorted.iter().take(5).map(|(_, offset)| *offset).collect::<Vec<_>>(), "at {at}");
    let nearest = query().nearest("v", [0.0, 1.0], 3).run().expect("answers").offsets();
    assert_eq!(nearest, sorted.iter().take(3).map(|(_, offset)| *offset).collect::<Vec<_>>(), "at {at}");
    if let Some((owner, _)) = model.parts.keys().next() {
        let family = snapshot.family("things.parts").expect("is declared");
        let nested = snapshot.view(family, Some(*owner)).expect("a view");
        let hits = Query::over(nested).filter(field("n").ge(100)).count().expect("counts");
        let expected = model.parts.iter().filter(|((o, _), n)| o == owner && **n >= 100).count();
        assert_eq!(hits, expected as u64, "at {at}");
    }
}

fn options(retention: Retention) -> DatabaseOptions {
    Database::options().background(false).retention(retention)
}

fn in_memory(retention: Retention) -> Box<dyn Fn() -> Database> {
    let storage = MemoryStorage::new();
    Box::new(move || options(retention).with_storage(Arc::new(storage.clone())).expect("opens"))
}

/// On a directory whose log files are short, so that they are trimmed.
fn in_directory(path: &Path, retention: Retention) -> Box<dyn Fn() -> Database> {
    let path = path.to_owned();
    Box::new(move || {
        let files = FileOptions { log_length: 4_096, log_step: 1_024, ..FileOptions::default() };
        let storage: Arc<dyn Storage> = Arc::new(FileStorage::open(&path, &files).expect("opens"));
        options(retention).with_storage(storage).expect("opens")
    })
}

#[test]
fn every_retained_state_answers_as_it_did() {
    for seed in 1..=2 {
        for kept in [0, 60, 10_000] {
            let dir = tempfile::tempdir().expect("a temporary directory");
            let retention = Retention::none().sequences(kept);
            for (name, open) in [("memory", in_memory(retention)), ("disk", in_directory(dir.path(), retention))] {
                println!("seed {seed}, {kept} kept, {name}");
                let mut history = History::new(seed, open);
                for steps in [40, 40, 20] {
                    (0..steps).for_each(|_| history.step());
                    history.check_all(kept);
                }
                history.reopen();
                history.check_all(kept);
                history.database.check().expect("finds no fault");
            }
        }
    }
}

#[test]
fn what_is_not_kept_is_said_to_be_gone_and_its_files_go() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let files = |dir: &Path| std::fs::read_dir(dir.join("blobs")).expect("lists").count();
    for (retention, all) in [(Retention::none().age(Duration::from_secs(3_600)), true), (Retention::none(), false)] {
        let path = dir.path().join(format!("{all}"));
        let mut history = History::new(5, in_directory(&path, retention));
        for _ in 0..6 {
            (0..10).for_each(|_| history.transact());
            history.states.insert(history.database.snapshot().sequence(), history.model.clone());
            history.database.flush().expect("flushes");
            history.database.compact().expect("compacts");
        }
        let first = *history.states.keys().next().expect("a state");
        history.check_all(if all { u64::MAX / 2 } else { 0 });
        assert_eq!(history.database.at(first).is_ok(), all);
        // An object file and three parts, or two, of each of two families: now, or of each time.
        assert_eq!(files(&path) > 30, all, "{} files", files(&path));
        // Opened without retention, the past goes with the next checkpoint.
        drop(history);
        let database = in_directory(&path, Retention::none())();
        database.checkpoint().expect("writes a checkpoint");
        assert!(files(&path) < 10, "{} files", files(&path));
        let error = database.at(first).expect_err("gone");
        assert!(matches!(error, Error::Trimmed { .. }), "{error}");
    }
}

#[test]
fn what_is_not_committed_yet_cannot_be_asked_for() {
    let database = Database::in_memory();
    let set: Set = database.declare(SetSchema::new("things")).expect("declares");
    set.insert(&thing(1)).expect("inserts");
    let newest = database.snapshot().sequence();
    assert_eq!(database.at(newest).expect("is now").sequence(), newest);
    let error = database.at(newest.next()).expect_err("is not committed");
    assert!(matches!(error, Error::NotCommitted { newest: named, .. } if named == newest), "{error}");
}
