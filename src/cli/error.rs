//! What a command can end with.

use crate::{import::ImportError, sql::SqlError};

/// A failed command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// The arguments do not fit: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A statement that cannot be meant, whatever a database holds, or that lacks a parameter: exit code 2, too.
    #[error(transparent)]
    Statement(SqlError),
    /// What was asked for cannot be done here.
    #[error("{0}")]
    Refused(String),
    /// The database refused or failed.
    #[error(transparent)]
    Database(#[from] crate::Error),
    /// A file could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A statement could not be answered.
    #[error(transparent)]
    Sql(SqlError),
    /// Standard output or a file failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl CliError {
    /// 1 for a failed operation, 2 for wrong usage.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Statement(_) => 2,
            _ => 1,
        }
    }

    /// What to do about it, where the message alone does not say so.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Database(error) | Self::Import(ImportError::Database(error)) => error.advice(),
            _ => None,
        }
    }
}

/// What the database failed with on the way to an answer is the database's failure.
impl From<SqlError> for CliError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Query(_) | SqlError::Set(_) | SqlError::Database(_) => Self::Database(error.into()),
            error => Self::Sql(error),
        }
    }
}
