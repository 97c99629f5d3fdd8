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
mod signs;

pub use codes::CodeKernel;
pub use dispatch::instruction_set;
pub use prefetch::prefetch;
pub use signs::SignKernel;

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

    /// The distance between two finite vectors of one dimension: the same number every time on one machine, and always finite.
    ///
    /// Inputs need not be normalized. Components whose squares or products leave the range of f32 are measured in f64, whose range
    /// no sum of squares of f32 leaves; hence the f64. Vectors of different dimensions have no distance: the result is NaN, which
    /// compares false with everything. A zero vector has no direction; its cosine distance to anything is 1.
    #[must_use]
    pub fn distance(self, a: &[f32], b: &[f32]) -> f64 {
        if a.len() != b.len() {
            return f64::NAN;
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

    /// Vectors of every size that f32 has: distances are finite and ordered as they are in f64.
    #[test]
    fn distances_of_extreme_vectors_are_finite_and_in_order() {
        const SIZES: [f32; 11] = [f32::MAX, -f32::MAX, 3e38, 2e38, 1e30, 1e19, 1.0, 1e-19, 1e-30, -1e-38, 1e-45];
        for dimension in [1, 2, 3, 17, 384, 4_096] {
            let mut vectors: Vec<Vec<f32>> = SIZES.iter().map(|size| vec![*size; dimension]).collect();
            let turned = |size: &f32| (0..dimension).map(|i| if i % 3 == 0 { -size } else { size / 3.0 }).collect();
            vectors.extend(SIZES.iter().map(turned));
            for metric in Metric::ALL {
                for a in &vectors {
                    let pair = |b: &Vec<f32>| (plain(metric, a, b), metric.distance(a, b));
                    let mut pairs: Vec<(f64, f64)> = vectors.iter().map(pair).collect();
                    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
                    for (exact, found) in &pairs {
                        let tolerance = if metric == Metric::Cosine { 1e-6 } else { exact.abs() * 1e-5 };
                        assert!(found.is_finite() && (found - exact).abs() <= tolerance, "{metric} {found} {exact}");
                    }
                    let out_of_order = pairs.windows(2).find(|two| two[0].0 * 1.0001 < two[1].0 && two[0].1 > two[1].1);
                    assert!(out_of_order.is_none() || metric == Metric::Cosine, "{metric} {out_of_order:?}");
                }
            }
        }
    }

    fn plain(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
        let sum =
            |of: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| of((*a).into(), (*b).into())).sum::<f64>();
        match metric {
            Metric::L2 => sum(&|a, b| (a - b).powi(2)).sqrt(),
            Metric::InnerProduct => -sum(&|a, b| a * b),
            Metric::Cosine => 1.0 - sum(&|a, b| a * b) / sum(&|a, _| a * a).sqrt() / sum(&|_, b| b * b).sqrt(),
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
