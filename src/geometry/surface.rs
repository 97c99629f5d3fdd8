//! What is a metre measured on?

use geo::Coord;

use super::{EARTH_RADIUS, LonLat, ToEdges, metres_to_chord, span::Span};

/// What the shortest ways between places lie on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Globe {
    /// A sphere of the mean Earth radius: great circles.
    #[default]
    Sphere,
    /// The WGS84 ellipsoid: geodesics.
    Ellipsoid,
}

/// Distances from one place to edges, on one of the globes, in metres.
pub(super) trait Surface {
    /// From a place.
    fn at(place: LonLat) -> Self;

    /// The distance to an edge, too long by no more than [`TOLERANCE`]; where it is above the limit, any number between the limit and it.
    fn to_edge(&self, edge: [Coord<f64>; 2], limit: f64) -> f64;

    /// So many metres on the sphere are at least so many.
    fn at_least(on_sphere: f64) -> f64;

    /// How far a piece of an edge and the shortest way between its ends are from each other at most.
    fn beside(span: &Span) -> f64;

    /// The square of the chord beyond which nothing is nearer than so many metres.
    fn chord_square(metres: f64) -> f64;
}

impl Surface for ToEdges {
    fn at(place: LonLat) -> Self {
        Self::new(place)
    }

    fn to_edge(&self, [from, to]: [Coord<f64>; 2], _limit: f64) -> f64 {
        self.metres(&Self::to_edge(self, from, to))
    }

    fn at_least(on_sphere: f64) -> f64 {
        on_sphere
    }

    fn beside(span: &Span) -> f64 {
        EARTH_RADIUS * span.beside(0.0)
    }

    fn chord_square(metres: f64) -> f64 {
        squared(metres)
    }
}

/// The square of the chord of so many metres on the sphere, and a little more.
pub(super) fn squared(metres: f64) -> f64 {
    metres_to_chord(metres).powi(2) * (1.0 + 1e-9)
}
