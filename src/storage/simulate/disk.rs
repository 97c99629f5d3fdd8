//! The state of the simulated disk: what is written, what is durable, and the order of what is between.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use crate::storage::files::{Listed, Sharing};

use super::{FileOperation, Keep, random::Random};

/// The unit that the disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    /// By number; never removed, since open files outlive their names.
    pub files: Vec<FileContent>,
    pub names: BTreeMap<String, usize>,
    pub folders: BTreeSet<String>,
    /// How many share each lock; `None` when it is exclusive.
    locks: BTreeMap<String, Option<usize>>,
    pub log: Vec<FileOperation>,
    pub bytes_read: u64,
    pub power_until: Option<u64>,
    pub capacity: Option<u64>,
    pub failing_sync: Option<u64>,
    durable_names: BTreeMap<String, usize>,
    /// Changes of names that no folder sync has made durable, in order, each with its time.
    unsynced_names: Vec<(u64, NameChange)>,
    /// Counts writes and changes of names, to order them.
    time: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct FileContent {
    pub content: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors written since the last sync: when, which, and their content then.
    unsynced: Vec<(u64, usize, Vec<u8>)>,
}

#[derive(Clone, Debug)]
pub(super) enum NameChange {
    Link(String, usize),
    Rename(String, String, usize),
    Unlink(String),
}

impl NameChange {
    fn folder(&self) -> &str {
        match self {
            Self::Link(name, _) | Self::Rename(name, _, _) | Self::Unlink(name) => folder_of(name),
        }
    }

    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Link(name, id) => {
                names.insert(name.clone(), *id);
            }
            Self::Rename(from, to, id) => {
                names.remove(from);
                names.insert(to.clone(), *id);
            }
            Self::Unlink(name) => {
                names.remove(name);
            }
        }
    }
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

impl Disk {
    /// Counts an operation; fails when the power goes during it or is off.
    pub(super) fn begin(&mut self, operation: FileOperation) -> io::Result<()> {
        self.check_power()?;
        self.log.push(operation);
        self.check_power()
    }

    pub(super) fn check_power(&self) -> io::Result<()> {
        match self.power_until {
            Some(until) if self.log.len() as u64 > until => Err(power_is_off()),
            _ => Ok(()),
        }
    }

    /// Takes a lock, or returns false.
    pub(super) fn lock(&mut self, name: &str, sharing: Sharing) -> bool {
        match (self.locks.get_mut(name), sharing) {
            (None, Sharing::Exclusive) => self.locks.insert(name.to_owned(), None).is_none(),
            (None, Sharing::Shared) => self.locks.insert(name.to_owned(), Some(1)).is_none(),
            (Some(Some(sharers)), Sharing::Shared) => {
                *sharers += 1;
                true
            }
            _ => false,
        }
    }

    pub(super) fn unlock(&mut self, name: &str) {
        match self.locks.get_mut(name) {
            Some(Some(sharers)) if *sharers > 1 => *sharers -= 1,
            _ => drop(self.locks.remove(name)),
        }
    }

    pub(super) fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn check_folder_of(&self, name: &str) -> io::Result<()> {
        if self.folders.contains(folder_of(name)) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    pub(super) fn add_file(&mut self) -> usize {
        self.files.push(FileContent::default());
        self.files.len() - 1
    }

    pub(super) fn replace(&mut self, name: &str, content: Vec<u8>) {
        let id = self.add_file();
        self.files[id] = FileContent { durable: content.clone(), content, unsynced: Vec::new() };
        self.names.insert(name.to_owned(), id);
        self.durable_names.insert(name.to_owned(), id);
    }

    pub(super) fn change(&mut self, operation: FileOperation, change: NameChange) -> io::Result<()> {
        self.check_power()?;
        let begun = self.begin(operation);
        change.apply(&mut self.names);
        self.time += 1;
        self.unsynced_names.push((self.time, change));
        begun
    }

    pub(super) fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        if !self.folders.contains(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = |name: &str| match folder {
            "" => (!name.is_empty() && !name.contains('/')).then(|| name.to_owned()),
            _ => name.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned),
        };
        let files = self.names.iter().filter_map(|(name, id)| {
            Some(Listed { name: inside(name)?, length: Some(self.files[*id].content.len() as u64) })
        });
        let folders = self.folders.iter().filter_map(|name| Some(Listed { name: inside(name)?, length: None }));
        Ok(files.chain(folders).collect())
    }

    pub(super) fn sync_folder(&mut self, folder: &str) {
        let (synced, left) =
            std::mem::take(&mut self.unsynced_names).into_iter().partition(|(_, c)| c.folder() == folder);
        self.unsynced_names = left;
        let synced: Vec<_> = synced;
        synced.iter().for_each(|(_, change)| change.apply(&mut self.durable_names));
    }

    /// How many of `length` bytes may be written at `position`.
    pub(super) fn space_for(&self, id: usize, position: u64, length: u64) -> u64 {
        let Some(capacity) = self.capacity else { return length };
        let used: u64 = self.names.values().map(|id| self.files[*id].content.len() as u64).sum();
        let end = self.files[id].content.len() as u64 + capacity.saturating_sub(used);
        length.min(end.saturating_sub(position))
    }

    pub(super) fn write(&mut self, id: usize, position: u64, bytes: &[u8]) {
        let start = usize::try_from(position).unwrap_or(usize::MAX);
        let end = start + bytes.len();
        let file = &mut self.files[id];
        if file.content.len() < end {
            file.content.resize(end, 0);
        }
        file.content[start..end].copy_from_slice(bytes);
        for sector in start / SECTOR..end.div_ceil(SECTOR) {
            let stop = file.content.len().min((sector + 1) * SECTOR);
            self.time += 1;
            file.unsynced.push((self.time, sector, file.content[sector * SECTOR..stop].to_vec()));
        }
    }

