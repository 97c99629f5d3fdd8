//! How does a transaction become durable?
//!
//! Group commit with a leader. A member puts its [`Draft`] into the queue and asks for the commit lock; whoever gets it first leads:
//! takes all that wait, validates them in order against everything committed since each one's snapshot *and against the members before
//! it*, and appends one frame. The others find their outcome when they get the lock. When another process appended first, the leader
//! reads its frames, validates again and retries: what was validated is what is in the log.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{
    object::{FamilyId, Sequence},
    set::{Conflict, Reads, Snapshot},
    storage::{AppendError, Frame, FrameDraft, Lease, Operation, SegmentId, StorageError},
};

use super::{
    Error,
    core::{Committer, Core, lock},
    history::{Footprint, History},
};

/// At most this many transactions share a frame.
const GROUP: usize = 1_024;

/// Members are added to a frame until their objects have this many bytes.
const GROUP_BYTES: usize = 8 << 20;

/// A transaction that wants to be committed.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What it read.
    pub snapshot: Sequence,
    /// What it changes.
    pub operations: Vec<Operation>,
    /// What it can conflict over.
    pub footprint: Footprint,
    /// What it read, when that must still be so.
    pub reads: Option<ReadSet>,
    /// Segments that must still be live.
    pub segments: Vec<(FamilyId, SegmentId)>,
    /// Offsets to lease along with it.
    pub lease: u64,
}

/// What a serializable transaction has read, and where.
#[derive(Clone, Debug)]
pub(super) struct ReadSet {
    pub snapshot: Snapshot,
    pub reads: Arc<Reads>,
}

/// The transactions that wait for a leader.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<VecDeque<Arc<Pending>>>);

/// One waiting transaction and, later, its outcome.
#[derive(Debug)]
struct Pending {
    draft: Mutex<Draft>,
    bytes: usize,
    objects: usize,
    outcome: Mutex<Option<Result<Sequence, Error>>>,
}

/// A member of the group that the leader works on.
struct Member {
    pending: Arc<Pending>,
    draft: Draft,
    /// Whether it has operations; a draft that only leases has none.
    logged: bool,
}

impl Core {
    /// Commits a draft and returns the sequence of its frame; an error means that nothing of it was committed, except for
    /// [`Error::Unknown`].
    pub fn commit(&self, draft: Draft) -> Result<Sequence, Error> {
        if self.storage.read_only() {
            return Err(Error::ReadOnly);
        }
        // Only what fills memory waits: maintenance, which commits too, must not wait for itself.
        if draft.operations.iter().any(|operation| matches!(operation, Operation::Put { .. })) {
            self.pressure.wait();
        }
        let pending = self.queue.push(draft);
        let outcome = self.lead_until(&pending);
        if self.pressure.committed(pending.bytes as u64, pending.objects as u64) {
            self.freeze();
        }
        outcome
    }

    /// Commits what `make` makes of the newest state, while nobody else in this process can commit.
    pub fn commit_alone(&self, make: impl Fn(&Snapshot) -> Result<Draft, Error>) -> Result<Sequence, Error> {
        let mut committer = self.committer();
        loop {
            self.catch_up(&mut committer)?;
            let draft = make(&self.snapshot())?;
            let pending = Arc::new(Pending::new(Draft::default()));
            self.lead(&mut committer, vec![Member::new(pending.clone(), draft)]);
            match pending.outcome() {
                Some(Err(Error::Conflict(_))) => {}
                outcome => return outcome.unwrap_or_else(lost),
            }
        }
    }

    /// Gets the commit lock and leads, unless an earlier leader has taken this transaction along.
    fn lead_until(&self, pending: &Arc<Pending>) -> Result<Sequence, Error> {
        let mut committer = self.committer();
        loop {
            if let Some(outcome) = pending.outcome() {
                return outcome;
            }
            match self.queue.group() {
                Some(group) => self.lead(&mut committer, group),
                None => return lost(),
            }
        }
    }

