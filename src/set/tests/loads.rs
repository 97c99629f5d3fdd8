//! Bulk loads that are long enough to be made by several threads, and others who commit meanwhile.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    object::{Object, Offset, Value},
    set::{Engine, IndexableSet, Progress, SetError, SetSchema, Step},
};

use super::engine::TestEngine;

fn keyed() -> (Arc<TestEngine>, IndexableSet) {
    let engine = TestEngine::new();
    let set = engine.declare(&SetSchema::new("keyed").unique("id")).unwrap();
    (engine, set)
}

fn numbered(id: i64) -> Object {
    Object::new().with("id", id).with("text", "x".repeat(id as usize * 37 % 700))
}

/// Loads while somebody else inserts an object, once; says which steps there were.
fn load_beside(set: &IndexableSet, objects: &[Object], other: i64) -> (Result<Vec<Offset>, SetError>, bool) {
    let (inserted, checked) = (AtomicBool::new(false), AtomicBool::new(false));
    let watch = |progress: Progress<'_>| {
        checked.fetch_or(progress.step == Step::CheckObjects, Ordering::Relaxed);
        if !inserted.swap(true, Ordering::Relaxed) {
            set.insert(&numbered(other)).unwrap();
        }
        ControlFlow::Continue(())
    };
    (set.insert_many_with(objects, &watch), checked.into_inner())
}

#[test]
fn every_object_is_at_the_offset_of_its_place() -> Result<(), SetError> {
    let (_, set) = keyed();
    let objects: Vec<_> = (0..20_000).map(numbered).collect();
    let offsets = set.insert_many(&objects)?;
    assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]) && offsets.len() == objects.len());
    for at in (0..objects.len()).step_by(17) {
        assert_eq!(set.get(offsets[at])?.as_ref(), Some(&objects[at]));
        assert_eq!(set.find_unique(at as i64)?, Some(offsets[at]));
    }
    Ok(())
}

#[test]
fn a_load_beside_a_commit_is_checked_again_and_tried_again() -> Result<(), SetError> {
    let (_, set) = keyed();
    let objects: Vec<_> = (0..3_000).map(numbered).collect();
    let (loaded, checked) = load_beside(&set, &objects, 9_999);
    assert_eq!((loaded?.len(), set.len()?, checked), (3_000, 3_001, true));
    Ok(())
}

#[test]
fn a_load_whose_key_was_taken_meanwhile_leaves_nothing() -> Result<(), SetError> {
    let (engine, set) = keyed();
    let objects: Vec<_> = (0..3_000).map(numbered).collect();
    let (loaded, checked) = load_beside(&set, &objects, 2_345);
    let error = loaded.unwrap_err();
    assert!(matches!(&error, SetError::UniqueViolation { value, .. } if value.contains("2345")), "{error}");
    assert_eq!((set.len()?, checked), (1, true));
    assert!(engine.storage().list()?.is_empty(), "no file is left behind");
    Ok(())
}

#[test]
fn of_several_objects_that_do_not_fit_the_first_is_named() -> Result<(), SetError> {
    let (engine, set) = keyed();
    let mut objects: Vec<_> = (0..20_000).map(numbered).collect();
    for at in [19_000, 12_345, 15_000] {
        objects[at] = numbered(at as i64).with("v", Value::Vector(vec![f32::NAN].into()));
    }
    let error = set.insert_many(&objects).unwrap_err().to_string();
    assert!(error.contains("object 12345"), "{error}");
    let mut objects: Vec<_> = (0..20_000).map(numbered).collect();
    (objects[17_000], objects[11_000]) = (numbered(3), numbered(4));
    let error = set.insert_many(&objects).unwrap_err().to_string();
    assert!(error.contains("object 11000") && error.contains("object 4 has it, too"), "{error}");
    assert!(engine.storage().list()?.is_empty(), "no file is left behind");
    Ok(())
}
