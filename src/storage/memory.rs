//! A store that lives as long as its handles.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    sync::{Arc, PoisonError},
};

use bytes::Bytes;

use crate::{
    codec::{
        AlignedBuffer,
        sync::{
            Condvar, Mutex,
            atomic::{AtomicBool, Ordering},
        },
    },
    object::Sequence,
};

use super::{
    AppendError, Checkpoint, CheckpointStamp, Frame, FrameDraft, Operation, Storage, StorageError,
    locked::{Lockable, no_blob},
};

/// A store in memory. Clones are handles on one store, as several processes are on one directory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    id: u64,
    content: Mutex<Content>,
    maintained: AtomicBool,
    /// Loads hold it for reading, a sweep for writing.
    loads: Arc<Loads>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            id: RandomState::new().hash_one(0_u64),
            content: Mutex::default(),
            maintained: AtomicBool::default(),
            loads: Arc::default(),
        }
    }
}

/// How many loads are under way, or that a sweep is.
#[derive(Debug, Default)]
struct Loads {
    state: Mutex<LoadState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct LoadState {
    loads: usize,
    sweeping: bool,
}

#[derive(Debug, Default)]
struct Content {
    /// The sequence of the last frame that was trimmed.
    trimmed: Sequence,
    frames: Vec<Frame>,
    blobs: BTreeMap<String, Bytes>,
    /// Oldest first.
    checkpoints: Vec<(CheckpointStamp, Checkpoint)>,
}

impl Content {
    fn head(&self) -> Sequence {
        self.frames.last().map_or(self.trimmed, |frame| frame.sequence)
    }

    /// How many frames have a sequence of at most `sequence`.
    fn count_to(&self, sequence: Sequence) -> usize {
        self.frames.partition_point(|frame| frame.sequence <= sequence)
    }
}

impl MemoryStorage {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Storage for MemoryStorage {
    fn head(&self) -> Result<Sequence, StorageError> {
        Ok(self.shared.content.locked().head())
    }

    fn append(&self, after: Sequence, frame: &FrameDraft) -> Result<Sequence, AppendError> {
        let mut content = self.shared.content.locked();
        let head = content.head();
        if head != after {
            return Err(AppendError::Conflict { head });
        }
        let sequence = after.next();
        content.frames.push(Frame { sequence, lease: frame.lease, transactions: frame.transactions.clone() });
        Ok(sequence)
    }

    fn read(&self, after: Sequence) -> Result<Vec<Frame>, StorageError> {
        let content = self.shared.content.locked();
        if after < content.trimmed {
            return Err(StorageError::Trimmed { oldest: content.trimmed });
        }
        Ok(content.frames[content.count_to(after)..].to_vec())
    }

    fn read_some(&self, after: Sequence, bytes: u64) -> Result<Vec<Frame>, StorageError> {
        let content = self.shared.content.locked();
        if after < content.trimmed {
            return Err(StorageError::Trimmed { oldest: content.trimmed });
        }
        let mut left = bytes.max(1);
        let frames = content.frames[content.count_to(after)..].iter();
        let some = frames.take_while(|frame| {
            let fits = left > 0;
            left = left.saturating_sub(frame.transactions.iter().flatten().map(Operation::bytes).sum());
            fits
        });
        Ok(some.cloned().collect())
    }

    fn oldest(&self) -> Result<Sequence, StorageError> {
        Ok(self.shared.content.locked().trimmed)
    }

    fn trim(&self, before: Sequence) -> Result<(), StorageError> {
        let mut content = self.shared.content.locked();
        let trimmed = content.frames.partition_point(|frame| frame.sequence < before);
        let last = content.frames.drain(..trimmed).next_back().map(|frame| frame.sequence);
        content.trimmed = last.unwrap_or(content.trimmed);
        Ok(())
    }

