//! A short piece of an edge: the box in space that holds it, and how far it is from the shortest way between its ends.

use geo::Coord;

use super::{EARTH_RADIUS, LonLat, distance, sphere::off_equator, trigonometry::sine_cosine, unit_vector};

/// How much an edge may go in longitude or latitude, in radians, to be one span.
const LONGEST: f64 = 0.25;

/// What boxes are larger by than they would be if numbers were exact.
const ROUNDING: f64 = 4e-15;

/// A box in space around places of the unit sphere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cube {
    pub(super) low: [f64; 3],
    pub(super) high: [f64; 3],
}

impl Cube {
    pub(super) fn around(at: [f64; 3]) -> Self {
        Self { low: at, high: at }
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self {
            low: [0, 1, 2].map(|d| self.low[d].min(other.low[d])),
            high: [0, 1, 2].map(|d| self.high[d].max(other.high[d])),
        }
    }

    fn grown(self, by: f64) -> Self {
        Self { low: self.low.map(|low| low - by), high: self.high.map(|high| high + by) }
    }

    pub(super) fn middle(&self) -> [f64; 3] {
        [0, 1, 2].map(|d| self.low[d].midpoint(self.high[d]))
    }

    /// The square of the chord that nothing in the one and nothing in the other are nearer than.
    pub(super) fn gap(&self, other: &Self) -> f64 {
        let apart = |d: usize| (self.low[d] - other.high[d]).max(other.low[d] - self.high[d]).max(0.0);
        [0, 1, 2].map(|d| apart(d) * apart(d)).iter().sum()
    }
}

/// A piece of an edge, straight in longitude and latitude.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Coord<f64>,
    pub(super) to: Coord<f64>,
}

impl Span {
    /// The pieces of an edge.
    pub(super) fn of([from, to]: [Coord<f64>; 2]) -> impl Iterator<Item = Self> {
        let way = (to - from).x.abs().max((to - from).y.abs()).to_radians();
        let pieces = (way / LONGEST).ceil().max(1.0);
        let at = move |piece: u32| match f64::from(piece) / pieces {
            1.0 => to,
            share => from + (to - from) * share,
        };
        (0..pieces as u32).map(move |piece| Self { from: at(piece), to: at(piece + 1) })
    }

    pub(super) fn halves(&self) -> [Self; 2] {
        let middle = (self.from + self.to) / 2.0;
        [Self { to: middle, ..*self }, Self { from: middle, ..*self }]
    }

    /// Its middle, and how many metres on the sphere all of it is from there at most.
    pub(super) fn surroundings(&self) -> (LonLat, f64) {
        let middle = (self.from + self.to) / 2.0;
        let (x, y) = ((self.to.x - self.from.x).to_radians(), (self.to.y - self.from.y).to_radians());
        let (flattest, _) = off_equator(self.from.y, self.to.y);
        (place(middle), EARTH_RADIUS * y.hypot(x * sine_cosine(flattest).1) / 2.0 + 1e-6)
    }

    /// A box around all of it: the straight line's between its ends, with the bulge of the great circle, and that of the piece beside it.
    pub(super) fn cube(&self) -> Cube {
        let [from, to] = [self.from, self.to].map(place);
        let ends = Cube::around(unit_vector(from)).join(Cube::around(unit_vector(to)));
        ends.grown(self.angle().powi(2) / 8.0 + self.beside(0.0) + ROUNDING)
    }

    /// The angle between its ends.
    fn angle(&self) -> f64 {
        distance(place(self.from), place(self.to)) / EARTH_RADIUS
    }

    /// How far it and the shortest way between its ends are from each other at most, on a sphere of radius one; `meridian` is by how much more
    /// a meridian's radius of curvature grows a radian, relative to it.
    ///
    /// With x and y the way in longitude and latitude, P' and P'' the derivatives of the place on the way from 0 to 1, and S the place on
    /// the great circle: P'' = -k P + t, where k = y^2 + (x cos lat)^2 is the square of the speed and t, along the globe, has the parts
    /// x^2 sin lat cos lat to the north and 2 x y sin lat to the east; and S'' = -w^2 S with w the angle between the ends. So D = P - S,
    /// which is zero at both ends, has D'' = -k D + (w^2 - k) S + t, and |D| <= max |D''| / 8.
    pub(super) fn beside(&self, meridian: f64) -> f64 {
        let (x, y) = ((self.to.x - self.from.x).to_radians(), (self.to.y - self.from.y).to_radians());
        let (flattest, steepest) = off_equator(self.from.y, self.to.y);
        let ((_, cos), (sin, least_cos)) = (sine_cosine(flattest), sine_cosine(steepest));
        let north = x * x * (sin * cos).min(0.5) + meridian * (x * y * cos).abs();
        let east = 2.0 * (x * y).abs() * sin;
        let speed = |cos: f64| y * y + (x * cos) * (x * cos);
        let angle = self.angle().powi(2);
        let uneven = (speed(cos) - angle).abs().max((angle - speed(least_cos)).abs());
        // A little more, since it is a chord.
        1.05 * (north.hypot(east) + uneven) / (8.0 - speed(cos))
    }
}

pub(super) fn place(at: Coord<f64>) -> LonLat {
    LonLat { lon: at.x, lat: at.y }
}
