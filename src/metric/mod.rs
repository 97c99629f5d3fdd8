//! How far apart are two vectors?
//!
//! One kernel a file, chosen once at run time (AVX-512, AVX2 + FMA, NEON, portable). [`Metric::distance`] is the one
//! pairwise function that gives the distance of a hit, whatever path found it.

use std::fmt;

/// How distance between two vectors is measured; smaller is always nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Euclidean distance (pgvector's `<->`).
    L2,
    /// One minus the cosine of the angle, 0..=2 (`<=>`).
    Cosine,
    /// The negative inner product (`<#>`).
    InnerProduct,
}

impl Metric {
    /// The name in options, SQL and on disk: `l2`, `cosine`, `ip`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L2 => "l2",
            Self::Cosine => "cosine",
            Self::InnerProduct => "ip",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
