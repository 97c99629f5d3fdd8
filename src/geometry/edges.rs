//! What is an edge between two vertices?
//!
//! Great circles are cut into pieces that are straight in longitude and latitude, so that all else needs to know but such.

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPolygon, Polygon, unary_union};

use super::{GeometryError, LonLat, distance, seam, unit_vector};

/// What the edges of a shape are.
///
/// The two differ most between far vertices at one latitude: from 0 to 90 degrees east along the parallel of 60 degrees north, an edge that
/// is straight in longitude and latitude stays on the parallel, and the great circle rises to 67.8 degrees, 866 km to the north. Half way
/// over the United States, from 125 to 67 degrees west at 49 north, it is 3.8 degrees or 417 km; over one degree at 49 north 120 m,
/// and over a tenth of a degree about a metre.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Edges {
    /// Straight in longitude and latitude, the way the numbers say, as GeoJSON (RFC 7946) means them.
    #[default]
    Straight,
    /// The shortest way on the globe, also across the antimeridian and over a pole, cut into straight pieces: see [`great_circles`].
    GreatCircle {
        /// By how many metres the pieces may be beside the great circle.
        tolerance: f64,
    },
}

impl Edges {
    /// Great circles, to a metre.
    #[must_use]
    pub const fn great_circle() -> Self {
        Self::GreatCircle { tolerance: 1.0 }
    }
}

/// The least tolerance: the way from pole to pole would have half a million pieces.
const FINEST: f64 = 0.001;

/// The share of the tolerance that samples may use: between them a piece is beside by little more.
const SAMPLED: f64 = 0.9;

/// Halvings of an edge at most.
const HALVINGS: u32 = 40;

/// A shape with more vertices, whose edges, straight in longitude and latitude, are nowhere more than `tolerance` metres beside the great
/// circles between the vertices given.
///
/// A line that crosses the antimeridian is cut there, and so is an area, whose vertices move by up to 0.1 m when it is. Of the two areas
/// that a ring around a pole bounds, the smaller one is meant.
///
/// # Errors
/// When the tolerance is less than a millimetre, two vertices at the ends of an edge are antipodes, an area is none that
/// [`Region::new`](super::Region::new) takes, or a hole goes around a pole.
pub fn great_circles(shape: &Geometry<f64>, tolerance: f64) -> Result<Geometry<f64>, GeometryError> {
    if !(FINEST..=f64::MAX).contains(&tolerance) {
        let (place, which) = ("great circles: ".to_owned(), "tolerance");
        return Err(GeometryError::Coordinate { place, which, value: tolerance, low: FINEST, high: f64::MAX });
    }
    let lines = |lines: &[LineString<f64>]| -> Result<Geometry<f64>, GeometryError> {
        let mut cut = Vec::new();
        for line in lines {
            cut.extend(seam::cut_line(&path(&line.0, tolerance)?));
        }
        Ok(if cut.len() == 1 { cut.remove(0).into() } else { MultiLineString(cut).into() })
    };
    let polygons = |polygons: &[Polygon<f64>]| -> Result<Geometry<f64>, GeometryError> {
        let mut cut = Vec::new();
        for polygon in polygons {
            cut.extend(area(polygon, tolerance)?);
        }
        // Each moved a little when it was cut, so that such as had edges in common may overlap by a hair.
        if polygons.len() > 1 && cut.len() > polygons.len() {
            cut = unary_union(&cut).0;
        }
        Ok(if cut.len() == 1 { cut.remove(0).into() } else { MultiPolygon(cut).into() })
    };
    match shape {
        Geometry::Point(_) | Geometry::MultiPoint(_) => Ok(shape.clone()),
        Geometry::Line(line) => lines(&[LineString(vec![line.start, line.end])]),
        Geometry::LineString(line) => lines(std::slice::from_ref(line)),
        Geometry::MultiLineString(many) => lines(&many.0),
        Geometry::Polygon(polygon) => polygons(std::slice::from_ref(polygon)),
        Geometry::MultiPolygon(many) => polygons(&many.0),
        Geometry::Rect(rect) => polygons(&[rect.to_polygon()]),
        Geometry::Triangle(triangle) => polygons(&[triangle.to_polygon()]),
        Geometry::GeometryCollection(members) => {
            let members: Result<_, _> = members.0.iter().map(|member| great_circles(member, tolerance)).collect();
            Ok(Geometry::GeometryCollection(GeometryCollection(members?)))
        }
    }
}