    /// Validates, appends and applies one group.
    fn lead(&self, committer: &mut Committer, mut group: Vec<Member>) {
        loop {
            group = self.validate(committer, group);
            if group.is_empty() {
                return;
            }
            let after = self.snapshot().sequence();
            if let Err(error) = self.check_offsets(committer, &group) {
                return refuse(group, error);
            }
            let draft = self.frame_draft(committer, &mut group);
            match self.storage.append(after, &draft) {
                Ok(sequence) => {
                    self.freshness.appended(sequence);
                    return self.succeed(committer, group, sequence, draft);
                }
                // Nothing would ever come that leads from the state to a later one.
                Err(AppendError::Conflict { head }) if head < after => return refuse(group, log_behind(head, after)),
                Err(AppendError::Conflict { .. }) => {
                    give_back(&mut group, draft);
                    if let Err(error) = self.catch_up(committer) {
                        return refuse(group, error);
                    }
                }
                Err(AppendError::Unknown(why)) => return self.look_for(committer, group, draft, &why),
                Err(AppendError::Failed(error)) => return refuse(group, error.into()),
            }
        }
    }

    /// Lets the losers of a group go; what is left can be appended after the current state.
    fn validate(&self, committer: &Committer, group: Vec<Member>) -> Vec<Member> {
        let state = self.snapshot();
        let asked = group.iter().any(|member| member.draft.reads.is_some());
        let mut before = History::default();
        let mut winners = Vec::with_capacity(group.len());
        for member in group {
            let draft = &member.draft;
            match draft.validate(&committer.history, &before, &state) {
                Ok(()) => {
                    let operations = asked.then(|| draft.operations.clone());
                    before.record(Sequence(1), draft.footprint.clone(), operations);
                    winners.push(member);
                }
                Err(Error::SnapshotTooOld { snapshot, .. }) => {
                    let limit = self.options.oldest_transaction;
                    member.pending.resolve(Err(Error::SnapshotTooOld { snapshot, limit }));
                }
                Err(error) => member.pending.resolve(Err(error)),
            }
        }
        winners
    }

    /// Offsets never come back: a store whose frames or checkpoint speak of the last ones has none left.
    fn check_offsets(&self, committer: &Committer, group: &[Member]) -> Result<(), Error> {
        let next = committer.next_offset;
        match next.checked_add(self.wanted(group)) {
            Some(_) => Ok(()),
            None => Err(StorageError::Refused(format!("no offsets are left: the next would be {next}")).into()),
        }
    }

    /// How many offsets the frame of a group should lease.
    fn wanted(&self, group: &[Member]) -> u64 {
        let asked = group.iter().map(|member| member.draft.lease).fold(0, u64::saturating_add);
        asked.max(self.allocator.wanted())
    }

    /// The frame of a group. The operations move into it and are given back when another process was faster.
    fn frame_draft(&self, committer: &Committer, group: &mut [Member]) -> FrameDraft {
        let count = self.wanted(group);
        let lease = (count > 0).then_some(Lease { first: committer.next_offset, count });
        let logged = group.iter_mut().filter(|member| member.logged);
        FrameDraft { lease, transactions: logged.map(|member| mem::take(&mut member.draft.operations)).collect() }
    }

    /// Makes a durable frame visible and tells its members.
    fn succeed(&self, committer: &mut Committer, group: Vec<Member>, sequence: Sequence, draft: FrameDraft) {
        let frame = Frame { sequence, lease: draft.lease, transactions: draft.transactions };
        if let Err(error) = self.apply_own(committer, &frame) {
            // The frame is in the log: whoever reads it next sees it, so this must not look like a failed commit.
            return doubt(group, &format!("it is frame {sequence}, but applying it failed: {error}"));
        }
        if let Some(lease) = frame.lease {
            self.allocator.add(lease);
        }
        let mut transactions = frame.transactions.into_iter();
        for member in group {
            let operations = if member.logged { transactions.next().unwrap_or_default() } else { Vec::new() };
            committer.history.record(sequence, member.draft.footprint, self.remembered(|| operations));
            member.pending.resolve(Ok(sequence));
        }
        self.forget_history(committer);
    }

