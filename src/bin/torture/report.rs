//! The table at the end: what was tried, with which seed, and whether every mark was met.

use std::time::Duration;

/// One hazard's line.
pub struct Line {
    pub hazard: &'static str,
    /// What was tried, each with its number; a zero is a mark missed.
    pub tried: Vec<(&'static str, u64)>,
    /// What else there is to say.
    pub notes: Vec<String>,
    pub time: Duration,
    /// What went wrong.
    pub error: Option<String>,
    /// Why nothing was tried.
    pub skipped: Option<String>,
}

impl Line {
    /// Whether nothing went wrong, and everything was tried that can be here.
    pub fn is_good(&self) -> bool {
        self.error.is_none() && (self.skipped.is_some() || self.tried.iter().all(|(_, number)| *number > 0))
    }

    pub fn print(&self) {
        let tried: Vec<_> = self.tried.iter().map(|(what, number)| format!("{number} {what}")).collect();
        let verdict = match (&self.skipped, self.is_good()) {
            (Some(_), true) => "skipped",
            (None, true) => "ok",
            _ => "FAILED",
        };
        println!("{:<14} {verdict:<8} {:>7.1} s  {}", self.hazard, self.time.as_secs_f64(), tried.join(", "));
        for note in self.notes.iter().chain(&self.skipped).chain(&self.error) {
            println!("{:>26}{note}", "");
        }
    }
}
