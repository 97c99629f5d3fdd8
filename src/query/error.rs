//! What can go wrong between a question and its answer.

use crate::{
    expr::ExprError,
    index::IndexError,
    object::{ObjectError, Offset},
    set::SetError,
};

/// A failed query.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A value in the question that no answer can be given for (wrong dimension, NaN, a negative radius).
    #[error("field '{field}': {value}: expected {expected}")]
    Value {
        /// The field that the value was for.
        field: String,
        /// The value, shortened.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// A condition or a target that cannot be meant.
    #[error(transparent)]
    Expr(#[from] ExprError),
    /// One of many questions asked at once cannot be meant.
    #[error("vector {line} of the batch: {source}")]
    Line {
        /// Which, from 0.
        line: usize,
        /// Why.
        source: Box<QueryError>,
    },
    /// A rewrite broke the plan: a fault of the named rule, not of the question.
    #[error("rule '{rule}' broke the plan: {reason}")]
    Rule {
        /// The rule.
        rule: &'static str,
        /// The invariant that no longer holds.
        reason: String,
    },
    /// An object could not be made from, or turned into, the caller's type.
    #[error("object at offset {offset}: {source}")]
    Conversion {
        /// The object; a position where the source is a list.
        offset: Offset,
        /// Why.
        source: Box<ObjectError>,
    },
    /// A source from outside failed to give its objects.
    #[error("reading the source: {0}")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An index failed.
    #[error(transparent)]
    Index(Box<IndexError>),
    /// The set failed.
    #[error(transparent)]
    Set(Box<SetError>),
}

impl From<IndexError> for QueryError {
    fn from(error: IndexError) -> Self {
        Self::Index(Box::new(error))
    }
}

impl From<SetError> for QueryError {
    fn from(error: SetError) -> Self {
        Self::Set(Box::new(error))
    }
}

impl QueryError {
    /// Says which of many questions is refused; what else went wrong is nobody's in particular.
    pub(crate) fn of_line(self, line: usize) -> Self {
        match self {
            Self::Value { .. } | Self::Expr(_) => Self::Line { line, source: Box::new(self) },
            other => other,
        }
    }

    /// A refused value.
    pub(crate) fn value(field: impl ToString, value: impl ToString, expected: impl Into<String>) -> Self {
        Self::Value { field: field.to_string(), value: value.to_string(), expected: expected.into() }
    }
}
