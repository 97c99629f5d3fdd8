//! How far is a place from an edge?
//!
//! An edge is straight in longitude and latitude, as GeoJSON means it, and goes the way its numbers say: on the globe a curve, no great
//! circle. Where the square of the chord to its places is convex, Newton's method finds the lowest; elsewhere a piece is halved, unless
//! the parabola that bends as much as the square does at most says that it holds nothing nearer by [`TOLERANCE`].
//!
//! The answer depends on the place and the edge alone, never on what else was measured: so a shape's distance is the least of its edges'
//! distances, in whatever order they are looked at, and an index that knows which edges are near finds the very same number.

use geo::{
    Coord,
    kernels::{Kernel, Orientation, RobustKernel},
};

use super::{
    DistanceFrom, EARTH_RADIUS, LonLat,
    sphere::{cos_latitude, off_equator},
    trigonometry::sine_cosine,
};

/// Metres by which the distance to a line or an area may be too long; half a metre where all of it is within a few kilometres of the
/// place's antipode, where chords tell no less apart.
pub const TOLERANCE: f64 = 0.001;

/// Halvings of an edge at most: then its pieces are shorter than what a coordinate can tell.
const HALVINGS: u32 = 60;

/// Steps of Newton's method before a piece is halved instead; two or three are enough for edges of a few kilometres.
const STEPS: usize = 8;

/// What rounding may do to squares: relative to the ends' squares, and relative to the chord.
const ROUNDING: f64 = 1e-14;

/// A place that edges are measured from.
#[derive(Clone, Copy, Debug)]
pub struct ToEdges {
    place: LonLat,
    from: DistanceFrom,
    cos_lat: f64,
}

/// The nearest place of an edge, or of whatever was measured so far.
#[derive(Clone, Copy, Debug)]
pub struct Nearest {
    /// The square of the chord to it, on a sphere of radius one; infinite before anything was measured.
    pub(super) square: f64,
    at: Coord<f64>,
}

impl Nearest {
    /// It; `None` before anything was measured.
    #[must_use]
    pub fn place(&self) -> Option<LonLat> {
        let Coord { x: lon, y: lat } = self.at;
        self.square.is_finite().then_some(LonLat { lon, lat })
    }

    /// The chord to it, on a sphere of radius one.
    #[must_use]
    pub fn chord(&self) -> f64 {
        self.square.sqrt()
    }
}

impl ToEdges {
    /// Measures from a place.
    #[must_use]
    pub fn new(place: LonLat) -> Self {
        Self { place, from: DistanceFrom::new(place), cos_lat: cos_latitude(place.lat) }
    }

    /// Nothing yet: everything is nearer.
    #[must_use]
    pub fn nothing(&self) -> Nearest {
        Nearest { square: f64::INFINITY, at: Coord { x: self.place.lon, y: self.place.lat } }
    }

    /// The place itself: nothing is nearer.
    #[must_use]
    pub fn here(&self) -> Nearest {
        Nearest { square: 0.0, at: Coord { x: self.place.lon, y: self.place.lat } }
    }

    /// The nearest place of an edge between two places, which may be one. All coordinates are on the globe.
    #[must_use]
    pub fn to_edge(&self, from: Coord<f64>, to: Coord<f64>) -> Nearest {
        self.between([self.vertex(from), self.vertex(to)])
    }

    /// A vertex as it is measured.
    pub(super) fn vertex(&self, at: Coord<f64>) -> Nearest {
        Nearest { square: self.square_to(at), at }
    }

    /// The nearest place of the edge between two measured vertices.
    pub(super) fn between(&self, ends: [Nearest; 2]) -> Nearest {
        if self.is_on(ends[0].at, ends[1].at) {
            return self.here();
        }
        let mut best = ends[0];
        self.keep(&mut best, ends[1]);
        if ends[0].at != ends[1].at {
            Search { to: self, edge: Edge::new(ends), best: &mut best, limit: 0.0 }.run(ends);
        }
        best
    }

