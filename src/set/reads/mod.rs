//! What has a transaction read, and has anybody written into it?
//!
//! Precision locking without locks: a serializable transaction notes what it asked for, not what it saw. Whatever others commit is tested
//! against that when the transaction commits, in both images, the old and the new, so that an object that came into a condition is
//! found as well as one that left it. What each call on a view notes is written at the call.

mod family;
mod weight;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    expr::{Expr, Target},
    object::{FamilyId, Offset, PackedObject},
    storage::Operation,
};

use super::{SetError, Snapshot};

use family::FamilyReads;

/// Everything that one transaction has read, family by family.
#[derive(Debug, Default)]
pub struct Reads(Mutex<BTreeMap<FamilyId, FamilyReads>>);

/// One thing that a transaction asked for.
#[derive(Clone, Debug)]
pub enum Read {
    /// One object, there or not.
    Object(Offset),
    /// Who has a unique key, if anybody. The bytes are [`super::SetDeclaration::key_of`]'s, of one owner or of the family as a whole.
    Key {
        /// Whether the key is led by its owner; without, it was looked for among all owners.
        owned: bool,
        /// The key.
        key: Box<[u8]>,
    },
    /// All objects, of one owner or of the family.
    All(Option<Offset>),
    /// The objects that satisfy a condition.
    Matching(MatchingRead),
}

/// The objects of a family, or of one owner, that satisfy a condition.
#[derive(Clone, Debug)]
pub struct MatchingRead {
    /// Whose objects; everybody's when there is none.
    pub owner: Option<Offset>,
    /// The condition.
    pub filter: Expr,
    /// Of those, only what is at most so far from a target: how far a nearest search had to look.
    pub nearest: Option<(Target, f64)>,
}

impl Reads {
    /// Takes note of a read.
    pub fn note(&self, family: FamilyId, read: Read) {
        self.families().entry(family).or_default().note(read);
    }

    /// Whether anything of a family was read.
    #[must_use]
    pub fn has(&self, family: FamilyId) -> bool {
        self.families().contains_key(&family)
    }

    /// The family in which one of these operations, committed after `snapshot`, which the transaction reads, wrote into what was read.
    /// Objects of published segments are not looked at: whoever calls knows whether they are new.
    pub fn written_by(&self, operations: &[Operation], snapshot: &Snapshot) -> Result<Option<FamilyId>, SetError> {
        let families = self.families();
        for operation in operations {
            let (family, offset, new) = match operation {
                Operation::Put { family, offset, owner, object } => (family, offset, Some((*owner, object))),
                Operation::Delete { family, offset } => (family, offset, None),
                Operation::Declare { .. } | Operation::Segments { .. } => continue,
            };
            let Some(reads) = families.get(family) else { continue };
            let declaration = snapshot.declaration(*family)?;
            if let Some((owner, object)) = new
                && reads.contains(declaration, *offset, owner, &PackedObject::new(object))
            {
                return Ok(Some(*family));
            }
            let old = snapshot.view(*family, None)?.get(*offset)?;
            if old.is_some_and(|old| reads.contains(declaration, *offset, old.owner(), &old)) {
                return Ok(Some(*family));
            }
        }
        Ok(None)
    }

    fn families(&self) -> MutexGuard<'_, BTreeMap<FamilyId, FamilyReads>> {
        // A note is taken whole, or it was not asked for yet.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
