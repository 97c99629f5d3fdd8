//! redb: one table from u64 to bytes, commits of immediate durability.

use std::path::Path;

use protobase::Object;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use crate::{Store, encoded, touched};

const OBJECTS: TableDefinition<u64, &[u8]> = TableDefinition::new("objects");

pub struct RedbStore {
    database: Database,
}

impl RedbStore {
    pub fn open(folder: &Path) -> Self {
        let database = Database::create(folder.join("objects.redb")).expect("opened");
        let store = Self { database };
        store.insert(0, &[]);
        store
    }

    fn insert(&self, first: u64, objects: &[Object]) {
        let transaction = self.database.begin_write().expect("begun");
        {
            let mut table = transaction.open_table(OBJECTS).expect("a table");
            for (number, object) in (first..).zip(objects) {
                table.insert(number, encoded(object).as_slice()).expect("inserted");
            }
        }
        transaction.commit().expect("committed");
    }
}

impl Store for RedbStore {
    fn commit(&self, number: u64, object: &Object) {
        self.insert(number, std::slice::from_ref(object));
    }

    fn load(&self, first: u64, objects: &[Object]) {
        self.insert(first, objects);
    }

    fn read(&self, numbers: &[u64]) -> u64 {
        let transaction = self.database.begin_read().expect("begun");
        let table = transaction.open_table(OBJECTS).expect("a table");
        numbers.iter().map(|number| touched(table.get(number).expect("readable").expect("it is there").value())).sum()
    }

    fn scan(&self) -> (u64, u64) {
        let transaction = self.database.begin_read().expect("begun");
        let table = transaction.open_table(OBJECTS).expect("a table");
        table
            .iter()
            .expect("started")
            .fold((0, 0), |(count, bytes), entry| (count + 1, bytes + touched(entry.expect("readable").1.value())))
    }
}
