//! The open end of a family: versions that were committed lately, in commit order.

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    codec::sync::atomic::{AtomicU64, Ordering},
    object::{FieldPath, Offset, PackedObject, Sequence, ValueRef},
};

use super::{
    append::AppendOnly,
    column::Column,
    probe::{Probe, spread},
};

/// A tail takes this many versions; then the next one begins. (Few in tests, so that they meet full tails.)
pub(in crate::set) const TAIL_VERSIONS: usize = match (cfg!(shuttle), cfg!(test)) {
    (true, _) => 8,
    (false, true) => 128,
    (false, false) => 4_096,
};

/// What `died` says while a version lives.
const ALIVE: u64 = u64::MAX;

/// Says that there is no older version.
const NONE: u32 = u32::MAX;

/// Versions in commit order. One writer appends and marks; readers see what their sequence allows and take no lock.
///
/// Invariant: of the versions of one offset in all tails and segments of a family's state, at most the newest is alive.
#[derive(Debug)]
pub(in crate::set) struct Tail {
    versions: AppendOnly<Version>,
    by_offset: Probe,
    by_key: Probe,
    columns: Box<[Column]>,
    bytes: AtomicU64,
    /// The last sequence at which anything began or ended here.
    changed: AtomicU64,
}

/// One committed state of an object.
#[derive(Debug)]
pub(in crate::set) struct Version {
    pub sequence: Sequence,
    pub offset: Offset,
    pub owner: Option<Offset>,
    /// MessagePack bytes, vectors inline.
    pub object: Bytes,
    /// Its unique key, when the family has one and the object has a value there.
    pub key: Option<Box<[u8]>>,
    died: AtomicU64,
    /// The place of the version before with the same offset, and with the same key.
    previous: u32,
    previous_of_key: u32,
}

impl Version {
    pub fn new(
        sequence: Sequence,
        offset: Offset,
        owner: Option<Offset>,
        object: Bytes,
        key: Option<Box<[u8]>>,
    ) -> Self {
        let died = AtomicU64::new(ALIVE);
        Self { sequence, offset, owner, object, key, died, previous: NONE, previous_of_key: NONE }
    }

    /// Whether a snapshot at this sequence sees it.
    pub fn is_visible(&self, at: Sequence) -> bool {
        self.sequence <= at && self.died.load(Ordering::Acquire) > at.0
    }

    /// Whether nothing applied so far ended it.
    pub fn is_alive(&self) -> bool {
        self.died.load(Ordering::Acquire) == ALIVE
    }

    /// When it ended.
    pub fn died(&self) -> Option<Sequence> {
        match self.died.load(Ordering::Acquire) {
            ALIVE => None,
            died => Some(Sequence(died)),
        }
    }

    /// Where it stands in its family: (owner, offset); the owner is 0 in a top-level set.
    pub fn place(&self) -> (Offset, Offset) {
        (self.owner.unwrap_or(Offset(0)), self.offset)
    }

    /// A field's value, read from the bytes.
    pub fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        PackedObject::new(&self.object).get(path)
    }

    /// A copy for another tail.
    pub fn moved(&self, key: Option<Box<[u8]>>) -> Self {
        Self::new(self.sequence, self.offset, self.owner, self.object.clone(), key)
    }
}

