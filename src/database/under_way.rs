//! What is background maintenance at?

use serde::Serialize;

use crate::set::Progress;

/// What background maintenance is at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaintenanceInfo {
    /// The set.
    pub set: String,
    /// The step.
    pub step: String,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
}

impl MaintenanceInfo {
    pub(super) fn of(progress: Progress<'_>) -> Self {
        let Progress { set, step, done, total } = progress;
        Self { set: set.to_owned(), step: step.to_string(), done, total }
    }
}