fn area(polygon: &Polygon<f64>, tolerance: f64) -> Result<Vec<Polygon<f64>>, GeometryError> {
    let ring = |line: &LineString<f64>| -> Result<seam::Ring, GeometryError> {
        // From a pole on, so that the way along it is the last, which closes the ring.
        let mut vertices = line.0.clone();
        vertices.pop();
        let pole = vertices.iter().position(is_pole).unwrap_or(0);
        vertices.rotate_left(pole);
        vertices.extend(vertices.first().copied());
        Ok(seam::Ring::closed(path(&vertices, tolerance)?))
    };
    let outer = ring(polygon.exterior())?;
    let holes = polygon.interiors().iter().map(ring).collect::<Result<Vec<_>, _>>()?;
    seam::cut_area(outer, holes)
}

fn is_pole(at: &Coord<f64>) -> bool {
    at.y.abs() == 90.0
}

/// The way along great circles, with longitudes that go on beyond 180 and -180 so that no step is wider than half a turn.
fn path(vertices: &[Coord<f64>], tolerance: f64) -> Result<Vec<Coord<f64>>, GeometryError> {
    let mut way: Vec<Coord<f64>> = Vec::new();
    for pair in vertices.windows(2).filter(|pair| pair[0] != pair[1]) {
        let (mut from, mut to) = (pair[0], pair[1]);
        // At a pole, an edge has the longitude of its other end.
        match (is_pole(&from), is_pole(&to)) {
            (true, true) if from.y == to.y => continue,
            (true, false) => from.x = to.x,
            (false, true) => to.x = from.x,
            _ => {}
        }
        from.x = way.last().map_or(from.x, |last| near(from.x, last.x));
        to.x = near(to.x, from.x);
        if way.last() != Some(&from) {
            way.push(from);
        }
        let (start, end) = (vector(from), vector(to));
        if (0..3).map(|d| (start[d] + end[d]).abs()).sum::<f64>() < 1e-9 {
            return Err(GeometryError::Antipodes { from: pair[0].x_y(), to: pair[1].x_y() });
        }
        if (to.x - from.x).abs() == 180.0 && !is_pole(&from) && !is_pole(&to) {
            let pole = 90.0_f64.copysign(from.y + to.y);
            way.extend([Coord { x: from.x, y: pole }, Coord { x: to.x, y: pole }, to]);
        } else {
            halve(&mut way, (from, start), (to, end), tolerance, 0);
        }
    }
    if way.is_empty() {
        way.extend(vertices.first());
    }
    Ok(way)
}

type Known = (Coord<f64>, [f64; 3]);

/// Adds the way from one place to another, without the first.
fn halve(way: &mut Vec<Coord<f64>>, from: Known, to: Known, tolerance: f64, halvings: u32) {
    let middle = between(from, to);
    let samples = [(0.25, between(from, middle)), (0.5, middle), (0.75, between(middle, to))];
    let beside = |(share, on): (f64, Known)| distance(place(from.0 + (to.0 - from.0) * share), place(on.0));
    if halvings < HALVINGS && samples.into_iter().any(|sample| beside(sample) > SAMPLED * tolerance) {
        halve(way, from, middle, tolerance, halvings + 1);
        halve(way, middle, to, tolerance, halvings + 1);
    } else {
        way.push(to.0);
    }
}

/// The middle of a great circle's arc.
fn between(from: Known, to: Known) -> Known {
    let sum = [0, 1, 2].map(|d| from.1[d] + to.1[d]);
    let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
    let [x, y, z] = sum.map(|x| x / length);
    let lat = z.atan2(x.hypot(y)).to_degrees();
    (Coord { x: near(y.atan2(x).to_degrees(), from.0.x), y: lat }, [x, y, z])
}

/// The name of a longitude, whole turns away, that is nearest to another.
fn near(lon: f64, other: f64) -> f64 {
    lon + 360.0 * ((other - lon) / 360.0).round()
}

fn place(at: Coord<f64>) -> LonLat {
    LonLat { lon: at.x - 360.0 * (at.x / 360.0).round(), lat: at.y }
}

fn vector(at: Coord<f64>) -> [f64; 3] {
    unit_vector(place(at))
}

