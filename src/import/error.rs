//! What can be wrong with a file that is imported.

use crate::object::ObjectError;

use super::Place;

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
    #[error("{place}: {what}")]
    Line {
        /// Where it stands.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// A field with a value it cannot have.
    #[error("{place}, field '{field}': {what}")]
    Field {
        /// Where it stands.
        place: Place,
        /// The field.
        field: String,
        /// The value, shortened, and what would have been right.
        what: String,
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
    /// An object that cannot be stored, told by its place and, where one is at fault, its field.
    #[must_use]
    pub fn object(place: Place, error: &ObjectError) -> Self {
        match error.split_field() {
            Some((field, what)) => Self::Field { place, field: field.to_owned(), what },
            None => Self::Line { place, what: error.to_string() },
        }
    }

    /// The field at fault, where one is.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        if let Self::Field { field, .. } = self { Some(field) } else { None }
    }

    /// Whether `--skip-bad` may go on after this: one line was bad, the file is fine.
    #[must_use]
    pub const fn is_one_line(&self) -> bool {
        matches!(self, Self::Line { .. } | Self::Field { .. })
    }
}
