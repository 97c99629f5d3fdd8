//! What tests of distances to shapes share: shapes and places drawn from a seed, and a distance that is obviously right.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MapCoords, MultiLineString, MultiPoint, MultiPolygon, Polygon,
};

use super::{EARTH_RADIUS, LonLat, Region, distance};

/// Samples of an edge.
const SAMPLES: u32 = 4_000;

/// A generator of shapes, mostly where it is difficult.
pub(crate) struct Draws(u64);

impl Draws {
    /// The seed that a variable of the environment names, else a fixed one. Printed by whoever fails.
    pub fn seed(variable: &str) -> u64 {
        std::env::var(variable).ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_125)
    }

    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Anywhere, at the antimeridian, or at a pole.
    fn middle(&mut self) -> Coord<f64> {
        match self.below(6) {
            0 => Coord { x: self.between(-180.0, 180.0), y: [90.0, -90.0, 89.0, -88.0][self.below(4) as usize] },
            1 => Coord { x: [180.0, -180.0, 179.5][self.below(3) as usize], y: self.between(-80.0, 80.0) },
            _ => Coord { x: self.between(-180.0, 180.0), y: self.between(-90.0, 90.0) },
        }
    }

    fn around(&mut self, middle: Coord<f64>, reach: f64) -> Coord<f64> {
        let at = Coord { x: middle.x + self.between(-reach, reach), y: middle.y + self.between(-reach, reach) };
        Coord { x: at.x.clamp(-180.0, 180.0), y: at.y.clamp(-90.0, 90.0) }
    }

    fn line(&mut self) -> LineString<f64> {
        let (middle, reach) = (self.middle(), [0.001, 1.0, 20.0, 300.0][self.below(4) as usize]);
        let vertices = 2 + self.below(4);
        LineString((0..vertices).map(|_| self.around(middle, reach)).collect())
    }

    /// A star around a middle never crosses itself, unless it is cut off at the edge of the map: then a box takes its place.
    fn area(&mut self) -> Polygon<f64> {
        let (middle, reach) = (self.middle(), [0.01, 3.0, 25.0][self.below(3) as usize]);
        let vertices = 3 + self.below(9);
        let step = std::f64::consts::TAU / vertices as f64;
        let mut ring: Vec<Coord<f64>> = Vec::new();
        for vertex in 0..vertices {
            let ((sin, cos), radius) = ((vertex as f64 * step).sin_cos(), self.between(reach / 4.0, reach));
            ring.push(Coord { x: middle.x + radius * cos, y: middle.y + radius * sin });
        }
        let star = Polygon::new(LineString(ring), vec![]);
        if Region::new(star.clone()).is_ok() {
            return star;
        }
        let corners = [(-1.0, -1.0), (1.0, 1.0)];
        let [low, high] = corners.map(|(x, y): (f64, f64)| Coord {
            x: (middle.x + x * reach).clamp(-180.0, 180.0),
            y: (middle.y + y * reach).clamp(-90.0, 90.0),
        });
        geo::Rect::new(low, high).to_polygon()
    }

    pub fn shape(&mut self) -> Geometry<f64> {
        match self.below(6) {
            0 | 1 => self.line().into(),
            2 | 3 => self.area().into(),
            4 => MultiLineString(vec![self.line(), self.line()]).into(),
            _ if self.below(2) == 0 => MultiPoint(self.line().0.into_iter().map(geo::Point).collect()).into(),
            _ => MultiPolygon(vec![self.area()]).into(),
        }
    }

    /// An area with a hole: the same, but smaller, around the same middle.
    fn holed(&mut self) -> Polygon<f64> {
        let area = self.area();
        let middle = area.exterior().0.iter().skip(1).fold(Coord { x: 0.0, y: 0.0 }, |sum, at| sum + *at)
            / (area.exterior().0.len() - 1) as f64;
        let hole = area.exterior().0.iter().map(|at| middle + (*at - middle) * 0.3).collect();
        let holed = Polygon::new(area.exterior().clone(), vec![hole]);
        if Region::new(holed.clone()).is_ok() { holed } else { area }
    }

    /// Such a shape, an area with a hole, or a collection whose areas may overlap.
    pub fn nested_shape(&mut self) -> Geometry<f64> {
        match self.below(6) {
            0 => self.holed().into(),
            1 => {
                let area = self.holed();
                let step = self.between(0.0, 5.0);
                let aside = area.map_coords(|at| Coord { x: (at.x + step).min(180.0), y: at.y });
                let beside = if Region::new(aside.clone()).is_ok() { aside } else { area.clone() };
                let mut members = vec![area.into(), beside.into(), self.shape()];
                members.rotate_left(step as usize % 3);
                Geometry::GeometryCollection(GeometryCollection(members))
            }
            _ => self.shape(),
        }
    }

    /// Anywhere, at a pole or the antimeridian, or beside the shape.
    pub fn place_near(&mut self, shape: &Geometry<f64>) -> LonLat {
        let at = match self.below(4) {
            0 => self.middle(),
            at => {
                let vertices: Vec<_> = geo::CoordsIter::coords_iter(shape).collect();
                let vertex = vertices[self.below(vertices.len() as u64) as usize];
                self.around(vertex, [0.0001, 0.5, 20.0][at as usize - 1])
            }
        };
        LonLat { lon: at.x, lat: at.y }
    }
}

/// The distance to the nearest of many places along every edge, zero inside; and half the longest way between two of them.
pub(crate) fn sampled_distance(place: LonLat, shape: &Geometry<f64>) -> (f64, f64) {
    let (mut nearest, mut step) = (f64::INFINITY, 0.0_f64);
    if let Geometry::GeometryCollection(members) = shape {
        let sampled = members.iter().map(|member| sampled_distance(place, member));
        return sampled.fold((nearest, step), |all, one| (all.0.min(one.0), all.1.max(one.1)));
    }
    if Region::from_geometry(shape).is_ok_and(|region| region.contains(place)) {
        return (0.0, 0.0);
    }
    let mut at = |x: f64, y: f64| nearest = nearest.min(distance(place, LonLat { lon: x, lat: y }));
    for path in paths(shape) {
        path.iter().for_each(|vertex| at(vertex.x, vertex.y));
        for pair in path.windows(2) {
            let (x, y) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
            for sample in 0..=SAMPLES {
                let share = f64::from(sample) / f64::from(SAMPLES);
                at((pair[0].x + share * x).clamp(-180.0, 180.0), (pair[0].y + share * y).clamp(-90.0, 90.0));
            }
            let way = EARTH_RADIUS * (x.abs() + y.abs()).to_radians();
            step = step.max(way / f64::from(SAMPLES) / 2.0);
        }
    }
    (nearest, step)
}

fn paths(shape: &Geometry<f64>) -> Vec<Vec<Coord<f64>>> {
    let rings = |polygon: &Polygon<f64>| -> Vec<Vec<Coord<f64>>> {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(|ring| ring.0.clone()).collect()
    };
    match shape {
        Geometry::LineString(line) => vec![line.0.clone()],
        Geometry::MultiLineString(lines) => lines.0.iter().map(|line| line.0.clone()).collect(),
        Geometry::Polygon(polygon) => rings(polygon),
        Geometry::MultiPolygon(polygons) => polygons.0.iter().flat_map(rings).collect(),
        Geometry::MultiPoint(points) => points.0.iter().map(|point| vec![point.0]).collect(),
        other => panic!("no paths of {other:?}"),
    }
}