impl Tail {
    /// An empty tail, with columns of these fields.
    pub fn new<'p>(fields: impl IntoIterator<Item = &'p FieldPath>) -> Self {
        Self {
            columns: fields.into_iter().cloned().map(Column::new).collect(),
            changed: AtomicU64::new(0),
            versions: AppendOnly::with_capacity(TAIL_VERSIONS),
            by_offset: Probe::for_capacity(TAIL_VERSIONS),
            by_key: Probe::for_capacity(TAIL_VERSIONS),
            bytes: AtomicU64::new(0),
        }
    }

    /// Appends a version, or gives it back when the tail is full.
    pub fn push(&self, mut version: Version) -> Result<(), Version> {
        let offset = version.offset;
        let key = version.key.clone();
        version.previous = self.newest(offset).unwrap_or(NONE);
        version.previous_of_key = key.as_deref().and_then(|key| self.newest_of_key(key)).unwrap_or(NONE);
        let bytes = version.object.len() as u64;
        self.changed.fetch_max(version.sequence.0, Ordering::Release);
        let place = self.versions.push(version)?;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.by_offset.set(spread(offset.0), place, |other| self.has_offset(other, offset));
        if let Some(key) = key {
            self.by_key.set(xxh3_64(&key), place, |other| self.has_key(other, &key));
        }
        Ok(())
    }

    /// Ends the living version of an offset; `false` when there is none here.
    pub fn kill(&self, offset: Offset, sequence: Sequence) -> bool {
        let version = self.newest(offset).and_then(|place| self.versions.get(place));
        match version {
            Some(version) if version.is_alive() => {
                self.changed.fetch_max(sequence.0, Ordering::Release);
                version.died.store(sequence.0, Ordering::Release);
                true
            }
            _ => false,
        }
    }

    /// The version of an offset that a snapshot sees.
    pub fn get(&self, offset: Offset, at: Sequence) -> Option<&Version> {
        let mut version = self.versions.get(self.newest(offset)?)?;
        while !version.is_visible(at) {
            version = self.versions.get(version.previous)?;
        }
        Some(version)
    }

    /// The version with a unique key that a snapshot sees.
    pub fn find_key(&self, key: &[u8], at: Sequence) -> Option<&Version> {
        let mut version = self.versions.get(self.newest_of_key(key)?)?;
        while !version.is_visible(at) {
            version = self.versions.get(version.previous_of_key)?;
        }
        Some(version)
    }

    /// The version at a place, counted in commit order.
    pub fn at(&self, place: u32) -> Option<&Version> {
        self.versions.get(place)
    }

    /// The column of a field, when it has one.
    pub fn column(&self, path: &FieldPath) -> Option<&Column> {
        self.columns.iter().find(|column| column.path() == path)
    }

    /// The value in a column of this tail of the version at a place, `None` when missing.
    #[inline]
    pub fn value<'a>(&'a self, column: &'a Column, place: u32) -> Option<ValueRef<'a>> {
        column.value(&self.versions, place)
    }

    /// The last sequence at which anything began or ended here, as far as it has been applied: snapshots from there on see the same.
    pub fn changed(&self) -> Sequence {
        Sequence(self.changed.load(Ordering::Acquire))
    }

    /// All versions in commit order.
    pub fn iter(&self) -> impl Iterator<Item = &Version> {
        self.versions.iter()
    }

    /// What a snapshot sees, in commit order.
    pub fn visible(&self, at: Sequence) -> impl Iterator<Item = &Version> {
        self.visible_places(at).map(|(_, version)| version)
    }

    /// What a snapshot sees, and at which place.
    pub fn visible_places(&self, at: Sequence) -> impl Iterator<Item = (u32, &Version)> {
        let born = (0..).zip(self.iter()).take_while(move |(_, version)| version.sequence <= at);
        born.filter(move |(_, version)| version.is_visible(at))
    }

    /// The number of versions.
    pub fn len(&self) -> u32 {
        self.versions.len()
    }

    /// Bytes of all versions.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn newest(&self, offset: Offset) -> Option<u32> {
        self.by_offset.find(spread(offset.0), |place| self.has_offset(place, offset))
    }

    fn newest_of_key(&self, key: &[u8]) -> Option<u32> {
        self.by_key.find(xxh3_64(key), |place| self.has_key(place, key))
    }

    fn has_offset(&self, place: u32, offset: Offset) -> bool {
        self.versions.get(place).is_some_and(|version| version.offset == offset)
    }

    fn has_key(&self, place: u32, key: &[u8]) -> bool {
        self.versions.get(place).is_some_and(|version| version.key.as_deref() == Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(tail: &Tail, sequence: u64, offset: u64, key: &str) {
        let key = Some(key.as_bytes().into());
        tail.kill(Offset(offset), Sequence(sequence));
        let version = Version::new(Sequence(sequence), Offset(offset), None, Bytes::from(vec![0; 4]), key);
        assert!(tail.push(version).is_ok());
    }

    #[test]
    fn a_snapshot_sees_its_versions_whatever_comes_later() {
        let tail = Tail::new([]);
        put(&tail, 1, 10, "a");
        put(&tail, 2, 10, "b");
        put(&tail, 3, 11, "a");
        tail.kill(Offset(10), Sequence(4));
        let seen = |at| tail.visible(Sequence(at)).map(|v| (v.offset.0, v.sequence.0)).collect::<Vec<_>>();
        assert_eq!(seen(0), []);
        assert_eq!(seen(1), [(10, 1)]);
        assert_eq!(seen(2), [(10, 2)]);
        assert_eq!(seen(3), [(10, 2), (11, 3)]);
        assert_eq!(seen(4), [(11, 3)]);
        let holder = |key: &str, at| tail.find_key(key.as_bytes(), Sequence(at)).map(|v| v.offset.0);
        assert_eq!([holder("a", 1), holder("a", 2), holder("a", 3)], [Some(10), None, Some(11)]);
        assert_eq!(tail.get(Offset(10), Sequence(1)).map(|v| v.sequence.0), Some(1));
        assert!(tail.get(Offset(10), Sequence(4)).is_none());
        assert_eq!(tail.bytes(), 12);
    }

    #[test]
    fn a_full_tail_gives_back() {
        let tail = Tail::new([]);
        for n in 0..TAIL_VERSIONS as u64 {
            put(&tail, n, n / 2, "k");
        }
        assert!(tail.push(Version::new(Sequence(9), Offset(9), None, Bytes::new(), None)).is_err());
    }
}
