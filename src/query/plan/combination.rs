//! How are two answers combined to one?

/// A combination of two inputs, whose objects are the same when they have the same values under the same names; null is a value here, and
/// missing is the same as null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// What is in either, each once.
    Union,
    /// The left ones and then the right ones.
    UnionAll,
    /// What is in both, each once.
    Intersect,
    /// As often as in the one that has it less often.
    IntersectAll,
    /// What is only on the left, each once.
    Except,
    /// The left ones without as many as there are on the right.
    ExceptAll,
}

impl Combination {
    /// Whether equal objects come once.
    #[must_use]
    pub const fn is_distinct(self) -> bool {
        matches!(self, Self::Union | Self::Intersect | Self::Except)
    }

    /// The words for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Union => "union",
            Self::UnionAll => "union all",
            Self::Intersect => "intersect",
            Self::IntersectAll => "intersect all",
            Self::Except => "except",
            Self::ExceptAll => "except all",
        }
    }
}
