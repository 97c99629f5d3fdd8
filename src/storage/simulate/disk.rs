//! The state of the simulated disk: what is written, what is durable, and the order of what is between.

use std::{collections::BTreeSet, io, sync::Arc};

use crate::{codec::Random, storage::files::Listed};

use super::{
    FileOperation, Keep,
    content::FileContent,
    faults::{Call, FaultKind, Faults},
    locks::Locks,
    names::{NameChange, Names, folder_of},
    power::Survival,
};

/// A disk, and what a machine holds of it in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    /// By number; never removed, since open files outlive their names. Shared between copies of a disk until written to.
    files: Vec<Arc<FileContent>>,
    pub(super) names: Names,
    pub(super) folders: BTreeSet<String>,
    pub(super) locks: Locks,
    pub(super) faults: Faults,
    /// What was done since this disk was made or copied.
    pub(super) log: Vec<FileOperation>,
    pub(super) operations: u64,
    pub(super) bytes_read: u64,
    pub(super) power_until: Option<u64>,
    pub(super) capacity: Option<u64>,
    /// Where the numbers come from that must be unlike any others.
    pub(super) unique: Random,
    /// Copies of the disk after each operation, when wanted.
    pub(super) moments: Option<Vec<Disk>>,
    /// Counts writes and changes of names, to order them.
    time: u64,
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

impl Disk {
    pub(super) fn empty(seed: u64) -> Self {
        let folders = BTreeSet::from([String::new()]);
        let faults = Faults::decided_by(Random::new(seed));
        Self { folders, faults, unique: Random::new(seed), ..Self::default() }
    }

    /// A copy with its own future: no locks, no plans, no history.
    pub(super) fn copy(&self) -> Self {
        Self {
            files: self.files.clone(),
            names: self.names.clone(),
            folders: self.folders.clone(),
            operations: self.operations,
            unique: self.unique.clone(),
            faults: Faults::decided_by(self.faults.random.clone()),
            time: self.time,
            ..Self::default()
        }
    }

    /// Asks the operating system for something: fails when the power is off. Tells how the call goes wrong when one is planned that
    /// is more than an error.
    pub(super) fn call(&mut self, call: Call) -> io::Result<Option<FaultKind>> {
        self.check_power()?;
        let fault = self.faults.call(call);
        match (call, fault) {
            (Call::Read, Some(FaultKind::Short)) | (Call::Write | Call::Sync | Call::SyncFolder, Some(_)) => Ok(fault),
            (_, Some(kind)) => Err(kind.error()),
            (_, None) => Ok(None),
        }
    }

    /// Counts an operation; fails when the power goes during it.
    pub(super) fn begin(&mut self, operation: FileOperation) -> io::Result<()> {
        self.log.push(operation);
        self.operations += 1;
        self.check_power()
    }

    /// An operation has had its effect.
    pub(super) fn done(&mut self) {
        if self.moments.is_some() {
            let copy = self.copy();
            self.moments.get_or_insert_default().push(copy);
        }
    }

    pub(super) fn check_power(&self) -> io::Result<()> {
        match self.power_until {
            Some(until) if self.operations > until => Err(power_is_off()),
            _ => Ok(()),
        }
    }

    pub(super) fn find(&self, name: &str) -> io::Result<usize> {
        self.names.now.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn file(&self, id: usize) -> &FileContent {
        &self.files[id]
    }

    pub(super) fn content(&self, name: &str) -> io::Result<Arc<Vec<u8>>> {
        Ok(self.files[self.find(name)?].bytes.clone())
    }

    pub(super) fn check_folder_of(&self, name: &str) -> io::Result<()> {
        if self.folders.contains(folder_of(name)) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    pub(super) fn add_file(&mut self) -> usize {
        self.files.push(Arc::default());
        self.files.len() - 1
    }

    pub(super) fn replace(&mut self, name: &str, content: Arc<Vec<u8>>) {
        let id = self.add_file();
        self.files[id] = Arc::new(FileContent::durable(content));
        self.names.set(name, id);
    }

    pub(super) fn change(&mut self, operation: FileOperation, change: NameChange) -> io::Result<()> {
        let begun = self.begin(operation);
        self.time += 1;
        self.names.change(self.time, change);
        begun?;
        self.done();
        Ok(())
    }

    pub(super) fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        if !self.folders.contains(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = |name: &str| match folder {
            "" => (!name.is_empty() && !name.contains('/')).then(|| name.to_owned()),
            _ => name.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned),
        };
        let files = self.names.now.iter().filter_map(|(name, id)| {
            Some(Listed { name: inside(name)?, length: Some(self.files[*id].bytes.len() as u64) })
        });
        let folders = self.folders.iter().filter_map(|name| Some(Listed { name: inside(name)?, length: None }));
        Ok(files.chain(folders).collect())
    }

    /// Makes the names in a folder durable; with a fault, some of them. A file system whose journal fails goes on with nothing, so
    /// that names are lost for good while later syncs succeed is not to be feared.
    pub(super) fn sync_folder(&mut self, folder: &str, fault: Option<FaultKind>) -> io::Result<()> {
        let random = &mut self.faults.random;
        self.names.sync(folder, || fault.is_none() || random.coin());
        fault.map_or(Ok(()), |kind| Err(kind.error()))
    }

    /// How many of `length` bytes may be written at `position`.
    pub(super) fn space_for(&self, id: usize, position: u64, length: u64) -> u64 {
        let Some(capacity) = self.capacity else { return length };
        let used: u64 = self.names.now.values().map(|id| self.files[*id].bytes.len() as u64).sum();
        let end = self.files[id].bytes.len() as u64 + capacity.saturating_sub(used);
        length.min(end.saturating_sub(position))
    }

    pub(super) fn write(&mut self, id: usize, position: u64, bytes: &[u8]) {
        Arc::make_mut(&mut self.files[id]).write(position, bytes, &mut self.time);
    }

    /// Makes a file durable. As on real systems, a failure is told once, the pages count as clean, and any of them may not be there.
    pub(super) fn sync(&mut self, id: usize, fault: Option<FaultKind>) -> io::Result<()> {
        let random = &mut self.faults.random;
        Arc::make_mut(&mut self.files[id]).sync(|| fault.is_none() || random.coin());
        fault.map_or(Ok(()), |kind| Err(kind.error()))
    }

    /// Memory is short: what counts as clean is read from the disk again.
    pub(super) fn evict(&mut self) {
        self.files.iter_mut().for_each(|file| Arc::make_mut(file).evict());
    }

    /// When the unsynced changes of files that have names, and of names, were made.
    pub(super) fn unsynced(&self) -> impl Iterator<Item = u64> {
        self.files.iter().flat_map(|file| file.times()).chain(self.names.times())
    }

    pub(super) fn after_power_cut(&self, keep: Keep, seed: u64) -> Self {
        let mut survival = Survival::new(keep, seed, self.unsynced());
        let names = self.names.after_power_cut(&mut survival);
        let mut files = vec![Arc::default(); self.files.len()];
        for id in names.now.values() {
            files[*id] = Arc::new(self.files[*id].after_power_cut(&mut survival));
        }
        Self {
            files,
            names,
            folders: self.folders.clone(),
            unique: Random::new(self.unique.clone().next() ^ seed),
            faults: Faults::decided_by(Random::new(seed)),
            ..Self::default()
        }
    }

    /// A number for everything that a power cut which keeps everything would leave.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        for (name, id) in &self.names.now {
            let bytes = &self.files[*id].bytes;
            hash.update(name.as_bytes());
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        hash.digest()
    }
}
