//! The middle of measured times.

use std::time::Duration;

/// The median of at least one time.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
