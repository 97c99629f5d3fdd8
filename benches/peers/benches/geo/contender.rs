//! What every index over points can be asked.

use std::{error::Error, time::Duration};

use protobase::geometry::{GeoBox, LonLat};

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A question with everything that is known before it is asked; it finds the points, as a list of their numbers, and tells how many there are.
pub type Question<'a> = Box<dyn Fn() -> usize + 'a>;

/// An index over points.
pub trait Contender {
    fn name(&self) -> &'static str;
    fn facts(&self) -> Facts;
    /// The nearest k, with their distances.
    fn nearest(&self, place: LonLat, k: usize) -> Question<'_>;
    /// Everything within so many metres.
    fn within(&self, place: LonLat, metres: f64) -> Question<'_>;
    /// Everything in a box; `None` when it can't.
    fn inside(&self, _area: GeoBox) -> Option<Question<'_>> {
        None
    }
}

/// What an index costs before it is asked.
pub struct Facts {
    pub build: Duration,
    pub bytes: Option<f64>,
    pub open: Option<Duration>,
}
