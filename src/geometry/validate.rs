//! Is a shape one that the globe can hold?

use geo::{
    Coord, Geometry, Line, LineString, Polygon,
    kernels::Orientation,
    kernels::{Kernel, RobustKernel},
};

use super::{
    EdgePair, GeometryError, LonLat, RingName,
    outline::Outline,
    pieces::overlap,
    place::check,
    prepared::{Edge, PreparedPolygon},
};

/// Refuses coordinates off the globe, rings that are not closed or too short, and shapes without coordinates.
///
/// Crossing edges are not looked for here: only a [`super::Region`] needs an inside and an outside.
///
/// # Errors
/// The first fault found, naming ring and vertex.
pub fn validate(geometry: &Geometry<f64>) -> Result<(), GeometryError> {
    match geometry {
        Geometry::Point(point) => LonLat::new(point.x(), point.y()).map(drop),
        Geometry::Line(line) => vertices(&[line.start, line.end], &|| "line".to_owned()),
        Geometry::LineString(line) => line_string(line, 0),
        Geometry::MultiLineString(lines) => lines.0.iter().enumerate().try_for_each(|(i, line)| line_string(line, i)),
        Geometry::MultiPoint(points) => {
            points.0.iter().enumerate().try_for_each(|(i, point)| coordinate(point.0, &|| format!("point {}: ", i + 1)))
        }
        Geometry::Polygon(polygon) => polygons(std::slice::from_ref(polygon)),
        Geometry::MultiPolygon(multi) => polygons(&multi.0),
        Geometry::GeometryCollection(all) => all.0.iter().try_for_each(validate),
        Geometry::Rect(rect) => polygons(&[rect.to_polygon()]),
        Geometry::Triangle(triangle) => polygons(&[triangle.to_polygon()]),
    }
}

/// The name of a kind of shape, for errors.
pub(super) fn kind_name(geometry: &Geometry<f64>) -> &'static str {
    match geometry {
        Geometry::Point(_) => "a point",
        Geometry::Line(_) | Geometry::LineString(_) => "a line",
        Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => "a polygon",
        Geometry::MultiPoint(_) => "a multipoint",
        Geometry::MultiLineString(_) => "a multiline",
        Geometry::MultiPolygon(_) => "a multipolygon",
        Geometry::GeometryCollection(_) => "a collection of shapes",
    }
}

fn coordinate(at: Coord<f64>, place: &dyn Fn() -> String) -> Result<(), GeometryError> {
    check(at.x, "longitude", 180.0, place)?;
    check(at.y, "latitude", 90.0, place)
}

fn vertices(coords: &[Coord<f64>], of: &dyn Fn() -> String) -> Result<(), GeometryError> {
    coords.iter().enumerate().try_for_each(|(i, &at)| coordinate(at, &|| format!("{}, vertex {}: ", of(), i + 1)))
}

fn line_string(line: &LineString<f64>, number: usize) -> Result<(), GeometryError> {
    if line.0.is_empty() {
        return Err(GeometryError::Empty { what: "a line" });
    }
    vertices(&line.0, &|| format!("line {}", number + 1))
}

/// Validates coordinates and rings of the polygons of one shape.
pub(super) fn polygons(polygons: &[Polygon<f64>]) -> Result<(), GeometryError> {
    for (polygon, shape) in polygons.iter().enumerate() {
        for (ring, line) in std::iter::once(shape.exterior()).chain(shape.interiors()).enumerate() {
            self::ring(&line.0, RingName { polygon, ring })?;
        }
    }
    Ok(())
}

/// Validates one ring as it was given.
pub(super) fn ring(coords: &[Coord<f64>], name: RingName) -> Result<(), GeometryError> {
    vertices(coords, &|| name.to_string())?;
    let (Some(first), Some(last)) = (coords.first(), coords.last()) else {
        return Err(GeometryError::TooFewVertices { ring: name, vertices: 0 });
    };
    if first != last {
        let (first, last) = (first.x_y(), last.x_y());
        return Err(GeometryError::Unclosed { ring: name, vertices: coords.len(), first, last });
    }
    if coords.len() < 4 {
        return Err(GeometryError::TooFewVertices { ring: name, vertices: coords.len() });
    }
    Ok(())
}

