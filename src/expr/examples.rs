//! How like some vectors, and unlike others, is a vector?

use std::sync::Arc;

use crate::{
    metric::Metric,
    object::{ValueRef, VectorBuf},
};

use super::evaluate::vector_distance;

/// The vectors of a [`Targets::best`](super::Targets::best). Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// What hits should be like.
    pub like: Arc<[VectorBuf]>,
    /// What they should be unlike.
    pub unlike: Arc<[VectorBuf]>,
}

impl Examples {
    /// The distance of a vector: see [`Targets`](super::Targets). `None` for what has none to one of the examples.
    #[must_use]
    pub fn distance(&self, value: ValueRef<'_>, metric: Metric) -> Option<f64> {
        let nearest = |examples: &[VectorBuf]| {
            let least = |least: f64, example| Some(least.min(vector_distance(value, example, metric)?));
            examples.iter().try_fold(f64::INFINITY, least)
        };
        let (like, unlike) = (nearest(&self.like)?, nearest(&self.unlike)?);
        Some(if like < unlike { f64::midpoint(1.0, squashed(like)) } else { 1.0 + (1.0 - squashed(unlike)) / 2.0 })
    }

    /// All vectors.
    pub fn iter(&self) -> impl Iterator<Item = &VectorBuf> {
        self.like.iter().chain(&*self.unlike)
    }

    /// The distance that this one has from whatever is at least so far from everything to be like, if it is any nearer than that;
    /// what is more unlike than like is always farther.
    #[must_use]
    pub fn farther_than(&self, like: f64) -> f64 {
        if self.like.is_empty() { f64::NEG_INFINITY } else { f64::midpoint(1.0, squashed(like)) }
    }
}

/// Grows with a distance, from -1 to 1.
fn squashed(distance: f64) -> f64 {
    if distance.is_infinite() { distance.signum() } else { distance / (1.0 + distance.abs()) }
}
