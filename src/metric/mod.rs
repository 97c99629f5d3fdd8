//! How far apart are two vectors?
//!
//! A vector has components of one [`Element`] type and is seen as a [`VectorRef`]. One metric a file: those of numbers have a kernel
//! written once over `Lanes`, those of bits one over `Words`, compiled for AVX-512, AVX2 + FMA, NEON and plain Rust; `dispatch` chooses once
//! at run time. [`Metric::distance`] is the one pairwise function that gives the distance of a hit, whatever path found it. Kernels over int8
//! codes ([`CodeKernel`]) only ever select candidates.
//!
//! Components of 16 and 8 bits are widened to f32, which loses nothing, a register at a time: a distance to them is bit for bit the
//! distance to the same numbers stored as f32.
#![allow(unsafe_code, reason = "vector instructions; each use says why it is sound")]

mod bit_kernel;
mod bits;
mod codes;
mod cosine;
mod dispatch;
mod element;
mod halves;
mod hamming;
mod inner_product;
mod jaccard;
mod l2;
mod lanes;
mod prefetch;
mod signs;
mod stored;
#[cfg(test)]
mod tests;
mod vector_ref;
mod words;

pub use bit_kernel::BitKernel;
pub use bits::{BitsRef, pack};
pub use codes::CodeKernel;
pub use dispatch::instruction_set;
pub use element::{Element, MAX_BITS, MAX_DIMENSION, UnknownElement, VectorType};
pub use halves::{Bf16, F16};
pub use prefetch::prefetch;
pub use signs::SignKernel;
pub use vector_ref::VectorRef;

use std::fmt;

use dispatch::Measured;

/// How distance between two vectors is measured; smaller is always nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Euclidean distance (pgvector's `<->`).
    L2,
    /// One minus the cosine of the angle, 0..=2 (`<=>`).
    Cosine,
    /// The negative inner product (`<#>`).
    InnerProduct,
    /// The number of bits that differ (`<~>`).
    Hamming,
    /// One minus the share of the bits set in either vector that is set in both, 0..=1 (`<%>`); 0 when none is set.
    Jaccard,
}

/// A metric name that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown metric '{0}': expected one of l2, cosine, ip, hamming, jaccard")]
pub struct UnknownMetric(pub String);

impl Metric {
    /// Every metric. New ones come last: stored parts know metrics by their place.
    pub const ALL: [Self; 5] = [Self::L2, Self::Cosine, Self::InnerProduct, Self::Hamming, Self::Jaccard];

    /// The metrics of an element type, the usual one first: hamming and jaccard of bits, the others of numbers.
    #[must_use]
    pub const fn of(element: Element) -> &'static [Self] {
        match element {
            Element::Binary => &[Self::Hamming, Self::Jaccard],
            _ => &[Self::L2, Self::Cosine, Self::InnerProduct],
        }
    }

    /// Whether it is a metric of bits and not of numbers.
    #[must_use]
    pub const fn is_of_bits(self) -> bool {
        matches!(self, Self::Hamming | Self::Jaccard)
    }

    /// The name in options, SQL and on disk: `l2`, `cosine`, `ip`, `hamming`, `jaccard`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L2 => "l2",
            Self::Cosine => "cosine",
            Self::InnerProduct => "ip",
            Self::Hamming => "hamming",
            Self::Jaccard => "jaccard",
        }
    }

    /// The metric of a name, as [`Metric::name`] gives it.
    pub fn parse(name: &str) -> Result<Self, UnknownMetric> {
        Self::ALL.into_iter().find(|metric| metric.name() == name).ok_or_else(|| UnknownMetric(name.to_owned()))
    }

    /// The distance between two finite vectors of one dimension: the same number every time on one machine, and always finite.
    ///
    /// Numbers of any element types are measured as the f32 that they are. Inputs need not be normalized. Components whose squares or
    /// products leave the range of f32 are measured in f64, whose range no sum of squares of f32 leaves; hence the f64. A zero vector has no
    /// direction; its cosine distance to anything is 1. Vectors of different dimensions have no distance, nor have bits and numbers,
    /// numbers under a metric of bits and bits under one of numbers: the result is NaN, which compares false with everything.
    #[must_use]
    #[inline]
    pub fn distance<'a, 'b>(self, a: impl Into<VectorRef<'a>>, b: impl Into<VectorRef<'b>>) -> f64 {
        let (a, b) = (a.into(), b.into());
        if a.len() != b.len() {
            return f64::NAN;
        }
        match (a, b) {
            (VectorRef::Slice(a), VectorRef::Slice(b)) => self.numbers(a, b),
            (VectorRef::Bits(a), VectorRef::Bits(b)) => self.bits(a, b),
            (VectorRef::Bits(_), _) | (_, VectorRef::Bits(_)) => f64::NAN,
            (VectorRef::Slice(a), VectorRef::F16(b)) | (VectorRef::F16(b), VectorRef::Slice(a)) => self.numbers(a, b),
            (VectorRef::Slice(a), VectorRef::Bf16(b)) | (VectorRef::Bf16(b), VectorRef::Slice(a)) => self.numbers(a, b),
            (VectorRef::Slice(a), VectorRef::I8(b)) | (VectorRef::I8(b), VectorRef::Slice(a)) => self.numbers(a, b),
            (a, b) => self.numbers::<f32>(&a.components(), &b.components()),
        }
    }

    #[inline]
    fn numbers<S: Measured>(self, a: &[f32], b: &[S]) -> f64 {
        match self {
            Self::L2 => l2::distance(a, b),
            Self::Cosine => cosine::distance(a, b),
            Self::InnerProduct => inner_product::distance(a, b),
            Self::Hamming | Self::Jaccard => f64::NAN,
        }
    }

    fn bits(self, a: BitsRef<'_>, b: BitsRef<'_>) -> f64 {
        match self {
            Self::Hamming => hamming::distance(a.bytes(), b.bytes()),
            Self::Jaccard => jaccard::distance(a.bytes(), b.bytes()),
            Self::L2 | Self::Cosine | Self::InnerProduct => f64::NAN,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