/// Refuses holes that lie outside their outer ring. Crossings have been excluded, so a vertex off the boundary decides, or where there is
/// none, an edge that leaves the area between two places where it touches the boundary.
pub(super) fn holes_inside(polygon: &Polygon<f64>, number: usize) -> Result<(), GeometryError> {
    if polygon.interiors().is_empty() {
        return Ok(());
    }
    let filled = Polygon::new(polygon.exterior().clone(), Vec::new());
    let outer = PreparedPolygon::new(&filled, number);
    let mut outline = None;
    for (hole, line) in polygon.interiors().iter().enumerate() {
        let outside = |vertex: usize, at: Coord<f64>| {
            let ring = RingName { polygon: number, ring: hole + 1 };
            Err(GeometryError::HoleOutside { ring, vertex: vertex + 1, at: at.x_y() })
        };
        for (vertex, at) in line.0.iter().enumerate() {
            if !outer.contains(LonLat { lon: at.x, lat: at.y }) {
                return outside(vertex, *at);
            }
        }
        // The first vertex stands there twice.
        if line.0.iter().skip(1).filter(|at| outer.is_on_edge(**at)).count() > 1 {
            let outline = outline.get_or_insert_with(|| Outline::prepared(&filled.clone().into()).unwrap_or_default());
            let leaves = |edge: &Line<f64>| !Outline::of(&(*edge).into()).is_some_and(|edge| outline.covers(&edge));
            if let Some((vertex, edge)) = line.lines().enumerate().find(|(_, edge)| leaves(edge)) {
                return outside(vertex, edge.start);
            }
        }
    }
    Ok(())
}

/// Refuses rings that never leave their first vertex. They have been validated.
///
/// An island among others that shrank to a point when its coordinates were rounded, as outlines in the wild have some, is let be.
pub(super) fn leaving(polygons: &[Polygon<f64>]) -> Result<(), GeometryError> {
    let one_place = |line: &LineString<f64>| line.0.iter().all(|at| line.0.first() == Some(at));
    let is_shape = polygons.iter().any(|polygon| !one_place(polygon.exterior()));
    for (number, polygon) in polygons.iter().enumerate() {
        for (ring, line) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
            if let Some(first) = line.0.first().filter(|_| one_place(line) && !(is_shape && ring == 0)) {
                return Err(GeometryError::OnePlace { ring: RingName { polygon: number, ring }, at: first.x_y() });
            }
        }
    }
    Ok(())
}

/// Refuses edges that cross each other or run along each other: rings that enclose nothing, go back the way they came, or share an edge.
/// Rings may touch themselves and each other in single points, as outlines in the wild do.
pub(super) fn crossings(polygon: &PreparedPolygon) -> Result<(), GeometryError> {
    let edges = polygon.edges();
    let mut strip_edges: Vec<u32> = Vec::new();
    for strip in 0..polygon.strips() {
        strip_edges.clear();
        strip_edges.extend_from_slice(polygon.strip(strip));
        strip_edges.sort_unstable_by(|&a, &b| edges[a as usize].west().total_cmp(&edges[b as usize].west()));
        for (i, &a) in strip_edges.iter().enumerate() {
            let a = &edges[a as usize];
            for &b in &strip_edges[i + 1..] {
                let b = &edges[b as usize];
                if b.west() > a.east() {
                    break;
                }
                if b.south() > a.north() || b.north() < a.south() {
                    continue;
                }
                if overlap(a.line(), b.line()) {
                    return Err(GeometryError::Doubled(pair(a, b)));
                }
                if cross(a, edges, b, edges) {
                    return Err(GeometryError::Crossing(pair(a, b)));
                }
            }
        }
    }
    Ok(())
}

fn pair(a: &Edge, b: &Edge) -> EdgePair {
    EdgePair {
        ring: a.ring,
        vertex: a.vertex + 1,
        at: a.from.x_y(),
        other: b.ring,
        other_vertex: b.vertex + 1,
        other_at: b.from.x_y(),
    }
}

