//! Which transactions stand in each other's way?
//!
//! A [`Footprint`] is what one transaction did, as far as others can conflict with it; a [`History`] is the footprints of what was
//! committed lately, by thing and newest sequence, so that validating a transaction costs its own size and not that of the history.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{
    object::{FamilyId, Offset, Sequence},
    set::{Conflict, Reads, Snapshot},
    storage::Operation,
};

use super::{
    Error,
    clash::{Clash, Key},
};

/// What one transaction did. New objects are not among `written`: no other transaction can have known their offsets.
#[derive(Clone, Debug, Default)]
pub(super) struct Footprint {
    /// Objects updated or deleted.
    pub written: Vec<Offset>,
    /// Objects deleted.
    pub deleted: Vec<Offset>,
    /// Objects in whose nested sets something was put.
    pub owners: Vec<Offset>,
    /// Unique keys taken.
    pub keys: Vec<Key>,
    /// Families with any put or delete.
    pub families: HashSet<FamilyId>,
    /// Families declared, or declared anew.
    pub declared: HashSet<FamilyId>,
    /// Families that got objects which are not listed here one by one: another process's bulk load.
    pub loaded: HashSet<FamilyId>,
    /// Families that got objects, by a bulk load of this process, of which only keys and owners are listed here.
    pub filled: HashSet<FamilyId>,
}

impl Footprint {
    /// Whether nothing can stand in its way: leases, and changes of segments.
    fn is_empty(&self) -> bool {
        self.families.is_empty() && self.declared.is_empty()
    }
}

/// One transaction that was committed.
#[derive(Debug)]
struct Entry {
    sequence: Sequence,
    footprint: Footprint,
    /// What it wrote, if a serializable transaction was open then.
    operations: Option<Vec<Operation>>,
}

/// What was committed since some sequence. The maps hold the newest sequence at which a thing was touched.
#[derive(Debug, Default)]
pub(super) struct History {
    floor: Sequence,
    written: HashMap<Offset, Sequence>,
    deleted: HashMap<Offset, Sequence>,
    owners: HashMap<Offset, Sequence>,
    keys: HashMap<Key, Sequence>,
    families: HashMap<FamilyId, Sequence>,
    declared: HashMap<FamilyId, Sequence>,
    loaded: HashMap<FamilyId, Sequence>,
    entries: VecDeque<Entry>,
}

impl History {
    /// A history that knows nothing of what was committed up to `floor`.
    pub fn after(floor: Sequence) -> Self {
        Self { floor, ..Self::default() }
    }

    /// Validates a transaction that read at `snapshot` against everything committed since.
    pub fn validate(&self, snapshot: Sequence, footprint: &Footprint) -> Result<(), Clash> {
        if snapshot < self.floor && !footprint.is_empty() {
            return Err(Clash::Forgotten(snapshot));
        }
        let since = |found: Option<&Sequence>| found.is_some_and(|sequence| *sequence > snapshot);
        for offset in &footprint.written {
            refuse(since(self.written.get(offset)), || Clash::Object(*offset))?;
        }
        for owner in &footprint.owners {
            refuse(since(self.deleted.get(owner)), || Clash::Owner(*owner))?;
        }
        for offset in &footprint.deleted {
            refuse(since(self.owners.get(offset)), || Clash::Owner(*offset))?;
        }
        for key in &footprint.keys {
            refuse(since(self.keys.get(key)), || Clash::Key(key.clone()))?;
        }
        for family in &footprint.families {
            refuse(since(self.declared.get(family)), || Clash::Declaration(*family))?;
        }
        for family in &footprint.declared {
            let touched = since(self.families.get(family)) || since(self.declared.get(family));
            refuse(touched || since(self.loaded.get(family)), || Clash::Declaration(*family))?;
        }
        // What exactly another process loaded is not known here: whatever it could stand in the way of is tried again.
        for family in footprint.keys.iter().map(|key| key.0) {
            refuse(since(self.loaded.get(&family)), || Clash::Loaded(family))?;
        }
        if let Some(offset) = footprint.deleted.first() {
            refuse(self.loaded.values().any(|sequence| *sequence > snapshot), || Clash::Owner(*offset))?;
        }
        Ok(())
    }

    /// Validates what a transaction read at `snapshot` against everything committed after `since`: nobody wrote into it.
    pub fn validate_reads(&self, since: Sequence, snapshot: &Snapshot, reads: &Reads) -> Result<(), Error> {
        if since < self.floor {
            return Err(Conflict::Forgotten(since).into());
        }
        let newer = self.entries.partition_point(|entry| entry.sequence <= since);
        for Entry { footprint, operations, .. } in self.entries.range(newer..) {
            let appeared = footprint.loaded.iter().chain(&footprint.filled).chain(&footprint.declared);
            if let Some(family) = appeared.copied().find(|family| reads.has(*family)) {
                return Err(Clash::Read(family).told(snapshot).into());
            }
            if footprint.families.is_empty() {
                continue;
            }
            let operations = operations.as_ref().ok_or(Conflict::Forgotten(since))?;
            if let Some(family) = reads.written_by(operations, snapshot)? {
                return Err(Clash::Read(family).told(snapshot).into());
            }
        }
        Ok(())
    }

