//! What can be wrong with bytes.

/// Bytes that are not what was written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// A checksum does not match.
    #[error("{file}: damaged at position {position}: {what}")]
    Damaged {
        /// The file, by its name in the store.
        file: String,
        /// Where in the file the damaged block starts.
        position: u64,
        /// What does not fit.
        what: String,
    },
    /// The file was written by a newer version.
    #[error("{file}: format {found} is newer than {known}, the newest this version reads")]
    NewerFormat {
        /// The file, by its name in the store.
        file: String,
        /// The version found.
        found: u32,
        /// The newest version known.
        known: u32,
    },
}
