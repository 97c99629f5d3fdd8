//! How long is a lock waited for that another process holds?
//!
//! The operating system's own wait has no end: a process that is stopped, or foreign, would stop every other one with it. So a busy
//! lock is asked for again and again, with pauses that grow, until the time is up.

use std::{
    io,
    time::{Duration, Instant},
};

use crate::codec::sync::thread;

/// How long to wait for a lock of another process, and whom to tell.
#[derive(Clone, Copy, Debug)]
pub struct LockWait {
    /// After this long the call fails; nothing is written then, and a later try may succeed.
    pub limit: Duration,
    /// Told once, when the wait is a second old: the lock file's path.
    pub tell: Option<fn(&str)>,
}

impl Default for LockWait {
    fn default() -> Self {
        Self { limit: Duration::from_secs(10), tell: None }
    }
}

/// The first pause between two tries: less than a commit holds a lock for.
const SHORTEST: Duration = Duration::from_micros(50);
/// The longest.
const LONGEST: Duration = Duration::from_millis(5);
/// How old a wait is when it is worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(1);

impl LockWait {
    /// Tries until `take` gets the lock called `name`; `None` when the time is up. The first try costs nothing more than
    /// itself.
    pub(crate) fn until<T, E>(
        &self,
        name: impl Fn() -> String,
        mut take: impl FnMut() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        if let Some(taken) = take()? {
            return Ok(Some(taken));
        }
        let start = Instant::now();
        let mut told = false;
        loop {
            let waited = start.elapsed();
            if waited >= self.limit {
                return Ok(None);
            }
            if !told && waited >= WORTH_A_WORD {
                told = true;
                self.tell.iter().for_each(|tell| tell(&name()));
            }
            // Pauses in proportion to the wait: one who has just come does not push aside those who wait.
            thread::sleep((waited / 8).clamp(SHORTEST, LONGEST).min(self.limit.saturating_sub(waited)));
            if let Some(taken) = take()? {
                return Ok(Some(taken));
            }
        }
    }

    /// The error when the time is up.
    pub(super) fn expired(&self, name: &str) -> io::Error {
        let why = format!(
            "another process has held {name} for {:?}; nothing was written: try again, or end the process that holds the lock \
             if it hangs (`fuser {name}` finds it)",
            self.limit
        );
        io::Error::new(io::ErrorKind::TimedOut, why)
    }
}