fn opposite(a: Orientation, b: Orientation) -> bool {
    a != Orientation::Collinear && b != Orientation::Collinear && a != b
}

/// Whether two edges, each with the edge that follows it among its polygon's edges, cross.
pub(super) fn cross(a: &Edge, edges_a: &[Edge], b: &Edge, edges_b: &[Edge]) -> bool {
    let (b_from, b_to) = (a.side(b.from), a.side(b.to));
    let (a_from, a_to) = (b.side(a.from), b.side(a.to));
    if opposite(b_from, b_to) && opposite(a_from, a_to) {
        return true;
    }
    if a.to == b.to {
        return cross_at_vertex(a, edges_a, b, edges_b);
    }
    (b_to == Orientation::Collinear && passes_through(a, b, edges_b))
        || (a_to == Orientation::Collinear && passes_through(b, a, edges_a))
}

/// Whether `b` and its successor meet inside `a` and lie on different sides of it.
fn passes_through(a: &Edge, b: &Edge, edges: &[Edge]) -> bool {
    let at = b.to;
    let within = at.x >= a.west() && at.x <= a.east() && at.y >= a.south() && at.y <= a.north();
    within && at != a.from && at != a.to && opposite(a.side(b.from), a.side(edges[b.next as usize].to))
}

/// Whether two paths through one vertex cross there: the one comes from inside the angle of the other and leaves it.
fn cross_at_vertex(a: &Edge, edges_a: &[Edge], b: &Edge, edges_b: &[Edge]) -> bool {
    let (from, to) = (a.from, edges_a[a.next as usize].to);
    let (enters, leaves) = (b.from, edges_b[b.next as usize].to);
    let on_arm = |q: Coord<f64>| same_direction(a.to, from, q) || same_direction(a.to, to, q);
    !on_arm(enters) && !on_arm(leaves) && in_sector(a.to, from, to, enters) != in_sector(a.to, from, to, leaves)
}

fn same_direction(at: Coord<f64>, p: Coord<f64>, q: Coord<f64>) -> bool {
    let toward = (p.x - at.x) * (q.x - at.x) + (p.y - at.y) * (q.y - at.y);
    toward > 0.0 && RobustKernel::orient2d(at, p, q) == Orientation::Collinear
}

/// Whether `q` lies in the angle at `at` that opens counter-clockwise from `from` to `to`; never asked of points on its arms.
fn in_sector(at: Coord<f64>, from: Coord<f64>, to: Coord<f64>, q: Coord<f64>) -> bool {
    let left_of = |p, q| RobustKernel::orient2d(at, p, q) == Orientation::CounterClockwise;
    if left_of(from, to) { left_of(from, q) && left_of(q, to) } else { !(left_of(to, q) && left_of(q, from)) }
}

#[cfg(test)]
mod tests {
    use super::super::Region;
    use super::*;

    fn region(rings: &[&[(f64, f64)]]) -> Result<Region, GeometryError> {
        let mut rings = rings.iter().map(|ring| LineString::from(ring.to_vec()));
        let outer = rings.next().unwrap();
        Region::new(Polygon::new(outer, rings.collect()))
    }

