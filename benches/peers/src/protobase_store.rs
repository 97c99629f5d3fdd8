//! Protobase: a set without indexes, objects found by offset.

use std::{path::Path, sync::RwLock};

use protobase::{Database, IndexableSet, Object, Offset, SetSchema};

use crate::{Store, touched};

pub struct ProtobaseStore {
    set: IndexableSet<Object>,
    /// The offset of each object that was loaded, by number.
    offsets: RwLock<Vec<Offset>>,
    _database: Database,
}

impl ProtobaseStore {
    pub fn open(folder: &Path) -> Self {
        let database = Database::open(folder.join("objects.pbase")).expect("opened");
        let set = database.declare(SetSchema::new("objects")).expect("declared");
        Self { set, offsets: RwLock::default(), _database: database }
    }
}

impl Store for ProtobaseStore {
    fn commit(&self, _number: u64, object: &Object) {
        self.set.insert(object).expect("committed");
    }

    fn load(&self, _first: u64, objects: &[Object]) {
        let offsets = self.set.insert_many(objects).expect("loaded");
        self.offsets.write().expect("nobody panicked").extend(offsets);
    }

    fn read(&self, numbers: &[u64]) -> u64 {
        let offsets = self.offsets.read().expect("nobody panicked");
        let view = self.set.view().expect("the set is there");
        let read = |number: &u64| {
            let stored = view.get(offsets[*number as usize]).expect("readable").expect("it is there");
            touched(&stored.to_bytes().expect("whole"))
        };
        numbers.iter().map(read).sum()
    }

    fn scan(&self) -> (u64, u64) {
        let view = self.set.view().expect("the set is there");
        view.iter().fold((0, 0), |(count, bytes), stored| {
            let stored = stored.expect("readable");
            (count + 1, bytes + touched(&stored.to_bytes().expect("whole")))
        })
    }
}
