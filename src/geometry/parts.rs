//! Do the polygons of one shape overlap?

use geo::{Coord, InteriorPoint, MultiPolygon, Polygon};

use super::{
    GeometryError, LonLat, RingName,
    pieces::{cuts, overlap},
    prepared::{Edge, PreparedPolygon},
    validate::cross,
};

/// Refuses polygons that have an area in common. They may touch, and share edges: a shape cut in two is one still. Each polygon has been
/// validated by itself.
pub(super) fn apart(shape: &MultiPolygon<f64>, polygons: &[PreparedPolygon]) -> Result<(), GeometryError> {
    match overlapping(&shape.0, polygons) {
        Some(([first, second], at)) => Err(GeometryError::PartsOverlap { first, second, at }),
        None => Ok(()),
    }
}

/// Refuses holes within each other. Edges that cross or lie along each other have been refused.
pub(super) fn holes_apart(polygon: &Polygon<f64>, number: usize) -> Result<(), GeometryError> {
    if polygon.interiors().len() < 2 {
        return Ok(());
    }
    let holes: Vec<_> = polygon.interiors().iter().map(|hole| Polygon::new(hole.clone(), Vec::new())).collect();
    let prepared: Vec<_> = holes.iter().map(|hole| PreparedPolygon::new(hole, number)).collect();
    match overlapping(&holes, &prepared) {
        Some((holes, at)) => {
            let [ring, other] = holes.map(|hole| RingName { polygon: number, ring: hole + 1 });
            Err(GeometryError::HolesOverlap { ring, other, at })
        }
        None => Ok(()),
    }
}

type Overlap = ([usize; 2], (f64, f64));

/// Two polygons that have an area in common, by their numbers, and where.
fn overlapping(shapes: &[Polygon<f64>], polygons: &[PreparedPolygon]) -> Option<Overlap> {
    let mut order: Vec<usize> = (0..polygons.len()).collect();
    order.sort_by(|&a, &b| polygons[a].bounds().west.total_cmp(&polygons[b].bounds().west));
    for (i, &a) in order.iter().enumerate() {
        for &b in &order[i + 1..] {
            let (one, other) = (polygons[a].bounds(), polygons[b].bounds());
            if other.west >= one.east {
                break;
            }
            if one.south >= other.north || other.south >= one.north {
                continue;
            }
            if let Some(at) = common_place([&polygons[a], &polygons[b]], [&shapes[a], &shapes[b]]) {
                return Some(([a.min(b), a.max(b)], at.x_y()));
            }
        }
    }
    None
}

/// A place at which two polygons overlap. Where no edges cross, every edge, cut where vertices of the other polygon stand on it, is in
/// pieces each of which is inside the other, outside, or along its boundary. If no piece of either is inside, one polygon has all of the
/// other's area or none of it, and any place inside tells.
fn common_place(polygons: [&PreparedPolygon; 2], shapes: [&Polygon<f64>; 2]) -> Option<Coord<f64>> {
    let [a, b] = polygons;
    let (near_a, near_b) = (near(a, b), near(b, a));
    for one in &near_a {
        if let Some(other) = near_b.iter().find(|other| meet(one, other) && cross(one, a.edges(), other, b.edges())) {
            return Some(other.from);
        }
    }
    piece_within(&near_a, &near_b, b).or_else(|| piece_within(&near_b, &near_a, a)).or_else(|| {
        let inner = |shape: &Polygon<f64>| shape.interior_point().map(Coord::from);
        let (of_a, of_b) = (inner(shapes[0]), inner(shapes[1]));
        of_a.filter(|at| is_within(b, *at)).or_else(|| of_b.filter(|at| is_within(a, *at)))
    })
}

/// The middle of a piece of an edge that is inside of a polygon, whose edges near by the `others` are.
fn piece_within(edges: &[&Edge], others: &[&Edge], polygon: &PreparedPolygon) -> Option<Coord<f64>> {
    edges.iter().find_map(|edge| {
        let others: Vec<&Edge> = others.iter().copied().filter(|other| meet(edge, other)).collect();
        let along: Vec<&Edge> = others.iter().copied().filter(|other| overlap(edge.line(), other.line())).collect();
        let cuts = cuts(edge.line(), others.iter().flat_map(|other| [other.from, other.to]));
        let pieces =
            cuts.windows(2).filter(|piece| !along.iter().any(|other| piece.iter().all(|at| in_box(other, *at))));
        pieces.map(|piece| (piece[0] + piece[1]) / 2.0).find(|at| is_within(polygon, *at))
    })
}

fn in_box(edge: &Edge, at: Coord<f64>) -> bool {
    at.x >= edge.west() && at.x <= edge.east() && at.y >= edge.south() && at.y <= edge.north()
}

