//! How far is a place from an edge on the ellipsoid?
//!
//! As on the sphere ([`ToEdges`]), but for what is known of the distance h along an edge: the second derivative of h^2 / 2 is at most
//! v^2 + h a, where v is the speed along the edge and a how fast its direction and its speed change, because the ellipsoid is curved like a ball everywhere
//! (the Hessian of h^2 / 2 is at most one). It is at least v^2 q cot q - h a, with q = h / b, because nowhere it is curved more than a ball of
//! the radius b, the polar one. So a parabola says where nothing nearer is, a piece along which h^2 is convex is left to Newton's
//! method, and others are halved.

use geo::{Bearing, Coord, Geodesic, Point};

use super::{
    EARTH_RADIUS, GEODESIC_SHARE, LonLat, TOLERANCE, ToEdges, geodesic_distance,
    span::{Span, place},
    sphere::off_equator,
    surface::{Surface, squared},
    to_edge::{Edge, Piece},
    trigonometry::sine_cosine,
};

/// WGS84: the radius of the equator, the square of the eccentricity, the least and the greatest radius of curvature, and the polar radius.
const EQUATOR: f64 = 6_378_137.0;
const ECCENTRICITY: f64 = 0.006_694_379_990_141_3;
const LEAST_RADIUS: f64 = 6_335_439.327;
const GREATEST_RADIUS: f64 = 6_399_593.626;
const POLAR_RADIUS: f64 = 6_356_752.314;

/// By how much a meridian's radius of curvature grows a radian at most, relative to it: 3/2 of the square of the eccentricity.
const MERIDIAN: f64 = 0.0102;

/// Halvings of an edge, and steps of Newton's method before a piece is halved instead, at most.
const HALVINGS: u32 = 60;
const STEPS: usize = 10;

/// Beyond so many metres, a fifth of the way round, nothing is taken for convex.
const CONVEX: f64 = 7_500_000.0;

/// A place that edges are measured from on the ellipsoid.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToGeodesics {
    place: LonLat,
    on_sphere: ToEdges,
}

impl Surface for ToGeodesics {
    fn at(place: LonLat) -> Self {
        Self { place, on_sphere: ToEdges::new(place) }
    }

    fn to_edge(&self, [from, to]: [Coord<f64>; 2], limit: f64) -> f64 {
        let nearest = self.on_sphere.to_edge(from, to);
        let Some(foot) = nearest.place().filter(|_| nearest.square > 0.0) else { return 0.0 };
        // As much as the distance on the sphere may be too long it may be too short here.
        let least = (self.on_sphere.metres(&nearest) - TOLERANCE) * GEODESIC_SHARE.start();
        if least > limit {
            return least;
        }
        let edge = Edge::between(from, to);
        let ends = [from, to].map(|end| geodesic_distance(self.place, place(end)));
        let best = ends[0].min(ends[1]).min(geodesic_distance(self.place, foot));
        // From a pole, nothing but the latitude matters.
        if from == to || self.place.is_pole() {
            return best;
        }
        let start = edge.share(Coord { x: foot.lon, y: foot.lat });
        Search { from: self.place, edge, start, best, limit }.run(ends)
    }

    fn at_least(on_sphere: f64) -> f64 {
        on_sphere * GEODESIC_SHARE.start()
    }

    fn beside(span: &Span) -> f64 {
        GREATEST_RADIUS * 1.02 * span.beside(MERIDIAN)
    }

    fn chord_square(metres: f64) -> f64 {
        squared(metres / GEODESIC_SHARE.start())
    }
}

/// A search along one edge.
struct Search {
    from: LonLat,
    edge: Edge,
    /// Where on the edge the nearest place is on the sphere, 0 to 1.
    start: f64,
    best: f64,
    /// What is farther is not wanted.
    limit: f64,
}

