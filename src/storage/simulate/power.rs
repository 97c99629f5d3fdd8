//! What of the unsynced is found again when power comes back?

use crate::codec::Random;

/// What of the unsynced writes and names survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Only what was synced.
    Nothing,
    /// The first so many sectors and names, in the order they were written: with every number up to
    /// [`unsynced`](super::SimulatedFileSystem::unsynced), every prefix.
    First(u64),
    /// Everything up to some moment.
    Prefix,
    /// Any sectors and any names, each independently.
    Any,
    /// The same, and of a sector perhaps only its start.
    Torn,
    /// Everything: the process was killed, the machine went on.
    Everything,
}

/// The choice for one power cut.
#[derive(Debug)]
pub(super) struct Survival {
    keep: Keep,
    until: u64,
    random: Random,
}

impl Survival {
    /// Chooses among changes that were made at these times.
    pub(super) fn new(keep: Keep, seed: u64, times: impl Iterator<Item = u64>) -> Self {
        let mut random = Random::new(seed);
        let until = match keep {
            Keep::First(_) | Keep::Prefix => {
                let mut times: Vec<u64> = times.collect();
                times.sort_unstable();
                let count = if let Keep::First(count) = keep { count } else { random.below(times.len() as u64 + 1) };
                usize::try_from(count).ok().and_then(|count| times.get(count).copied()).unwrap_or(u64::MAX)
            }
            _ => 0,
        };
        Self { keep, until, random }
    }

    /// Whether a change that was made at this time survives.
    pub(super) fn keeps(&mut self, time: u64) -> bool {
        match self.keep {
            Keep::Nothing => false,
            Keep::Everything => true,
            Keep::First(_) | Keep::Prefix => time < self.until,
            Keep::Any | Keep::Torn => self.random.coin(),
        }
    }

    /// How many bytes at the start of a kept sector of `length` bytes are new.
    pub(super) fn tears(&mut self, length: usize) -> usize {
        if self.keep == Keep::Torn && self.random.coin() {
            self.random.below(length as u64 + 1) as usize
        } else {
            length
        }
    }

    /// Whether a file has its new length, whatever of its content is there.
    pub(super) fn keeps_length(&mut self) -> bool {
        matches!(self.keep, Keep::Any | Keep::Torn) && self.random.coin()
    }
}
