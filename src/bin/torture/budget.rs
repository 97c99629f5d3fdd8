//! How long does a hazard go on?

use std::time::{Duration, Instant};

/// An end, by time or by number.
#[derive(Clone, Copy, Debug)]
pub enum Budget {
    /// Until this moment.
    Until(Instant),
    /// Until so much was tried.
    Count(u64),
}

impl Budget {
    pub fn lasting(time: Duration) -> Self {
        Self::Until(Instant::now() + time)
    }

    /// Whether it is used up, when so much was tried.
    pub fn spent(self, tried: u64) -> bool {
        match self {
            Self::Until(end) => Instant::now() >= end,
            Self::Count(count) => tried >= count,
        }
    }

    /// A part of it, in percent, from now on.
    pub fn share(self, percent: u32) -> Self {
        match self {
            Self::Until(end) => Self::lasting(end.saturating_duration_since(Instant::now()) * percent / 100),
            Self::Count(count) => Self::Count(count * u64::from(percent) / 100),
        }
    }
}
