//! What keeps a database small and quick?
//!
//! Freezing, flushing, compacting, building parts, checkpoints, trimming the log, removing garbage. What should be done to a family is
//! decided by [`choose`], to the log by [`choose_log`], pure functions of sizes; everything here reads a snapshot, writes new files beside the old ones, and commits
//! the change as one small frame. Readers never wait, writers no longer than for any other commit.

use std::{
    collections::HashSet,
    ops::ControlFlow,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    codec::sync::MutexGuard,
    object::FamilyId,
    set::{
        BuildThreads, Decision, FamilySizes, IndexId, Maintenance, Progress, SegmentSizes, Spend, Watch, choose,
        is_segment_file, unlimited, unwatched,
    },
    storage::{Checkpoint, LockWait},
};

use super::{
    Database, Error, MaintenanceInfo,
    choose_log::{LogDecision, LogSizes, choose_closing, choose_log},
    core::Core,
    locked::lock,
    past::files_of_checkpoint,
    retention::Kept,
};

/// How long maintenance by hand waits for another process that maintains.
const PATIENCE: Duration = Duration::from_secs(30);

/// What somebody else holds who maintains.
const MAINTAINER: &str = "maintenance.lock, and maintains the database";

/// The right to maintain: one holder at a time, over all processes.
pub(super) struct Maintaining<'a> {
    core: &'a Core,
    watch: &'a Watch<'a>,
    spend: &'a Spend<'a>,
    threads: BuildThreads,
    _process: MutexGuard<'a, ()>,
    _storage: Box<dyn Send>,
}

impl Database {
    /// Writes what is in memory as segments on disk.
    pub fn flush(&self) -> Result<(), Error> {
        let maintaining = self.core.maintain()?;
        maintaining.each_family(|family| maintaining.flush(family))?;
        maintaining.report()
    }

    /// Rewrites everything into one settled segment a set, without what is dead, and removes the files that are left over.
    pub fn compact(&self) -> Result<(), Error> {
        self.compact_with(&unwatched)
    }

    /// [`Database::compact`] that says how far it is: for each set, objects written and indexes built. Whoever is told can end it: then the
    /// sets that it was through with are rewritten, and no other.
    pub fn compact_with(&self, watch: &Watch<'_>) -> Result<(), Error> {
        let maintaining = self.core.maintain()?.watched(watch);
        maintaining.each_family(|family| maintaining.settle(family))?;
        maintaining.report()?;
        maintaining.checkpoint()
    }

    /// Builds the parts of declared indexes that segments lack, and waits for them.
    pub fn build_indexes(&self) -> Result<(), Error> {
        self.build_indexes_with(&unwatched)
    }

    /// [`Database::build_indexes`] that says how far it is. Whoever is told can end it: what was built until then stays, the rest is built the
    /// next time, or by the maintenance thread.
    pub fn build_indexes_with(&self, watch: &Watch<'_>) -> Result<(), Error> {
        let maintaining = self.core.maintain()?.watched(watch);
        maintaining.each_family(|family| maintaining.build(family, |_, segment| segment.missing.clone()))
    }

    /// Writes down which segments are live, lets go of the log before, and removes files that nothing refers to.
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.core.maintain()?.checkpoint()
    }
}

