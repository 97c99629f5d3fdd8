//! What a sorted field offers for an answer.

use crate::index::{Access, Cardinality, Exactness};

use super::{Answer, SortedField};

/// Nanoseconds to find the ends of a run.
const SEARCH: f64 = 400.0;

impl SortedField {
    /// The offer that goes with an answer.
    pub fn offer(&self, answer: &Answer) -> Access {
        let (count, cost) = (self.count(answer), SEARCH + self.cost(answer));
        Access { exactness: answer.exactness(), cardinality: Cardinality::exact(count), cost }
    }
}

impl Answer {
    /// Whether its slots are all that match.
    pub fn exactness(&self) -> Exactness {
        match self {
            Self::Ranks(_, exactness) => *exactness,
            Self::Missing => Exactness::Exact,
        }
    }
}
