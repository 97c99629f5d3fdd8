//! How far back can a database be asked?

use std::time::Duration;

use crate::{object::Sequence, storage::CheckpointStamp};

/// What is kept of the past, so that [`super::Database::at`] and [`super::Database::changes`] can go back to it. Nothing by default, except for
/// what the newest checkpoint and the log after it happen to hold.
///
/// What is wanted by number or by age, whichever goes back further, is kept: checkpoints, the files that they and the log since refer to,
/// and the log since the oldest of them. Whoever maintains decides: all processes should open a database with the same retention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Retention {
    sequences: Option<u64>,
    age: Option<Duration>,
}

/// Where what is kept begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Checkpoints listed here or later.
    pub listed: Sequence,
    /// The log after this.
    pub log: Sequence,
}

impl Retention {
    /// Nothing is kept for its own sake.
    pub const fn none() -> Self {
        Self { sequences: None, age: None }
    }

    /// Keeps the states after each of so many last commits.
    pub const fn sequences(self, count: u64) -> Self {
        Self { sequences: Some(count), ..self }
    }

    /// Keeps the states after each commit of this last while.
    pub const fn age(self, age: Duration) -> Self {
        Self { age: Some(age), ..self }
    }

    /// Whether anything is to be kept.
    pub(super) const fn is_none(self) -> bool {
        self.sequences.is_none() && self.age.is_none()
    }

    /// Whether checkpoints must say when they were written.
    pub(super) const fn by_age(self) -> bool {
        self.age.is_some()
    }

    /// What must be kept now, of checkpoints given oldest first; `now` in microseconds since 1970. Goes back to the beginning
    /// when no checkpoint is old enough.
    pub(super) fn kept(self, checkpoints: &[CheckpointStamp], newest: Sequence, now: i64) -> Kept {
        let newest_that = |old_enough: &dyn Fn(&CheckpointStamp) -> bool| {
            let found = checkpoints.iter().rev().find(|stamp| old_enough(stamp));
            found.map_or(Kept { listed: Sequence(0), log: Sequence(0) }, Kept::from)
        };
        let by_number = self.sequences.map(|count| {
            let oldest = Sequence(newest.0.saturating_sub(count));
            newest_that(&|stamp| stamp.listed <= oldest)
        });
        let by_age = self.age.map(|age| {
            let oldest = now.saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX));
            newest_that(&|stamp| stamp.written.is_some_and(|written| written <= oldest))
        });
        let wanted = by_number.into_iter().chain(by_age).min_by_key(|kept| kept.listed);
        wanted.or_else(|| checkpoints.last().map(Kept::from)).unwrap_or(Kept { listed: newest, log: Sequence(0) })
    }
}

impl From<&CheckpointStamp> for Kept {
    fn from(stamp: &CheckpointStamp) -> Self {
        Self { listed: stamp.listed, log: stamp.sequence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checkpoints at 10, 20, 30, ... with a log that begins three earlier, one a second.
    fn checkpoints() -> Vec<CheckpointStamp> {
        let stamp = |n: u64| CheckpointStamp {
            listed: Sequence(10 * n),
            sequence: Sequence(10 * n - 3),
            written: Some(n as i64 * 1_000_000),
        };
        (1..=6).map(stamp).collect()
    }

    #[test]
    fn the_newest_checkpoint_that_is_old_enough_is_where_it_begins() {
        let kept = |retention: Retention| retention.kept(&checkpoints(), Sequence(65), 6_500_000).listed.0;
        assert_eq!(kept(Retention::none()), 60);
        assert_eq!(kept(Retention::none().sequences(0)), 60);
        assert_eq!(kept(Retention::none().sequences(15)), 50);
        assert_eq!(kept(Retention::none().sequences(16)), 40);
        assert_eq!(kept(Retention::none().sequences(60)), 0, "no checkpoint is old enough");
        assert_eq!(kept(Retention::none().age(Duration::from_secs(2))), 40);
        assert_eq!(kept(Retention::none().age(Duration::from_secs(2)).sequences(40)), 20);
        assert_eq!(kept(Retention::none().age(Duration::from_secs(5)).sequences(10)), 10);
        assert_eq!(kept(Retention::none().age(Duration::from_secs(7))), 0);
        let kept = Retention::none().sequences(30).kept(&checkpoints(), Sequence(65), 0);
        assert_eq!(kept, Kept { listed: Sequence(30), log: Sequence(27) });
        assert_eq!(Retention::none().kept(&[], Sequence(3), 0).log, Sequence(0));
    }
}
