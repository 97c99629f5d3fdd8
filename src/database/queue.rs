//! Who leads the next commit, and how do the others learn of their outcome?
//!
//! A transaction that finds no leader leads. While it writes and syncs, others come and wait, each on a condition of its own, so that
//! nobody is woken but by an outcome or to lead. A leader that is through first makes the one that has waited longest the next leader,
//! and only then wakes its members. The next leader waits a moment for those that are likely to be back with their next transactions at
//! once, see [`super::siblings`].

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, PoisonError},
};

use crate::{
    codec::sync::{Condvar, Mutex, MutexGuard, thread},
    object::Sequence,
    storage::{Doubt, Operation},
};

use super::{
    Error,
    commit::Draft,
    locked::lock,
    siblings::{PATIENCE, Siblings},
};

/// At most this many transactions share a frame.
const GROUP: usize = 1_024;

/// Members are added to a frame until their objects have this many bytes.
const GROUP_BYTES: u64 = 8 << 20;

/// The transactions that wait.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    pending: VecDeque<Arc<Pending>>,
    /// Whether somebody leads, or was told to. Then, and only then, may anybody wait.
    led: bool,
    siblings: Siblings,
}

/// One waiting transaction and, later, its outcome.
#[derive(Debug)]
pub(super) struct Pending {
    draft: Mutex<Draft>,
    /// The bytes of what it writes, about.
    pub bytes: u64,
    /// How many objects it writes.
    pub objects: u64,
    stage: Mutex<Stage>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Waiting,
    Leading,
    Done(Result<Sequence, Error>),
}

/// What a waiting transaction has waited for.
pub(super) enum Turn {
    /// It leads the next group.
    Lead,
    /// A leader took it along.
    Done(Result<Sequence, Error>),
}

/// A member of the group that the leader works on.
pub(super) struct Member {
    pub pending: Arc<Pending>,
    pub draft: Draft,
    /// Whether it has operations; a draft that only leases has none.
    pub logged: bool,
}

/// The right to lead one group. When it is dropped, however that came, somebody else leads next, and the members are told.
pub(super) struct Leadership<'a> {
    queue: &'a Queue,
    members: Vec<Arc<Pending>>,
}

impl Queue {
    /// Puts a transaction at the end; it leads if nobody does.
    pub fn push(&self, draft: Draft) -> Arc<Pending> {
        let pending = Arc::new(Pending::new(draft));
        let mut waiting = lock(&self.0);
        waiting.pending.push_back(pending.clone());
        if !mem::replace(&mut waiting.led, true) {
            *lock(&pending.stage) = Stage::Leading;
        }
        pending
    }

    /// How many wait.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        lock(&self.0).pending.len()
    }

    /// Lets those come who are likely to come at once.
    fn gather(&self) {
        let mut waiting = lock(&self.0);
        let wanted = waiting.siblings.wanted();
        if waiting.pending.len() >= wanted {
            return;
        }
        for _ in 0..PATIENCE {
            drop(waiting);
            thread::yield_now();
            waiting = lock(&self.0);
            if waiting.pending.len() >= wanted {
                return waiting.siblings.came(true);
            }
        }
        waiting.siblings.came(false);
    }

    /// The next members to commit together, in the order they came.
    fn group(&self) -> Vec<Arc<Pending>> {
        let mut waiting = lock(&self.0);
        let mut bytes = 0;
        let fits = |pending: &&Arc<Pending>| {
            let first = bytes == 0;
            bytes += pending.bytes.max(1);
            first || bytes <= GROUP_BYTES
        };
        let count = waiting.pending.iter().take(GROUP).take_while(fits).count();
        waiting.pending.drain(..count).collect()
    }

    /// Makes the first that waits lead, if there is one, after a group of so many.
    fn hand_on(&self, members: usize) {
        let mut waiting = lock(&self.0);
        let others = waiting.pending.len();
        waiting.siblings.through(members, others);
        match waiting.pending.front() {
            Some(next) => next.lead(),
            None => waiting.led = false,
        }
    }
}