#[cfg(test)]
mod tests {
    use geo::{CoordsIter, Line, LinesIter};

    use super::*;
    use crate::geometry::{EARTH_RADIUS, PreparedShape, area, from_wkt, twin::Draws};

    fn circles(text: &str, tolerance: f64) -> Result<Geometry<f64>, GeometryError> {
        great_circles(&from_wkt(text).unwrap(), tolerance)
    }

    fn lines(shape: &Geometry<f64>) -> Vec<Line<f64>> {
        match shape {
            Geometry::LineString(line) => line.lines().collect(),
            Geometry::MultiLineString(lines) => lines.lines_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    /// How far a place is from the great circle through two others, in metres.
    fn beside(at: LonLat, (a, b): (LonLat, LonLat)) -> f64 {
        let (at, a, b) = (unit_vector(at), unit_vector(a), unit_vector(b));
        let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
        let length = cross.iter().map(|x| x * x).sum::<f64>().sqrt();
        let sine: f64 = (0..3).map(|d| cross[d] / length * at[d]).sum();
        EARTH_RADIUS * sine.abs().asin()
    }

    #[test]
    fn pieces_stay_beside_their_great_circle_65() {
        let seed = Draws::seed("PROTOBASE_SEED");
        let mut draws = Draws::new(seed + 71);
        let (mut most, mut pieces) = (0.0_f64, 0);
        for round in 0..300 {
            let ends = [0, 1].map(|_| {
                let around = draws.shape();
                draws.place_near(&around)
            });
            let line = LineString(ends.map(|at| Coord { x: at.lon, y: at.lat }).to_vec());
            let tolerance = [1.0, 100.0][draws.below(2) as usize];
            let note = format!("seed {seed}, round {round}: {line:?}");
            if distance(ends[0], ends[1]) > 2.0e7 || distance(ends[0], ends[1]) < 1.0 {
                continue;
            }
            let cut = great_circles(&line.into(), tolerance).expect(&note);
            let mut length = 0.0;
            for piece in lines(&cut) {
                pieces += 1;
                let mut before = LonLat { lon: piece.start.x, lat: piece.start.y };
                for share in (1..=10).map(|n| f64::from(n) / 10.0) {
                    let at =
                        LonLat { lon: piece.start.x + piece.dx() * share, lat: piece.start.y + piece.dy() * share };
                    let off = beside(at, (ends[0], ends[1]));
                    assert!(off <= tolerance, "{note}: {piece:?} is {off} m beside");
                    most = most.max(off / tolerance);
                    length += distance(before, at);
                    before = at;
                }
            }
            // All of the way, and no other.
            let shortest = distance(ends[0], ends[1]);
            assert!((length - shortest).abs() < 0.002 * shortest + 2.0 * tolerance, "{note}: {length} of {shortest}");
            for at in cut.coords_iter() {
                assert!(at.x.abs() <= 180.0 && at.y.abs() <= 90.0, "{note}: {at:?}");
            }
        }
        assert!(most > 0.5 && pieces > 5_000, "{most} of the tolerance, {pieces} pieces");
    }

    #[test]
    fn the_figures_of_the_documentation() {
        for (width, lat, rise) in
            [(90.0, 60.0, 866_470.5), (58.0, 49.0, 417_475.5), (1.0, 49.0, 120.1), (0.1, 49.0, 1.2)]
        {
            let highest = great_circles(&Line::new((0.0, lat), (width, lat)).into(), 0.01).unwrap();
            let top = highest.coords_iter().map(|at| at.y).fold(0.0, f64::max);
            let found = EARTH_RADIUS * (top - lat).to_radians();
            assert!((found - rise).abs() < 0.1, "{width} degrees at {lat}: {found}");
        }
    }

    #[test]
    fn ways_over_the_antimeridian_and_the_poles() {
        let vertices = |text: &str| circles(text, 1.0).unwrap();
        assert_eq!(
            vertices("LINESTRING(170 0,-170 0)"),
            from_wkt("MULTILINESTRING((170 0,180 0),(-180 0,-170 0))").unwrap()
        );
        assert_eq!(
            vertices("LINESTRING(10 80,-170 80)"),
            from_wkt("MULTILINESTRING((10 80,10 90,180 90),(-180 90,-170 90,-170 80))").unwrap()
        );
        assert_eq!(vertices("LINESTRING(10 80,77 90)"), from_wkt("LINESTRING(10 80,10 90)").unwrap());
        assert_eq!(vertices("LINESTRING(180 0,-170 0)"), from_wkt("LINESTRING(-180 0,-170 0)").unwrap());
        for (wrong, why) in [
            ("LINESTRING(10 20,-170 -20)", "antipodes"),
            ("LINESTRING(10 90,20 -90)", "antipodes"),
            ("POLYGON((0 60,120 60,-120 60,0 60),(0 80,120 80,-120 80,0 80))", "around a pole"),
            ("POLYGON((170 0,-170 10,-170 0,170 10,170 0))", "crosses itself"),
        ] {
            let error = circles(wrong, 1.0).expect_err(wrong).to_string();
            assert!(error.contains(why), "{wrong}: {error}");
        }
        assert!(circles("LINESTRING(0 0,1 1)", 0.0).unwrap_err().to_string().contains("tolerance 0"));
        assert!(circles("LINESTRING(0 0,1 1)", f64::NAN).is_err());
    }

    #[test]
    fn areas_over_the_antimeridian_and_around_the_poles() {
        let known = |text: &str| PreparedShape::with_edges(from_wkt(text).unwrap(), Edges::great_circle()).unwrap();
        let has = |shape: &PreparedShape, lon: f64, lat: f64| shape.covers_place(LonLat { lon, lat });
        let fiji =
            known("POLYGON((176 -20,-178 -20,-178 -15,176 -15,176 -20),(179 -18,-179 -18,-179 -17,179 -17,179 -18))");
        for (lon, lat, inside) in [
            (177.0, -17.5, true),
            (180.0, -16.0, true),
            (-178.5, -17.5, true),
            (180.0, -17.5, false),
            (-177.0, -17.0, false),
            (0.0, -17.0, false),
        ] {
            assert_eq!(has(&fiji, lon, lat), inside, "{lon} {lat}");
        }
        let (plain, moved) = (
            circles("POLYGON((-4 -20,2 -20,2 -15,-4 -15,-4 -20),(-1 -18,1 -18,1 -17,-1 -17,-1 -18))", 1.0).unwrap(),
            area(fiji.shape()),
        );
        assert!((area(&plain) - moved).abs() < 1e-6 * moved, "{} {moved}", area(&plain));
        // Two that share an edge, which is cut in both of them.
        let neighbours = known(
            "MULTIPOLYGON(((160.3 0,-170.7 0,-160.1 10.9,161.1 9.7,160.3 0)),((161.1 9.7,-160.1 10.9,-170 20,170 20,161.1 9.7)))",
        );
        for (lon, lat, inside) in
            [(170.0, 5.0, true), (-170.0, 5.0, true), (179.0, 15.0, true), (-175.0, 18.0, true), (0.0, 5.0, false)]
        {
            assert_eq!(has(&neighbours, lon, lat), inside, "{lon} {lat}");
        }
        // Around the pole: the triangle of three far vertices at 60 north goes up to 73.9 degrees at the middle of an edge.
        for (text, pole) in
            [("POLYGON((0 60,120 60,-120 60,0 60))", 90.0), ("POLYGON((0 -60,-120 -60,120 -60,0 -60))", -90.0)]
        {
            let cap = known(text);
            for (lon, lat, inside) in [
                (0.0, 90.0, true),
                (0.0, 60.5, true),
                (0.0, 59.5, false),
                (60.0, 73.0, false),
                (60.0, 75.0, true),
                (-179.0, 75.0, true),
                (180.0, 73.0, false),
            ] {
                assert_eq!(has(&cap, lon, lat * f64::signum(pole)), inside, "{text}: {lon} {lat}");
            }
        }
        // With a vertex at the pole: a wedge of 90 degrees, and the other one of 270.
        for (text, inside) in [
            ("POLYGON((0 90,0 80,90 80,0 90))", [true, false]),
            ("POLYGON((0 90,90 80,180 80,-90 80,0 80,0 90))", [false, true]),
        ] {
            let wedge = known(text);
            assert_eq!([45.0, -135.0].map(|lon| has(&wedge, lon, 85.0)), inside, "{text}");
            assert!(has(&wedge, 33.0, 90.0));
        }
    }
}
