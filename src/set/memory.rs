//! How much memory may building indexes take?
//!
//! What a build holds is estimated before it begins ([`IndexKind::build_bytes`]). Segments are made no larger than can be built within
//! the limit, builds wait for each other, and what does not fit by itself is built with less.

use std::{
    ops::Range,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::index::{BuildEffort, IndexKind, Options};

use super::Cancelled;

/// Smaller segments are not made, however little memory there is: a search asks each of them.
const FEWEST_SLOTS: u32 = 16_384;

/// How often whoever waits asks whether it shall go on.
const LOOK: Duration = Duration::from_millis(50);

/// What index builds hold in memory, all together.
#[derive(Debug)]
pub struct BuildMemory {
    limit: u64,
    held: Mutex<u64>,
    freed: Condvar,
}

/// What one build holds; given back when dropped.
#[derive(Debug)]
pub(super) struct Share<'m> {
    memory: &'m BuildMemory,
    bytes: u64,
}

impl BuildMemory {
    /// So many bytes.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self { limit, held: Mutex::new(0), freed: Condvar::new() }
    }

    /// As much as there is.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self::new(u64::MAX)
    }

    /// The most that builds may hold.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// Waits until so much can be held; more than the limit by whoever is alone. Builds that are quick wait for nobody, and neither does a
    /// thread of a pool: what it waits for may wait for that very thread.
    pub(super) fn hold(
        &self,
        bytes: u64,
        effort: BuildEffort,
        go_on: &dyn Fn() -> Result<(), Cancelled>,
    ) -> Result<Share<'_>, Cancelled> {
        let patient = effort == BuildEffort::Settled && rayon::current_thread_index().is_none();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while patient && *held > 0 && held.saturating_add(bytes) > self.limit {
            go_on()?;
            held = self.freed.wait_timeout(held, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        *held = held.saturating_add(bytes);
        Ok(Share { memory: self, bytes })
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut held = self.memory.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_sub(self.bytes);
        self.memory.freed.notify_all();
    }
}

/// The effort that a part is built with, and what that holds: less than wanted when the wanted does not fit by itself.
pub(super) fn affordable(
    kind: &dyn IndexKind,
    options: &Options,
    wanted: BuildEffort,
    slots: u32,
    limit: u64,
) -> (BuildEffort, u64) {
    let bytes = |effort| kind.build_bytes(options, effort).saturating_mul(u64::from(slots));
    let less = bytes(BuildEffort::Fresh);
    match bytes(wanted) {
        bytes if bytes > limit && less < bytes => (BuildEffort::Fresh, less),
        bytes => (wanted, bytes),
    }
}

/// The most slots of a segment over which an index that holds so much for each can be built within a limit.
pub(super) fn most_slots(bytes_a_slot: u64, limit: u64) -> u32 {
    let most = limit / bytes_a_slot.max(1);
    u32::try_from(most).unwrap_or(u32::MAX).max(FEWEST_SLOTS)
}

/// Which of these builds are made at once: as many, one after the other, as fit within the limit; one that does not, alone.
pub(super) fn rounds(bytes: &[u64], limit: u64) -> Vec<Range<usize>> {
    let mut rounds: Vec<Range<usize>> = Vec::new();
    let mut held = 0_u64;
    for (at, bytes) in bytes.iter().enumerate() {
        match rounds.last_mut() {
            Some(round) if held.saturating_add(*bytes) <= limit => {
                round.end = at + 1;
                held = held.saturating_add(*bytes);
            }
            _ => {
                rounds.push(at..at + 1);
                held = *bytes;
            }
        }
    }
    rounds
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        thread,
    };

    use super::*;
    use crate::set::Step;

    #[test]
    fn segments_are_as_large_as_can_be_built() {
        assert_eq!(most_slots(400, 2 << 30), 5_368_709);
        assert_eq!(most_slots(400, 1), FEWEST_SLOTS);
        assert_eq!(most_slots(0, u64::MAX), u32::MAX);
    }

    #[test]
    fn builds_that_fit_are_made_at_once_and_the_others_alone() {
        assert!(rounds(&[], 10).is_empty());
        assert_eq!(rounds(&[3, 3, 3, 2], 10), [0..3, 3..4]);
        assert_eq!(rounds(&[6, 5, 5, 20, 1], 10), [0..1, 1..3, 3..4, 4..5]);
        assert_eq!(rounds(&[11, u64::MAX, 1], 10), [0..1, 1..2, 2..3]);
    }

    #[test]
    fn builds_wait_for_each_other_and_one_alone_may_be_too_large() {
        let memory = BuildMemory::new(100);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for bytes in [60, 50, 40, 500, 30, 10] {
                let (memory, now, most) = (&memory, &now, &most);
                scope.spawn(move || {
                    for _ in 0..50 {
                        let share = memory.hold(bytes, BuildEffort::Settled, &|| Ok(())).unwrap();
                        let held = now.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        assert!(held <= 100 || held == 500, "{held} are held");
                        most.fetch_max(held, Ordering::SeqCst);
                        thread::yield_now();
                        now.fetch_sub(bytes, Ordering::SeqCst);
                        drop(share);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 500);
    }

    #[test]
    fn whoever_waits_can_be_ended_and_the_quick_do_not_wait() {
        let memory = BuildMemory::new(100);
        let cancelled = || Err(Cancelled { set: "things".into(), step: Step::BuildIndexes });
        let share = memory.hold(90, BuildEffort::Settled, &cancelled).unwrap();
        assert!(memory.hold(20, BuildEffort::Settled, &cancelled).is_err());
        assert!(memory.hold(20, BuildEffort::Fresh, &cancelled).is_ok());
        let inside = rayon::join(|| memory.hold(20, BuildEffort::Settled, &cancelled).is_ok(), || ()).0;
        assert!(inside, "a thread of the pool waits");
        drop(share);
        assert!(memory.hold(100, BuildEffort::Settled, &cancelled).is_ok());
    }
}
