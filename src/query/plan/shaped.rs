//! What is made of hits that come in order: the best of every group, and the different ones.

use std::fmt;

use crate::object::FieldPath;

/// The best few of each group, of the groups that come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// The field whose value is the group.
    pub path: FieldPath,
    /// How many groups.
    pub groups: usize,
    /// How many of each.
    pub per_group: usize,
}

impl Grouping {
    /// How many hits there are at most.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.groups.saturating_mul(self.per_group)
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of each of {} {}", self.per_group, self.groups, self.path)
    }
}

/// A choice of near but different hits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diversity {
    /// How many to choose among.
    pub fetch: usize,
    /// What nearness counts for, from 0 to 1; being different counts for the rest.
    pub lambda: f64,
}
