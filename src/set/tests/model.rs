//! Random operations on a family and its nested families, with flushes, compactions, freezing and reopening between them, against a map.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::engine::TestEngine;
use crate::{
    expr::{Predicate, Test},
    index::{Slot, Work},
    object::{FieldPath, Fields, Object, Offset, Value},
    set::{Engine, Families, IndexableSet, SegmentChange, SetSchema, SetView, Snapshot, StoredObject},
};

/// What is in a set: by owner (0 in the top-level set) and offset, the value of `n`.
type Model = BTreeMap<(u64, u64), i64>;

#[derive(Clone, Debug)]
enum Step {
    Insert(i64),
    InsertMany(u16),
    InsertNested(usize, i64),
    Update(usize, i64),
    UpdateNested(usize, i64),
    Upsert(i64, i64),
    Remove(usize),
    RemoveNested(usize),
    /// Removes a run of the set at once, so that lists of deaths fill up.
    RemoveSome(usize, u8),
    Freeze,
    StartFlush(bool),
    StartCompaction(bool),
    /// Publishes what a started flush or compaction has built.
    Publish,
    Checkpoint,
    Reopen,
    Keep,
    Follow(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<usize>;
    let n = || 0..20_i64;
    prop_oneof![
        6 => n().prop_map(Step::Insert),
        1 => (1..1500_u16).prop_map(Step::InsertMany),
        4 => (at(), n()).prop_map(|(at, n)| Step::InsertNested(at, n)),
        4 => (at(), n()).prop_map(|(at, n)| Step::Update(at, n)),
        2 => (at(), n()).prop_map(|(at, n)| Step::UpdateNested(at, n)),
        2 => (0..50_i64, n()).prop_map(|(key, n)| Step::Upsert(key, n)),
        2 => at().prop_map(Step::Remove),
        2 => at().prop_map(Step::RemoveNested),
        1 => (at(), any::<u8>()).prop_map(|(at, count)| Step::RemoveSome(at, count)),
        1 => Just(Step::Freeze),
        2 => any::<bool>().prop_map(Step::StartFlush),
        2 => any::<bool>().prop_map(Step::StartCompaction),
        4 => Just(Step::Publish),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Reopen),
        1 => Just(Step::Keep),
        2 => any::<bool>().prop_map(Step::Follow),
    ]
}

struct Follower(Arc<Families>);

impl Follower {
    fn follow(&self, engine: &TestEngine) {
        let after = self.0.snapshot().sequence();
        engine.storage().read(after).unwrap().iter().for_each(|frame| self.0.apply(frame).unwrap());
    }
}

struct Run {
    engine: Arc<TestEngine>,
    /// Another process, which follows the log in its own time and freezes at other moments.
    follower: Follower,
    set: IndexableSet,
    top: Model,
    nested: Model,
    keys: BTreeMap<i64, u64>,
    started: Option<SegmentChange>,
    /// A snapshot, and what it must go on to show.
    kept: Vec<(Snapshot, Model, Model)>,
}

fn object(n: i64, key: Option<i64>) -> Object {
    let object = Object::new().with("n", n).with("v", Value::Vector(vec![n as f32, 0.5].into()));
    key.map_or(object.clone(), |key| object.with("id", key))
}

impl Run {
    fn new() -> Self {
        let engine = TestEngine::new();
        let schema = SetSchema::new("top")
            .unique("id")
            .index("n", "hash")
            .index_with("v", "hash", crate::index::Options::new().with("dimension", 2))
            .nested("inner", SetSchema::new("inner").index("n", "hash"));
        let set = engine.declare(&schema).unwrap();
        Self {
            follower: Follower(engine.elsewhere()),
            engine,
            set,
            top: Model::new(),
            nested: Model::new(),
            keys: BTreeMap::new(),
            started: None,
            kept: Vec::new(),
        }
    }

    fn pick(model: &Model, at: usize) -> Option<(u64, u64)> {
        (!model.is_empty()).then(|| *model.keys().nth(at % model.len()).unwrap())
    }

