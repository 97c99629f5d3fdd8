//! What a set's handle promises.

use std::sync::Arc;

use super::{engine::TestEngine, kind::Listing};
use crate::{
    index::{Options, Registry},
    object::{Object, Offset, Reference, Value},
    set::{Decision, Engine, IndexableSet, SetError, SetSchema, Thresholds, WriteBatch, choose},
};

fn numbered(id: i64) -> Object {
    Object::new().with("id", id).with("n", id % 3)
}

fn places(engine: &Arc<TestEngine>) -> IndexableSet {
    engine.declare(&SetSchema::new("places").unique("id").index("n", "hash")).unwrap()
}

#[test]
fn typed_objects_come_back() -> Result<(), SetError> {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    struct Place {
        id: i64,
        name: String,
        embedding: crate::object::Vector,
    }
    let engine = TestEngine::new();
    let vector = Options::new().with("dimension", 2);
    let set: IndexableSet<Place> =
        engine.declare(&SetSchema::new("places").unique("id").index_with("embedding", "hash", vector))?;
    let place = |id| Place { id, name: format!("place {id}"), embedding: vec![id as f32, 1.0].into() };
    let offset = set.insert(&place(1))?;
    let many: Vec<_> = (2..2000).map(place).collect();
    set.insert_many(&many)?;
    engine.flush(set.family());
    assert_eq!(set.get(offset)?, Some(place(1)));
    let all: Vec<_> = set.iter()?.collect::<Result<Vec<_>, _>>()?;
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(all.len(), 1999);
    assert!(all.iter().all(|(_, found)| *found == place(found.id)));
    engine.compact(set.family());
    assert_eq!(set.get(all[700].0)?, Some(place(all[700].1.id)));
    Ok(())
}

#[test]
fn keys_are_unique_in_tail_and_segment_and_across_numbers() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    let first = set.insert(&numbered(1))?;
    for _ in 0..2 {
        let error = set.insert(&Object::new().with("id", 1.0)).unwrap_err();
        assert!(matches!(error, SetError::UniqueViolation { by, .. } if by == first));
        assert_eq!(error.to_string(), format!("set 'places': id = 1.0 is taken by the object at offset {first}"));
        set.insert(&Object::new().with("id", Value::Null))?;
        set.insert(&Object::new())?;
        engine.flush(set.family());
    }
    set.update(first, &numbered(2))?;
    let second = set.insert(&numbered(1))?;
    assert!(set.update(second, &numbered(2)).is_err());
    assert_eq!(set.upsert(&numbered(2))?, first);
    assert!(set.remove(first)?);
    assert_ne!(set.upsert(&numbered(2))?, first);
    assert!(matches!(set.upsert(&Object::new()), Err(SetError::Value { .. })));
    Ok(())
}

#[test]
fn a_batch_with_one_bad_object_leaves_nothing_55() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let vector = Options::new().with("dimension", 2);
    let set: IndexableSet = engine.declare(&SetSchema::new("places").unique("id").index_with("v", "hash", vector))?;
    for count in [10, 5_000] {
        let mut objects: Vec<_> = (0..count).map(numbered).collect();
        objects[7] = numbered(7).with("v", Value::Vector(vec![1.0; 3].into()));
        let error = set.insert_many(&objects).unwrap_err();
        assert_eq!(error.to_string(), "set 'places', object 7: field 'v': 3 components: expected 2 components");
        objects[7] = numbered(6);
        assert!(set.insert_many(&objects).is_err());
        assert_eq!(set.len()?, 0);
        assert!(engine.storage().list()?.is_empty(), "no file is left behind");
    }
    Ok(())
}

#[test]
fn removing_what_is_absent_changes_nothing_50() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    let before = engine.snapshot().sequence();
    assert!(!set.remove(Offset(5))?);
    assert!(matches!(set.update(Offset(5), &numbered(1)), Err(SetError::NotFound { .. })));
    assert_eq!(engine.snapshot().sequence(), before);
    Ok(())
}

#[test]
fn a_snapshot_stays_fixed_while_others_commit_and_segments_change_75() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    let offsets = set.insert_many(&(0..300).map(numbered).collect::<Vec<_>>())?;
    let snapshot = engine.snapshot();
    for (at, offset) in offsets.iter().enumerate() {
        match at % 3 {
            0 => assert!(set.remove(*offset)?),
            1 => set.update(*offset, &numbered(1_000 + at as i64))?,
            _ => {}
        }
        match at {
            100 => engine.families().freeze()?,
            150 => engine.flush(set.family()),
            200 => engine.compact(set.family()),
            _ => {}
        }
    }
    let view = snapshot.set("places")?;
    assert_eq!(view.len()?, 300);
    let ids = view.iter().map(|object| Ok(set.decode(&object?)?.get("id").cloned()));
    let expected = (0..300).map(|id| Some(Value::Int(id)));
    assert_eq!(ids.collect::<Result<Vec<_>, SetError>>()?, expected.collect::<Vec<_>>());
    assert_eq!(set.len()?, 200);
    Ok(())
}

