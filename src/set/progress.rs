//! How far is a long piece of work?

use std::{
    fmt,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Told about this many times over one step, at most.
const TELLINGS: u64 = 1_000;

/// What a long piece of work is at, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The set that is worked on.
    pub set: &'a str,
    /// What is being done.
    pub step: Step,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
}

/// A step of a long piece of work. Steps follow each other; maintenance of many sets goes through them for each set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Looking whether every object may be stored. Counts objects. What is loaded is checked as it is written; this comes when others
    /// have committed meanwhile, and it has to be checked again.
    CheckObjects,
    /// Writing objects: to the log, or as a segment's object file. Counts objects.
    WriteObjects,
    /// Building the parts of all indexes, several at once. Counts two steps for each object and index: it is read, it is built in.
    BuildIndexes,
    /// Verifying the files of a set and its indexes. Counts object files and parts.
    VerifyFiles,
    /// Verifying the objects of a set with their keys and owners. Counts objects.
    VerifyObjects,
}

/// Who is told how far a long piece of work is, and says whether it shall go on: a thousand times a step at most, from several threads at
/// once. A closure over a progress bar, or over atomics; the work waits for it. After [`ControlFlow::Break`] the work ends soon with
/// [`SetError::Cancelled`](super::SetError::Cancelled), as if it had never begun.
pub type Watch<'a> = dyn Fn(Progress<'_>) -> ControlFlow<()> + Sync + 'a;

/// The [`Watch`] of those who don't wait.
pub fn unwatched(_: Progress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Who is told of bytes before they are written, and may make the writer wait.
pub type Spend<'a> = dyn Fn(usize) + Sync + 'a;

/// The [`Spend`] of those who need not hold back.
pub fn unlimited(_: usize) {}

/// A long piece of work was ended by whoever watched it; nothing of it is left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("set '{set}': cancelled while {step}")]
pub struct Cancelled {
    /// The set that was worked on.
    pub set: Box<str>,
    /// What was being done.
    pub step: Step,
}

/// One step under way.
pub(crate) struct Steps<'a> {
    watch: &'a Watch<'a>,
    set: &'a str,
    step: Step,
    total: u64,
    done: AtomicU64,
    /// Nothing is told before so much is done.
    due: AtomicU64,
    /// The watch wants no more of it.
    cancelled: AtomicBool,
}

impl<'a> Steps<'a> {
    /// A step begins.
    pub fn new(watch: &'a Watch<'a>, set: &'a str, step: Step, total: u64) -> Self {
        let (done, due) = (AtomicU64::new(0), AtomicU64::new(total.min(Self::grain(total))));
        let steps = Self { watch, set, step, total, done, due, cancelled: AtomicBool::new(false) };
        steps.tell(0);
        steps
    }

    /// So much more is done. Fails once the watch has cancelled the work, which is then to be given up.
    pub fn advance(&self, by: u64) -> Result<(), Cancelled> {
        let now = self.done.fetch_add(by, Ordering::Relaxed) + by;
        if now >= self.due.load(Ordering::Relaxed) && self.is_due(now) {
            self.tell(now);
        }
        self.go_on()
    }

    /// Whether this has to be told; of several threads that are about as far, one is to tell it.
    fn is_due(&self, now: u64) -> bool {
        let grain = Self::grain(self.total);
        let next = if now < self.total { ((now / grain + 1) * grain).min(self.total) } else { u64::MAX };
        let set = |due| (now >= due).then_some(next);
        self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, set).is_ok()
    }

    fn grain(total: u64) -> u64 {
        (total / TELLINGS).max(1)
    }

    /// Fails once the watch has cancelled the work.
    pub fn go_on(&self) -> Result<(), Cancelled> {
        match self.cancelled.load(Ordering::Relaxed) {
            true => Err(Cancelled { set: self.set.into(), step: self.step }),
            false => Ok(()),
        }
    }

    /// Asks again, although nothing more is done.
    pub fn ask(&self) -> Result<(), Cancelled> {
        self.tell(self.done.load(Ordering::Relaxed));
        self.go_on()
    }

    fn tell(&self, done: u64) {
        let Self { watch, set, step, total, cancelled, .. } = self;
        if !cancelled.load(Ordering::Relaxed)
            && watch(Progress { set, step: *step, done: done.min(*total), total: *total }).is_break()
        {
            cancelled.store(true, Ordering::Relaxed);
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CheckObjects => "checking objects",
            Self::WriteObjects => "writing objects",
            Self::BuildIndexes => "building indexes",
            Self::VerifyFiles => "verifying files",
            Self::VerifyObjects => "verifying objects",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_step_is_told_from_nothing_to_all_and_not_too_often() {
        for total in [0, 1, 7, 1_000_000] {
            let told = Mutex::new(Vec::new());
            let watch = |progress: Progress<'_>| {
                told.lock().unwrap().push(progress.done);
                ControlFlow::Continue(())
            };
            let steps = Steps::new(&watch, "set", Step::WriteObjects, total);
            (0..total).for_each(|_| steps.advance(1).unwrap());
            let told = told.lock().unwrap();
            assert_eq!((told[0], *told.last().unwrap()), (0, total));
            assert!(told.is_sorted() && told.len() as u64 <= TELLINGS + 2, "{total}: {}", told.len());
        }
    }

    #[test]
    fn whoever_is_told_can_end_it() {
        let watch = |progress: Progress<'_>| match progress.done < 3 {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        let steps = Steps::new(&watch, "cities", Step::BuildIndexes, 10);
        let done = (0..10).take_while(|_| steps.advance(1).is_ok()).count();
        assert_eq!(done, 2);
        let error = steps.go_on().unwrap_err().to_string();
        assert_eq!(error, "set 'cities': cancelled while building indexes");
    }
}