    fn inner(&self, owner: u64) -> IndexableSet {
        self.set.nested(Offset(owner), "inner").unwrap()
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Insert(n) => {
                let offset = self.set.insert(&object(n, None)).unwrap();
                self.top.insert((0, offset.0), n);
            }
            Step::InsertMany(count) => {
                let objects: Vec<_> = (0..i64::from(count)).map(|n| object(n % 20, None)).collect();
                let offsets = self.set.insert_many(&objects).unwrap();
                self.top.extend((0_i64..).zip(offsets).map(|(n, offset)| ((0, offset.0), n % 20)));
            }
            Step::InsertNested(at, n) => {
                let Some((_, owner)) = Self::pick(&self.top, at) else { return };
                let offset = self.inner(owner).insert(&object(n, None)).unwrap();
                self.nested.insert((owner, offset.0), n);
            }
            Step::Update(at, n) => {
                let Some(place) = Self::pick(&self.top, at) else { return };
                let key = self.keys.iter().find(|(_, offset)| **offset == place.1).map(|(key, _)| *key);
                self.set.update(Offset(place.1), &object(n, key)).unwrap();
                self.top.insert(place, n);
            }
            Step::UpdateNested(at, n) => {
                let Some(place) = Self::pick(&self.nested, at) else { return };
                self.inner(place.0).update(Offset(place.1), &object(n, None)).unwrap();
                self.nested.insert(place, n);
            }
            Step::Upsert(key, n) => {
                let offset = self.set.upsert(&object(n, Some(key))).unwrap();
                assert_eq!(*self.keys.entry(key).or_insert(offset.0), offset.0, "key {key} stays where it is");
                self.top.insert((0, offset.0), n);
            }
            Step::Remove(at) => self.remove(at),
            Step::RemoveNested(at) => {
                let Some((owner, offset)) = Self::pick(&self.nested, at) else { return };
                assert!(self.inner(owner).remove(Offset(offset)).unwrap());
                assert!(!self.inner(owner).remove(Offset(offset)).unwrap());
                self.nested.remove(&(owner, offset));
            }
            Step::RemoveSome(at, count) => (0..count).for_each(|_| self.remove(at)),
            other => self.maintain(other),
        }
    }

    fn remove(&mut self, at: usize) {
        let Some((_, offset)) = Self::pick(&self.top, at) else { return };
        assert!(self.set.remove(Offset(offset)).unwrap());
        self.top.remove(&(0, offset));
        self.keys.retain(|_, holder| *holder != offset);
        self.nested.retain(|(owner, _), _| *owner != offset);
    }

    fn maintain(&mut self, step: Step) {
        let family = |nested: bool| match nested {
            false => self.set.family(),
            true => self.set.nested_family::<Object>("inner").unwrap().family(),
        };
        let engine = self.engine.clone();
        match step {
            Step::Freeze => engine.families().freeze().unwrap(),
            Step::StartFlush(nested) => {
                self.started = engine.maintenance().flush(family(nested), engine.id()).unwrap();
            }
            Step::StartCompaction(nested) => {
                let sizes = engine.snapshot().sizes(family(nested)).unwrap();
                let ids: Vec<_> = sizes.segments.iter().map(|segment| segment.id).collect();
                self.started = engine.maintenance().compact(family(nested), &ids, &|| Ok(engine.id())).unwrap();
            }
            Step::Publish => engine.publish(self.started.take()),
            Step::Checkpoint => {
                self.follower.follow(&engine);
                engine.checkpoint();
            }
            Step::Follow(freeze) => {
                self.follower.follow(&engine);
                if freeze {
                    self.follower.0.freeze().unwrap();
                }
            }
            Step::Reopen => engine.reopen(),
            _ => self.kept.push((engine.snapshot(), self.top.clone(), self.nested.clone())),
        }
    }

    fn check_all(&self) {
        check(&self.engine.snapshot(), &self.top, &self.nested);
        for (key, offset) in &self.keys {
            assert_eq!(self.set.find_unique(*key).unwrap(), Some(Offset(*offset)));
        }
        assert_eq!(self.set.find_unique(77).unwrap(), None);
        for (snapshot, top, nested) in &self.kept {
            check(snapshot, top, nested);
        }
        check(&self.engine.elsewhere().snapshot(), &self.top, &self.nested);
        self.follower.follow(&self.engine);
        check(&self.follower.0.snapshot(), &self.top, &self.nested);
    }
}

