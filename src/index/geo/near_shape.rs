//! Everything within some metres of a line or an area.

use crate::geometry::{EARTH_RADIUS, GEODESIC_SHARE, Globe, LonLat, PreparedShape, Surroundings, TOLERANCE, distance};

use super::{
    area::{Area, Sorted, ones},
    geodesic::at_most_on_sphere,
    grid::{MARGIN, SCALE},
    radius::Radius,
    tree::{Leaf, Node},
};

/// The places near a shape, and those in it.
#[derive(Debug)]
pub(super) struct NearShape<'a> {
    shape: &'a PreparedShape,
    metres: f64,
    globe: Globe,
    disc: Option<Surroundings>,
    /// All of it is within.
    outer: Radius,
}

impl<'a> NearShape<'a> {
    pub(super) fn new(shape: &'a PreparedShape, metres: f64, globe: Globe) -> Self {
        let on_sphere = match globe {
            Globe::Sphere => metres,
            Globe::Ellipsoid => at_most_on_sphere(metres),
        };
        let around = |disc: Surroundings| Surroundings { metres: disc.metres + on_sphere, ..disc };
        let disc = shape.surroundings().map(around);
        let outer = match disc {
            Some(disc) => Radius::new(disc.center, disc.metres),
            None => Radius::new(LonLat { lon: 0.0, lat: 0.0 }, -1.0),
        };
        Self { shape, metres, globe, disc, outer }
    }

    /// A disc that holds all of it.
    pub(super) fn surroundings(&self) -> Option<Surroundings> {
        self.disc
    }

    /// The distance to a place.
    pub(super) fn to_place(&self, place: LonLat) -> f64 {
        self.shape.metres_to_place(place, self.globe)
    }

    /// The distance to a line or an area.
    pub(super) fn to_shape(&self, other: &geo::Geometry<f64>) -> Option<f64> {
        self.shape.metres_to(other, self.globe)
    }

    /// How far a shape is at least that is in a disc, by the disc around this one.
    pub(super) fn least_by_disc(&self, disc: &Surroundings) -> f64 {
        let apart = |own: Surroundings| distance(own.center, disc.center) - own.metres - disc.metres;
        self.range(self.shape.surroundings().map_or(0.0, apart), 0.0).0
    }

    /// The same by the shape itself.
    pub(super) fn least_by_shape(&self, disc: &Surroundings) -> f64 {
        self.range(self.shape.metres_to_place(disc.center, Globe::Sphere) - TOLERANCE - disc.metres, 0.0).0
    }

    /// Whether a shape may be near enough that is in a disc.
    pub(super) fn may_reach(&self, disc: &Surroundings) -> bool {
        self.least_by_disc(disc) <= self.metres && self.least_by_shape(disc) <= self.metres
    }

    /// Between which distances the points in a node's box are.
    pub(super) fn range_of(&self, node: &Node, child: usize) -> (f64, f64) {
        let Some((middle, reach)) = around(node, child) else { return (0.0, f64::INFINITY) };
        let metres = self.shape.metres_to_place(middle, Globe::Sphere);
        self.range(metres - TOLERANCE - reach, metres + reach)
    }

    /// What is between these distances on the sphere is between those that are asked for.
    fn range(&self, low: f64, high: f64) -> (f64, f64) {
        match self.globe {
            Globe::Sphere => (low.max(0.0), high + TOLERANCE),
            Globe::Ellipsoid => (low.max(0.0) * GEODESIC_SHARE.start(), high * GEODESIC_SHARE.end() + TOLERANCE),
        }
    }
}

/// A disc around the points in a node's box: its middle, and how far they are from there at most. `None` where the box is as large as the globe.
fn around(node: &Node, child: usize) -> Option<(LonLat, f64)> {
    let (low, high) = (node.low.map(|low| f64::from(low[child])), node.high.map(|high| f64::from(high[child])));
    let middle = [0, 1, 2].map(|d| low[d].midpoint(high[d]));
    let half = [0, 1, 2].map(|d| (high[d] - low[d]) / 2.0 + MARGIN);
    let length = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (radius, [x, y, z]) = (length(half) / SCALE, middle);
    // A place so near to the middle of the box is no farther from the way to there than that.
    if radius >= 0.9 || length(middle) == 0.0 {
        return None;
    }
    let middle = LonLat::new(y.atan2(x).to_degrees(), z.atan2(x.hypot(y)).to_degrees()).ok()?;
    Some((middle, EARTH_RADIUS * radius.asin() + TOLERANCE))
}

impl Area for NearShape<'_> {
    fn boxes(&self, node: &Node) -> Sorted {
        let near = self.outer.boxes(node);
        let mut sorted = Sorted::default();
        for child in ones(near.inside | near.unsure) {
            let (low, high) = self.range_of(node, child);
            if high <= self.metres {
                sorted.inside |= 1 << child;
            } else if low <= self.metres {
                sorted.unsure |= 1 << child;
            }
        }
        sorted
    }

    fn points(&self, leaf: &Leaf) -> Sorted {
        let near = self.outer.points(leaf);
        Sorted { inside: 0, unsure: near.inside | near.unsure }
    }

    fn contains(&self, place: LonLat) -> bool {
        self.to_place(place) <= self.metres
    }
}
