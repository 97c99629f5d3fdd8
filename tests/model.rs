//! Does a set behave like a map from offsets to objects, whatever happens underneath? Behaviours 49 to 51 of the acceptance list: random
//! operations, flushes, compactions and reopenings against an in-memory model. proptest prints the failing case and keeps its seed.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::FileFailurePersistence};
use protobase::{Database, IndexableSet, Object, Offset, SetSchema, SetView, Value};

#[derive(Clone, Debug)]
enum Step {
    Insert(i64),
    Many(i64, usize),
    Update(usize, i64),
    Upsert(i64, i64),
    Remove(usize),
    Group(Vec<(usize, i64)>),
    Abort(i64),
    Flush,
    Compact,
    Checkpoint,
    Reopen,
    AddIndex,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..40_i64).prop_map(Step::Insert),
        1 => ((100..400_i64), (1..60_usize)).prop_map(|(key, count)| Step::Many(key, count)),
        4 => (any::<usize>(), -5..5_i64).prop_map(|(which, value)| Step::Update(which, value)),
        3 => ((0..40_i64), (-5..5_i64)).prop_map(|(key, value)| Step::Upsert(key, value)),
        4 => any::<usize>().prop_map(Step::Remove),
        2 => prop::collection::vec((any::<usize>(), -5..5_i64), 1..5).prop_map(Step::Group),
        1 => (500..600_i64).prop_map(Step::Abort),
        2 => Just(Step::Flush),
        1 => Just(Step::Compact),
        1 => Just(Step::Checkpoint),
        2 => Just(Step::Reopen),
        1 => Just(Step::AddIndex),
    ]
}

/// What the set should hold: key and value by offset.
type Model = BTreeMap<Offset, (i64, i64)>;

fn object(key: i64, value: i64) -> Object {
    Object::new().with("key", key).with("value", value)
}

fn schema(more: bool) -> SetSchema {
    let schema = SetSchema::new("things").unique("key").index("value", "ordered");
    if more { schema.index("value", "hash") } else { schema }
}

