//! Stores that keep the same objects, behind one trait, so that one program can measure them side by side.
//!
//! Every store is handed an [`Object`] and encodes it to MessagePack itself, commits durably (a power cut after the call returns loses
//! nothing), and finds an object again by its own fastest address: Protobase by offset, SQLite by rowid, redb and LMDB by a u64 key.

mod bare;
mod lmdb;
mod protobase_store;
mod redb_store;
mod sqlite;

use std::path::Path;

use protobase::Object;

pub use bare::BareLog;

/// A store of objects under numbers 0, 1, 2, ..
pub trait Store: Send + Sync {
    /// Stores one object in a transaction of its own; durable when it returns.
    fn commit(&self, number: u64, object: &Object);
    /// Stores many objects under the numbers from `first` on, in the way that the store does it fastest; durable when it returns.
    fn load(&self, first: u64, objects: &[Object]);
    /// Reads objects in one snapshot; returns the bytes read.
    fn read(&self, numbers: &[u64]) -> u64;
    /// Reads all objects in the store's order; returns how many, and their bytes.
    fn scan(&self) -> (u64, u64);
}

/// A store's name, and how to open it in a folder.
pub struct Peer {
    /// What tables call it.
    pub name: &'static str,
    /// Opens or creates it.
    pub open: fn(&Path) -> Box<dyn Store>,
}

/// All stores that are measured, ours first.
pub const PEERS: [Peer; 4] = [
    Peer { name: "Protobase", open: |folder| Box::new(protobase_store::ProtobaseStore::open(folder)) },
    Peer { name: "SQLite", open: |folder| Box::new(sqlite::SqliteStore::open(folder)) },
    Peer { name: "redb", open: |folder| Box::new(redb_store::RedbStore::open(folder)) },
    Peer { name: "LMDB", open: |folder| Box::new(lmdb::LmdbStore::open(folder)) },
];

/// The object with a number, whose MessagePack form takes about `length` bytes.
#[must_use]
pub fn object(number: u64, length: usize) -> Object {
    const WORDS: [&str; 8] = ["granite", "harbour", "monsoon", "orchard", "plateau", "quarter", "terrace", "viaduct"];
    let mut body = String::with_capacity(length);
    let mut random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    while body.len() + 60 < length {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        body.push_str(WORDS[(random % 8) as usize]);
        body.push(' ');
    }
    Object::new()
        .with("id", i64::try_from(number).expect("numbers are small"))
        .with("group", i64::try_from(number % 1_000).expect("it is below a thousand"))
        .with("name", format!("object {number}"))
        .with("body", body)
}

/// The MessagePack bytes that every peer stores.
fn encoded(object: &Object) -> Vec<u8> {
    protobase::object::encode(object).expect("the object is valid")
}

/// The number of bytes, after a look at every cache line of them: a store that only says where they are has read nothing yet.
fn touched(bytes: &[u8]) -> u64 {
    let seen = bytes.iter().step_by(64).fold(0_u8, |seen, byte| seen ^ byte);
    std::hint::black_box(seen);
    bytes.len() as u64
}
