//! How far is a long piece of work?

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
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
    /// Looking whether every object may be stored. Counts objects.
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

/// Who is told how far a long piece of work is: a thousand times a step at most, from several threads at once. A closure over a progress
/// bar, or over atomics; the work waits for it.
pub type Watch<'a> = dyn Fn(Progress<'_>) + Sync + 'a;

/// The [`Watch`] of those who don't wait.
pub fn unwatched(_: Progress<'_>) {}

/// Who is told of bytes before they are written, and may make the writer wait.
pub type Spend<'a> = dyn Fn(usize) + Sync + 'a;

/// The [`Spend`] of those who need not hold back.
pub fn unlimited(_: usize) {}

/// One step under way.
pub(crate) struct Steps<'a> {
    watch: &'a Watch<'a>,
    set: &'a str,
    step: Step,
    total: u64,
    done: AtomicU64,
}

impl<'a> Steps<'a> {
    /// A step begins.
    pub fn new(watch: &'a Watch<'a>, set: &'a str, step: Step, total: u64) -> Self {
        let steps = Self { watch, set, step, total, done: AtomicU64::new(0) };
        steps.tell(0);
        steps
    }

    /// So much more is done.
    pub fn advance(&self, by: u64) {
        let before = self.done.fetch_add(by, Ordering::Relaxed);
        let now = before + by;
        let grain = (self.total / TELLINGS).max(1);
        if before / grain != now / grain || now == self.total {
            self.tell(now);
        }
    }

    fn tell(&self, done: u64) {
        (self.watch)(Progress { set: self.set, step: self.step, done: done.min(self.total), total: self.total });
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
            let watch = |progress: Progress<'_>| told.lock().unwrap().push(progress.done);
            let steps = Steps::new(&watch, "set", Step::WriteObjects, total);
            (0..total).for_each(|_| steps.advance(1));
            let told = told.lock().unwrap();
            assert_eq!((told[0], *told.last().unwrap()), (0, total));
            assert!(told.is_sorted() && told.len() as u64 <= TELLINGS + 2, "{total}: {}", told.len());
        }
    }
}
