//! Stores around fuzzed frames and checkpoints.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;

use crate::{
    database::{Database, Error},
    index::Options,
    object::{Fields, Object, Sequence, Value},
    set::{IndexableSet, SetSchema},
    storage::{Checkpoint, FrameDraft, MemoryStorage, Storage},
};

/// Commits a frame to a store that has sets, objects and segments, and reads everything before and after a flush.
pub(super) fn commit(draft: &FrameDraft) {
    let Ok((storage, database)) = sound_store() else { return };
    let Ok(head) = storage.head() else { return };
    if storage.append(head, draft).is_err() {
        return;
    }
    let _ = database.refresh();
    read(&database);
    let _ = database.flush();
    read(&database);
    drop(database);
    if let Ok(database) = open(&storage) {
        read(&database);
        let _ = database.compact();
        let _ = database.checkpoint();
    }
}

/// Opens a store that has this checkpoint and the blobs of [`sound_checkpoint`].
pub(super) fn adopt(checkpoint: &Checkpoint) {
    static BLOBS: LazyLock<Vec<(String, Bytes)>> = LazyLock::new(|| blobs().unwrap_or_default());
    let storage = MemoryStorage::new();
    for (name, bytes) in BLOBS.iter() {
        if storage.put(name, &mut |out| out.write_all(bytes)).is_err() {
            return;
        }
    }
    // The log leads up to the checkpoint, unless it claims to be far ahead.
    for sequence in 0..checkpoint.sequence.0.min(64) {
        let _ = storage.append(Sequence(sequence), &FrameDraft::default());
    }
    if storage.put_checkpoint(checkpoint, None).is_ok()
        && let Ok(database) = open(&storage)
    {
        read(&database);
        let _ = database.flush();
        let _ = database.compact();
        read(&database);
    }
}

fn open(storage: &MemoryStorage) -> Result<Database, Error> {
    Database::options().background(false).with_storage(Arc::new(storage.clone()))
}

/// Everything, in all ways that look at all of it.
fn read(database: &Database) {
    let _ = database.check();
    let snapshot = database.snapshot();
    for (family, _) in snapshot.families() {
        let Ok(view) = snapshot.view(family, None) else { continue };
        let _ = view.len();
        for stored in view.iter().take(10_000).flatten() {
            let _ = (stored.packed().to_object(), view.contains(stored.offset()), view.get(stored.offset()));
        }
        let _ = view.find_unique(&Value::Int(1));
    }
    let _ = database.info();
}

/// A small store with a set of every sort of index, a nested set, a segment and a delta. The same steps give the same store.
fn sound_store() -> Result<(MemoryStorage, Database), Error> {
    let storage = MemoryStorage::new();
    let database = open(&storage)?;
    let vector = Options::new().with("dimension", 2);
    let schema = SetSchema::new("things").unique("key").index("key", "hash").index("key", "ordered");
    let schema = schema.index_on(["x", "y"], "plane", Options::new()).index("place", "geo");
    let schema = schema.index_with("vector", "vector", vector);
    let things: IndexableSet<Object> = database.declare(schema.nested("parts", SetSchema::new("parts")))?;
    for key in 0..6 {
        let owner = things.insert(&thing(key))?;
        things.nested::<Object>(owner, "parts")?.insert(&Object::new().with("n", key))?;
        if key == 3 {
            database.flush()?;
        }
    }
    Ok((storage, database))
}

fn thing(key: i64) -> Object {
    let object = Object::new().with("key", key).with("x", key as f64).with("y", 1).with("parts", Value::Nested);
    object.with("vector", Value::Vector(vec![key as f32, 1.0].into())).with("place", geo::Point::new(key as f64, 42.0))
}

/// The checkpoint of a sound store.
#[cfg(test)]
pub(super) fn sound_checkpoint() -> Result<Checkpoint, Error> {
    let (storage, database) = sound_store()?;
    database.flush()?;
    database.checkpoint()?;
    Ok(storage.newest_checkpoint()?.unwrap_or_default())
}

/// The frames of a sound store.
#[cfg(test)]
pub(super) fn sound_frames() -> Result<Vec<crate::storage::Frame>, Error> {
    let (storage, _database) = sound_store()?;
    Ok(storage.read(Sequence(0))?)
}

fn blobs() -> Result<Vec<(String, Bytes)>, Error> {
    let (storage, database) = sound_store()?;
    database.flush()?;
    let blobs = storage.list()?.into_iter().map(|(name, _)| Ok((name.clone(), storage.open(&name)?)));
    blobs.collect()
}