fn check(snapshot: &Snapshot, top: &Model, nested: &Model) {
    check_view(&snapshot.set("top").unwrap(), top);
    check_view(&snapshot.set("top.inner").unwrap(), nested);
    let family = snapshot.family("top.inner").unwrap();
    for (_, owner) in top.keys().take(20) {
        let mine = nested.range((*owner, 0)..(*owner + 1, 0)).map(|(place, n)| (*place, *n)).collect();
        check_view(&snapshot.view(family, Some(Offset(*owner))).unwrap(), &mine);
    }
}

fn place(object: &StoredObject) -> (u64, u64) {
    (object.owner().map_or(0, |owner| owner.0), object.offset().0)
}

fn number(object: &StoredObject) -> i64 {
    let Some(Value::Int(n)) = object.field(&"n".into()).map(|value| value.to_value()) else { panic!("no n") };
    assert_eq!(object.field(&"v".into()).unwrap().to_value(), Value::Vector(vec![n as f32, 0.5].into()));
    n
}

/// Everything that a view tells must agree with the model.
fn check_view(view: &SetView, model: &Model) {
    assert_eq!(view.len().unwrap(), model.len() as u64, "len of {view:?}");
    let found: Vec<_> =
        view.iter().map(|object| object.map(|object| (place(&object), number(&object))).unwrap()).collect();
    let expected: Vec<_> = model.iter().map(|(place, n)| (*place, *n)).collect();
    assert_eq!(found, expected, "{view:?}, in order");
    let offsets: Vec<_> = view.offsets().map(|offset| offset.unwrap().0).collect();
    assert!(model.keys().map(|(_, offset)| *offset).eq(offsets));
    for (place, n) in model.iter().step_by(7) {
        let object = view.get(Offset(place.1)).unwrap().expect("it is there");
        assert_eq!(number(&object), *n);
    }
    assert!(view.get(Offset(u64::MAX)).unwrap().is_none());
    check_index(view, model);
}

/// The index on `n`, segment by segment, with the loose objects tested through their columns.
fn check_index(view: &SetView, model: &Model) {
    let path = FieldPath::parse("n");
    for wanted in [3, 11] {
        let mut found = Vec::new();
        let predicate = Predicate::new(path.clone(), Test::Equals(wanted.into()));
        for segment in view.segments() {
            let run = view.run(segment).unwrap();
            let index = view.declaration().indexes.iter().find(|index| index.fields == [path.clone()]).unwrap();
            let part = segment.part(index.id).expect("every segment has every part");
            let (slots, _) = part.candidates(&predicate, &mut Work::default()).unwrap();
            let seen = slots.iter().filter(|slot| run.contains(&slot.0) && !segment.dead().contains(*slot));
            found.extend(seen.map(|slot| place(&segment.object(slot).unwrap())));
            assert!(
                (0..segment.slots())
                    .all(|slot| { segment.is_hidden(Slot(slot)).unwrap() == segment.dead().contains(Slot(slot)) })
            );
        }
        let loose = view.loose();
        let reader = loose.reading(&predicate.paths);
        let matching = loose.places().filter(|at| predicate.matches(&reader.fields(*at))).map(|at| loose.place(at));
        found.extend(matching.map(|(owner, offset)| (owner.0, offset.0)));
        found.sort_unstable();
        let expected: Vec<_> = model.iter().filter(|(_, n)| **n == wanted).map(|(place, _)| *place).collect();
        assert_eq!(found, expected, "n = {wanted} in {view:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn sets_equal_their_model_whatever_maintenance_does(steps in prop::collection::vec(step(), 1..160)) {
        let mut run = Run::new();
        for (at, step) in steps.into_iter().enumerate() {
            run.step(step);
            if at % 40 == 39 {
                run.check_all();
            }
        }
        run.check_all();
        run.maintain(Step::Publish);
        run.check_all();
        run.maintain(Step::Checkpoint);
        run.maintain(Step::Reopen);
        run.check_all();
    }
}
