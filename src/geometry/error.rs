//! What can be wrong with a shape.

use std::fmt;

/// Which ring of which polygon, for errors; counted from 1 as a reader would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingName {
    /// The polygon's number in its multipolygon, from 0.
    pub polygon: usize,
    /// The ring's number in its polygon: 0 is the outer ring, the others are holes.
    pub ring: usize,
}

impl fmt::Display for RingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ring {
            0 => write!(f, "polygon {}, outer ring", self.polygon + 1),
            hole => write!(f, "polygon {}, hole {hole}", self.polygon + 1),
        }
    }
}

/// Two edges of one polygon that have more in common than an end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdgePair {
    /// The ring of the one edge.
    pub ring: RingName,
    /// The vertex that the one edge starts from, counted from 1.
    pub vertex: usize,
    /// Where that vertex is.
    pub at: (f64, f64),
    /// The ring of the other edge.
    pub other: RingName,
    /// The vertex that the other edge starts from, counted from 1.
    pub other_vertex: usize,
    /// Where that vertex is.
    pub other_at: (f64, f64),
}

impl fmt::Display for EdgePair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vertex, at, other, other_vertex, other_at, .. } = self;
        write!(
            f,
            "the edge from vertex {vertex} at {at:?} and the edge from vertex {other_vertex} of {other} at {other_at:?}"
        )
    }
}

/// A place, box or shape that is not on the globe, or text and bytes that are no shape.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GeometryError {
    /// A longitude or latitude that is not finite or not on the globe.
    #[error("{place}{which} {value}: expected a number from {low} to {high}")]
    Coordinate {
        /// Where it stands, ending in a separator (`polygon 1, outer ring, vertex 3: `); empty for a lone place.
        place: String,
        /// `longitude` or `latitude` (or `west`, `south`, `east`, `north` of a box).
        which: &'static str,
        /// The value given.
        value: f64,
        /// The least value that would do.
        low: f64,
        /// The greatest value that would do.
        high: f64,
    },
    /// A box whose southern edge is north of its northern edge.
    #[error("box: south {south} is greater than north {north}: expected south <= north")]
    UpsideDown {
        /// The southern edge given.
        south: f64,
        /// The northern edge given.
        north: f64,
    },
    /// A ring whose last vertex is not its first.
    #[error(
        "{ring}: not closed: vertex 1 is {first:?} and vertex {vertices} is {last:?}: expected the last to equal the first"
    )]
    Unclosed {
        /// The ring.
        ring: RingName,
        /// How many vertices were given.
        vertices: usize,
        /// The first vertex.
        first: (f64, f64),
        /// The last vertex.
        last: (f64, f64),
    },
    /// A ring that is too short to enclose anything.
    #[error("{ring}: {vertices} vertices: expected at least 4, the last equal to the first")]
    TooFewVertices {
        /// The ring.
        ring: RingName,
        /// How many vertices were given.
        vertices: usize,
    },
    /// Two edges of one polygon that cross.
    #[error("{}: crosses itself: {} cross: expected edges that meet only at their ends", .0.ring, .0)]
    Crossing(EdgePair),
    /// Two edges of one polygon that run along each other: a spike, a ring that encloses nothing, a hole's edge on the outer ring.
    #[error("{}: runs along itself: {} lie on each other: expected edges that meet only at their ends", .0.ring, .0)]
    Doubled(EdgePair),
    /// A ring that never leaves its first vertex.
    #[error("{ring}: all vertices are {at:?}: expected a ring that encloses an area")]
    OnePlace {
        /// The ring.
        ring: RingName,
        /// Where they all are.
        at: (f64, f64),
    },
    /// Two polygons of one shape that have an area in common.
    #[error("polygons {} and {} overlap at {at:?}: expected polygons that have at most edges in common", first + 1, second + 1)]
    PartsOverlap {
        /// The one polygon, from 0.
        first: usize,
        /// The other polygon, from 0.
        second: usize,
        /// A vertex, or a place inside both.
        at: (f64, f64),
    },
    /// Two holes of one polygon, one of which is in the other.
    #[error("{ring} and hole {} overlap at {at:?}: expected holes beside each other", other.ring)]
    HolesOverlap {
        /// The one hole.
        ring: RingName,
        /// The other hole.
        other: RingName,
        /// A place inside both.
        at: (f64, f64),
    },
    /// A hole that is not inside its outer ring.
    #[error("{ring}, vertex {vertex} at {at:?}: outside the outer ring: expected every hole inside it")]
    HoleOutside {
        /// The hole.
        ring: RingName,
        /// The vertex, counted from 1.
        vertex: usize,
        /// Where that vertex is.
        at: (f64, f64),
    },
    /// An edge along a great circle whose ends every great circle through one of them goes through.
    #[error(
        "an edge from {from:?} to {to:?}: its ends are antipodes, and no great circle between them is the shortest: expected a vertex in between"
    )]
    Antipodes {
        /// The one end.
        from: (f64, f64),
        /// The other end.
        to: (f64, f64),
    },
    /// A shape without coordinates where one is needed.
    #[error("{what} is empty: expected at least one coordinate")]
    Empty {
        /// The shape.
        what: &'static str,
    },
    /// Another kind of shape than the one needed.
    #[error("{found}: expected {expected}")]
    Kind {
        /// The kind found.
        found: &'static str,
        /// What would have been right.
        expected: &'static str,
    },
    /// Text or bytes that are not in the format they should be in.
    #[error("not valid {format}: {reason}")]
    Format {
        /// `WKT`, `WKB` or `GeoJSON`.
        format: &'static str,
        /// What does not fit.
        reason: String,
    },
}
