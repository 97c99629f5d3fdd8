//! The object file: damage is found and named.

use super::engine::TestEngine;
use crate::{
    object::{Object, Value},
    set::{Engine, SetError, SetSchema},
};

#[test]
fn verify_passes_what_was_written_and_names_what_was_flipped() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let vector = crate::index::Options::new().with("dimension", 2);
    let schema = SetSchema::new("a").nested("b", SetSchema::new("b").index_with("v", "hash", vector));
    let set = engine.declare::<Object>(&schema)?;
    let owners = set.insert_many(&vec![Object::new(); 5])?;
    for owner in owners.iter().rev() {
        let nested = set.nested::<Object>(*owner, "b")?;
        let object = |n: i32| Object::new().with("n", n).with("v", Value::Vector(vec![1.0, n as f32].into()));
        nested.insert_many(&(0..100).map(object).collect::<Vec<_>>())?;
    }
    let family = set.nested_family::<Object>("b")?;
    engine.flush(family.family());
    let view = family.view()?;
    let segment = &view.segments()[0];
    segment.verify(engine.storage().as_ref())?;
    assert_eq!(segment.slots(), 500);
    assert_eq!(segment.owned_by(owners[2])?, 200..300);
    assert!(segment.owned_by(crate::object::Offset(u64::MAX))?.is_empty());

    let name = format!("objects-{}", segment.id());
    let stored = engine.storage().open(&name)?;
    let open = |bytes: Vec<u8>| crate::set::segment::SegmentObjects::open(&name, bytes.into(), 500);
    for position in (0..stored.len()).step_by(97) {
        let mut flipped = stored.to_vec();
        flipped[position] ^= 0x10;
        let outcome = open(flipped).and_then(|objects| std::sync::Arc::new(objects).verify());
        let message = outcome.expect_err("every byte is checked").to_string();
        assert!(message.contains(&name), "byte {position}: {message}");
    }
    assert!(open(stored[..stored.len() - 1].to_vec()).is_err());
    Ok(())
}
