//! How like some vectors, and unlike others, is a vector?

use std::sync::Arc;

use crate::metric::Metric;

/// The vectors of a [`Targets::best`](super::Targets::best). Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// What hits should be like.
    pub like: Arc<[Arc<[f32]>]>,
    /// What they should be unlike.
    pub unlike: Arc<[Arc<[f32]>]>,
}

impl Examples {
    /// The distance of a vector of the examples' dimension: see [`Targets`](super::Targets). NaN for one of another.
    #[must_use]
    pub fn distance(&self, vector: &[f32], metric: Metric) -> f64 {
        let nearest = |examples: &[Arc<[f32]>]| {
            // Of another dimension is NaN, and stays it.
            let least = |a: f64, b: f64| if a.is_nan() || a < b { a } else { b };
            examples.iter().map(|example| metric.distance(example, vector)).fold(f64::INFINITY, least)
        };
        let (like, unlike) = (nearest(&self.like), nearest(&self.unlike));
        if like.is_nan() || unlike.is_nan() {
            f64::NAN
        } else if like < unlike {
            f64::midpoint(1.0, squashed(like))
        } else {
            1.0 + (1.0 - squashed(unlike)) / 2.0
        }
    }

    /// All vectors.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.like.iter().chain(&*self.unlike).map(|vector| &**vector)
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
