//! What is in one file now, and what would be after a power cut?
//!
//! Bytes are shared between copies of a disk until one of them writes, so that a disk can be copied at every operation.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use crate::codec::AlignedBuffer;

use super::power::Survival;

/// The unit of writing: a disk may lose, reorder and tear sectors, and touches no other.
pub(super) const SECTOR: usize = 512;

/// The bytes of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct FileContent {
    pub(super) bytes: Arc<Vec<u8>>,
    durable: Arc<Vec<u8>>,
    /// Sectors written since the last sync: when, which, and their content then.
    unsynced: Vec<(u64, usize, Arc<[u8]>)>,
    /// A failed sync has left bytes that count as synced and are not on the disk.
    lost: bool,
    /// The bytes as they are mapped, once they were; shared like them.
    mapped: OnceLock<Bytes>,
}

impl FileContent {
    /// A file that is durable as it is.
    pub(super) fn durable(bytes: Arc<Vec<u8>>) -> Self {
        Self { durable: bytes.clone(), bytes, ..Self::default() }
    }

    /// Writes; `time` moves on by one for each sector.
    pub(super) fn write(&mut self, position: u64, written: &[u8], time: &mut u64) {
        let start = usize::try_from(position).unwrap_or(usize::MAX);
        let end = start + written.len();
        self.mapped.take();
        let bytes = Arc::make_mut(&mut self.bytes);
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[start..end].copy_from_slice(written);
        for sector in start / SECTOR..end.div_ceil(SECTOR) {
            let stop = bytes.len().min((sector + 1) * SECTOR);
            *time += 1;
            self.unsynced.push((*time, sector, bytes[sector * SECTOR..stop].into()));
        }
    }

    /// The bytes in memory of their own, as in a map: what is written later is not seen there.
    pub(super) fn mapped(&self) -> Bytes {
        self.mapped.get_or_init(|| AlignedBuffer::copy_of(&self.bytes).into_bytes()).clone()
    }

    /// Makes what was written durable; sectors that `reaches_disk` denies count as synced and are not.
    pub(super) fn sync(&mut self, mut reaches_disk: impl FnMut() -> bool) {
        let unsynced = std::mem::take(&mut self.unsynced);
        let kept: Vec<_> = unsynced
            .into_iter()
            .filter(|_| {
                reaches_disk() || {
                    self.lost = true;
                    false
                }
            })
            .collect();
        if self.lost {
            let durable = Arc::make_mut(&mut self.durable);
            kept.iter().for_each(|(_, sector, bytes)| place(durable, *sector, bytes));
        } else {
            self.durable = self.bytes.clone();
        }
    }

    /// Forgets what is only in memory: the next reading comes from the disk.
    pub(super) fn evict(&mut self) {
        self.mapped.take();
        self.bytes = self.durable.clone();
        for (_, sector, written) in &self.unsynced {
            place(Arc::make_mut(&mut self.bytes), *sector, written);
        }
        self.lost = false;
    }

    /// When the unsynced sectors were written.
    pub(super) fn times(&self) -> impl Iterator<Item = u64> {
        self.unsynced.iter().map(|(time, _, _)| *time)
    }

    pub(super) fn after_power_cut(&self, survival: &mut Survival) -> Self {
        if self.unsynced.is_empty() {
            return Self::durable(self.durable.clone());
        }
        // One choice a sector: its state after any of the writes to it, or before all of them.
        let mut last: BTreeMap<usize, &Arc<[u8]>> = BTreeMap::new();
        for (time, sector, bytes) in &self.unsynced {
            if survival.keeps(*time) {
                last.insert(*sector, bytes);
            }
        }
        let mut content = Vec::clone(&self.durable);
        for (sector, bytes) in last {
            let start = sector * SECTOR;
            let torn = &bytes[..survival.tears(bytes.len())];
            content.resize(content.len().max(start + bytes.len()), 0);
            content[start..start + torn.len()].copy_from_slice(torn);
        }
        if survival.keeps_length() {
            content.resize(content.len().max(self.bytes.len()), 0);
        }
        Self::durable(Arc::new(content))
    }
}

fn place(content: &mut Vec<u8>, sector: usize, bytes: &[u8]) {
    let start = sector * SECTOR;
    content.resize(content.len().max(start + bytes.len()), 0);
    content[start..start + bytes.len()].copy_from_slice(bytes);
}