    /// Keeps the nearer of two. Of equal squares, which far away tell less than distances do, the shorter distance.
    pub fn keep(&self, best: &mut Nearest, other: Nearest) {
        let nearer = other.square < best.square
            || (other.square == best.square && other.at != best.at && self.metres(&other) < self.metres(best));
        if nearer {
            *best = other;
        }
    }

    /// The distance in metres; infinite when nothing was measured.
    #[must_use]
    pub fn metres(&self, nearest: &Nearest) -> f64 {
        nearest.place().map_or(f64::INFINITY, |place| self.from.to(place))
    }

    /// Whether the edge between two measured vertices may change what is nearest: false only when it certainly does not.
    pub(super) fn may_be_nearer(&self, ends: [Nearest; 2], best: &Nearest) -> bool {
        let edge = Edge::new(ends);
        // No place of an edge is farther from both ends than half of its way.
        let (nearer, way) = (ends[0].square.min(ends[1].square).sqrt(), edge.lon.abs() + edge.lat.abs());
        if nearer - way * 0.5 > best.chord() * (1.0 + 1e-9) + 1e-9 {
            return false;
        }
        let lowest = Piece::whole(ends).lowest(edge.bend(&Piece::whole(ends), self.cos_lat));
        let greatest = ends[0].square.max(ends[1].square);
        lowest <= best.square * (1.0 + 1e-9) + ROUNDING * (best.square.sqrt() + greatest) + 1e-28
    }

    /// Whether a place of an edge may be no farther than a square of a chord: false only when none is.
    pub(super) fn reaches(&self, edge: [Coord<f64>; 2], square: f64) -> bool {
        self.may_be_nearer(edge.map(|end| self.vertex(end)), &Nearest { square, at: edge[0] })
    }

    /// Whether the place is on an edge, under any of its names.
    fn is_on(&self, from: Coord<f64>, to: Coord<f64>) -> bool {
        let place = self.place;
        if place.is_pole() && (from.y == place.lat || to.y == place.lat) {
            return true;
        }
        let on = |place: LonLat| {
            let at = Coord { x: place.lon, y: place.lat };
            at.x >= from.x.min(to.x)
                && at.x <= from.x.max(to.x)
                && at.y >= from.y.min(to.y)
                && at.y <= from.y.max(to.y)
                && RobustKernel::orient2d(from, to, at) == Orientation::Collinear
        };
        on(place) || place.across_antimeridian().is_some_and(on)
    }

    /// The square of the chord to a place. Near places keep their digits.
    fn square_to(&self, at: Coord<f64>) -> f64 {
        4.0 * self.from.square(LonLat { lon: at.x, lat: at.y })
    }

    /// At a place of an edge: the square, half of how fast it falls along the edge, and half of its second derivative.
    fn course(&self, edge: &Edge, at: Coord<f64>) -> (f64, f64, f64) {
        let (sin_y, cos_y) = signed(at.y);
        let (sin_lat, cos_lat) = signed((self.place.lat - at.y) * 0.5);
        let (sin_half, cos_half) = signed(turned(at.x - self.place.lon) * 0.5);
        let (sin_d, cos_d) = (2.0 * sin_half * cos_half, 1.0 - 2.0 * sin_half * sin_half);
        let square = 4.0 * (sin_lat * sin_lat + self.cos_lat * cos_y * (sin_half * sin_half));
        let north = 2.0 * sin_lat * cos_lat + 2.0 * self.cos_lat * sin_y * (sin_half * sin_half);
        let falls = edge.lat * north - edge.lon * self.cos_lat * cos_y * sin_d;
        let along = edge.lon * edge.lon * cos_y * cos_d - 2.0 * edge.lon * edge.lat * sin_y * sin_d;
        (square, falls, edge.lat * edge.lat * (1.0 - square / 2.0) + self.cos_lat * along)
    }
}

