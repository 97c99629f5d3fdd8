//! How far is a place from a shape?
//!
//! Zero inside an area and on any boundary or line; else the distance to the nearest place of the nearest edge. An edge is straight in
//! longitude and latitude, as GeoJSON means it, and goes the way its numbers say: on the globe a curve, no great circle. Its nearest
//! place is found by halving. The square of the chord to a place of the edge bends by no more than is known, which bounds it from below
//! between two places where it is known; what can't be nearer than the best so far by [`TOLERANCE`] is left out. So the answer is the
//! distance to a place of the shape, and no other is nearer by more than that.

use geo::{
    Coord, Geometry, LineString, Polygon,
    kernels::{Kernel, Orientation, RobustKernel},
};

use super::{LonLat, chord_to_metres, distance, metres_to_chord, prepared::PreparedPolygon};

/// Metres by which the distance to a line or an area may be too long; half a metre where all of it is within a few kilometres of the
/// place's antipode, where chords tell no less apart.
pub const TOLERANCE: f64 = 0.001;

/// Halvings of an edge at most: then its pieces are shorter than what a coordinate can tell.
const HALVINGS: u32 = 60;

/// The distance from a place to a shape in metres: zero inside and on the boundary, elsewhere too long by at most [`TOLERANCE`]. `None`
/// for a shape without coordinates, or with any that are not on the globe.
#[must_use]
pub fn distance_to_shape(place: LonLat, shape: &Geometry<f64>) -> Option<f64> {
    nearest_place(place, shape).map(|nearest| distance(place, nearest))
}

/// The place of a shape that the distance to it is measured to: the place itself inside and on the boundary.
pub(super) fn nearest_place(place: LonLat, shape: &Geometry<f64>) -> Option<LonLat> {
    let mut nearest = Nearest::to(place);
    nearest.shape(shape)?;
    nearest.found()
}

/// The nearest of what was looked at so far.
struct Nearest {
    place: LonLat,
    /// Latitude and longitude in radians.
    lat: f64,
    lon: f64,
    cos_lat: f64,
    /// The square of the chord to the nearest place so far, infinite before the first, and that place.
    square: f64,
    at: Coord<f64>,
    /// Nothing whose square is at least this is near enough to matter.
    limit: f64,
    /// Pieces of an edge that are to be looked at.
    open: Vec<Piece>,
}

impl Nearest {
    fn to(place: LonLat) -> Self {
        let (lon, lat) = (place.lon.to_radians(), place.lat.to_radians());
        let (cos_lat, at) = (cos_latitude(lat, place.is_pole()), Coord { x: place.lon, y: place.lat });
        Self { place, lat, lon, cos_lat, square: f64::INFINITY, at, limit: f64::INFINITY, open: Vec::new() }
    }

    fn found(&self) -> Option<LonLat> {
        let Coord { x: lon, y: lat } = self.at;
        self.square.is_finite().then_some(LonLat { lon, lat })
    }

    /// `None` when a coordinate is not on the globe.
    fn shape(&mut self, shape: &Geometry<f64>) -> Option<()> {
        match shape {
            Geometry::Point(point) => self.vertex(point.0),
            Geometry::Line(line) => self.path(&[line.start, line.end]),
            Geometry::LineString(line) => self.path(&line.0),
            Geometry::MultiPoint(points) => points.0.iter().try_for_each(|point| self.vertex(point.0)),
            Geometry::MultiLineString(lines) => lines.0.iter().try_for_each(|line| self.path(&line.0)),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => polygons.0.iter().try_for_each(|polygon| self.polygon(polygon)),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(shapes) => shapes.0.iter().try_for_each(|shape| self.shape(shape)),
        }
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) -> Option<()> {
        let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
        rings().flat_map(LineString::coords).try_for_each(on_globe)?;
        if self.square > 0.0 && PreparedPolygon::new(polygon, 0).covers(self.place) {
            self.reach();
        }
        rings().try_for_each(|ring| self.path(&ring.0))
    }

    /// The edges between vertices; one vertex alone is a place.
    fn path(&mut self, vertices: &[Coord<f64>]) -> Option<()> {
        vertices.iter().try_for_each(on_globe)?;
        let Some(first) = vertices.first() else { return Some(()) };
        let mut before = self.square_to(*first);
        self.offer(before, *first);
        for pair in vertices.windows(2) {
            let square = self.square_to(pair[1]);
            self.offer(square, pair[1]);
            self.edge(&Edge::between(pair[0], pair[1]), [before, square]);
            before = square;
        }
        Some(())
    }

    fn vertex(&mut self, at: Coord<f64>) -> Option<()> {
        on_globe(&at)?;
        self.offer(self.square_to(at), at);
        Some(())
    }

