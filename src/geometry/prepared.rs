//! One polygon, prepared for point-in-polygon tests.
//!
//! Its edges stand in horizontal strips, so that a test looks at the few edges of one strip and not at all of them. Sides are decided by
//! the robust orientation predicate of `geo`: a point is on an edge, or it is not, without tolerance.

use std::ops::Range;

use geo::{
    Coord, Intersects, Line,
    kernels::{Kernel, Orientation, RobustKernel},
};

use super::{GeoBox, LonLat, RingName};

/// One edge of a ring, with its name for errors and its successor in the ring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: Coord<f64>,
    pub(super) to: Coord<f64>,
    pub(super) ring: RingName,
    /// The vertex it starts from, counted from 0.
    pub(super) vertex: usize,
    /// The number of the edge that starts where this one ends.
    pub(super) next: u32,
}

impl Edge {
    pub(super) fn west(&self) -> f64 {
        self.from.x.min(self.to.x)
    }
    pub(super) fn east(&self) -> f64 {
        self.from.x.max(self.to.x)
    }
    pub(super) fn south(&self) -> f64 {
        self.from.y.min(self.to.y)
    }
    pub(super) fn north(&self) -> f64 {
        self.from.y.max(self.to.y)
    }

    pub(super) fn line(&self) -> Line<f64> {
        Line::new(self.from, self.to)
    }

    /// Which side of this edge, extended to a line, a point is on.
    pub(super) fn side(&self, point: Coord<f64>) -> Orientation {
        RobustKernel::orient2d(self.from, self.to, point)
    }

    /// Whether the edge may touch a box: false only when it certainly does not.
    fn may_touch(&self, area: &GeoBox) -> bool {
        if self.west() > area.east || self.east() < area.west || self.south() > area.north || self.north() < area.south
        {
            return false;
        }
        let corners =
            [(area.west, area.south), (area.east, area.south), (area.east, area.north), (area.west, area.north)];
        let first = self.side(corners[0].into());
        first == Orientation::Collinear || corners[1..].iter().any(|&corner| self.side(corner.into()) != first)
    }
}

/// A polygon with holes whose edges can be found by latitude.
#[derive(Clone, Debug)]
pub(super) struct PreparedPolygon {
    bounds: GeoBox,
    edges: Vec<Edge>,
    /// The edges of strip i are `members[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    members: Vec<u32>,
    strips_per_degree: f64,
}

/// At most this many strip entries an edge: tall edges stand in many strips, which must not make the lists quadratic.
const ENTRIES_AN_EDGE: usize = 6;

impl PreparedPolygon {
    /// Prepares a polygon whose rings have been validated. `number` is its number in the multipolygon.
    pub(super) fn new(polygon: &geo::Polygon<f64>, number: usize) -> Self {
        let edges = edges(polygon, number);
        let mut bounds = GeoBox { west: 180.0, south: 90.0, east: -180.0, north: -90.0 };
        for edge in &edges {
            bounds.west = bounds.west.min(edge.west());
            bounds.east = bounds.east.max(edge.east());
            bounds.south = bounds.south.min(edge.south());
            bounds.north = bounds.north.max(edge.north());
        }
        let mut prepared = Self { bounds, edges, starts: Vec::new(), members: Vec::new(), strips_per_degree: 0.0 };
        let mut strips = (prepared.edges.len() / 2).max(1);
        while !prepared.fill_strips(strips) {
            strips = strips.div_ceil(2);
        }
        prepared
    }

    pub(super) fn bounds(&self) -> &GeoBox {
        &self.bounds
    }

    pub(super) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    pub(super) fn strips(&self) -> usize {
        self.starts.len() - 1
    }

    /// The edges that reach into a strip.
    pub(super) fn strip(&self, strip: usize) -> &[u32] {
        &self.members[self.starts[strip] as usize..self.starts[strip + 1] as usize]
    }

