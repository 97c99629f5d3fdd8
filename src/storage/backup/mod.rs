//! What is a backup, and how does the old one stay good until the new one is?
//!
//! A backup is a folder of immutable files, named as in the store, and one *manifest* that lists them together with a checkpoint and
//! the frames after it. The manifest is published last: whatever stops a backup before that leaves the older one as it was, and the
//! files that were copied already are found there by the next try. Only afterwards is removed what nothing refers to any more.
//!
//! ```text
//! backup-<sequence>   the manifest
//! blobs/<name>        object files and index parts
//! lock
//! ```

mod folder;
mod manifest;
mod meter;

pub use folder::{BackupFolder, BackupWriter, Kept};
pub use manifest::{BackupFile, Manifest, TRAILER};
pub use meter::{Copied, CopyMeter, CopyWatch};