    /// Takes in what was committed at `sequence`; sequences never go back.
    pub fn record(&mut self, sequence: Sequence, footprint: Footprint, operations: Option<Vec<Operation>>) {
        touch(&mut self.written, &footprint.written, sequence);
        touch(&mut self.deleted, &footprint.deleted, sequence);
        touch(&mut self.owners, &footprint.owners, sequence);
        touch(&mut self.keys, &footprint.keys, sequence);
        touch(&mut self.families, &footprint.families, sequence);
        touch(&mut self.declared, &footprint.declared, sequence);
        touch(&mut self.loaded, &footprint.loaded, sequence);
        self.entries.push_back(Entry { sequence, footprint, operations });
    }

    /// Forgets what was committed up to `until`, the oldest snapshot that may still be validated.
    pub fn forget(&mut self, until: Sequence) {
        while self.entries.front().is_some_and(|entry| entry.sequence <= until) {
            let Some(Entry { sequence, footprint, .. }) = self.entries.pop_front() else { break };
            untouch(&mut self.written, &footprint.written, sequence);
            untouch(&mut self.deleted, &footprint.deleted, sequence);
            untouch(&mut self.owners, &footprint.owners, sequence);
            untouch(&mut self.keys, &footprint.keys, sequence);
            untouch(&mut self.families, &footprint.families, sequence);
            untouch(&mut self.declared, &footprint.declared, sequence);
            untouch(&mut self.loaded, &footprint.loaded, sequence);
            self.floor = self.floor.max(sequence);
        }
    }
}

fn refuse(clashes: bool, why: impl FnOnce() -> Clash) -> Result<(), Clash> {
    if clashes { Err(why()) } else { Ok(()) }
}

fn touch<'a, K: Clone + Eq + std::hash::Hash + 'a>(
    map: &mut HashMap<K, Sequence>,
    things: impl IntoIterator<Item = &'a K>,
    sequence: Sequence,
) {
    map.extend(things.into_iter().map(|thing| (thing.clone(), sequence)));
}

fn untouch<'a, K: Eq + std::hash::Hash + 'a>(
    map: &mut HashMap<K, Sequence>,
    things: impl IntoIterator<Item = &'a K>,
    sequence: Sequence,
) {
    for thing in things {
        if map.get(thing) == Some(&sequence) {
            map.remove(thing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_family() -> Footprint {
        Footprint { families: [FamilyId(0)].into(), ..Footprint::default() }
    }

    fn written(offsets: &[u64]) -> Footprint {
        Footprint { written: offsets.iter().map(|o| Offset(*o)).collect(), ..in_a_family() }
    }

    #[test]
    fn only_what_was_committed_after_the_snapshot_conflicts() {
        let mut history = History::default();
        history.record(Sequence(5), written(&[1, 2]), None);
        assert_eq!(history.validate(Sequence(5), &written(&[1])), Ok(()));
        assert_eq!(history.validate(Sequence(4), &written(&[1])), Err(Clash::Object(Offset(1))));
        assert_eq!(history.validate(Sequence(4), &written(&[3])), Ok(()));
    }

    #[test]
    fn deleting_an_owner_conflicts_with_writing_into_its_nested_set_in_either_order() {
        let delete = Footprint { deleted: vec![Offset(7)], written: vec![Offset(7)], ..in_a_family() };
        let insert = Footprint { owners: vec![Offset(7)], ..in_a_family() };
        let mut history = History::default();
        history.record(Sequence(1), delete.clone(), None);
        assert_eq!(history.validate(Sequence(0), &insert), Err(Clash::Owner(Offset(7))));
        let mut history = History::default();
        history.record(Sequence(1), insert, None);
        assert_eq!(history.validate(Sequence(0), &delete), Err(Clash::Owner(Offset(7))));
    }

    #[test]
    fn forgetting_keeps_newer_touches_and_refuses_older_snapshots() {
        let mut history = History::default();
        history.record(Sequence(1), written(&[1, 2]), None);
        history.record(Sequence(2), written(&[2]), None);
        history.forget(Sequence(1));
        assert_eq!(history.validate(Sequence(0), &written(&[9])), Err(Clash::Forgotten(Sequence(0))));
        assert_eq!(history.validate(Sequence(1), &written(&[1])), Ok(()));
        assert_eq!(history.validate(Sequence(1), &written(&[2])), Err(Clash::Object(Offset(2))));
    }
}
