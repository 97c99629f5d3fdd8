//! How new is what is read?
//!
//! What this process commits is visible at once. What others commit is in the log, and looking there costs a read of its head: so a read
//! looks unless somebody has looked lately enough.

use std::time::{Duration, Instant};

use crate::{
    codec::sync::{
        atomic::{AtomicU64, Ordering},
        thread,
    },
    object::Sequence,
    set::Snapshot,
};

use super::{Error, core::Core};

/// When the log was last looked at.
#[derive(Debug)]
pub(super) struct Freshness {
    start: Instant,
    /// Microseconds after `start`.
    looked: AtomicU64,
    /// The newest frame that this process has appended. It is being applied, so there is nothing to be read from the log.
    appended: AtomicU64,
}

impl Default for Freshness {
    fn default() -> Self {
        Self { start: Instant::now(), looked: AtomicU64::new(0), appended: AtomicU64::new(0) }
    }
}

impl Freshness {
    /// Whether the last look was longer ago than that.
    fn is_due(&self, staleness: Duration) -> bool {
        staleness.is_zero() || self.now().saturating_sub(self.looked.load(Ordering::Relaxed)) > micros(staleness)
    }

    /// When a look begins. A staleness of zero makes every read look, so nobody asks when the last one was, and no clock is read.
    fn time_of_look(&self, staleness: Duration) -> Option<u64> {
        (!staleness.is_zero()).then(|| self.now())
    }

    fn look(&self, at: u64) {
        self.looked.fetch_max(at, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        micros(self.start.elapsed())
    }

    /// This process has appended a frame, and nobody was faster.
    pub fn appended(&self, sequence: Sequence) {
        self.appended.fetch_max(sequence.0, Ordering::Release);
    }
}

impl Core {
    /// The state for a read: as new as the log was at most [`super::DatabaseOptions::staleness`] ago. Waits for no commit of this process.
    pub fn latest(&self) -> Result<Snapshot, Error> {
        if self.options.volatile || !self.freshness.is_due(self.options.staleness) {
            return Ok(self.snapshot());
        }
        let now = self.freshness.time_of_look(self.options.staleness);
        loop {
            let known = self.snapshot().sequence().0.max(self.freshness.appended.load(Ordering::Acquire));
            if self.storage.head()?.0 <= known {
                break;
            }
            if let Some(mut committer) = self.try_committer() {
                self.catch_up(&mut committer)?;
                break;
            }
            // Whoever leads has appended just now, or will find that another process was faster.
            thread::yield_now();
        }
        if let Some(now) = now {
            self.freshness.look(now);
        }
        Ok(self.snapshot())
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staleness_of_zero_keeps_no_time() {
        let freshness = Freshness::default();
        assert_eq!(freshness.time_of_look(Duration::ZERO), None);
        assert!(freshness.is_due(Duration::ZERO));
        let day = Duration::from_secs(86_400);
        let now = freshness.time_of_look(day).expect("a time is kept");
        freshness.look(now);
        assert!(!freshness.is_due(day) && freshness.is_due(Duration::ZERO));
    }
}
