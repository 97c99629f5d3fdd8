//! How is a set declared, and declared anew?

use crate::{
    object::FamilyId,
    set::{SetSchema, Snapshot},
    storage::Operation,
};

use super::{Error, Isolation, commit::Draft, core::Core, footprint::newly_declared, history::Footprint};

/// After so many conflicts, everybody else waits until the declaration is through.
const POLITE_TRIES: usize = 3;

impl Core {
    /// Logs what a schema says and the log does not yet; returns the family. Parts of new indexes are built later, by maintenance.
    pub fn declare(&self, schema: &SetSchema) -> Result<FamilyId, Error> {
        for _ in 0..POLITE_TRIES {
            let (snapshot, _registered) = self.begin(Isolation::Snapshot, false)?;
            let draft = self.declaration(&snapshot, schema)?;
            if draft.operations.is_empty() {
                break;
            }
            match self.commit(draft) {
                Err(error) if error.is_conflict() => {}
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
        if self.needs_declaration(schema)? {
            self.commit_alone(|snapshot| self.declaration(snapshot, schema))?;
        }
        self.pressure.wake();
        self.family(schema.name())
    }

    /// A declared family by name.
    pub fn family(&self, name: &str) -> Result<FamilyId, Error> {
        let snapshot = self.snapshot();
        snapshot.family(name).ok_or_else(|| Error::unknown_set(&snapshot, name))
    }

    fn needs_declaration(&self, schema: &SetSchema) -> Result<bool, Error> {
        Ok(!schema.declare(&self.snapshot(), &self.registry)?.is_empty())
    }

    fn declaration(&self, snapshot: &Snapshot, schema: &SetSchema) -> Result<Draft, Error> {
        let mut footprint = Footprint::default();
        let mut operations = Vec::new();
        for (family, declaration) in schema.declare(snapshot, &self.registry)? {
            footprint.declared.extend(newly_declared(snapshot, family, &declaration));
            operations.push(Operation::Declare { family, declaration: declaration.encode() });
        }
        Ok(Draft { snapshot: snapshot.sequence(), operations, footprint, ..Draft::default() })
    }
}
