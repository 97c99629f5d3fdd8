//! How fast may maintenance write?

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::codec::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use super::locked::lock;

/// Sleeps are this long at most, so that whoever waits is seen.
const NAP: Duration = Duration::from_millis(50);

/// A number of bytes a second. What is not used within a second is lost.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: Option<u64>,
    /// When the bytes spent so far are paid for.
    paid: Mutex<Option<Instant>>,
    spent: AtomicU64,
}

impl Budget {
    /// `None` for no limit.
    pub fn new(per_second: Option<u64>) -> Self {
        Self { per_second, paid: Mutex::default(), spent: AtomicU64::new(0) }
    }

    /// Spends some bytes, and then waits until they are paid for, unless somebody is `urgent`.
    pub fn spend(&self, bytes: u64, urgent: &dyn Fn() -> bool) {
        self.spent.fetch_add(bytes, Ordering::Relaxed);
        let Some(per_second) = self.per_second else { return };
        let due = self.charge(Instant::now(), bytes, per_second);
        while !urgent() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(NAP));
        }
    }

    /// When these bytes are paid for.
    fn charge(&self, now: Instant, bytes: u64, per_second: u64) -> Instant {
        let mut paid = lock(&self.paid);
        let start = paid.map_or(now, |paid| paid.max(now.checked_sub(Duration::from_secs(1)).unwrap_or(now)));
        let due = start + Duration::from_secs_f64(bytes as f64 / per_second.max(1) as f64);
        *paid = Some(due);
        due
    }

    /// All bytes spent.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_paid_for_at_the_given_rate() {
        let budget = Budget::new(Some(1_000));
        let start = Instant::now();
        assert_eq!(budget.charge(start, 500, 1_000), start + Duration::from_millis(500));
        assert_eq!(budget.charge(start, 1_000, 1_000), start + Duration::from_millis(1_500));
        // What was not used longer ago than a second is lost.
        let later = start + Duration::from_secs(60);
        assert_eq!(budget.charge(later, 1_500, 1_000), later + Duration::from_millis(500));
    }

    #[test]
    fn without_a_limit_and_for_the_urgent_nobody_waits() {
        let free = Budget::new(None);
        free.spend(u64::MAX / 2, &|| false);
        let slow = Budget::new(Some(1));
        slow.spend(1_000_000, &|| true);
        assert_eq!((free.spent(), slow.spent()), (u64::MAX / 2, 1_000_000));
    }
}
