//! SQLite: WAL, `synchronous = FULL`, one connection a thread, objects found by rowid.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use protobase::Object;
use rusqlite::{Connection, TransactionBehavior};

use crate::{Store, encoded, touched};

pub struct SqliteStore {
    file: PathBuf,
    /// Connections that no thread uses right now.
    idle: Mutex<Vec<Connection>>,
}

impl SqliteStore {
    pub fn open(folder: &Path) -> Self {
        let store = Self { file: folder.join("objects.sqlite"), idle: Mutex::default() };
        let table = "CREATE TABLE IF NOT EXISTS objects (id INTEGER PRIMARY KEY, body BLOB NOT NULL)";
        store.connected(|connection| connection.execute(table, []).expect("declared"));
        store
    }

    fn connected<R>(&self, work: impl FnOnce(&mut Connection) -> R) -> R {
        let idle = self.idle.lock().expect("nobody panicked").pop();
        let mut connection = idle.unwrap_or_else(|| self.connect());
        let result = work(&mut connection);
        self.idle.lock().expect("nobody panicked").push(connection);
        result
    }

    fn connect(&self) -> Connection {
        let connection = Connection::open(&self.file).expect("opened");
        connection.busy_timeout(Duration::from_secs(60)).expect("set");
        connection.pragma_update(None, "journal_mode", "WAL").expect("set");
        connection.pragma_update(None, "synchronous", "FULL").expect("set");
        connection.pragma_update(None, "mmap_size", 1_i64 << 36).expect("set");
        connection
    }
}

const INSERT: &str = "INSERT INTO objects VALUES (?, ?)";

impl Store for SqliteStore {
    fn commit(&self, number: u64, object: &Object) {
        self.connected(|connection| {
            let mut insert = connection.prepare_cached(INSERT).expect("prepared");
            insert.execute((number as i64, encoded(object))).expect("committed");
        });
    }

    fn load(&self, first: u64, objects: &[Object]) {
        self.connected(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).expect("begun");
            let mut insert = transaction.prepare_cached(INSERT).expect("prepared");
            for (number, object) in (first..).zip(objects) {
                insert.execute((number as i64, encoded(object))).expect("inserted");
            }
            drop(insert);
            transaction.commit().expect("committed");
        });
    }

    fn read(&self, numbers: &[u64]) -> u64 {
        self.connected(|connection| {
            let transaction = connection.transaction().expect("begun");
            let mut select = transaction.prepare_cached("SELECT body FROM objects WHERE id = ?").expect("prepared");
            let mut bytes = 0;
            for number in numbers {
                let length = |found: &rusqlite::Row| Ok(touched(found.get_ref(0)?.as_blob()?));
                bytes += select.query_row([*number as i64], length).expect("it is there");
            }
            bytes
        })
    }

    fn scan(&self) -> (u64, u64) {
        self.connected(|connection| {
            let mut select = connection.prepare_cached("SELECT body FROM objects ORDER BY id").expect("prepared");
            let mut found = select.query([]).expect("started");
            let (mut count, mut bytes) = (0, 0);
            while let Some(next) = found.next().expect("readable") {
                count += 1;
                bytes += touched(next.get_ref(0).expect("a column").as_blob().expect("bytes"));
            }
            (count, bytes)
        })
    }
}
