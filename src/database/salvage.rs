//! How does what is intact in a damaged database become a sound one?
//!
//! [`Salvaged`] says what is intact; it is committed to a new store as it was: the same families, offsets, owners, bytes. The damaged one
//! is only read.

use std::{path::Path, sync::Arc};

use serde::Serialize;

use crate::{
    set::{Loss, Salvaged, SalvagedFamily},
    storage::{Evidence, FileOptions, FileStorage, Operation, OsFileSystem, files::FileSystem},
};

use super::{Database, Error, commit::Draft};

/// A commit takes about so many bytes.
const COMMIT_BYTES: usize = 4 << 20;
/// After so many objects, what is in memory is flushed.
const FLUSH_OBJECTS: u64 = 64 << 10;
/// How far offsets move on: what lost frames leased is unknown, and an offset is never used twice.
const OFFSETS_SKIPPED: u64 = 1 << 40;

/// What a salvage did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SalvageReport {
    /// The objects that are saved, by set.
    pub sets: Vec<(String, u64)>,
    /// Everything that is damaged or gone, and what is lost with it.
    pub losses: Vec<Loss>,
}

impl Database {
    /// Recovers all that is intact from a damaged database into a new one, in a directory that is empty or does not exist, under the
    /// same offsets. Nobody may use the damaged one meanwhile; it is only read. What an interrupted salvage leaves is no database, and is
    /// refused as one: it must be removed.
    pub fn salvage(damaged: impl AsRef<Path>, saved: impl AsRef<Path>) -> Result<SalvageReport, Error> {
        let damaged = Arc::new(OsFileSystem::new(damaged.as_ref()));
        Self::salvage_over(damaged, Arc::new(OsFileSystem::new(saved.as_ref())))
    }

    /// The same on any file systems.
    pub fn salvage_over(damaged: Arc<dyn FileSystem>, saved: Arc<dyn FileSystem>) -> Result<SalvageReport, Error> {
        let salvaged = Salvaged::of(&Evidence::gather(damaged)?)?;
        let unfinished = FileStorage::begin(saved, &FileOptions::default())?;
        let database = Self::options().background(false).with_storage(unfinished.storage())?;
        database.core.lease(salvaged.next_offset + OFFSETS_SKIPPED)?;
        let declare = |family: &SalvagedFamily| Operation::Declare {
            family: family.family,
            declaration: family.declaration.encode(),
        };
        database.commit_as_it_is(salvaged.families.iter().map(declare).collect())?;
        let mut report = SalvageReport { losses: salvaged.losses.clone(), ..SalvageReport::default() };
        for family in &salvaged.families {
            let objects = database.take_over(&salvaged, family)?;
            report.sets.push((family.declaration.name.clone(), objects));
        }
        database.flush()?;
        database.core.close()?;
        drop(database);
        unfinished.finish()?;
        Ok(report)
    }

    fn take_over(&self, salvaged: &Salvaged, family: &SalvagedFamily) -> Result<u64, Error> {
        let (mut operations, mut bytes, mut objects) = (Vec::new(), 0, 0);
        for object in salvaged.objects(family) {
            let (offset, owner, object) = object?;
            bytes += object.len();
            objects += 1;
            operations.push(Operation::Put { family: family.family, offset, owner, object });
            if bytes >= COMMIT_BYTES {
                self.commit_as_it_is(std::mem::take(&mut operations))?;
                bytes = 0;
            }
            if objects % FLUSH_OBJECTS == 0 {
                self.commit_as_it_is(std::mem::take(&mut operations))?;
                self.flush()?;
                bytes = 0;
            }
        }
        self.commit_as_it_is(operations)?;
        Ok(objects)
    }

    /// Commits operations whose offsets are their own.
    fn commit_as_it_is(&self, operations: Vec<Operation>) -> Result<(), Error> {
        if operations.is_empty() {
            return Ok(());
        }
        let snapshot = self.core.snapshot().sequence();
        self.core.commit(Draft { snapshot, operations, ..Draft::default() }).map(drop)
    }
}