impl Core {
    /// The right to maintain, waited for.
    pub fn maintain(&self) -> Result<Maintaining<'_>, Error> {
        if self.storage.read_only() {
            return Err(Error::ReadOnly);
        }
        let process = lock(&self.maintaining);
        let wait = LockWait { limit: PATIENCE, ..self.options.lock_wait };
        let storage = wait.until(|| MAINTAINER.to_owned(), || self.storage.try_maintain())?;
        let storage = storage.ok_or(Error::Maintained)?;
        // What another process did as the last maintainer must be known before anything is decided.
        self.refresh()?;
        Ok(Maintaining::new(self, process, storage))
    }

    /// Does what is due, if anything is and nobody else is at it.
    pub fn pass(&self) -> Result<(), Error> {
        let snapshot = self.snapshot();
        let mut due = choose_log(&self.log_sizes()?, self.options.checkpoint_frames) != LogDecision::Rest;
        for (family, _) in snapshot.every_family() {
            due |= choose(&snapshot.sizes(family)?, &self.options.thresholds) != Decision::Rest;
        }
        if due
            && let Ok(process) = self.maintaining.try_lock()
            && let Some(storage) = self.storage.try_maintain()?
        {
            self.refresh()?;
            let watch = |progress: Progress<'_>| {
                *lock(&self.work) = Some(MaintenanceInfo::of(progress));
                // Closing waits for no build: the next maintenance starts it anew.
                if self.pressure.stopping() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            // Whoever waits for maintenance makes it hurry.
            let urgent = || self.pressure.is_behind() || self.pressure.stopping();
            let spend = |bytes: usize| self.budget.spend(bytes as u64, &urgent);
            let threads = BuildThreads::Maintenance;
            let maintaining =
                Maintaining { watch: &watch, spend: &spend, threads, ..Maintaining::new(self, process, storage) };
            let done = maintaining.keep_all_up();
            *lock(&self.work) = None;
            match done {
                Err(Error::Cancelled(_)) => return Ok(()),
                done => done?,
            }
        }
        self.measure()
    }

    /// What closing does: an orderly checkpoint, so that the next opening replays little.
    pub fn close(&self) -> Result<(), Error> {
        let tidied = if self.storage.read_only() || self.options.volatile { Ok(()) } else { self.tidy_up() };
        self.storage.close()?;
        tidied
    }

    fn tidy_up(&self) -> Result<(), Error> {
        // Nobody is asked for anything when this handle has committed nothing.
        if choose_closing(&self.log_sizes()?) == LogDecision::Rest {
            return Ok(());
        }
        let process = lock(&self.maintaining);
        let Some(storage) = self.storage.try_maintain()? else { return Ok(()) };
        self.refresh()?;
        Maintaining::new(self, process, storage).keep_log_up(choose_closing(&self.log_sizes()?))
    }

    /// What a checkpoint would say now.
    pub fn plan_checkpoint(&self) -> Result<Checkpoint, Error> {
        // Under the commit lock, so that no lease falls between the two.
        let committer = self.committer();
        Ok(self.families().checkpoint(committer.next_offset)?)
    }

    /// Tells the writers how much is left in memory.
    fn measure(&self) -> Result<(), Error> {
        let LogSizes { delta_bytes, delta_objects, .. } = self.log_sizes()?;
        self.pressure.passed(delta_bytes, delta_objects);
        Ok(())
    }

    /// What is decided upon for the log.
    fn log_sizes(&self) -> Result<LogSizes, Error> {
        let snapshot = self.snapshot();
        let mut sizes = LogSizes { commits: self.pressure.commits(), ..LogSizes::default() };
        sizes.held_back = snapshot.sequence().0.saturating_sub(self.families().covered().0);
        for (family, _) in snapshot.every_family() {
            let family = snapshot.sizes(family)?;
            sizes.delta_bytes += family.delta_bytes;
            sizes.delta_objects += family.delta_objects;
        }
        Ok(sizes)
    }
}

impl<'a> Maintaining<'a> {
    /// With nobody told, as fast as it goes, on the threads of whoever asked.
    fn new(core: &'a Core, process: MutexGuard<'a, ()>, storage: Box<dyn Send>) -> Self {
        let threads = BuildThreads::Callers;
        Self { core, watch: &unwatched, spend: &unlimited, threads, _process: process, _storage: storage }
    }

    /// The same, with somebody told how far the work is.
    fn watched<'b>(self, watch: &'b Watch<'b>) -> Maintaining<'b>
    where
        'a: 'b,
    {
        Maintaining { watch, ..self }
    }

    /// Everything that is due.
    fn keep_all_up(&self) -> Result<(), Error> {
        self.each_family(|family| self.keep_up(family))?;
        self.keep_log_up(choose_log(&self.core.log_sizes()?, self.core.options.checkpoint_frames))
    }

    /// Does what was decided for the log.
    fn keep_log_up(&self, decision: LogDecision) -> Result<(), Error> {
        if decision == LogDecision::Rest {
            return Ok(());
        }
        if decision == LogDecision::FlushAndCheckpoint {
            self.each_family(|family| self.flush(family))?;
        }
        self.checkpoint()
    }

    fn each_family(&self, mut work: impl FnMut(FamilyId) -> Result<(), Error>) -> Result<(), Error> {
        let families: Vec<FamilyId> = self.core.snapshot().every_family().map(|(family, _)| family).collect();
        families.into_iter().try_for_each(&mut work)
    }

    fn report(&self) -> Result<(), Error> {
        self.core.measure()
    }