    /// Whether a point of the lon/lat plane is inside or on an edge: the even-odd rule along the parallel to the east.
    pub(super) fn contains(&self, place: LonLat) -> bool {
        let LonLat { lon, lat } = place;
        let bounds = &self.bounds;
        if lat < bounds.south || lat > bounds.north || lon < bounds.west || lon > bounds.east {
            return false;
        }
        let mut inside = false;
        for &edge in self.strip(self.strip_of(lat)) {
            let edge = &self.edges[edge as usize];
            if lon > edge.east() || lat < edge.south() || lat > edge.north() {
                continue;
            }
            // Half open, so that a vertex on the parallel counts once.
            let spans = (edge.from.y <= lat) != (edge.to.y <= lat);
            if lon < edge.west() {
                inside ^= spans;
                continue;
            }
            match edge.side(Coord { x: lon, y: lat }) {
                Orientation::Collinear => return true,
                side => inside ^= spans && ((side == Orientation::CounterClockwise) == (edge.to.y > edge.from.y)),
            }
        }
        inside
    }

    /// Whether a point of the lon/lat plane is on an edge.
    pub(super) fn is_on_edge(&self, at: Coord<f64>) -> bool {
        self.strip(self.strip_of(at.y)).iter().any(|edge| self.edges[*edge as usize].line().intersects(&at))
    }

    /// Whether a place on the globe is inside or on an edge, under any of its names.
    pub(super) fn covers(&self, place: LonLat) -> bool {
        // Without edges, as of an island that shrank to a point, there are no bounds that could reach a pole.
        let reaches = || !self.edges.is_empty() && (self.bounds.south == place.lat || self.bounds.north == place.lat);
        if place.is_pole() && reaches() {
            return true;
        }
        self.contains(place) || place.across_antimeridian().is_some_and(|other| self.contains(other))
    }

    /// Whether any edge may touch a box that does not cross the antimeridian.
    pub(super) fn may_touch(&self, area: &GeoBox) -> bool {
        let strips = self.strip_of(area.south)..=self.strip_of(area.north);
        strips.flat_map(|strip| self.strip(strip)).any(|&edge| self.edges[edge as usize].may_touch(area))
    }

    /// The strip of a latitude, monotone in it; what lies outside goes to the first or the last.
    fn strip_of(&self, lat: f64) -> usize {
        let strip = (lat - self.bounds.south) * self.strips_per_degree;
        (strip.max(0.0) as usize).min(self.strips() - 1)
    }

    fn strips_of(&self, edge: &Edge) -> Range<usize> {
        self.strip_of(edge.south())..self.strip_of(edge.north()) + 1
    }

    /// Sorts the edges into this many strips; false when that would take too many entries.
    fn fill_strips(&mut self, strips: usize) -> bool {
        let height = self.bounds.north - self.bounds.south;
        self.strips_per_degree = if height > 0.0 { strips as f64 / height } else { 0.0 };
        self.starts = vec![0; strips + 1];
        let entries: usize = self.edges.iter().map(|edge| self.strips_of(edge).len()).sum();
        if strips > 1 && entries > ENTRIES_AN_EDGE * self.edges.len() {
            return false;
        }
        for edge in 0..self.edges.len() {
            for strip in self.strips_of(&self.edges[edge]) {
                self.starts[strip + 1] += 1;
            }
        }
        for strip in 0..strips {
            self.starts[strip + 1] += self.starts[strip];
        }
        let mut ends = self.starts.clone();
        self.members = vec![0; entries];
        for edge in 0..self.edges.len() {
            for strip in self.strips_of(&self.edges[edge]) {
                self.members[ends[strip] as usize] = edge as u32;
                ends[strip] += 1;
            }
        }
        true
    }
}

/// All edges of a polygon, ring after ring, without those of no length.
fn edges(polygon: &geo::Polygon<f64>, number: usize) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (ring, line) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
        let first = edges.len();
        let name = RingName { polygon: number, ring };
        for (vertex, pair) in line.0.windows(2).enumerate() {
            if pair[0] != pair[1] {
                let next = edges.len() as u32 + 1;
                edges.push(Edge { from: pair[0], to: pair[1], ring: name, vertex, next });
            }
        }
        if edges.len() > first
            && let Some(last) = edges.last_mut()
        {
            last.next = first as u32;
        }
    }
    edges
}