#[test]
fn compaction_loses_no_delete_that_ran_beside_it_87() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    let offsets = set.insert_many(&(0..3_000).map(numbered).collect::<Vec<_>>())?;
    set.insert(&numbered(5_000))?;
    engine.flush(set.family());
    let ids: Vec<_> = engine.snapshot().sizes(set.family())?.segments.iter().map(|segment| segment.id).collect();
    assert_eq!(ids.len(), 2);
    let change = engine.maintenance().compact(set.family(), &ids, &|| Ok(engine.id()))?;
    for offset in offsets.iter().step_by(2) {
        assert!(set.remove(*offset)?);
    }
    set.update(offsets[1], &numbered(9_999))?;
    engine.publish(change);
    for families in [engine.families(), engine.elsewhere()] {
        let view = families.snapshot().set("places")?;
        assert_eq!(view.len()?, 1_501);
        assert!(offsets.iter().step_by(2).all(|offset| !view.contains(*offset).unwrap()));
        assert!(view.find_unique(&9_999.into())?.is_some() && view.find_unique(&1.into())?.is_none());
    }
    Ok(())
}

#[test]
fn a_change_whose_segments_are_gone_is_void() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    set.insert_many(&(0..2_000).map(numbered).collect::<Vec<_>>())?;
    let ids: Vec<_> = engine.snapshot().sizes(set.family())?.segments.iter().map(|segment| segment.id).collect();
    let [one, two] = [(); 2].map(|()| engine.maintenance().compact(set.family(), &ids, &|| Ok(engine.id())).unwrap());
    engine.publish(one);
    engine.publish(two);
    assert_eq!(set.len()?, 2_000);
    assert_eq!(engine.snapshot().sizes(set.family())?.segments.len(), 1);
    Ok(())
}

#[test]
fn a_delta_in_which_everything_ended_is_let_go() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    for id in 0..300 {
        let offset = set.insert(&numbered(id))?;
        if id == 150 {
            engine.families().freeze()?;
        }
        assert!(set.remove(offset)?);
    }
    assert!(engine.snapshot().sizes(set.family())?.delta_objects > 0);
    engine.flush(set.family());
    assert_eq!(engine.snapshot().sizes(set.family())?.delta_objects, 0);
    assert!(engine.snapshot().sizes(set.family())?.segments.is_empty());
    engine.checkpoint();
    engine.reopen();
    assert_eq!(set.len()?, 0);
    assert_eq!(engine.families().checkpoint(0)?.sequence, engine.snapshot().sequence());
    Ok(())
}

#[test]
fn indexes_declared_later_are_checked_against_what_is_stored_and_then_built() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set: IndexableSet = engine.declare(&SetSchema::new("places"))?;
    set.insert_many(
        &(0..2_000).map(|id| numbered(id).with("v", Value::Vector(vec![0.5, 2.0].into()))).collect::<Vec<_>>(),
    )?;
    let vector = |dimension: i64| Options::new().with("dimension", dimension);
    let wrong = engine.declare::<Object>(&SetSchema::new("places").index_with("v", "hash", vector(3))).unwrap_err();
    assert!(wrong.to_string().contains("field 'v': 2 components: expected 3 components"), "{wrong}");
    let schema = SetSchema::new("places").unique("id").index_with("v", "hash", vector(2));
    engine.declare::<Object>(&schema)?;
    assert!(set.insert(&numbered(5)).is_err(), "the key holds before its index is built");
    let mut decisions = 0;
    loop {
        let decision = choose(&engine.snapshot().sizes(set.family())?, &Thresholds::default());
        if decision == Decision::Rest {
            break;
        }
        engine.perform(set.family(), &decision);
        decisions += 1;
    }
    assert!((1..=3).contains(&decisions));
    let view = set.view()?;
    assert!(view.segments().iter().all(|segment| segment.indexes().count() == 2));
    assert_eq!(view.len()?, 2_000);
    engine.declare::<Object>(&schema)?;
    assert_eq!(set.view()?.sequence(), view.sequence(), "declaring the same again logs nothing");
    Ok(())
}

