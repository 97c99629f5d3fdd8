//! LMDB through `heed`: one database from u64 to bytes, synchronous commits.

use std::path::Path;

use heed::{
    Database, Env, EnvOpenOptions, PutFlags,
    byteorder::BigEndian,
    types::{Bytes, U64},
};
use protobase::Object;

use crate::{Store, encoded, touched};

pub struct LmdbStore {
    env: Env,
    objects: Database<U64<BigEndian>, Bytes>,
}

impl LmdbStore {
    pub fn open(folder: &Path) -> Self {
        // SAFETY: the file is opened once in this process, and nobody else writes to it.
        let env = unsafe { EnvOpenOptions::new().map_size(1 << 36).max_dbs(1).open(folder) }.expect("opened");
        let mut transaction = env.write_txn().expect("begun");
        let objects = env.create_database(&mut transaction, Some("objects")).expect("declared");
        transaction.commit().expect("committed");
        Self { env, objects }
    }
}

impl Store for LmdbStore {
    fn commit(&self, number: u64, object: &Object) {
        let bytes = encoded(object);
        let mut transaction = self.env.write_txn().expect("begun");
        self.objects.put(&mut transaction, &number, &bytes).expect("inserted");
        transaction.commit().expect("committed");
    }

    fn load(&self, first: u64, objects: &[Object]) {
        let mut transaction = self.env.write_txn().expect("begun");
        for (number, object) in (first..).zip(objects) {
            let put = self.objects.put_with_flags(&mut transaction, PutFlags::APPEND, &number, &encoded(object));
            put.expect("inserted");
        }
        transaction.commit().expect("committed");
    }

    fn read(&self, numbers: &[u64]) -> u64 {
        let transaction = self.env.read_txn().expect("begun");
        let read = |number| touched(self.objects.get(&transaction, number).expect("readable").expect("it is there"));
        numbers.iter().map(read).sum()
    }

    fn scan(&self) -> (u64, u64) {
        let transaction = self.env.read_txn().expect("begun");
        self.objects
            .iter(&transaction)
            .expect("started")
            .fold((0, 0), |(count, bytes), entry| (count + 1, bytes + touched(entry.expect("readable").1)))
    }
}