/// The edges of a polygon that reach into the box of another.
fn near<'a>(polygon: &'a PreparedPolygon, other: &PreparedPolygon) -> Vec<&'a Edge> {
    let area = other.bounds();
    let reaches = |edge: &&Edge| {
        edge.west() <= area.east && edge.east() >= area.west && edge.south() <= area.north && edge.north() >= area.south
    };
    polygon.edges().iter().filter(reaches).collect()
}

fn meet(a: &Edge, b: &Edge) -> bool {
    a.west() <= b.east() && b.west() <= a.east() && a.south() <= b.north() && b.south() <= a.north()
}

/// Whether a place is inside and not on the boundary.
fn is_within(polygon: &PreparedPolygon, at: Coord<f64>) -> bool {
    polygon.contains(LonLat { lon: at.x, lat: at.y }) && !polygon.is_on_edge(at)
}

#[cfg(test)]
mod tests {
    use super::super::{Region, from_wkt};

    fn region(text: &str) -> Result<Region, String> {
        Region::from_geometry(&from_wkt(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn parts_that_overlap_are_refused_68() {
        for parts in [
            "((0 0,10 0,10 10,0 10,0 0)),((5 5,15 5,15 15,5 15,5 5))",
            "((0 0,10 0,10 10,0 10,0 0)),((0 0,10 0,10 10,0 10,0 0))",
            "((0 0,10 0,10 10,0 10,0 0)),((2 2,4 2,4 4,2 4,2 2))",
            "((2 2,4 2,4 4,2 4,2 2)),((0 0,10 0,10 10,0 10,0 0))",
            // Of one height, so that no edges cross; a corner within; corners that meet.
            "((0 0,2 0,2 1,0 1,0 0)),((1.5 0,3 0,3 1,1.5 1,1.5 0))",
            "((0 0,10 0,10 10,0 10,0 0)),((0 0,10 0,5 5,0 0))",
            "((20 20,30 20,30 30,20 20)),((0 0,10 0,10 10,0 10,0 0)),((0 0,5 10,0 10,0 0))",
            // Each side of the square in common goes on along an edge of the other: in and out through vertices only.
            "((8 0,4 0,4 20,-4 20,-4 4,0 4,0 -4,8 -4,8 0)),((0 -4,0 0,8 0,8 20,4 20,4 4,-4 4,-4 -4,0 -4))",
        ] {
            let error = region(&format!("MULTIPOLYGON({parts})")).expect_err(parts);
            assert!(error.contains("overlap at"), "{parts}: {error}");
        }
    }

    #[test]
    fn holes_within_holes_are_refused_68() {
        let square = "(0 0,20 0,20 20,0 20,0 0)";
        for holes in
            ["(2 2,18 2,18 18,2 18,2 2),(5 5,6 5,6 6,5 5)", "(5 5,6 5,6 6,5 5),(9 9,8 9,8 8,9 9),(2 2,18 2,2 18,2 2)"]
        {
            let error = region(&format!("POLYGON({square},{holes})")).expect_err(holes);
            assert!(error.starts_with("polygon 1, hole ") && error.contains("overlap at"), "{holes}: {error}");
        }
        // Side by side, and in touch with one corner.
        region(&format!("POLYGON({square},(2 2,4 2,4 4,2 2),(4 4,6 4,6 6,4 4))")).unwrap();
    }

    #[test]
    fn parts_that_touch_are_accepted() {
        for parts in [
            "((0 0,10 0,10 10,0 10,0 0)),((10 0,20 0,20 10,10 10,10 0))",
            "((0 0,10 0,10 10,0 10,0 0)),((10 3,20 3,20 7,10 7,10 3))",
            "((0 0,10 0,10 10,0 10,0 0)),((10 10,20 10,20 20,10 20,10 10))",
            // An island in a lake, one that touches its shore, and one that fills it.
            "((0 0,10 0,10 10,0 10,0 0),(2 2,8 2,8 8,2 8,2 2)),((4 4,6 4,6 6,4 6,4 4))",
            "((0 0,10 0,10 10,0 10,0 0),(2 2,8 2,8 8,2 8,2 2)),((2 2,6 4,6 6,4 6,2 2))",
            "((0 0,10 0,10 10,0 10,0 0),(2 2,8 2,8 8,2 8,2 2)),((2 2,8 2,8 8,2 8,2 2))",
            // Edges that go on along each other, and corners on edges, without anything in common.
            "((0 0,8 0,8 -4,0 -4,0 0)),((4 0,12 0,12 6,4 6,4 0)),((0 0,4 0,4 6,-3 6,0 0)),((8 -4,12 -4,12 0,8 0,8 -4))",
            // Both sides of the antimeridian.
            "((179 -1,180 -1,180 1,179 1,179 -1)),((-180 -1,-179 -1,-179 1,-180 1,-180 -1))",
        ] {
            region(&format!("MULTIPOLYGON({parts})")).expect(parts);
        }
    }
}
