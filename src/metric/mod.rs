//! How far apart are two vectors?
//!
//! One metric a file, its kernel written once over `Lanes` and compiled for AVX-512, AVX2 + FMA, NEON and plain
//! Rust; `dispatch` chooses once at run time. [`Metric::distance`] is the one pairwise function that gives the distance
//! of a hit, whatever path found it. Kernels over int8 codes ([`CodeKernel`]) only ever select candidates.
#![allow(unsafe_code, reason = "vector instructions; each use says why it is sound")]

mod codes;
mod cosine;
mod dispatch;
mod inner_product;
mod l2;
mod lanes;
mod prefetch;

pub use codes::CodeKernel;
pub use dispatch::instruction_set;
pub use prefetch::prefetch;

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

/// A metric name that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown metric '{0}': expected one of l2, cosine, ip")]
pub struct UnknownMetric(pub String);

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 3] = [Self::L2, Self::Cosine, Self::InnerProduct];

    /// The name in options, SQL and on disk: `l2`, `cosine`, `ip`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L2 => "l2",
            Self::Cosine => "cosine",
            Self::InnerProduct => "ip",
        }
    }

    /// The metric of a name, as [`Metric::name`] gives it.
    pub fn parse(name: &str) -> Result<Self, UnknownMetric> {
        Self::ALL.into_iter().find(|metric| metric.name() == name).ok_or_else(|| UnknownMetric(name.to_owned()))
    }

    /// The distance between two finite vectors of one dimension: the same number every time on one machine.
    ///
    /// Inputs need not be normalized. Components whose squares leave the range of f32 are measured in f64. Vectors of
    /// different dimensions have no distance: the result is NaN, which compares false with everything. A zero vector has
    /// no direction; its cosine distance to anything is 1.
    #[must_use]
    pub fn distance(self, a: &[f32], b: &[f32]) -> f32 {
        if a.len() != b.len() {
            return f32::NAN;
        }
        match self {
            Self::L2 => l2::distance(a, b),
            Self::Cosine => cosine::distance(a, b),
            Self::InnerProduct => inner_product::distance(a, b),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_and_others_are_refused() {
        for metric in Metric::ALL {
            assert_eq!(Metric::parse(metric.name()), Ok(metric));
        }
        let error = Metric::parse("hamming").unwrap_err();
        assert_eq!(error.to_string(), "unknown metric 'hamming': expected one of l2, cosine, ip");
    }

    #[test]
    fn different_dimensions_have_no_distance() {
        for metric in Metric::ALL {
            assert!(metric.distance(&[1.0, 2.0], &[1.0]).is_nan());
        }
    }

    #[test]
    fn known_distances() {
        let (a, b) = ([3.0, 0.0], [0.0, 4.0]);
        assert_eq!(Metric::L2.distance(&a, &b), 5.0);
        assert_eq!(Metric::Cosine.distance(&a, &b), 1.0);
        assert_eq!(Metric::Cosine.distance(&a, &[9.0, 0.0]), 0.0);
        assert_eq!(Metric::Cosine.distance(&a, &[-9.0, 0.0]), 2.0);
        assert_eq!(Metric::InnerProduct.distance(&a, &[2.0, 7.0]), -6.0);
    }
}
