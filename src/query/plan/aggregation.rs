//! What is computed of many objects together?

use std::fmt;

use crate::{expr::Expr, query::Scalar};

/// Groups of objects, and what is computed of each.
#[derive(Clone, Debug, Default)]
pub struct Aggregation {
    /// What the objects of a group have in common, each under a name. Objects that lack a key, and such that have null there, are a group.
    /// Without keys all objects are one group, also when there is none.
    pub keys: Vec<(String, Scalar)>,
    /// What is computed, each under a name.
    pub values: Vec<(String, Aggregate)>,
}

/// One value computed of the objects of a group.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// How.
    pub function: AggregateFunction,
    /// From what of each object; `None` counts objects.
    pub of: Option<Scalar>,
    /// Equal values once.
    pub distinct: bool,
    /// Only of the objects for which this holds.
    pub filter: Option<Expr>,
}

/// How one value is made of many. Missing values and nulls are left out by all; of nothing, counts are 0 and all others have no value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum AggregateFunction {
    /// How many.
    Count,
    /// The sum of numbers: an integer when all are and it fits 64 bits, else a float, summed by Neumaier's method.
    Sum,
    /// The sum by the number, a float.
    Avg,
    /// The least in the total order of values.
    Min,
    /// The greatest in the total order of values.
    Max,
    /// The number below which a fraction of all numbers is, interpolated between the two next to it (`percentile_cont`).
    Percentile(f64),
    /// All values as a list, in the order of the objects.
    Collect,
}

impl Aggregate {
    /// The number of objects.
    #[must_use]
    pub const fn count() -> Self {
        Self { function: AggregateFunction::Count, of: None, distinct: false, filter: None }
    }

    /// A function of one value of each object.
    #[must_use]
    pub fn of(function: AggregateFunction, scalar: impl Into<Scalar>) -> Self {
        Self { function, of: Some(scalar.into()), distinct: false, filter: None }
    }

    /// The number of objects that have a value.
    #[must_use]
    pub fn count_of(scalar: impl Into<Scalar>) -> Self {
        Self::of(AggregateFunction::Count, scalar)
    }

    /// The sum.
    #[must_use]
    pub fn sum(scalar: impl Into<Scalar>) -> Self {
        Self::of(AggregateFunction::Sum, scalar)
    }

    /// The arithmetic mean.
    #[must_use]
    pub fn avg(scalar: impl Into<Scalar>) -> Self {
        Self::of(AggregateFunction::Avg, scalar)
    }

    /// The least.
    #[must_use]
    pub fn min(scalar: impl Into<Scalar>) -> Self {
        Self::of(AggregateFunction::Min, scalar)
    }

    /// The greatest.
    #[must_use]
    pub fn max(scalar: impl Into<Scalar>) -> Self {
        Self::of(AggregateFunction::Max, scalar)
    }

    /// The number below which a fraction of all are, from 0 to 1: 0.5 is the median.
    #[must_use]
    pub fn percentile(scalar: impl Into<Scalar>, fraction: f64) -> Self {
        Self::of(AggregateFunction::Percentile(fraction), scalar)
    }

    /// All values as a list.
    #[must_use]
    pub fn collect(scalar: impl Into<Scalar>) -> Self {
        Self::of(AggregateFunction::Collect, scalar)
    }

    /// Equal values once.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Only of the objects for which a condition holds.
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Expr>) -> Self {
        self.filter = Some(condition.into());
        self
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.of.as_ref().map_or_else(|| "*".to_owned(), Scalar::to_string);
        let distinct = if self.distinct { "distinct " } else { "" };
        match self.function {
            AggregateFunction::Count => write!(f, "count({distinct}{of})"),
            AggregateFunction::Sum => write!(f, "sum({distinct}{of})"),
            AggregateFunction::Avg => write!(f, "avg({distinct}{of})"),
            AggregateFunction::Min => write!(f, "min({of})"),
            AggregateFunction::Max => write!(f, "max({of})"),
            AggregateFunction::Percentile(fraction) => write!(f, "percentile({distinct}{of}, {fraction})"),
            AggregateFunction::Collect => write!(f, "collect({distinct}{of})"),
        }?;
        match &self.filter {
            Some(filter) => write!(f, " where {filter}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.values.iter().map(|(name, value)| named(name, value)).collect();
        let keys: Vec<String> = self.keys.iter().map(|(name, key)| named(name, key)).collect();
        f.write_str(&values.join(", "))?;
        match (values.is_empty(), keys.is_empty()) {
            (_, true) => Ok(()),
            (true, false) => write!(f, "distinct {}", keys.join(", ")),
            (false, false) => write!(f, " by {}", keys.join(", ")),
        }
    }
}

fn named(name: &str, value: &impl fmt::Display) -> String {
    let text = value.to_string();
    if text == name { text } else { format!("{text} as {name}") }
}
