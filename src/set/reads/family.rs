//! What was read of one family.

use std::collections::HashSet;

use crate::{
    expr::{evaluate, same},
    object::{Fields, Offset},
    set::SetDeclaration,
};

use super::{MatchingRead, Read, weight};

/// So many conditions are remembered one by one; after that, everything counts as read.
const CONDITIONS: usize = 1_000;

/// So many bytes of reads are remembered one by one.
const BYTES: usize = 1 << 20;

/// What a remembered offset or owner takes.
const OFFSET_BYTES: usize = 16;

/// A repeated question is looked for among so many of the last ones.
const LOOK_BACK: usize = 8;

/// By how much a distance may be off, relatively and absolutely, from the one that an index found.
const MARGIN: f64 = 1e-6;

/// The reads of one family, until they become too many to be told apart.
#[derive(Debug, Default)]
pub(super) struct FamilyReads {
    /// Everything counts as read.
    all: bool,
    objects: HashSet<Offset>,
    /// Owners whose whole nested sets were read.
    owners: HashSet<Offset>,
    keys: HashSet<Box<[u8]>>,
    keys_of_anybody: HashSet<Box<[u8]>>,
    conditions: Vec<MatchingRead>,
    bytes: usize,
}

impl FamilyReads {
    /// Takes note of a read.
    pub fn note(&mut self, read: Read) {
        if self.all {
            return;
        }
        let new_bytes = |new: bool, bytes: usize| if new { bytes } else { 0 };
        self.bytes += match read {
            Read::All(None) => return self.collapse(),
            Read::All(Some(owner)) => new_bytes(self.owners.insert(owner), OFFSET_BYTES),
            Read::Object(offset) => new_bytes(self.objects.insert(offset), OFFSET_BYTES),
            Read::Key { owned, key } => {
                let (keys, bytes) = (if owned { &mut self.keys } else { &mut self.keys_of_anybody }, key.len());
                new_bytes(keys.insert(key), OFFSET_BYTES + bytes)
            }
            Read::Matching(MatchingRead { owner, filter, nearest: None }) if filter.is_all() => {
                return self.note(Read::All(owner));
            }
            Read::Matching(matching) => {
                if self.conditions.iter().rev().take(LOOK_BACK).any(|known| known.is_same(&matching)) {
                    return;
                }
                let bytes = weight::of(&matching);
                self.conditions.push(matching);
                bytes
            }
        };
        if self.bytes > BYTES || self.conditions.len() > CONDITIONS {
            self.collapse();
        }
    }

    fn collapse(&mut self) {
        *self = Self { all: true, ..Self::default() };
    }

    /// Whether one version of an object is part of what was read.
    pub fn contains(
        &self,
        declaration: &SetDeclaration,
        offset: Offset,
        owner: Option<Offset>,
        fields: &dyn Fields,
    ) -> bool {
        self.all
            || self.objects.contains(&offset)
            || owner.is_some_and(|owner| self.owners.contains(&owner))
            || self.has_key(declaration, owner, fields)
            || self.conditions.iter().any(|condition| condition.matches(owner, fields))
    }

    fn has_key(&self, declaration: &SetDeclaration, owner: Option<Offset>, fields: &dyn Fields) -> bool {
        if self.keys.is_empty() && self.keys_of_anybody.is_empty() {
            return false;
        }
        let Some(value) = declaration.unique.as_ref().and_then(|path| fields.field(path)) else { return false };
        let has = |keys: &HashSet<Box<[u8]>>, owner| {
            !keys.is_empty() && declaration.key_of(owner, value).is_some_and(|key| keys.contains(&key))
        };
        has(&self.keys_of_anybody, None) || has(&self.keys, owner)
    }
}

impl MatchingRead {
    fn matches(&self, owner: Option<Offset>, fields: &dyn Fields) -> bool {
        let near = |fields| match &self.nearest {
            None => true,
            Some((target, bound)) => {
                let bound = bound + bound.abs() * MARGIN + MARGIN;
                target.distance(fields).is_some_and(|distance| distance <= bound)
            }
        };
        (self.owner.is_none() || self.owner == owner) && evaluate(&self.filter, fields) && near(fields)
    }

    fn is_same(&self, other: &Self) -> bool {
        let no_nearest = self.nearest.is_none() && other.nearest.is_none();
        no_nearest && self.owner == other.owner && same(&self.filter, &other.filter)
    }
}

#[cfg(test)]
mod tests {
    use crate::{expr::field, object::Object};

    use super::*;

    fn declaration() -> SetDeclaration {
        SetDeclaration { name: "things".into(), unique: Some("n".into()), ..SetDeclaration::default() }
    }

    fn contains(reads: &FamilyReads, n: i64) -> bool {
        reads.contains(&declaration(), Offset(n as u64), None, &Object::new().with("n", n))
    }

    fn matching(from: i64) -> Read {
        let filter = field("n").ge(from) & field("n").lt(from + 1);
        Read::Matching(MatchingRead { owner: None, filter, nearest: None })
    }

    #[test]
    fn a_thousand_conditions_are_told_apart_and_one_more_is_everything() {
        let mut reads = FamilyReads::default();
        for n in 0..CONDITIONS as i64 {
            reads.note(matching(n));
            reads.note(matching(n));
        }
        assert!(contains(&reads, 999) && !contains(&reads, 1_000));
        reads.note(matching(5_000));
        assert!(contains(&reads, 1_000) && contains(&reads, -1));
    }

    #[test]
    fn objects_and_keys_are_told_apart_up_to_a_megabyte() {
        let mut reads = FamilyReads::default();
        let key = declaration().key_of(None, crate::object::ValueRef::Int(70_001)).expect("a key");
        reads.note(Read::Key { owned: false, key });
        for n in 0..60_000 {
            reads.note(Read::Object(Offset(n)));
        }
        assert!(contains(&reads, 59_999) && contains(&reads, 70_001) && !contains(&reads, 70_002));
        for n in 60_000..66_000 {
            reads.note(Read::Object(Offset(n)));
        }
        assert!(contains(&reads, 70_002));
    }
}