/// The square a millimetre nearer; nothing whose square is at least that is near enough to matter.
fn limit(square: f64) -> f64 {
    // How fast the chord grows with the distance: between here and there no slower.
    let speed = (1.0 - square / 4.0).max(0.0).sqrt();
    let chord = square.sqrt() - TOLERANCE / EARTH_RADIUS * speed;
    if chord > 0.0 { chord * chord } else { f64::NEG_INFINITY }
}

/// The sine and the cosine of -90 to 90 degrees.
fn signed(degrees: f64) -> (f64, f64) {
    let (sine, cosine) = sine_cosine(degrees.abs());
    (sine.copysign(degrees), cosine)
}

/// An angle of up to a turn as one of up to half a turn.
fn turned(degrees: f64) -> f64 {
    if degrees.abs() <= 180.0 { degrees } else { degrees - 360.0_f64.copysign(degrees) }
}

/// A search along one edge.
struct Search<'a> {
    to: &'a ToEdges,
    edge: Edge,
    best: &'a mut Nearest,
    limit: f64,
}

impl Search<'_> {
    fn run(&mut self, ends: [Nearest; 2]) {
        self.limit = limit(self.best.square);
        let mut next = Some(Piece::whole(ends));
        let mut open = Vec::new();
        while let Some(piece) = next.take().or_else(|| open.pop()) {
            // A coordinate that is no number is near to nothing.
            let is_near = piece.lowest(self.edge.bend(&piece, self.to.cos_lat)) < self.limit;
            if piece.halvings >= HALVINGS || !is_near {
                continue;
            }
            if let Some(at) = self.lowest_of_convex(&piece) {
                self.offer(at);
                continue;
            }
            let middle = self.edge.at(piece.middle());
            let square = self.offer(middle);
            let [nearer, farther] = piece.halves(square);
            open.push(farther);
            next = Some(nearer);
        }
    }

    fn offer(&mut self, at: Coord<f64>) -> f64 {
        let offered = self.to.vertex(at);
        if offered.square <= self.best.square {
            self.to.keep(self.best, offered);
            self.limit = limit(self.best.square);
        }
        offered.square
    }

    /// The lowest place of a piece along which the square is convex; `None` when that can't be told or it isn't found soon.
    fn lowest_of_convex(&self, piece: &Piece) -> Option<Coord<f64>> {
        let least = self.edge.least_bend(piece, self.to);
        if least <= 0.0 {
            return None;
        }
        let (first, last) = (piece.start, piece.start + piece.length);
        let (mut low, mut high) = (first, last);
        let mut share = self.edge.projection(self.to).clamp(first, last);
        for _ in 0..STEPS {
            let at = self.edge.at(share);
            let (square, falls, bend) = self.to.course(&self.edge, at);
            // A convex function is nowhere lower than here by more than the square of its slope over twice its least bend.
            let settled = falls * falls / least <= square.sqrt() * (TOLERANCE / EARTH_RADIUS / 4.0);
            if settled || (share == first && falls <= 0.0) || (share == last && falls >= 0.0) {
                return Some(at);
            }
            if falls > 0.0 {
                low = share;
            } else {
                high = share;
            }
            share = (share + falls / bend.max(least)).clamp(low, high);
        }
        None
    }
}

/// An edge, straight in longitude and latitude.
pub(super) struct Edge {
    from: Coord<f64>,
    to: Coord<f64>,
    /// How far it goes, in radians.
    pub(super) lon: f64,
    pub(super) lat: f64,
}

/// A piece of an edge.
pub(super) struct Piece {
    /// Where on the edge it starts, 0 to 1.
    pub(super) start: f64,
    pub(super) length: f64,
    /// The squares at both ends.
    pub(super) ends: [f64; 2],
    pub(super) halvings: u32,
}

impl Piece {
    fn whole(ends: [Nearest; 2]) -> Self {
        Self::between(ends.map(|end| end.square))
    }

    /// All of an edge, given the squares at its ends.
    pub(super) fn between(ends: [f64; 2]) -> Self {
        Self { start: 0.0, length: 1.0, ends, halvings: 0 }
    }