struct World {
    dir: tempfile::TempDir,
    database: Option<Database>,
    set: Option<IndexableSet>,
    model: Model,
    more: bool,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut world = Self { dir, database: None, set: None, model: Model::new(), more: false };
        world.open();
        world
    }

    fn open(&mut self) {
        self.set = None;
        self.database = None;
        let database = Database::options().background(false).open(self.dir.path()).expect("opens");
        self.set = Some(database.declare(schema(self.more)).expect("declares"));
        self.database = Some(database);
    }

    fn run(&mut self, step: &Step) {
        let (Some(database), Some(set)) = (self.database.clone(), self.set.clone()) else { panic!("open") };
        match step {
            Step::Insert(key) => self.insert(&set, *key),
            Step::Many(key, count) => self.insert_many(&set, *key, *count),
            Step::Update(which, value) => {
                if let Some((offset, key)) = self.pick(*which) {
                    set.update(offset, &object(key, *value)).expect("updates");
                    self.model.insert(offset, (key, *value));
                }
            }
            Step::Upsert(key, value) => {
                let offset = set.upsert(&object(*key, *value)).expect("upserts");
                if let Some(known) = self.offset_of(*key) {
                    assert_eq!(known, offset, "an upsert keeps the offset");
                }
                self.model.insert(offset, (*key, *value));
            }
            Step::Remove(which) => match self.pick(*which) {
                Some((offset, _)) => {
                    assert!(set.remove(offset).expect("removes"));
                    assert!(!set.remove(offset).expect("removing what is absent changes nothing"));
                    self.model.remove(&offset);
                }
                None => assert!(!set.remove(Offset(1 << 40)).expect("absent")),
            },
            Step::Group(changes) => self.group(&database, &set, changes),
            Step::Abort(key) => {
                let mut tx = database.begin().expect("begins");
                tx.insert(&set, &object(*key, 0)).expect("inserts");
            }
            Step::Flush => database.flush().expect("flushes"),
            Step::Compact => database.compact().expect("compacts"),
            Step::Checkpoint => database.checkpoint().expect("writes a checkpoint"),
            Step::Reopen => {
                drop((database, set));
                self.open();
            }
            Step::AddIndex => {
                self.more = true;
                self.set = Some(database.declare(schema(true)).expect("declares"));
            }
        }
    }

    fn insert(&mut self, set: &IndexableSet, key: i64) {
        let known = self.offset_of(key);
        match set.insert(&object(key, key % 3)) {
            Ok(offset) => {
                assert!(known.is_none(), "key {key} was taken");
                assert!(self.model.insert(offset, (key, key % 3)).is_none(), "an offset was given out twice");
            }
            Err(error) => assert!(known.is_some(), "key {key} was free: {error}"),
        }
    }

    fn insert_many(&mut self, set: &IndexableSet, key: i64, count: usize) {
        let keys: Vec<i64> = (key * 100..).take(count).collect();
        let free = keys.iter().all(|key| self.offset_of(*key).is_none());
        let objects: Vec<Object> = keys.iter().map(|key| object(*key, key % 7)).collect();
        match set.insert_many(&objects) {
            Ok(offsets) => {
                assert!(free && offsets.len() == count);
                self.model.extend(offsets.into_iter().zip(&keys).map(|(offset, key)| (offset, (*key, key % 7))));
            }
            Err(error) => assert!(!free, "the keys were free: {error}"),
        }
    }

    fn group(&mut self, database: &Database, set: &IndexableSet, changes: &[(usize, i64)]) {
        let mut model = self.model.clone();
        database
            .write(|tx| {
                model.clone_from(&self.model);
                for (which, value) in changes {
                    let Some((offset, key)) = pick(&model, *which) else { continue };
                    if *value == 0 {
                        assert!(tx.remove(set, offset)?);
                        model.remove(&offset);
                    } else {
                        tx.update(set, offset, &object(key, *value))?;
                        model.insert(offset, (key, *value));
                    }
                }
                assert_eq!(tx.len(set)?, model.len() as u64);
                Ok(())
            })
            .expect("commits");
        self.model = model;
    }

    fn pick(&self, which: usize) -> Option<(Offset, i64)> {
        pick(&self.model, which)
    }

    fn offset_of(&self, key: i64) -> Option<Offset> {
        self.model.iter().find(|(_, (known, _))| *known == key).map(|(offset, _)| *offset)
    }

    fn check(&self) {
        let (Some(database), Some(set)) = (&self.database, &self.set) else { panic!("open") };
        let view = database.snapshot().set("things").expect("is declared");
        assert_eq!(view.len().expect("counts"), self.model.len() as u64);
        assert_eq!(contents(&view), self.model, "iteration");
        for offset in self.model.keys().step_by(7) {
            assert!(set.contains(*offset).expect("reads"));
        }
    }
}

fn pick(model: &Model, which: usize) -> Option<(Offset, i64)> {
    let at = which.checked_rem(model.len())?;
    model.iter().nth(at).map(|(offset, (key, _))| (*offset, *key))
}

/// All objects of a view, which must come in ascending offset order.
fn contents(view: &SetView) -> Model {
    let mut last = None;
    let mut found = Model::new();
    for stored in view.iter() {
        let stored = stored.expect("reads");
        assert!(last < Some(stored.offset()), "offset order");
        last = Some(stored.offset());
        let object = protobase::Fields::to_object(&stored);
        let int = |name| match object.get(name) {
            Some(Value::Int(value)) => *value,
            other => panic!("{name} is {other:?}"),
        };
        found.insert(stored.offset(), (int("key"), int("value")));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))), ..ProptestConfig::default() })]

    #[test]
    fn a_set_behaves_like_a_map_49(steps in prop::collection::vec(step(), 1..50)) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
            world.check();
        }
        world.database.as_ref().expect("open").check().expect("finds no fault");
    }
}
