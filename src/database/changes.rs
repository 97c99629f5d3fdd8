//! What was committed, one commit after the other, and what is being committed now?
//!
//! A feed reads the log as replay does. Bulk loads stand there as segments, whose objects are read from their files. Old images come from a
//! state that follows the feed at its own pace.

use std::{
    collections::VecDeque,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use roaring::RoaringBitmap;

use crate::{
    object::{FamilyId, Object, Offset, Sequence, from_bytes},
    set::{Families, SetDeclaration, SetError, Snapshot},
    storage::{Checkpoint, FamilyEntry, Frame, Operation, SegmentEntry, StorageError},
};

use super::{Database, Error, core::Core};

/// The log is read in pieces of about so many bytes.
const PIECE: u64 = 1 << 20;

/// How often a feed that waits looks for a commit: at first, and after a while without any.
const EAGER: Duration = Duration::from_millis(1);
const PATIENT: Duration = Duration::from_millis(20);

/// One commit: the transactions that became visible together.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Its sequence. A feed that starts from here goes on after it.
    pub sequence: Sequence,
    /// What its transactions did, in the order in which they were committed.
    pub transactions: Vec<Vec<Change>>,
}

/// What happened to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The set: `customers`, or `customers.invoices` for objects of nested sets.
    pub set: String,
    /// The object.
    pub offset: Offset,
    /// The owner, for an object of a nested set that was put.
    pub owner: Option<Offset>,
    /// What it was before, if that was asked for ([`Changes::with_old`]) and it existed.
    pub old: Option<Object>,
    /// What it is now; nothing when it was removed.
    pub new: Option<Object>,
}

/// The commits of a database, own and those of other processes, in order.
///
/// As an iterator it ends where nothing more is committed yet, and can be asked again later; [`Changes::next_timeout`] waits. Commits that
/// change no object are left out. An error ends nothing: the next call tries the same commit again.
pub struct Changes {
    core: Arc<Core>,
    position: Sequence,
    frames: VecDeque<Frame>,
    /// The state at `position`, when old images are wanted.
    before: Option<Families>,
}

impl Database {
    /// The commits after `from`: zero for all, or the sequence of a snapshot, or of the last commit that was seen. [`Error::Trimmed`], from the
    /// feed, when the log does not go back so far ([`super::DatabaseOptions::retention`]).
    #[must_use]
    pub fn changes(&self, from: Sequence) -> Changes {
        Changes { core: self.core.clone(), position: from, frames: VecDeque::new(), before: None }
    }
}

impl Changes {
    /// The same feed, with each object as it was before. Costs a state of its own: what [`Database::at`] costs to begin with.
    pub fn with_old(mut self) -> Result<Self, Error> {
        self.before = Some(self.core.families_at(self.position)?);
        Ok(self)
    }

    /// The last commit that was looked at, also when it changed no object: where another feed can go on.
    #[must_use]
    pub fn position(&self) -> Sequence {
        self.position
    }

    /// The next commit; `None` when there is none yet.
    pub fn try_next(&mut self) -> Result<Option<Commit>, Error> {
        loop {
            if self.frames.is_empty() {
                self.frames = self.read()?.into();
            }
            let Some(frame) = self.frames.pop_front() else { return Ok(None) };
            let transactions = match self.passed(&frame) {
                Ok(transactions) => transactions,
                Err(error) => {
                    self.frames.push_front(frame);
                    return Err(error);
                }
            };
            self.position = frame.sequence;
            if !transactions.is_empty() {
                return Ok(Some(Commit { sequence: self.position, transactions }));
            }
        }
    }