    /// Looks along an edge whose ends, at these squares, have been looked at.
    fn edge(&mut self, edge: &Edge, ends: [f64; 2]) {
        if self.square > 0.0 && self.is_on(edge.from, edge.to) {
            self.reach();
        }
        self.open.push(Piece { start: 0.0, length: 1.0, ends, halvings: 0 });
        while let Some(piece) = self.open.pop() {
            if piece.halvings >= HALVINGS || piece.lowest(edge.bend(&piece, self.cos_lat)) >= self.limit {
                continue;
            }
            let length = piece.length / 2.0;
            let at = edge.at(piece.start + length);
            let square = self.square_to(at);
            self.offer(square, at);
            let halvings = piece.halvings + 1;
            let first = Piece { start: piece.start, length, ends: [piece.ends[0], square], halvings };
            let second = Piece { start: piece.start + length, length, ends: [square, piece.ends[1]], halvings };
            // The half that seems nearer is taken first.
            let halves = if piece.ends[0] < piece.ends[1] { [second, first] } else { [first, second] };
            self.open.extend(halves);
        }
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

    /// The place itself belongs to the shape: nothing is nearer.
    fn reach(&mut self) {
        let LonLat { lon, lat } = self.place;
        (self.square, self.at, self.limit) = (0.0, Coord { x: lon, y: lat }, f64::NEG_INFINITY);
    }

    fn offer(&mut self, square: f64, at: Coord<f64>) {
        if square < self.square {
            (self.square, self.at) = (square, at);
            let metres = chord_to_metres(square.sqrt()) - TOLERANCE;
            self.limit = if metres > 0.0 { metres_to_chord(metres).powi(2) } else { f64::NEG_INFINITY };
        }
    }

    /// The square of the chord to a vertex or to a place of an edge. Near places keep their digits.
    fn square_to(&self, at: Coord<f64>) -> f64 {
        let (lon, lat) = (at.x.to_radians(), at.y.to_radians());
        let cosines = self.cos_lat * cos_latitude(lat, at.y.abs() == 90.0);
        let (sin_lat, sin_lon) = (((self.lat - lat) * 0.5).sin(), ((self.lon - lon) * 0.5).sin());
        4.0 * (sin_lat * sin_lat + cosines * (sin_lon * sin_lon))
    }
}

fn on_globe(at: &Coord<f64>) -> Option<()> {
    LonLat::new(at.x, at.y).ok().map(drop)
}

fn cos_latitude(lat: f64, is_pole: bool) -> f64 {
    if is_pole { 0.0 } else { lat.cos() }
}

/// An edge, straight in longitude and latitude.
struct Edge {
    from: Coord<f64>,
    to: Coord<f64>,
    /// How far it goes, in radians.
    lon: f64,
    lat: f64,
}

/// A piece of an edge.
struct Piece {
    /// Where on the edge it starts, 0 to 1.
    start: f64,
    length: f64,
    /// The squares at both ends.
    ends: [f64; 2],
    halvings: u32,
}

impl Piece {
    /// A number that the square does not fall below on this piece, given that its second derivative is at most twice `bend`.
    fn lowest(&self, bend: f64) -> f64 {
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
    fn between(from: Coord<f64>, to: Coord<f64>) -> Self {
        Self { from, to, lon: (to.x - from.x).to_radians().abs(), lat: (to.y - from.y).to_radians().abs() }
    }

    fn at(&self, share: f64) -> Coord<f64> {
        let between = |from: f64, to: f64| from + share * (to - from);
        Coord { x: between(self.from.x, self.to.x), y: between(self.from.y, self.to.y) }
    }

    /// Half of what the second derivative of the square is at most on a piece. With x and y the longitude and latitude on the edge,
    /// d = x - lon and g = sin lat sin y + cos lat cos y cos d the square is 2 - 2 g. Half of its second derivative is
    /// -g'' = y'^2 g + cos lat (x'^2 cos y cos d - 2 x' y' sin y sin d).
    fn bend(&self, piece: &Piece, cos_lat: f64) -> f64 {
        let (first, last) = (self.at(piece.start), self.at(piece.start + piece.length));
        let (low, high) = (first.y.min(last.y), first.y.max(last.y));
        let flattest = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
        let steepest = low.abs().max(high.abs());
        let (cos, sin) = (flattest.to_radians().cos(), steepest.to_radians().sin());
        // On the way between the ends g rises by no more than half the way's length above the greater of both.
        let way = piece.length * (self.lat * self.lat + (self.lon * cos) * (self.lon * cos)).sqrt();
        let g = (1.0 - piece.ends[0].min(piece.ends[1]) / 2.0 + way / 2.0).clamp(0.0, 1.0);
        let along = self.lon * self.lon * cos + 2.0 * self.lon * self.lat * sin;
        self.lat * self.lat * g + cos_lat * along
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{EARTH_RADIUS, Region, from_wkt, unit_vector},
        *,
    };
    use crate::geometry::twin::{Draws, sampled_distance};

    fn place(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    fn metres(text: &str, lon: f64, lat: f64) -> f64 {
        distance_to_shape(place(lon, lat), &from_wkt(text).unwrap()).unwrap()
    }

    fn degrees(degrees: f64) -> f64 {
        EARTH_RADIUS * degrees.to_radians()
    }

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 2.0 * TOLERANCE, "{found} against {expected}");
    }

