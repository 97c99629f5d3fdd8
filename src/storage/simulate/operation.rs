//! What is done to the disk, as tests see it.

/// One operation that changed the disk or made a change durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// A file was created.
    Create(String),
    /// Bytes were written.
    Write {
        /// The name the file had when it was opened.
        name: String,
        /// Where.
        position: u64,
        /// How many.
        length: u64,
    },
    /// A file was synced.
    Sync(String),
    /// A file was renamed.
    Rename(String, String),
    /// A file was removed.
    Remove(String),
    /// A folder was created.
    CreateFolder(String),
    /// A folder was synced.
    SyncFolder(String),
}