    pub(super) fn middle(&self) -> f64 {
        self.start + self.length / 2.0
    }

    /// Both halves, that which seems nearer first, by the square in the middle.
    pub(super) fn halves(&self, middle: f64) -> [Self; 2] {
        let (length, halvings) = (self.length / 2.0, self.halvings + 1);
        let first = Self { start: self.start, length, ends: [self.ends[0], middle], halvings };
        let second = Self { start: self.start + length, length, ends: [middle, self.ends[1]], halvings };
        if self.ends[0] < self.ends[1] { [first, second] } else { [second, first] }
    }

    /// A number that the square does not fall below on this piece, given that its second derivative is at most twice `bend`.
    pub(super) fn lowest(&self, bend: f64) -> f64 {
        let [first, last] = self.ends;
        if bend <= 0.0 {
            return first.min(last);
        }
        // The parabola through both ends that bends as much; its lowest point, if that is between them.
        let slope = (last - first) / self.length;
        let at = (self.length - slope / bend) / 2.0;
        if at <= 0.0 || at >= self.length { first.min(last) } else { first - bend * at * at }
    }
}

impl Edge {
    fn new([from, to]: [Nearest; 2]) -> Self {
        Self::between(from.at, to.at)
    }

    pub(super) fn between(from: Coord<f64>, to: Coord<f64>) -> Self {
        Self { from, to, lon: (to.x - from.x).to_radians(), lat: (to.y - from.y).to_radians() }
    }

