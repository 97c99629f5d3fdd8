//! Two computed values against each other.

use std::{cmp::Ordering, fmt, sync::Arc};

use crate::object::{FieldPath, Fields, Offset, Value, order};

use super::{Predicate, Scalar, Test};

/// How two values are compared. Null and missing values, and such of two kinds, compare as nothing: no comparison holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal by value.
    Equal,
    /// Known, comparable and different.
    NotEqual,
    /// Less than.
    Less,
    /// Less than or equal.
    LessOrEqual,
    /// Greater than.
    Greater,
    /// Greater than or equal.
    GreaterOrEqual,
}

impl Comparison {
    /// The comparison with its sides exchanged.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    /// Whether it holds for two values.
    #[must_use]
    pub fn holds(self, one: &Value, other: &Value) -> bool {
        if matches!(one, Value::Null) || matches!(other, Value::Null) {
            return false;
        }
        let equal = || order::equals(one.as_ref(), other.as_ref());
        let order = || order::compare_within(one.as_ref(), other.as_ref());
        match self {
            Self::Equal => equal(),
            Self::NotEqual => !equal(),
            Self::Less => order().is_some_and(Ordering::is_lt),
            Self::LessOrEqual => order().is_some_and(Ordering::is_le),
            Self::Greater => order().is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Predicate {
    /// The comparison of two values of one object.
    #[must_use]
    pub fn compared(left: Scalar, is: Comparison, right: Scalar) -> Self {
        let as_field = |scalar: Scalar| match scalar {
            Scalar::Offset => Scalar::Field(FieldPath::offset()),
            other => other,
        };
        let (left, right) = (as_field(left), as_field(right));
        let paths = left.paths().iter().chain(right.paths()).cloned().collect();
        Self { paths, test: Test::Compared { left: Arc::new(left), is, right: Arc::new(right) } }
    }
}

/// Whether a comparison holds for the values of an object.
pub(super) fn holds(left: &Scalar, is: Comparison, right: &Scalar, fields: &dyn Fields) -> bool {
    let value = |scalar: &Scalar| scalar.evaluate(Offset(0), fields);
    matches!((value(left), value(right)), (Some(left), Some(right)) if is.holds(&left, &right))
}