    /// Does what was decided and commits it. `false` when nothing came of it: there was nothing to do, or another process replaced a
    /// segment meanwhile.
    fn perform(&self, family: FamilyId, decision: &Decision) -> Result<bool, Error> {
        let snapshot = self.core.snapshot();
        let (registry, storage) = (self.core.registry.clone(), self.core.storage.clone());
        let Self { watch, spend, threads, .. } = *self;
        let plain = Maintenance::new(snapshot.clone(), registry, storage, &self.core.build_memory);
        let work = Maintenance { watch, spend, threads, ..plain };
        let next = || Ok(self.core.segment_id()?);
        let Some(change) = work.perform(family, decision, &next)? else { return Ok(false) };
        match self.core.commit_segments(&snapshot, change) {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Applies decisions to a family until it may rest.
    fn keep_up(&self, family: FamilyId) -> Result<(), Error> {
        loop {
            let sizes = self.core.snapshot().sizes(family)?;
            let decision = choose(&sizes, &self.core.options.thresholds);
            let stop = decision == Decision::Rest || self.core.pressure.stopping();
            if stop || !self.perform(family, &decision)? {
                return Ok(());
            }
            tracing::debug!(%family, ?decision, "maintained");
            self.report()?;
        }
    }

    fn flush(&self, family: FamilyId) -> Result<(), Error> {
        if self.core.snapshot().sizes(family)?.delta_objects > 0 {
            self.perform(family, &Decision::Flush)?;
        }
        Ok(())
    }

    /// One segment for a family, or as few as memory allows, with every part as good as it gets.
    fn settle(&self, family: FamilyId) -> Result<(), Error> {
        self.flush(family)?;
        let sizes = self.core.snapshot().sizes(family)?;
        let live: u64 = sizes.segments.iter().map(|segment| u64::from(segment.live())).sum();
        let (limit, segments) = (self.core.build_memory.limit(), sizes.segments.len() as u64);
        let fewest = live.div_ceil(u64::from(sizes.most_slots(limit))).max(1);
        if segments > fewest || sizes.segments.iter().any(|segment| segment.dead > 0) {
            let ids = sizes.segments.iter().map(|segment| segment.id).collect();
            self.perform(family, &Decision::Compact(ids))?;
        }
        self.build(family, |sizes, segment| [&segment.missing[..], &sizes.to_settle(segment, limit)].concat())
    }

    /// Builds the parts of each segment that `wanted` names.
    fn build(
        &self,
        family: FamilyId,
        wanted: impl Fn(&FamilySizes, &SegmentSizes) -> Vec<IndexId>,
    ) -> Result<(), Error> {
        let sizes = self.core.snapshot().sizes(family)?;
        for segment in &sizes.segments {
            let indexes = wanted(&sizes, segment);
            if !indexes.is_empty() {
                self.perform(family, &Decision::Build(segment.id, indexes))?;
            }
        }
        Ok(())
    }

    /// Publishes a checkpoint, and then lets go of what it makes superfluous, as far as nobody wants to go back to it.
    pub fn checkpoint(&self) -> Result<(), Error> {
        let Core { storage, options, .. } = self.core;
        let mut checkpoint = self.core.plan_checkpoint()?;
        // A handle may think that less is covered than another did: it remembers when objects were born that have died since. What was covered
        // once stays so, and the log before it may be gone; a checkpoint that covers less would not be taken for the newest.
        let covered = storage.checkpoints()?.into_iter().map(|stamp| stamp.sequence);
        checkpoint.sequence = covered.fold(checkpoint.sequence, Ord::max);
        storage.put_checkpoint(&checkpoint, options.retention.by_age().then(now))?;
        self.core.pressure.checkpointed(checkpoint.sequence);
        let kept = options.retention.kept(&storage.checkpoints()?, checkpoint.listed, now());
        storage.forget_checkpoints(kept.listed)?;
        storage.trim(kept.log.next())?;
        self.remove_garbage(&checkpoint, kept)
    }

    /// Removes files that nothing refers to: what segments were rewritten from, and what an interrupted load left behind.
    ///
    /// Nothing but the checkpoint just written, those that are kept and the frames after them is ever read again. Only bulk loads write files that
    /// nothing refers to yet, so nothing is removed while one is under way anywhere. A file whose name is not ours stays.
    fn remove_garbage(&self, checkpoint: &Checkpoint, kept: Kept) -> Result<(), Error> {
        let Some(_no_load) = self.core.storage.try_sweep()? else { return Ok(()) };
        self.core.refresh()?;
        let now = self.core.plan_checkpoint()?;
        let of_past = match self.core.options.retention.is_none() {
            true => HashSet::new(),
            false => {
                let mut files = self.core.files_since(kept.log)?;
                files.extend(self.core.files_of_checkpoints(kept.listed)?);
                files
            }
        };
        let live: HashSet<&str> = [checkpoint, &now].into_iter().flat_map(files_of_checkpoint).collect();
        for (name, bytes) in self.core.storage.list()? {
            if is_segment_file(&name) && !live.contains(name.as_str()) && !of_past.contains(&name) {
                tracing::debug!(name, bytes, "removing a file that nothing refers to");
                self.core.storage.remove(&name)?;
            }
        }
        Ok(())
    }
}

/// Microseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