#[test]
fn declarations_that_do_not_fit_are_refused_by_name() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let refused = |schema: SetSchema, what: &str| {
        let error = engine.declare::<Object>(&schema).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    };
    refused(SetSchema::new("a").index("x", "magic"), "index kind 'magic' on 'x': expected one of: hash");
    refused(SetSchema::new("a").index_with("x", "hash", Options::new().with("wrong", 1)), "wrong");
    refused(SetSchema::new("a.b"), "the set's name");
    places(&engine);
    refused(SetSchema::new("places").unique("name"), "unique key 'name': expected 'id'");
    refused(SetSchema::new("places").index_with("n", "hash", Options::new().with("x", 1)), "other options");
    let set = places(&engine);
    set.insert_many(&[numbered(1), numbered(2), numbered(4)])?;
    let keyless: IndexableSet = engine.declare(&SetSchema::new("keyless"))?;
    keyless.insert_many(&[numbered(1), numbered(4)])?;
    refused(SetSchema::new("keyless").unique("n"), "n = 1 is taken");
    Ok(())
}

#[test]
fn a_database_with_an_index_kind_that_is_lacking_still_answers_89() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    set.insert_many(&(0..2_000).map(numbered).collect::<Vec<_>>())?;
    let poorer = engine.reopen_with(Registry::new());
    let set: IndexableSet = IndexableSet::new(poorer.clone(), set.family(), None);
    assert_eq!(set.view()?.segments()[0].indexes().count(), 0);
    assert!(set.find_unique(1_234)?.is_some());
    assert!(set.insert(&numbered(3)).is_err());
    set.insert(&numbered(3_000))?;
    poorer.flush(set.family());
    poorer.compact(set.family());
    assert_eq!(set.len()?, 2_001);
    let mut registry = Registry::new();
    registry.register(Arc::new(Listing));
    let richer = poorer.reopen_with(registry);
    let sizes = richer.snapshot().sizes(set.family())?;
    assert!(matches!(choose(&sizes, &Thresholds::default()), Decision::Build(..)));
    Ok(())
}

#[test]
fn own_writes_are_seen_on_top_of_the_snapshot() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    let offsets = set.insert_many(&(0..1_500).map(numbered).collect::<Vec<_>>())?;
    let tail = set.insert(&numbered(2_000))?;
    let mut batch = WriteBatch::new(engine.snapshot());
    let object = |id| set.encode(&numbered(id));
    assert!(batch.remove(set.family(), None, offsets[3])?);
    assert!(batch.remove(set.family(), None, tail)?);
    batch.update(engine.as_ref(), set.family(), None, offsets[4], object(3)?)?;
    let new = batch.insert(engine.as_ref(), set.family(), None, object(2_000)?)?;
    let view = batch.view(set.family(), None)?;
    assert_eq!(view.len()?, 1_500);
    assert_eq!(view.iter().count(), 1_500);
    assert_eq!(view.find_unique(&3.into())?, Some(offsets[4]));
    assert_eq!(view.find_unique(&4.into())?, None);
    assert_eq!(view.find_unique(&2_000.into())?, Some(new));
    assert_eq!(view.loose().len(), 2);
    assert_eq!(view.segments()[0].dead().len(), 2);
    assert!(batch.insert(engine.as_ref(), set.family(), None, object(3)?).is_err());
    assert!(batch.insert(engine.as_ref(), set.family(), None, object(4)?).is_ok());
    assert_eq!(set.len()?, 1_501);
    engine.commit(batch)?;
    assert_eq!(set.len()?, 1_501);
    assert_eq!(set.find_unique(3)?, Some(offsets[4]));
    Ok(())
}

#[test]
fn references_read_lazily_and_absent_after_a_delete() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    let offset = set.insert(&numbered(7))?;
    let reference: Reference<Object> = Reference::new(set.family(), offset);
    assert_eq!(reference.get(&engine.snapshot())?.and_then(|object| object.get("id")), Some(&Value::Int(7)));
    set.remove(offset)?;
    let later: Reference<Object> = Reference::new(set.family(), offset);
    assert!(later.get(&engine.snapshot())?.is_none());
    Ok(())
}

#[test]
fn increments_of_many_threads_add_up_71() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let set = places(&engine);
    let offset = set.insert(&Object::new().with("count", 0))?;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    set.transact(|batch| {
                        let stored = batch.get(set.family(), None, offset)?.expect("it is there");
                        let Some(Value::Int(count)) = set.decode(&stored)?.get("count").cloned() else { panic!() };
                        let next = set.encode(&Object::new().with("count", count + 1))?;
                        batch.update(engine.as_ref(), set.family(), None, offset, next)
                    })
                    .unwrap();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..50 {
                engine.families().freeze().unwrap();
                let view = set.view().unwrap();
                assert_eq!((view.len().unwrap(), view.iter().count()), (1, 1));
            }
        });
    });
    assert_eq!(set.get(offset)?.and_then(|object| object.get("count").cloned()), Some(Value::Int(400)));
    Ok(())
}
