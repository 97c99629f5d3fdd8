//! What order do the hits come in?

use std::fmt;

use crate::object::{FieldPath, Value};

use super::Scalar;

/// Which end comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    #[default]
    Ascending,
    /// The largest first.
    Descending,
}

/// Where objects go that have nothing to be ordered by: the key is missing or null. All other values have a total order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before all others.
    First,
    /// After all others.
    Last,
}

/// One key of an order. Ties of all keys are broken by the source's own order (by offset).
#[derive(Clone, Debug)]
pub struct OrderKey {
    /// What is compared.
    pub scalar: Scalar,
    /// Which end comes first.
    pub direction: Direction,
    /// Where objects without a value go.
    pub nulls: Nulls,
}

impl OrderKey {
    /// A key with nulls where PostgreSQL puts them: last when ascending, first when descending.
    #[must_use]
    pub fn new(scalar: impl Into<Scalar>, direction: Direction) -> Self {
        let nulls = match direction {
            Direction::Ascending => Nulls::Last,
            Direction::Descending => Nulls::First,
        };
        Self { scalar: scalar.into(), direction, nulls }
    }

    /// The same key with objects without a value put first or last.
    #[must_use]
    pub fn nulls(mut self, nulls: Nulls) -> Self {
        self.nulls = nulls;
        self
    }

    /// The field, when the key is a plain field.
    #[must_use]
    pub fn field(&self) -> Option<&FieldPath> {
        match &self.scalar {
            Scalar::Field(path) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scalar.fmt(f)?;
        match (self.direction, self.nulls) {
            (Direction::Ascending, Nulls::Last) => Ok(()),
            (Direction::Ascending, Nulls::First) => f.write_str(" nulls first"),
            (Direction::Descending, Nulls::First) => f.write_str(" desc"),
            (Direction::Descending, Nulls::Last) => f.write_str(" desc nulls last"),
        }
    }
}

/// A value to be ordered by; null is ordered as missing.
pub(super) fn comparable(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !matches!(value, Value::Null))
}
