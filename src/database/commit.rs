//! How does a transaction become durable?
//!
//! Group commit with a leader. A member puts its [`Draft`] into the [`Queue`](super::queue::Queue); whoever finds no leader there leads:
//! takes all that wait, validates them in order against everything committed since each one's snapshot *and against the members before
//! it*, appends one frame, makes the first that came meanwhile the next leader, and wakes its members with their outcomes. When another
//! process appended first, the leader reads its frames, validates again and retries: what was validated is what is in the log.

use std::{mem, sync::Arc};

use crate::{
    object::{FamilyId, Sequence},
    set::{Reads, Snapshot},
    storage::{AppendError, Doubt, Frame, FrameDraft, Lease, Operation, SegmentId, StorageError},
};

use super::{
    Error,
    clash::Clash,
    core::{Committer, Core},
    history::{Footprint, History},
    queue::{Leadership, Member, Pending, Turn},
};

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
        let outcome = match pending.wait() {
            Turn::Lead => self.lead_next(&pending),
            Turn::Done(outcome) => outcome,
        };
        if self.pressure.committed(pending.bytes, pending.objects) {
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
                Err(Error::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
    }

    /// Leads the next group, to which the leader itself belongs: it has waited for longest.
    fn lead_next(&self, own: &Arc<Pending>) -> Result<Sequence, Error> {
        let mut leadership = Leadership::new(&self.queue);
        let mut committer = self.committer();
        let group = leadership.group();
        self.lead(&mut committer, group);
        drop(committer);
        drop(leadership);
        own.outcome()
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
                Err(AppendError::Unknown(doubt)) => return self.look_for(committer, group, draft, doubt),
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
            return leave_open(group, &Doubt::new(format!("applying frame {sequence}, which is in the log"), error));
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
    fn look_for(&self, committer: &mut Committer, mut group: Vec<Member>, draft: FrameDraft, doubt: Doubt) {
        let frames = match self.storage.read(self.snapshot().sequence()) {
            Ok(frames) => frames,
            Err(error) => {
                let under_way = format!("{}, and then reading the log back: {error}", doubt.under_way);
                return leave_open(group, &Doubt { under_way, ..doubt });
            }
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
            None => leave_open(group, &doubt),
        }
    }
}

impl Draft {
    /// Whether nobody stands in the way: not what was committed since, and not the members `before` this one, which to their own history are
    /// newer than anything it can have read.
    fn validate(&self, history: &History, before: &History, state: &Snapshot) -> Result<(), Error> {
        let told = |clash: Clash| clash.told(state);
        history.validate(self.snapshot, &self.footprint).map_err(told)?;
        before.validate(Sequence(0), &self.footprint).map_err(told)?;
        if let Some((family, _)) = self.segments.iter().find(|(family, id)| !state.has_segment(*family, *id)) {
            return Err(told(Clash::Segment(*family)).into());
        }
        if let Some(ReadSet { snapshot, reads }) = &self.reads {
            history.validate_reads(self.snapshot, snapshot, reads)?;
            before.validate_reads(Sequence(0), snapshot, reads)?;
        }
        Ok(())
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
fn leave_open(group: Vec<Member>, doubt: &Doubt) {
    group.into_iter().for_each(|member| member.pending.resolve(Err(Error::Unknown(doubt.clone()))));
}