impl Search {
    fn run(&mut self, ends: [f64; 2]) -> f64 {
        let mut open = vec![Piece::between(ends.map(|metres| metres * metres))];
        while let Some(piece) = open.pop() {
            let wanted = self.best.min(self.limit) - TOLERANCE;
            let bends = self.bends(&piece);
            // Half of the squares, of which half of the second derivative is known.
            // A distance that is no number is near to nothing.
            let is_near = wanted > 0.0 && piece.lowest(bends.most) < wanted * wanted;
            if piece.halvings >= HALVINGS || !is_near {
                continue;
            }
            if self.lowest_of_convex(&piece, bends.least) {
                continue;
            }
            let middle = self.offer(piece.middle()).0;
            let [nearer, farther] = piece.halves(middle * middle);
            open.extend([farther, nearer]);
        }
        // What was left out beyond the limit may be nearer than the best that was found.
        if self.best > self.limit { self.limit } else { self.best }
    }

    /// The distance to a place of the edge, and that place.
    fn offer(&mut self, share: f64) -> (f64, Coord<f64>) {
        let at = self.edge.at(share);
        let metres = geodesic_distance(self.from, place(at));
        self.best = self.best.min(metres);
        (metres, at)
    }

    /// Between what the second derivative of half of the distance's square is on a piece.
    fn bends(&self, piece: &Piece) -> Bends {
        let (first, last) = (self.edge.at(piece.start), self.edge.at(piece.start + piece.length));
        let (flattest, steepest) = off_equator(first.y, last.y);
        let ((_, cos), (sin, least_cos)) = (sine_cosine(flattest), sine_cosine(steepest));
        let (x, y) = (self.edge.lon, self.edge.lat);
        let most = GREATEST_RADIUS * GREATEST_RADIUS * (y * y + (x * cos) * (x * cos));
        let least = (LEAST_RADIUS * y).powi(2) + (EQUATOR * x * least_cos).powi(2);
        let north = MERIDIAN * y * y + x * x * (sin * cos).min(0.5);
        let turns = GREATEST_RADIUS * north.hypot(2.0 * (x * y).abs() * sin);
        let farthest = piece.ends[0].max(piece.ends[1]).sqrt() + piece.length * most.sqrt() / 2.0;
        let angle = farthest / POLAR_RADIUS;
        let flat = if farthest < CONVEX { flattening(angle) } else { 0.0 };
        Bends { most: most + farthest * turns, least: least * flat - farthest * turns }
    }

    /// Goes to the lowest place of a piece along which the square is convex; false when that can't be told or it isn't found soon.
    fn lowest_of_convex(&mut self, piece: &Piece, least: f64) -> bool {
        if least <= 0.0 {
            return false;
        }
        let (first, last) = (piece.start, piece.start + piece.length);
        let (mut low, mut high) = (first, last);
        let mut share = self.start.clamp(first, last);
        for _ in 0..STEPS {
            let (metres, at) = self.offer(share);
            let (along, speed) = self.approach(at);
            let falls = -metres * along;
            // Between places that are nearly one there may be no direction.
            if !falls.is_finite() {
                return false;
            }
            // A convex function is nowhere lower than here by more than the square of its slope over twice its least bend.
            let settled = falls * falls / least <= metres * (TOLERANCE / 4.0);
            if settled || (share == first && falls <= 0.0) || (share == last && falls >= 0.0) {
                return true;
            }
            if falls > 0.0 {
                low = share;
            } else {
                high = share;
            }
            let angle = metres / EARTH_RADIUS;
            let across = (speed * speed - along * along).max(0.0) * flattening(angle);
            share = (share + falls / (along * along + across).max(least)).clamp(low, high);
        }
        false
    }

    /// How fast the distance grows along the edge, and the speed there, in metres.
    fn approach(&self, at: Coord<f64>) -> (f64, f64) {
        let (sin, cos) = sine_cosine(at.y.abs());
        let flattened = 1.0 - ECCENTRICITY * sin * sin;
        let east = self.edge.lon * cos * EQUATOR / flattened.sqrt();
        let north = self.edge.lat * EQUATOR * (1.0 - ECCENTRICITY) / flattened.powf(1.5);
        let back = Geodesic.bearing(Point(at), Point::from(self.from)).to_radians();
        (-(east * back.sin() + north * back.cos()), east.hypot(north))
    }
}

/// q cot q, which is one where there is no angle.
fn flattening(angle: f64) -> f64 {
    if angle > 1e-6 { angle / angle.tan() } else { 1.0 }
}

/// Bounds of a second derivative.
struct Bends {
    most: f64,
    least: f64,
}