    /// Finds out whether a frame of unknown outcome landed: by reading what follows the state it was validated against.
    fn look_for(&self, committer: &mut Committer, mut group: Vec<Member>, draft: FrameDraft, why: &str) {
        let frames = match self.storage.read(self.snapshot().sequence()) {
            Ok(frames) => frames,
            Err(error) => return doubt(group, &format!("{why}; reading the log back: {error}")),
        };
        match frames.first() {
            Some(frame) if frame.lease == draft.lease && frame.transactions == draft.transactions => {
                self.succeed(committer, group, frame.sequence, draft);
            }
            // Another frame stands in its place: ours can't land any more and is tried again.
            Some(_) => {
                give_back(&mut group, draft);
                match self.catch_up(committer) {
                    Ok(()) => self.lead(committer, group),
                    Err(error) => refuse(group, error),
                }
            }
            None => doubt(group, why),
        }
    }
}

impl Draft {
    /// Whether nobody stands in the way: not what was committed since, and not the members `before` this one, which to their own history are
    /// newer than anything it can have read.
    fn validate(&self, history: &History, before: &History, state: &Snapshot) -> Result<(), Error> {
        history.validate(self.snapshot, &self.footprint)?;
        before.validate(Sequence(0), &self.footprint)?;
        if let Some((family, _)) = self.segments.iter().find(|(family, id)| !state.has_segment(*family, *id)) {
            return Err(Conflict::Segment(*family).into());
        }
        if let Some(ReadSet { snapshot, reads }) = &self.reads {
            history.validate_reads(self.snapshot, snapshot, reads)?;
            before.validate_reads(Sequence(0), snapshot, reads)?;
        }
        Ok(())
    }
}

impl Queue {
    fn push(&self, draft: Draft) -> Arc<Pending> {
        let pending = Arc::new(Pending::new(draft));
        self.waiting().push_back(pending.clone());
        pending
    }

    /// The next members to commit together, in the order they came.
    fn group(&self) -> Option<Vec<Member>> {
        let mut waiting = self.waiting();
        let mut group = Vec::new();
        let mut bytes = 0;
        while group.len() < GROUP {
            let fits = |next: &Arc<Pending>| group.is_empty() || bytes + next.bytes <= GROUP_BYTES;
            if !waiting.front().is_some_and(fits) {
                break;
            }
            let Some(pending) = waiting.pop_front() else { break };
            bytes += pending.bytes;
            let draft = mem::take(&mut *lock(&pending.draft));
            group.push(Member::new(pending, draft));
        }
        (!group.is_empty()).then_some(group)
    }

    /// How many wait.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.waiting().len()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arc<Pending>>> {
        lock(&self.0)
    }
}

impl Pending {
    fn new(draft: Draft) -> Self {
        let bytes = draft.operations.iter().map(operation_bytes).sum();
        let objects = draft.operations.iter().filter(|operation| matches!(operation, Operation::Put { .. })).count();
        Self { draft: Mutex::new(draft), bytes, objects, outcome: Mutex::default() }
    }

    fn resolve(&self, outcome: Result<Sequence, Error>) {
        *lock(&self.outcome) = Some(outcome);
    }

    fn outcome(&self) -> Option<Result<Sequence, Error>> {
        lock(&self.outcome).take()
    }
}

impl Member {
    fn new(pending: Arc<Pending>, draft: Draft) -> Self {
        let logged = !draft.operations.is_empty();
        Self { pending, draft, logged }
    }
}

fn give_back(group: &mut [Member], draft: FrameDraft) {
    for (member, operations) in group.iter_mut().filter(|member| member.logged).zip(draft.transactions) {
        member.draft.operations = operations;
    }
}

/// Nothing of the group was written.
fn refuse(group: Vec<Member>, error: Error) {
    let error = Arc::new(error);
    group.into_iter().for_each(|member| member.pending.resolve(Err(Error::Commit(error.clone()))));
}

/// The log ends before what the checkpoint covers.
fn log_behind(head: Sequence, state: Sequence) -> Error {
    let what =
        format!("the log ends at sequence {head}, but the checkpoint covers {state}: restore the log, or salvage");
    StorageError::Refused(what).into()
}

/// Whether the group was written is not known.
fn doubt(group: Vec<Member>, why: &str) {
    group.into_iter().for_each(|member| member.pending.resolve(Err(Error::Unknown(why.to_owned()))));
}

fn lost() -> Result<Sequence, Error> {
    Err(Error::Unknown("its leader ended before it could tell".to_owned()))
}

fn operation_bytes(operation: &Operation) -> usize {
    match operation {
        Operation::Put { object, .. } => object.len() + 32,
        _ => 32,
    }
}