impl<'a> Leadership<'a> {
    /// Of the transaction that was told to lead.
    pub fn new(queue: &'a Queue) -> Self {
        Self { queue, members: Vec::new() }
    }

    /// Takes along who waits. Called once the commit lock is held: until then others may still come.
    pub fn group(&mut self) -> Vec<Member> {
        self.queue.gather();
        self.members = self.queue.group();
        let member = |pending: &Arc<Pending>| Member::new(pending.clone(), mem::take(&mut *lock(&pending.draft)));
        self.members.iter().map(member).collect()
    }
}

impl Drop for Leadership<'_> {
    fn drop(&mut self) {
        self.queue.hand_on(self.members.len());
        self.members.iter().for_each(|member| member.wake());
    }
}

impl Pending {
    pub fn new(draft: Draft) -> Self {
        let bytes = draft.operations.iter().map(Operation::bytes).sum();
        let objects =
            draft.operations.iter().filter(|operation| matches!(operation, Operation::Put { .. })).count() as u64;
        Self { draft: Mutex::new(draft), bytes, objects, stage: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits for its turn.
    pub fn wait(&self) -> Turn {
        let waiting = |stage: &mut Stage| matches!(stage, Stage::Waiting);
        let stage = self.changed.wait_while(lock(&self.stage), waiting);
        let mut stage: MutexGuard<'_, Stage> = stage.unwrap_or_else(PoisonError::into_inner);
        match mem::take(&mut *stage) {
            Stage::Done(outcome) => Turn::Done(outcome),
            Stage::Leading | Stage::Waiting => Turn::Lead,
        }
    }

    /// Sets its outcome; it learns of it when its leader is through.
    pub fn resolve(&self, outcome: Result<Sequence, Error>) {
        *lock(&self.stage) = Stage::Done(outcome);
    }

    /// The outcome, for the leader itself.
    pub fn outcome(&self) -> Result<Sequence, Error> {
        match mem::take(&mut *lock(&self.stage)) {
            Stage::Done(outcome) => outcome,
            Stage::Leading | Stage::Waiting => lost(),
        }
    }

    /// It leads now.
    fn lead(&self) {
        *lock(&self.stage) = Stage::Leading;
        self.changed.notify_one();
    }

    /// Wakes it with its outcome. One that has none had a leader that panicked.
    fn wake(&self) {
        let mut stage = lock(&self.stage);
        if !matches!(*stage, Stage::Done(_)) {
            *stage = Stage::Done(lost());
        }
        drop(stage);
        self.changed.notify_one();
    }
}

impl Member {
    pub fn new(pending: Arc<Pending>, draft: Draft) -> Self {
        let logged = !draft.operations.is_empty();
        Self { pending, draft, logged }
    }
}

fn lost() -> Result<Sequence, Error> {
    let under_way = "waiting for the transaction that led its group, which ended before it could tell".to_owned();
    Err(Error::Unknown(Doubt { under_way, cause: None }))
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    fn is_told_to_lead(pending: &Pending) -> bool {
        matches!(*lock(&pending.stage), Stage::Leading)
    }

    /// Who leads beside another leader would wait for the commit lock, and be woken only to find that it has an outcome.
    #[test]
    fn one_leads_at_a_time_and_the_others_wait() {
        let queue = Queue::default();
        let first = queue.push(Draft::default());
        let mut leadership = Leadership::new(&queue);
        assert!(is_told_to_lead(&first));
        assert_eq!(leadership.group().len(), 1);
        let [second, third] = [(), ()].map(|()| queue.push(Draft::default()));
        assert!(!is_told_to_lead(&second) && !is_told_to_lead(&third));
        drop(leadership);
        assert!(is_told_to_lead(&second) && !is_told_to_lead(&third));
        let mut leadership = Leadership::new(&queue);
        assert_eq!(
            leadership.group().len(),
            2,
            "it takes along who waits, and for the first one it does not wait for long"
        );
        drop(leadership);
        assert!(is_told_to_lead(&queue.push(Draft::default())), "nobody led any more");
    }
}