    pub(super) fn sync(&mut self, id: usize) -> io::Result<()> {
        let file = &mut self.files[id];
        file.unsynced.clear();
        match &mut self.failing_sync {
            Some(0) => {
                // As real systems do: the error is told once, the pages count as clean, and they are not on the disk.
                self.failing_sync = None;
                return Err(io::Error::other("the disk did not take it"));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        file.durable.clone_from(&file.content);
        Ok(())
    }

    pub(super) fn after_power_cut(&self, keep: Keep, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let until = if keep == Keep::Prefix { random.below(self.time + 1) } else { u64::MAX };
        let mut names = self.durable_names.clone();
        for (time, change) in &self.unsynced_names {
            let kept = match keep {
                Keep::Nothing => false,
                Keep::Prefix | Keep::Everything => *time <= until,
                Keep::Any => random.below(2) == 0,
            };
            if kept {
                change.apply(&mut names);
            }
        }
        let files = self.files.iter().map(|file| file.after_power_cut(keep, until, &mut random)).collect();
        Self { files, durable_names: names.clone(), names, folders: self.folders.clone(), ..Self::default() }
    }
}

impl FileContent {
    fn after_power_cut(&self, keep: Keep, until: u64, random: &mut Random) -> Self {
        let mut content = if keep == Keep::Everything { self.content.clone() } else { self.durable.clone() };
        // One choice a sector: its state after any of the writes to it, or before all of them.
        let mut last: BTreeMap<usize, u64> = BTreeMap::new();
        for (time, sector, _) in &self.unsynced {
            let kept = match keep {
                Keep::Nothing | Keep::Everything => false,
                Keep::Prefix => *time <= until,
                Keep::Any => random.below(2) == 0,
            };
            if kept {
                last.insert(*sector, *time);
            }
        }
        for (time, sector, bytes) in &self.unsynced {
            if last.get(sector) == Some(time) {
                let start = sector * SECTOR;
                content.resize(content.len().max(start + bytes.len()), 0);
                content[start..start + bytes.len()].copy_from_slice(bytes);
            }
        }
        Self { durable: content.clone(), content, unsynced: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::storage::files::{FileAccess, FileSystem, StoredFile};

    use super::{super::SimulatedFileSystem, *};

    fn written(disk: &SimulatedFileSystem) -> Arc<dyn StoredFile> {
        let file = disk.create("a").unwrap();
        file.write_at(0, &[1; 1024]).unwrap();
        file.sync_data().unwrap();
        file
    }

    #[test]
    fn only_the_synced_survives_when_nothing_is_kept() {
        let disk = SimulatedFileSystem::new();
        let file = written(&disk);
        assert!(disk.after_power_cut(Keep::Nothing, 0).read_file("a").is_err(), "the folder was not synced");
        disk.sync_folder("").unwrap();
        file.write_at(512, &[2; 1024]).unwrap();
        disk.rename("a", "b").unwrap();
        assert_eq!(disk.after_power_cut(Keep::Nothing, 0).read_file("a").unwrap(), [1; 1024]);
        assert_eq!(disk.after_power_cut(Keep::Everything, 0).read_file("b").unwrap()[512..], [2; 1024]);
        assert!(disk.after_power_cut(Keep::Everything, 0).read_file("a").is_err());
    }

    #[test]
    fn any_sectors_may_survive_and_each_is_whole() {
        let disk = SimulatedFileSystem::new();
        let file = written(&disk);
        disk.sync_folder("").unwrap();
        file.write_at(0, &[2; 1536]).unwrap();
        file.write_at(0, &[3; 512]).unwrap();
        let mut seen = BTreeSet::new();
        for seed in 0..200 {
            let content = disk.after_power_cut(Keep::Any, seed).read_file("a").unwrap();
            assert!(content.chunks(512).all(|sector| sector.iter().all(|byte| byte == &sector[0])));
            seen.insert(content.chunks(512).map(|sector| sector[0]).collect::<Vec<_>>());
        }
        assert_eq!(seen.len(), 12, "1, 2 or 3; 1 or 2; 2 or not there");
    }

    #[test]
    fn locks_exclude_each_other() {
        let disk = SimulatedFileSystem::new();
        let take = |sharing| disk.try_lock("lock", sharing).unwrap();
        let shared = (take(Sharing::Shared).unwrap(), take(Sharing::Shared).unwrap());
        assert!(take(Sharing::Exclusive).is_none());
        drop(shared);
        let exclusive = take(Sharing::Exclusive).unwrap();
        assert!(take(Sharing::Shared).is_none() && take(Sharing::Exclusive).is_none());
        drop(exclusive);
        assert!(disk.lock("lock", Sharing::Shared).is_ok());
    }

    #[test]
    fn power_space_and_syncs_fail_on_demand() {
        let disk = SimulatedFileSystem::new();
        let file = written(&disk);
        disk.limit_space(Some(1500));
        assert_eq!(file.write_at(1024, &[1; 1024]).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(file.len().unwrap(), 1500);
        disk.fail_sync(Some(0));
        assert!(file.sync_data().is_err());
        assert!(file.sync_data().is_ok());
        disk.cut_power_at(disk.operations() + 1);
        file.write_at(0, &[5]).unwrap();
        assert!(file.write_at(1, &[6]).is_err());
        assert!(file.sync_data().is_err() && disk.open("a", FileAccess::Read).is_err());
        assert_eq!(disk.after_power_cut(Keep::Everything, 0).read_file("a").unwrap()[..2], [5, 6]);
    }
}