    fn put(&self, name: &str, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Result<u64, StorageError> {
        if self.shared.content.locked().blobs.contains_key(name) {
            return Err(StorageError::Refused(format!("{name} exists, and published blobs are never replaced")));
        }
        let mut buffer = AlignedBuffer::new();
        write(&mut buffer).map_err(|source| StorageError::io(format!("writing {name}"), source))?;
        let length = buffer.len() as u64;
        self.shared.content.locked().blobs.insert(name.to_owned(), buffer.into_bytes());
        Ok(length)
    }

    fn open(&self, name: &str) -> Result<Bytes, StorageError> {
        self.shared.content.locked().blobs.get(name).cloned().ok_or_else(|| no_blob(name))
    }

    fn id(&self) -> u64 {
        self.shared.id
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.shared.content.locked().blobs.remove(name);
        Ok(())
    }

    fn list(&self) -> Result<Vec<(String, u64)>, StorageError> {
        let content = self.shared.content.locked();
        Ok(content.blobs.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect())
    }

    fn put_checkpoint(&self, checkpoint: &Checkpoint, written: Option<i64>) -> Result<(), StorageError> {
        let mut content = self.shared.content.locked();
        let covers = |checkpoint: &Checkpoint| (checkpoint.sequence, checkpoint.listed);
        if content.checkpoints.last().is_some_and(|(_, known)| covers(known) > covers(checkpoint)) {
            return Ok(());
        }
        content.checkpoints.retain(|(_, known)| covers(known) != covers(checkpoint));
        let stamp = CheckpointStamp { listed: checkpoint.listed, sequence: checkpoint.sequence, written };
        content.checkpoints.push((stamp, checkpoint.clone()));
        Ok(())
    }

    fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        Ok(self.shared.content.locked().checkpoints.last().map(|(_, checkpoint)| checkpoint.clone()))
    }

    fn checkpoints(&self) -> Result<Vec<CheckpointStamp>, StorageError> {
        Ok(self.shared.content.locked().checkpoints.iter().map(|(stamp, _)| *stamp).collect())
    }

    fn checkpoint(&self, stamp: &CheckpointStamp) -> Result<Checkpoint, StorageError> {
        let content = self.shared.content.locked();
        let found = content.checkpoints.iter().find(|(known, _)| known == stamp);
        found.map(|(_, checkpoint)| checkpoint.clone()).ok_or_else(|| no_blob("a checkpoint"))
    }

    fn forget_checkpoints(&self, keep: Sequence) -> Result<(), StorageError> {
        let checkpoints = &mut self.shared.content.locked().checkpoints;
        let newest = checkpoints.len().saturating_sub(1);
        let old = checkpoints.partition_point(|(stamp, _)| stamp.listed < keep).min(newest);
        checkpoints.drain(..old);
        Ok(())
    }

    fn read_only(&self) -> bool {
        false
    }

    fn try_maintain(&self) -> Result<Option<Box<dyn Send>>, StorageError> {
        let taken = self.shared.maintained.swap(true, Ordering::AcqRel);
        Ok(if taken { None } else { Some(Box::new(Maintaining(self.shared.clone()))) })
    }

    fn begin_load(&self) -> Result<Box<dyn Send + Sync>, StorageError> {
        let loads = &self.shared.loads;
        let mut state = loads.state.locked();
        while state.sweeping {
            state = loads.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.loads += 1;
        Ok(Box::new(Loading(loads.clone())))
    }

    fn try_sweep(&self) -> Result<Option<Box<dyn Send>>, StorageError> {
        let loads = &self.shared.loads;
        let mut state = loads.state.locked();
        if state.loads > 0 || state.sweeping {
            return Ok(None);
        }
        state.sweeping = true;
        Ok(Some(Box::new(Sweeping(loads.clone()))))
    }

    fn close(&self) -> Result<(), StorageError> {
        Ok(())
    }
}

struct Loading(Arc<Loads>);

impl Drop for Loading {
    fn drop(&mut self) {
        self.0.state.locked().loads -= 1;
    }
}

struct Sweeping(Arc<Loads>);

impl Drop for Sweeping {
    fn drop(&mut self) {
        self.0.state.locked().sweeping = false;
        self.0.changed.notify_all();
    }
}

struct Maintaining(Arc<Shared>);

impl Drop for Maintaining {
    fn drop(&mut self) {
        self.0.maintained.store(false, Ordering::Release);
    }
}
