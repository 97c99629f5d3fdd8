//! How do many writers share one database, and what happens to what they wrote?
//!
//! A [`Database`] is live state over a storage. Readers take a [`Snapshot`](crate::set::Snapshot) and wait for nobody. A
//! [`Transaction`] stages its writes on a snapshot; its commit goes through a queue (`queue`) whose leader validates a group of transactions in
//! order, appends them to the log as one frame, and applies that frame to the live state (`commit`, `history`). Frames of other
//! processes are read and applied the same way (`core`). Opening is the newest checkpoint plus the frames after it (`adopt`). A thread
//! flushes, compacts, builds index parts and writes checkpoints (`maintenance`, `choose_log`, `background`, `pressure`).
//!
//! This layer knows nothing of index kinds, plans or byte formats.

mod adopt;
mod advice;
mod background;
#[cfg(all(test, not(shuttle)))]
mod background_tests;
mod backup;
mod budget;
mod changes;
mod check;
mod choose_log;
mod clash;
mod commit;
#[cfg(test)]
mod commit_tests;
mod core;
mod declare;
mod drop;
mod engine;
mod error;
mod footprint;
mod handle;
mod history;
mod info;
mod isolation;
mod latest;
mod lease;
mod locked;
mod maintenance;
mod open;
mod options;
mod past;
mod pressure;
mod queue;
mod retention;
mod salvage;
#[cfg(all(test, shuttle))]
mod schedules;
mod scrub;
mod siblings;
mod transaction;
mod under_way;

pub use backup::{Backup, BackupOptions, Restored};
pub use changes::{Change, Changes, Commit};
pub use error::Error;
pub use handle::Database;
pub use info::{DatabaseInfo, IndexInfo, SegmentInfo, SetInfo};
pub use isolation::Isolation;
pub use options::DatabaseOptions;
pub use retention::Retention;
pub use salvage::SalvageReport;
pub use scrub::ScrubInfo;
pub use transaction::Transaction;
pub use under_way::MaintenanceInfo;
