//! What can be wrong with SQL text.

use crate::set::Snapshot;

/// A statement that cannot be answered, with what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The text is no SQL.
    #[error("SQL cannot be read: {0}")]
    Syntax(String),
    /// SQL that this version does not answer.
    #[error("SQL: {clause} is not supported; {instead}")]
    Unsupported {
        /// The clause, as written.
        clause: String,
        /// What to write instead.
        instead: String,
    },
    /// No function of this name.
    #[error("SQL: unknown function {name}; known: {known}")]
    UnknownFunction {
        /// The name as written.
        name: String,
        /// The functions there are.
        known: String,
    },
    /// No set of this name.
    #[error("SQL: no set '{name}'; there are: {known}")]
    UnknownSet {
        /// The name as written.
        name: String,
        /// The sets there are.
        known: String,
    },
    /// No object of the set has such a field.
    #[error("SQL: no object of set '{set}' has a field '{field}'")]
    UnknownField {
        /// The field as written.
        field: String,
        /// The set.
        set: String,
    },
    /// A parameter without a value.
    #[error("SQL: parameter ${0} has no value")]
    MissingParameter(String),
    /// An argument or operand of the wrong sort.
    #[error("SQL: {place}: {value}: expected {expected}")]
    Operand {
        /// The function or operator.
        place: String,
        /// What was found there.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// An argument that is a place, a shape or a time, and not a valid one.
    #[error("SQL: {place}: {value}: {why}")]
    Invalid {
        /// The function or operator.
        place: String,
        /// What was found there.
        value: String,
        /// Why it is not valid, and what would have been right.
        why: String,
    },
    /// What an object is to be made of, or changed to, does not fit.
    #[error("SQL: {place}: {source}")]
    Object {
        /// The statement's verb, and the set.
        place: String,
        /// The reason.
        source: Box<crate::object::ObjectError>,
    },
    /// A transaction that has failed before this statement.
    #[error(
        "SQL: an earlier statement of the transaction failed, so nothing of it will be committed: ROLLBACK ends it"
    )]
    Aborted,
    /// A statement of a script, with what is wrong with it.
    #[error("statement {number}, line {line}: {source}")]
    InScript {
        /// Which one, counted from 1.
        number: usize,
        /// The line that it begins in, counted from 1.
        line: usize,
        /// What is wrong.
        source: Box<Self>,
    },
    /// The database refused or failed, a conflict between transactions included.
    #[error(transparent)]
    Database(Box<crate::Error>),
    /// The query could not be answered.
    #[error(transparent)]
    Query(#[from] crate::query::QueryError),
    /// The set could not be read.
    #[error(transparent)]
    Set(#[from] crate::set::SetError),
}

impl SqlError {
    /// No set of this name in a snapshot.
    pub(super) fn unknown_set(snapshot: &Snapshot, name: &str) -> Self {
        let known: Vec<&str> = snapshot.families().map(|(_, declaration)| declaration.name.as_str()).collect();
        Self::UnknownSet { name: name.to_owned(), known: known.join(", ") }
    }

    pub(super) fn operand(place: impl ToString, value: impl ToString, expected: impl ToString) -> Self {
        Self::Operand { place: place.to_string(), value: value.to_string(), expected: expected.to_string() }
    }

    pub(super) fn invalid(place: impl ToString, value: impl ToString, why: impl ToString) -> Self {
        Self::Invalid { place: place.to_string(), value: value.to_string(), why: why.to_string() }
    }

    pub(super) fn object(place: impl ToString, source: crate::object::ObjectError) -> Self {
        Self::Object { place: place.to_string(), source: Box::new(source) }
    }

    pub(super) fn unsupported(clause: impl ToString, instead: impl ToString) -> Self {
        Self::Unsupported { clause: clause.to_string(), instead: instead.to_string() }
    }
}

/// What the database failed with on the way to an answer is the database's own error.
impl From<SqlError> for crate::Error {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Query(error) => error.into(),
            SqlError::Set(error) => error.into(),
            SqlError::Database(error) => *error,
            error => Self::above(error),
        }
    }
}

/// What a transaction ended with: the front end's own error as it was, or the database's.
impl From<crate::Error> for SqlError {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Query(error) => Self::Query(error),
            crate::Error::Set(error) => Self::Set(error),
            crate::Error::Above(error) => match error.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Database(Box::new(crate::Error::Above(other))),
            },
            error => Self::Database(Box::new(error)),
        }
    }
}