    /// Where on the edge, 0 to 1, a place of it is.
    pub(super) fn share(&self, at: Coord<f64>) -> f64 {
        let share = if self.lon.abs() > self.lat.abs() {
            (at.x - self.from.x) / (self.to.x - self.from.x)
        } else {
            (at.y - self.from.y) / (self.to.y - self.from.y)
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    pub(super) fn at(&self, share: f64) -> Coord<f64> {
        let between = |from: f64, to: f64| from + share * (to - from);
        Coord { x: between(self.from.x, self.to.x), y: between(self.from.y, self.to.y) }
    }

    /// Half of what the second derivative of the square is at most on a piece. With x and y the longitude and latitude on the edge,
    /// d = x - lon and g = sin lat sin y + cos lat cos y cos d the square is 2 - 2 g. Half of its second derivative is
    /// -g'' = y'^2 g + cos lat (x'^2 cos y cos d - 2 x' y' sin y sin d).
    fn bend(&self, piece: &Piece, cos_lat: f64) -> f64 {
        let (first, last) = (self.at(piece.start), self.at(piece.start + piece.length));
        let (flattest, steepest) = off_equator(first.y, last.y);
        let (cos, sin) = (sine_cosine(flattest).1, sine_cosine(steepest).0);
        // On the way between the ends g rises by no more than half the way's length above the greater of both.
        let way = piece.length * (self.lat * self.lat + (self.lon * cos) * (self.lon * cos)).sqrt();
        let g = (1.0 - piece.ends[0].min(piece.ends[1]) / 2.0 + way / 2.0).clamp(0.0, 1.0);
        let along = self.lon * self.lon * cos + 2.0 * (self.lon * self.lat).abs() * sin;
        self.lat * self.lat * g + cos_lat * along
    }

    /// Half of what the second derivative is at least on a piece, by the same formula; zero or less where nothing can be said.
    fn least_bend(&self, piece: &Piece, to: &ToEdges) -> f64 {
        let (first, last) = (self.at(piece.start), self.at(piece.start + piece.length));
        let aside = |x: f64| (x - to.place.lon).abs();
        // The long way around, both ends may be near again.
        let d = aside(first.x).max(aside(last.x)).min(aside(first.x + 360.0).max(aside(last.x + 360.0)));
        let d = d.min(aside(first.x - 360.0).max(aside(last.x - 360.0)));
        if d >= 90.0 {
            return 0.0;
        }
        let ((sin_y, cos_y), (sin_d, cos_d)) = (sine_cosine(first.y.abs().max(last.y.abs())), sine_cosine(d));
        let way = piece.length * (self.lat.abs() + self.lon.abs());
        let farthest = piece.ends[0].max(piece.ends[1]).sqrt() + way / 2.0;
        let along = self.lon * self.lon * cos_y * cos_d - 2.0 * (self.lon * self.lat).abs() * sin_y * sin_d;
        self.lat * self.lat * (1.0 - farthest * farthest / 2.0) + to.cos_lat * along
    }

    /// About where on the edge's line the place is nearest: as on a plane.
    fn projection(&self, to: &ToEdges) -> f64 {
        let x = turned(to.place.lon - self.from.x).to_radians() * to.cos_lat;
        let y = (to.place.lat - self.from.y).to_radians();
        let (along_x, along_y) = (self.lon * to.cos_lat, self.lat);
        let share = (x * along_x + y * along_y) / (along_x * along_x + along_y * along_y);
        if share.is_finite() { share } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{twin::Draws, unit_vector};

    #[test]
    fn unit_vectors_agree_with_squares() {
        let (a, b) = (LonLat { lon: 10.0, lat: 50.0 }, LonLat { lon: -170.0, lat: -45.0 });
        let (x, y) = (unit_vector(a), unit_vector(b));
        let square: f64 = (0..3).map(|d| (x[d] - y[d]).powi(2)).sum();
        assert!((ToEdges::new(a).square_to(Coord { x: b.lon, y: b.lat }) - square).abs() < 1e-14);
    }

    /// What Newton's method settles on is what halving alone comes to, and is never given up for short edges.
    #[test]
    fn newton_and_halving_agree() {
        let seed = Draws::seed("PROTOBASE_SEED");
        let mut draws = Draws::new(seed ^ 3);
        let mut convex = 0;
        for round in 0..2_000 {
            let shape = draws.shape();
            let place = draws.place_near(&shape);
            let to = ToEdges::new(place);
            for line in geo::CoordsIter::coords_iter(&shape).collect::<Vec<_>>().windows(2) {
                let ends = [to.vertex(line[0]), to.vertex(line[1])];
                let mut halved = to.between(ends);
                let found = to.metres(&halved);
                let edge = Edge::new(ends);
                for sample in 0..=1_000 {
                    to.keep(&mut halved, to.vertex(edge.at(f64::from(sample) / 1_000.0)));
                }
                let sampled = to.metres(&halved);
                let slack = if sampled > 2.0e7 { 0.5 } else { TOLERANCE };
                assert!(found - sampled <= slack, "seed {seed}, round {round}: {found} {sampled}: {place} {line:?}");
                let mut best = to.nothing();
                let search = Search { to: &to, edge, best: &mut best, limit: 0.0 };
                convex += usize::from(search.lowest_of_convex(&Piece::whole(ends)).is_some());
            }
        }
        assert!(convex > 500, "only {convex} edges were convex");
    }

    /// An edge is left out only when it changes nothing.
    #[test]
    fn what_cannot_be_nearer_is_not() {
        let seed = Draws::seed("PROTOBASE_SEED");
        let mut draws = Draws::new(seed ^ 5);
        let mut left_out = 0;
        for round in 0..2_000 {
            let shape = draws.shape();
            let to = ToEdges::new(draws.place_near(&shape));
            let mut best = to.nothing();
            for line in geo::CoordsIter::coords_iter(&shape).collect::<Vec<_>>().windows(2) {
                let ends = [to.vertex(line[0]), to.vertex(line[1])];
                let found = to.between(ends);
                if !to.may_be_nearer(ends, &best) {
                    left_out += 1;
                    assert!(found.square >= best.square, "seed {seed}, round {round}: {line:?}");
                }
                to.keep(&mut best, found);
            }
        }
        assert!(left_out > 100, "only {left_out} edges were left out");
    }
}
