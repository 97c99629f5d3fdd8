//! What would do the log good? Pure functions of sizes, as [`crate::set::choose`] is for a set.
//!
//! A checkpoint is what lets go of the log before it; how much of that, and of older checkpoints, stays for those who go back is
//! [`super::Retention::kept`].

/// What would do the log good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogDecision {
    /// Nothing.
    Rest,
    /// Write a checkpoint, and let go of the log before it.
    Checkpoint,
    /// Flush all sets before that: otherwise too much of the log would stay.
    FlushAndCheckpoint,
}

/// What is decided upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LogSizes {
    /// Commits since the last checkpoint.
    pub commits: u64,
    /// Frames that stay in the log when a checkpoint is written now: from the first on of which something is in memory only.
    pub held_back: u64,
    /// Bytes that are in memory only.
    pub delta_bytes: u64,
    /// Versions that are in memory only.
    pub delta_objects: u64,
}

/// How many times the distance between checkpoints one may lag behind the log. A few old objects in memory would hold it back for ever.
const LAG: u64 = 2;

/// Deltas of so much are flushed at closing, so that the next opening need not replay them.
const CLOSING_OBJECTS: u64 = 4_096;
const CLOSING_BYTES: u64 = 1 << 20;

/// Decides for a database that is in use, with a checkpoint wanted every so many commits.
pub(super) fn choose_log(sizes: &LogSizes, checkpoint_every: u64) -> LogDecision {
    if sizes.commits < checkpoint_every {
        return LogDecision::Rest;
    }
    match sizes.held_back > checkpoint_every.saturating_mul(LAG) {
        true => LogDecision::FlushAndCheckpoint,
        false => LogDecision::Checkpoint,
    }
}

/// Decides for a database that is being closed: the next opening should have little to replay.
pub(super) fn choose_closing(sizes: &LogSizes) -> LogDecision {
    if sizes.commits == 0 {
        return LogDecision::Rest;
    }
    match sizes.delta_bytes >= CLOSING_BYTES || sizes.delta_objects >= CLOSING_OBJECTS {
        true => LogDecision::FlushAndCheckpoint,
        false => LogDecision::Checkpoint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LogDecision::{Checkpoint, FlushAndCheckpoint, Rest};

    #[test]
    fn a_checkpoint_is_due_after_so_many_commits_and_flushes_what_holds_it_back() {
        let table = [
            // Commits since the last one, frames held back, one wanted every: what is decided.
            ((0, 0, 100), Rest),
            ((99, 0, 100), Rest),
            ((99, 10_000, 100), Rest),
            ((100, 0, 100), Checkpoint),
            ((100, 200, 100), Checkpoint),
            ((100, 201, 100), FlushAndCheckpoint),
            ((5_000, 200, 100), Checkpoint),
            ((0, 0, 0), Checkpoint),
            ((0, 1, 0), FlushAndCheckpoint),
            ((u64::MAX - 1, u64::MAX, u64::MAX), Rest),
            ((u64::MAX, u64::MAX, u64::MAX), Checkpoint),
        ];
        for ((commits, held_back, every), decision) in table {
            // What is in memory is no reason by itself: flushing is decided for each set.
            let sizes = LogSizes { commits, held_back, delta_bytes: u64::MAX, delta_objects: u64::MAX };
            assert_eq!(choose_log(&sizes, every), decision, "{sizes:?}, one every {every}");
        }
    }

    #[test]
    fn closing_flushes_what_would_be_long_to_replay_and_rests_when_nothing_was_committed() {
        let table = [
            // Commits since the last one, bytes and versions in memory: what is decided.
            ((0, 0, 0), Rest),
            ((0, 1 << 30, 1 << 20), Rest),
            ((1, 0, 0), Checkpoint),
            ((1, (1 << 20) - 1, 4_095), Checkpoint),
            ((1, 1 << 20, 0), FlushAndCheckpoint),
            ((1, 0, 4_096), FlushAndCheckpoint),
        ];
        for ((commits, delta_bytes, delta_objects), decision) in table {
            let sizes = LogSizes { commits, held_back: u64::MAX, delta_bytes, delta_objects };
            assert_eq!(choose_closing(&sizes), decision, "{sizes:?}");
        }
    }
}
