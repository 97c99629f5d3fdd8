//! What can be wrong with a file that is imported.

/// A failed import: nothing of its transaction was kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file that cannot be opened or read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// The reason.
        source: std::io::Error,
    },
    /// A line (or feature) that is not what its format asks for.
    #[error("{file}, line {line}: {what}")]
    Line {
        /// The file.
        file: String,
        /// The line, counted from 1 (in GeoJSON the feature).
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// A field with a value it cannot have.
    #[error("{file}, line {line}, field '{field}': {value}: expected {expected}")]
    Field {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// The field.
        field: String,
        /// The value, shortened.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// A file whose format is not known, or not what its name says.
    #[error("{file}: {what}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// An option that does not fit the file.
    #[error("{0}")]
    Option(String),
    /// The database refused.
    #[error(transparent)]
    Database(#[from] crate::Error),
}

impl ImportError {
    /// Whether `--skip-bad` may go on after this: one line was bad, the file is fine.
    #[must_use]
    pub const fn is_one_line(&self) -> bool {
        matches!(self, Self::Line { .. } | Self::Field { .. })
    }
}
