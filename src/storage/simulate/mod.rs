//! What is left after a power cut, when memory of the disk may have been lost in any part?
//!
//! [`SimulatedFileSystem`] keeps, for every file, what was synced and what was only written, sector by sector, and for every
//! folder which names are durable. It can stop at any operation, and then be started again with any part of the unsynced bytes
//! and names ([`Keep`]). Any call can fail as on real systems ([`Fault`]), space can run out, and files can be damaged at rest
//! ([`Damage`]). It can be copied at every operation for little, logs what is done, and counts what is read. Made for tests;
//! everything is decided by seeds, and deterministic when driven from one thread.

mod content;
mod damage;
mod disk;
mod faults;
mod file;
mod locks;
mod names;
mod operation;
mod power;
mod system;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc};

use crate::codec::sync::{Condvar, Mutex};

use super::locked::Lockable;

pub use crate::codec::Random;

pub use damage::Damage;
pub use faults::{Fault, FaultKind};
pub use operation::FileOperation;
pub use power::Keep;

use disk::Disk;

/// A directory on a disk in memory that can lose power. Clones are handles on the same disk.
#[derive(Clone, Debug, Default)]
pub struct SimulatedFileSystem {
    machine: Arc<Machine>,
}

#[derive(Debug, Default)]
struct Machine {
    disk: Mutex<Disk>,
    unlocked: Condvar,
}

impl From<Disk> for SimulatedFileSystem {
    fn from(disk: Disk) -> Self {
        Self { machine: Arc::new(Machine { disk: Mutex::new(disk), unlocked: Condvar::new() }) }
    }
}

/// What happens on the disk.
impl SimulatedFileSystem {
    /// An empty disk with unlimited space. The directory exists.
    #[must_use]
    pub fn new() -> Self {
        Self::seeded(0)
    }

    /// The same, with the seed of everything that it decides itself.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Disk::empty(seed).into()
    }

    /// The number of operations so far: those that [`FileOperation`] lists.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.machine.disk.locked().operations
    }

    /// What was done, since this disk was made or copied.
    #[must_use]
    pub fn operation_log(&self) -> Vec<FileOperation> {
        self.machine.disk.locked().log.clone()
    }

    /// The bytes read through open files so far. What is touched in maps, [`crate::codec::bytes_verified`] counts.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.machine.disk.locked().bytes_read
    }

    /// A disk in the same state, written and durable, with a future of its own.
    #[must_use]
    pub fn copy(&self) -> Self {
        self.machine.disk.locked().copy().into()
    }

    /// From now on keeps a copy of the disk after every operation.
    pub fn record(&self) {
        self.machine.disk.locked().moments = Some(Vec::new());
    }

    /// The copies since [`record`](Self::record); no more are made.
    #[must_use]
    pub fn moments(&self) -> Vec<Self> {
        let moments = self.machine.disk.locked().moments.take();
        moments.unwrap_or_default().into_iter().map(Self::from).collect()
    }

    /// A number that is the same for disks with the same files.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.machine.disk.locked().fingerprint()
    }

    /// The content of a file.
    pub fn read_file(&self, name: &str) -> io::Result<Vec<u8>> {
        self.machine.disk.locked().content(name).map(|content| Vec::clone(&content))
    }

    /// The names of all files.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        self.machine.disk.locked().names.now.keys().cloned().collect()
    }
}

/// What goes wrong with it.
impl SimulatedFileSystem {
    /// Cuts the power during the operation of this number, counted from zero: it has begun, but it and all later ones fail.
    pub fn cut_power_at(&self, operation: u64) {
        self.machine.disk.locked().power_until = Some(operation);
    }

    /// The disk as it is found when power comes back: a new disk, this one stays as it is.
    #[must_use]
    pub fn after_power_cut(&self, keep: Keep, seed: u64) -> Self {
        self.machine.disk.locked().after_power_cut(keep, seed).into()
    }

    /// How many sectors and names are written and not synced.
    #[must_use]
    pub fn unsynced(&self) -> u64 {
        self.machine.disk.locked().unsynced().count() as u64
    }

    /// Limits the bytes that all files may have together; `None` is no limit.
    pub fn limit_space(&self, bytes: Option<u64>) {
        self.machine.disk.locked().capacity = bytes;
    }

    /// Plans a call that goes wrong, or none any more.
    pub fn plan_fault(&self, fault: Option<Fault>) {
        self.machine.disk.locked().faults.plan(fault);
    }

    /// How many calls have gone wrong since the last plan was made.
    #[must_use]
    pub fn faults_fired(&self) -> u64 {
        self.machine.disk.locked().faults.fired
    }

    /// Makes the sync of this number, counted from now and from zero, fail and lose some of what it should have kept.
    pub fn fail_sync(&self, which: Option<u64>) {
        self.machine.disk.locked().faults.plan_sync(which);
    }

    /// Reads from the disk again what counts as clean: after a failed sync, that may be older than what was read before.
    pub fn evict(&self) {
        self.machine.disk.locked().evict();
    }

    /// Damages files at rest; false when nothing is different then.
    pub fn damage(&self, damage: &Damage) -> io::Result<bool> {
        damage.apply(&mut self.machine.disk.locked())
    }

    /// Replaces or creates a file, durably and without an operation.
    pub fn replace_file(&self, name: &str, content: Vec<u8>) {
        self.machine.disk.locked().replace(name, Arc::new(content));
    }
}
