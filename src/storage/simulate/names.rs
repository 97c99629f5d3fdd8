//! Which names exist now, and which would after a power cut?
//!
//! A folder's entries are durable once the folder was synced. Until then each creation, renaming and removal may be lost, in any order.

use std::collections::BTreeMap;

use super::power::Survival;

/// All names, with the changes that no sync of their folder has made durable.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) now: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    /// In order, each with its time.
    unsynced: Vec<(u64, NameChange)>,
}

#[derive(Clone, Debug)]
pub(super) enum NameChange {
    Link(String, usize),
    Rename(String, String, usize),
    Unlink(String),
}

pub(super) fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
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

impl Names {
    pub(super) fn change(&mut self, time: u64, change: NameChange) {
        change.apply(&mut self.now);
        self.unsynced.push((time, change));
    }

    /// Gives a file a name without any doubt about it.
    pub(super) fn set(&mut self, name: &str, id: usize) {
        self.now.insert(name.to_owned(), id);
        self.durable.insert(name.to_owned(), id);
    }

    /// Takes a name away without any doubt about it.
    pub(super) fn unset(&mut self, name: &str) {
        self.now.remove(name);
        self.durable.remove(name);
    }

    /// Makes the changes in a folder durable, except for those that `reaches_disk` denies: they stay unsynced.
    pub(super) fn sync(&mut self, folder: &str, mut reaches_disk: impl FnMut() -> bool) {
        let durable = &mut self.durable;
        self.unsynced.retain(|(_, change)| {
            let synced = change.folder() == folder && reaches_disk();
            if synced {
                change.apply(durable);
            }
            !synced
        });
    }

    /// When the unsynced changes were made.
    pub(super) fn times(&self) -> impl Iterator<Item = u64> {
        self.unsynced.iter().map(|(time, _)| *time)
    }

    pub(super) fn after_power_cut(&self, survival: &mut Survival) -> Self {
        let mut durable = self.durable.clone();
        for (time, change) in &self.unsynced {
            if survival.keeps(*time) {
                change.apply(&mut durable);
            }
        }
        Self { now: durable.clone(), durable, unsynced: Vec::new() }
    }
}
