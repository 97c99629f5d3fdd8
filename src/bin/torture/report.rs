//! The table at the end: what was tried, with which seed, and whether every mark was met.

use std::time::Duration;

/// A run of so long is held to the marks of docs/reliability.md; a shorter one must only try everything.
const LONG_RUN: Duration = Duration::from_secs(3_600);

/// Something that was tried, so many times, and how often a long run must at least.
pub struct Tried {
    pub what: &'static str,
    pub number: u64,
    pub mark: u64,
}

/// One hazard's line.
pub struct Line {
    pub hazard: &'static str,
    pub tried: Vec<Tried>,
    /// What else there is to say.
    pub notes: Vec<String>,
    pub time: Duration,
    /// What went wrong.
    pub error: Option<String>,
    /// Why nothing was tried.
    pub skipped: Option<String>,
}

impl Line {
    /// Whether nothing went wrong, and everything was tried that can be here, in a run of this length often enough.
    pub fn is_good(&self, run: Duration) -> bool {
        self.error.is_none() && (self.skipped.is_some() || self.missed(run).next().is_none())
    }

    /// What was tried less often than it must be.
    fn missed(&self, run: Duration) -> impl Iterator<Item = &Tried> {
        self.tried.iter().filter(move |tried| tried.number < if run < LONG_RUN { 1 } else { tried.mark })
    }

    pub fn print(&self, run: Duration) {
        let tried: Vec<_> = self.tried.iter().map(|tried| format!("{} {}", tried.number, tried.what)).collect();
        let verdict = match (&self.skipped, self.is_good(run)) {
            (Some(_), true) => "skipped",
            (None, true) => "ok",
            _ => "FAILED",
        };
        println!("{:<14} {verdict:<8} {:>7.1} s  {}", self.hazard, self.time.as_secs_f64(), tried.join(", "));
        let missed = self.missed(run).filter(|_| self.skipped.is_none() && self.error.is_none());
        let missed =
            missed.map(|tried| format!("missed: {} {}, the mark is {}", tried.number, tried.what, tried.mark.max(1)));
        for note in self.notes.iter().cloned().chain(self.skipped.clone()).chain(self.error.clone()).chain(missed) {
            println!("{:>26}{note}", "");
        }
    }
}