    /// The next commit, waited for; `None` when there is none in this time.
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<Commit>, Error> {
        let start = Instant::now();
        let mut pause = EAGER;
        loop {
            if let Some(commit) = self.try_next()? {
                return Ok(Some(commit));
            }
            let Some(left) = timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
                return Ok(None);
            };
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(PATIENT);
        }
    }

    /// What a frame did; it is done in the state that follows, as the last thing that can fail.
    fn passed(&self, frame: &Frame) -> Result<Vec<Vec<Change>>, Error> {
        let transactions = self.transactions(frame)?;
        if let Some(before) = &self.before {
            match before.apply(frame) {
                Err(SetError::Storage(error)) if error.is_not_found() => {
                    return Err(Error::Trimmed { sequence: self.position, oldest: self.core.snapshot().sequence() });
                }
                applied => applied?,
            }
        }
        Ok(transactions)
    }

    fn read(&self) -> Result<Vec<Frame>, Error> {
        match self.core.storage.read_some(self.position, PIECE) {
            Err(StorageError::Trimmed { oldest }) => Err(Error::Trimmed { sequence: self.position, oldest }),
            frames => Ok(frames?),
        }
    }

    /// What the transactions of a frame did to objects; those that did nothing are left out.
    fn transactions(&self, frame: &Frame) -> Result<Vec<Vec<Change>>, Error> {
        let reader = FrameReader { changes: self, frame, snapshot: self.core.snapshot_with(frame)? };
        let transactions = frame.transactions.iter().map(|operations| reader.changes(operations));
        let transactions: Vec<Vec<Change>> = transactions.collect::<Result<_, Error>>()?;
        Ok(transactions.into_iter().filter(|changes| !changes.is_empty()).collect())
    }
}

impl Iterator for Changes {
    type Item = Result<Commit, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.try_next().transpose()
    }
}

/// One frame being read.
struct FrameReader<'c> {
    changes: &'c Changes,
    frame: &'c Frame,
    /// A state that knows all families of the frame.
    snapshot: Snapshot,
}

impl FrameReader<'_> {
    fn changes(&self, operations: &[Operation]) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        let mut loading = false;
        for operation in operations {
            match operation {
                Operation::Put { family, offset, owner, object } => {
                    let object = from_bytes(object)?;
                    changes.push(self.change(*family, *offset, *owner, Some(object))?);
                }
                Operation::Delete { family, offset } => changes.push(self.change(*family, *offset, None, None)?),
                Operation::Segments { added, .. } if loading => {
                    for entry in added {
                        self.loaded(entry, &mut changes)?;
                    }
                }
                operation => loading |= operation.marks_load(),
            }
        }
        Ok(changes)
    }

    fn change(
        &self,
        family: FamilyId,
        offset: Offset,
        owner: Option<Offset>,
        new: Option<Object>,
    ) -> Result<Change, Error> {
        let set = self.declaration(family)?.name.clone();
        Ok(Change { set, offset, owner, old: self.old(family, offset)?, new })
    }

    fn declaration(&self, family: FamilyId) -> Result<&Arc<SetDeclaration>, Error> {
        Ok(self.snapshot.declaration(family)?)
    }

    fn old(&self, family: FamilyId, offset: Offset) -> Result<Option<Object>, Error> {
        let Some(before) = &self.changes.before else { return Ok(None) };
        match before.snapshot().view(family, None) {
            Ok(view) => Ok(view.get(offset)?.map(|old| Ok::<_, Error>(from_bytes(&old.to_bytes()?)?)).transpose()?),
            Err(SetError::NoSuchFamily(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The objects of a segment that a bulk load wrote.
    fn loaded(&self, entry: &SegmentEntry, changes: &mut Vec<Change>) -> Result<(), Error> {
        let declaration = self.declaration(entry.family)?;
        // A state that has nothing but this segment.
        let alone = Checkpoint {
            families: vec![FamilyEntry { family: entry.family, declaration: declaration.encode() }],
            segments: vec![(SegmentEntry { parts: Vec::new(), ..entry.clone() }, RoaringBitmap::new())],
            ..Checkpoint::default()
        };
        let Core { storage, registry, .. } = &*self.changes.core;
        let families = match Families::open(storage.clone(), registry.clone(), &alone) {
            Err(SetError::Storage(error)) if error.is_not_found() => {
                return Err(Error::Trimmed { sequence: self.changes.position, oldest: self.frame.sequence });
            }
            families => families?,
        };
        for object in families.snapshot().view(entry.family, None)?.iter() {
            let object = object?;
            let (set, new) = (declaration.name.clone(), Some(from_bytes(&object.to_bytes()?)?));
            changes.push(Change { set, offset: object.offset(), owner: object.owner(), old: None, new });
        }
        Ok(())
    }
}

impl Core {
    /// A snapshot that knows the families that a frame of the log writes to.
    fn snapshot_with(&self, frame: &Frame) -> Result<Snapshot, Error> {
        if self.snapshot().sequence() < frame.sequence {
            self.refresh()?;
        }
        Ok(self.snapshot())
    }
}