    #[test]
    fn crossing_rings_are_refused_by_ring_and_vertex_68() {
        let bow = region(&[&[(0., 0.), (10., 10.), (10., 0.), (0., 10.), (0., 0.)]]).unwrap_err().to_string();
        assert!(bow.starts_with("polygon 1, outer ring: crosses itself"), "{bow}");
        assert!(bow.contains("vertex 1 ") && bow.contains("vertex 3 "), "{bow}");
        // Through a vertex that lies on another edge.
        assert!(region(&[&[(0., 0.), (8., 0.), (8., 4.), (4., 0.), (2., -4.), (0., -4.), (0., 0.)]]).is_err());
        // The hole leaves the outer ring; the hole is elsewhere.
        let outer: &[_] = &[(0., 0.), (10., 0.), (10., 10.), (0., 10.), (0., 0.)];
        assert!(region(&[outer, &[(5., 5.), (15., 5.), (15., 6.), (5., 5.)]]).is_err());
        let outside = region(&[outer, &[(15., 5.), (16., 5.), (16., 6.), (15., 5.)]]).unwrap_err().to_string();
        assert!(outside.starts_with("polygon 1, hole 1, vertex 1"), "{outside}");
        // In a bay, whose shores it touches with all its corners.
        let bay: &[_] =
            &[(0., 0.), (30., 0.), (30., 30.), (20., 30.), (20., 10.), (10., 10.), (10., 30.), (0., 30.), (0., 0.)];
        let outside = region(&[bay, &[(10., 20.), (15., 10.), (20., 20.), (10., 20.)]]).unwrap_err().to_string();
        assert!(outside.starts_with("polygon 1, hole 1, vertex 1"), "{outside}");
        assert!(region(&[bay, &[(10., 20.), (0., 15.), (10., 15.5), (10., 20.)]]).is_err());
        assert!(region(&[bay, &[(10., 20.), (0., 15.), (9., 15.5), (10., 20.)]]).is_ok());
    }

    #[test]
    fn rings_that_touch_themselves_are_accepted() {
        // Two triangles that meet in one vertex, walked around on the outside.
        assert!(region(&[&[(0., 0.), (4., 0.), (2., 2.), (4., 4.), (0., 4.), (2., 2.), (0., 0.)]]).is_ok());
        // The same two triangles, walked through the shared vertex.
        assert!(region(&[&[(0., 0.), (4., 0.), (2., 2.), (0., 4.), (4., 4.), (2., 2.), (0., 0.)]]).is_err());
        // A hole that touches the outer ring with a vertex, repeated vertices.
        let outer: &[_] = &[(0., 0.), (10., 0.), (10., 0.), (10., 10.), (0., 10.), (0., 0.)];
        assert!(region(&[outer, &[(5., 0.), (6., 3.), (4., 3.), (5., 0.)]]).is_ok());
    }

    #[test]
    fn rings_that_enclose_nothing_or_run_along_themselves_are_refused_68() {
        let square: &[_] = &[(0., 0.), (10., 0.), (10., 10.), (0., 10.), (0., 0.)];
        for (rings, named) in [
            (vec![&[(0., 0.), (10., 0.), (5., 0.), (0., 0.)][..]], "vertex 1 at (0.0, 0.0)"),
            (vec![&[(0., 0.), (5., 5.), (10., 10.), (5., 5.), (0., 0.)]], "outer ring"),
            (vec![&[(3., 4.), (3., 4.), (3., 4.), (3., 4.)]], "all vertices are (3.0, 4.0)"),
            // A spike outwards, one inwards, one along an edge.
            (vec![&[(0., 0.), (5., 0.), (5., -3.), (5., 0.), (10., 0.), (5., 5.), (0., 0.)]], "vertex 2 at (5.0, 0.0)"),
            (vec![&[(0., 0.), (10., 0.), (10., 10.), (5., 10.), (5., 5.), (5., 10.), (0., 10.), (0., 0.)]], "vertex 4"),
            (vec![&[(0., 0.), (10., 0.), (7., 0.), (10., 10.), (0., 0.)]], "vertex 2"),
            (vec![square, square], "hole 1"),
            (vec![square, &[(2., 0.), (4., 0.), (3., 3.), (2., 0.)]], "hole 1"),
            (vec![square, &[(2., 2.), (2., 2.), (2., 2.), (2., 2.)]], "hole 1"),
        ] {
            let error = region(&rings).expect_err(named).to_string();
            assert!(error.contains(named), "{rings:?}: {error}");
        }
    }

    #[test]
    fn faults_name_ring_and_vertex() {
        let far = region(&[&[(0., 0.), (10., 0.), (190., 10.), (0., 0.)]]).unwrap_err().to_string();
        assert_eq!(far, "polygon 1, outer ring, vertex 3: longitude 190: expected a number from -180 to 180");
        let short = region(&[&[(0., 0.), (10., 0.), (0., 0.)]]).unwrap_err().to_string();
        assert!(short.starts_with("polygon 1, outer ring: 3 vertices"), "{short}");
    }
}
