//! Does any reader of stored bytes panic, hang or ask for memory without bound, whatever the bytes are?
//!
//! One function a kind of bytes, for `cargo fuzz` (`fuzz/`) and for the tests here, which replay the kept corpus and mutations of it.
//! Checksums would turn nearly every input away, so inputs are what is inside of them: frames are sealed and containers are written
//! around the fuzzed sections. Refusing is fine, so errors are ignored; what is checked is that what was read can be written and read
//! again, and that an answer speaks of slots that exist.

mod object;
mod sections;
mod stores;
#[cfg(test)]
mod tests;

use crate::{index::conformance::hostile, set, storage};

pub use sections::Sections;

/// A kind of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of the target, and of the corpus's folder.
    pub name: &'static str,
    /// Reads bytes of any content in all ways.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "frame", run: frame },
    Target { name: "object", run: object::run },
    Target { name: "checkpoint", run: checkpoint },
    Target { name: "object_file", run: object_file },
    Target { name: "hash", run: |data| part("hash", data) },
    Target { name: "ordered", run: |data| part("ordered", data) },
    Target { name: "plane", run: |data| part("plane", data) },
    Target { name: "geo", run: |data| part("geo", data) },
    Target { name: "vector", run: |data| part("vector", data) },
    Target { name: "trie", run: |data| part("trie", data) },
    #[cfg(feature = "text")]
    Target { name: "text", run: |data| part("text", data) },
];

/// Runs a target by name; an unknown one does nothing.
pub fn run(name: &str, data: &[u8]) {
    if let Some(target) = TARGETS.iter().find(|target| target.name == name) {
        (target.run)(data);
    }
}

/// A frame: a header of 64 bytes and a payload, whose checksums are made right. What can be read is committed to a store, and the store
/// is read, checked, flushed and opened again.
fn frame(data: &[u8]) {
    if let Some(draft) = storage::hostile::frame(data) {
        stores::commit(&draft);
    }
}

/// The content of a checkpoint, of a store whose blobs are there.
fn checkpoint(data: &[u8]) {
    if let Some(checkpoint) = storage::hostile::checkpoint(data) {
        stores::adopt(&checkpoint);
    }
}

/// [`Sections`] of an object file, the number being that of its slots.
fn object_file(data: &[u8]) {
    let sections = Sections::read(data);
    if let Some(file) = sections.container(*b"PBOBJECT") {
        set::hostile::object_file(file, sections.number % 10_000);
    }
}

/// [`Sections`] of one kind's part; see [`hostile::part`] for the number.
fn part(kind: &str, data: &[u8]) {
    let sections = Sections::read(data);
    if let Some(file) = sections.container(*b"PBINDEX\0") {
        hostile::part(kind, file, sections.number);
    }
}