    #[test]
    fn inside_and_on_the_boundary_it_is_zero_67() {
        let ring = "POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,2 8,8 8,8 2,2 2))";
        for (lon, lat) in [(1., 1.), (0., 0.), (10., 3.), (5., 10.), (2., 5.), (8., 8.)] {
            assert_eq!(metres(ring, lon, lat), 0.0, "{lon} {lat}");
        }
        // In the hole: to the hole's edge, which is a meridian.
        near(metres(ring, 2.5, 5.0), distance_to_meridian(2.5, 5.0, 2.0));
        assert_eq!(metres("LINESTRING(0 0,10 10,20 0)", 5.0, 5.0), 0.0);
        assert_eq!(metres("MULTILINESTRING((0 0,1 1),(170 3,180 3))", -180.0, 3.0), 0.0);
        assert_eq!(metres("POLYGON((170 0,180 0,180 10,170 10,170 0))", -180.0, 5.0), 0.0);
        assert_eq!(metres("POLYGON((20 60,30 60,30 90,20 90,20 60))", -100.0, 90.0), 0.0);
    }

    /// From a place to the whole meridian on its side of the globe.
    fn distance_to_meridian(lon: f64, lat: f64, meridian: f64) -> f64 {
        EARTH_RADIUS * (lat.to_radians().cos() * (lon - meridian).to_radians().sin().abs()).asin()
    }

    #[test]
    fn known_distances() {
        near(metres("LINESTRING(0 0,90 0)", 45.0, 1.0), degrees(1.0));
        near(metres("LINESTRING(0 -90,0 90)", 30.0, 60.0), distance_to_meridian(30.0, 60.0, 0.0));
        // A parallel bends away from the great circle: the nearest place is on the place's own meridian.
        near(metres("LINESTRING(0 60,90 60)", 45.0, 61.0), degrees(1.0));
        near(metres("LINESTRING(0 60,90 60)", 45.0, 90.0), degrees(30.0));
        // Over the antimeridian, over the pole, and the long way that the numbers say.
        near(metres("POLYGON((170 -5,180 -5,180 5,170 5,170 -5))", -179.0, 0.0), degrees(1.0));
        let corner = distance(place(-155.0, 89.0), place(30.0, 89.0));
        near(metres("POLYGON((20 60,30 60,30 89,20 89,20 60))", -155.0, 89.0), corner);
        near(metres("LINESTRING(179 0,-179 0)", 0.0, 1.0), degrees(1.0));
        near(metres("LINESTRING(179 0,-179 0)", 180.0, 0.0), degrees(1.0));
        near(metres("MULTIPOINT((0 0),(10 0))", 7.0, 0.0), degrees(3.0));
        near(metres("GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(10 0,10 5))", 9.0, 0.0), degrees(1.0));
        assert_eq!(metres("POINT(1 2)", 3.0, 4.0), distance(place(1.0, 2.0), place(3.0, 4.0)));
    }

    #[test]
    fn what_is_nowhere_has_no_distance() {
        for shape in [Geometry::GeometryCollection(geo::GeometryCollection(vec![])), LineString::new(vec![]).into()] {
            assert_eq!(distance_to_shape(place(0.0, 0.0), &shape), None);
        }
        for at in [(200.0, 0.0), (0.0, 91.0), (f64::NAN, 0.0)] {
            let line: Geometry<f64> = LineString::from(vec![(0.0, 0.0), at]).into();
            assert_eq!(distance_to_shape(place(0.0, 0.0), &line), None, "{at:?}");
        }
    }

    /// Against samples along every edge, of places where it is easy and where it is not.
    #[test]
    fn equals_a_dense_sampling_of_the_edges_65() {
        let seed = Draws::seed("PROTOBASE_SEED");
        let mut draws = Draws::new(seed);
        let mut largest = 0.0_f64;
        for round in 0..400 {
            let shape = draws.shape();
            let place = draws.place_near(&shape);
            let found = distance_to_shape(place, &shape).unwrap();
            let (sampled, step) = sampled_distance(place, &shape);
            let note = format!("seed {seed}, round {round}: {place} to {shape:?}: {found} against {sampled}");
            // Samples are places of the shape, so none is nearer; and half the way between two of them is all that they may miss.
            let slack = if sampled > 2.0e7 { 0.5 } else { TOLERANCE };
            assert!(found <= sampled + slack && found >= sampled - step - 1e-6, "{note}, step {step}");
            largest = largest.max(sampled - found);
            if let Ok(region) = Region::from_geometry(&shape) {
                assert_eq!(found == 0.0, region.contains(place), "{note}");
            }
        }
        assert!(largest > 0.0, "samples were never coarser than the answer");
    }

    #[test]
    fn unit_vectors_agree_with_squares() {
        let (a, b) = (place(10.0, 50.0), place(-170.0, -45.0));
        let (x, y) = (unit_vector(a), unit_vector(b));
        let square: f64 = (0..3).map(|d| (x[d] - y[d]).powi(2)).sum();
        assert!((Nearest::to(a).square_to(Coord { x: b.lon, y: b.lat }) - square).abs() < 1e-14);
    }
}
