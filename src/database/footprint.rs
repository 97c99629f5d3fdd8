//! What does a transaction touch, as far as others can conflict with it?

use std::iter;

use crate::{
    object::FamilyId,
    set::{SetDeclaration, Snapshot, Staged, WriteBatch},
    storage::Operation,
};

use super::history::Footprint;

/// The footprint of a batch of this process.
pub(super) fn of_batch(batch: &WriteBatch) -> Footprint {
    let mut footprint = Footprint::default();
    for (family, overlay) in batch.writes() {
        for (offset, staged) in overlay.iter() {
            footprint.families.insert(family);
            match staged {
                Staged::Put { owner, new, key, .. } => {
                    footprint.owners.extend(owner);
                    footprint.keys.extend(key.clone().map(|key| (family, key)));
                    if !new {
                        footprint.written.push(offset);
                    }
                }
                Staged::Delete => {
                    footprint.written.push(offset);
                    footprint.deleted.push(offset);
                }
            }
        }
    }
    for segment in batch.segments() {
        let family = segment.entry.family;
        footprint.families.insert(family);
        footprint.filled.insert(family);
        footprint.owners.extend(&segment.owners);
        footprint.keys.extend(segment.keys.iter().map(|key| (family, key.clone())));
    }
    footprint
}

/// The footprint of another process's transaction. `before` is the state that it was applied to.
pub(super) fn foreign(before: &Snapshot, operations: &[Operation]) -> Footprint {
    let mut footprint = Footprint::default();
    let mut loading = false;
    for operation in operations {
        match operation {
            Operation::Put { family, offset, owner, object } => {
                footprint.families.insert(*family);
                footprint.written.push(*offset);
                footprint.owners.extend(owner);
                // A family that is declared in the same transaction was written by nobody else yet.
                if let Ok(declaration) = before.declaration(*family) {
                    let key = declaration.unique_key(*owner, object);
                    footprint.keys.extend(key.map(|key| (*family, key)));
                }
            }
            Operation::Delete { family, offset } => {
                footprint.families.insert(*family);
                footprint.written.push(*offset);
                footprint.deleted.push(*offset);
            }
            Operation::Declare { family, declaration } => {
                footprint.declared.insert(*family);
                if let Ok(declaration) = SetDeclaration::decode(declaration) {
                    footprint.declared.extend(newly_declared(before, *family, &declaration));
                }
            }
            // Flushing and replacing segments changes no object; so does another part of a segment.
            Operation::Segments { added, .. } if loading => {
                footprint.loaded.extend(added.iter().map(|entry| entry.family));
            }
            Operation::Segments { .. } => loading |= operation.marks_load(),
        }
    }
    footprint
}

/// The families whose writers a declaration stands in the way of: its own, and that of the owners, when objects that have data of
/// their own where the nested set is now declared can't be stored any more.
pub(super) fn newly_declared(
    before: &Snapshot,
    family: FamilyId,
    declaration: &SetDeclaration,
) -> impl Iterator<Item = FamilyId> {
    let is_new = before.declaration(family).is_err();
    let owners = declaration.parent.as_ref().map(|(parent, _)| *parent).filter(|_| is_new);
    iter::once(family).chain(owners)
}
