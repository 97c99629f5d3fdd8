//! Shapes against shapes: over unit cells, where sets of cells say what is right, wherever on the globe they are; and over any shapes,
//! where `geo`'s relation of the two does.

use std::collections::BTreeSet;

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiPolygon, Point, Polygon, Rect, Relate};

use super::{GeoBox, LonLat, PreparedShape, Region, from_wkt, twin::Draws};

/// A set of cells of one degree by their south-western corners, on a map whose longitudes are counted from `west`.
#[derive(Clone, Debug, Default)]
struct Cells {
    west: f64,
    south: f64,
    taken: BTreeSet<(i32, i32)>,
}

/// The longitude's name on the map.
fn on_map(lon: f64) -> f64 {
    if lon > 180.0 { lon - 360.0 } else { lon }
}

impl Cells {
    fn at(&self, x: f64, y: f64) -> Coord<f64> {
        Coord { x: on_map(self.west + x), y: self.south + y }
    }

    fn shape(&self) -> Geometry<f64> {
        let cell = |(x, y): &(i32, i32)| {
            let low = self.at(f64::from(*x), f64::from(*y));
            // What starts at 180 starts at -180.
            let low = Coord { x: if low.x == 180.0 { -180.0 } else { low.x }, ..low };
            Rect::new(low, Coord { x: low.x + 1.0, y: low.y + 1.0 }).to_polygon()
        };
        MultiPolygon(self.taken.iter().map(cell).collect()).into()
    }

    /// Whether a place between halves is in a cell or on its boundary.
    fn has(&self, x: f64, y: f64) -> bool {
        let is_pole = (self.south + y).abs() == 90.0;
        self.taken.iter().any(|(cx, cy)| {
            let (dx, dy) = (x - f64::from(*cx), y - f64::from(*cy));
            (is_pole || (0.0..=1.0).contains(&dx)) && (0.0..=1.0).contains(&dy)
        })
    }

    fn touches(&self, other: &Self) -> bool {
        let corners = |(x, y): &(i32, i32)| {
            [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| (f64::from(x + dx), f64::from(y + dy)))
        };
        other.taken.iter().flat_map(corners).any(|(x, y)| self.has(x, y))
    }
}

/// A map around somewhere, and several sets of cells on it.
fn maps(draws: &mut Draws) -> [Cells; 2] {
    let west = [-3.0, 177.0, 100.0, 178.0][draws.below(4) as usize];
    let south = [-3.0, 84.0, -90.0, 40.0][draws.below(4) as usize];
    let (first, second) = (draws.below(18), 1 + draws.below(6));
    let mut some = |count: u64| {
        let taken = (0..count).map(|_| (draws.below(6) as i32, draws.below(6) as i32)).collect();
        Cells { west, south, taken }
    };
    let (mut one, other) = (some(first + 1), some(second));
    if draws.below(2) == 0 {
        // Now and then the one has all of the other.
        one.taken.extend(&other.taken);
    }
    [one, other]
}

#[test]
fn cells_intersect_and_cover_as_sets_do_65_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 67);
    let mut seen = [[0, 0], [0, 0]];
    for round in 0..1_500 {
        let [one, other] = maps(&mut draws);
        let (shape, known) = (one.shape(), PreparedShape::new(other.shape()).unwrap());
        let note = format!("seed {seed}, round {round}: {one:?} and {other:?}");
        let (meets, holds) = (one.touches(&other), other.taken.is_subset(&one.taken));
        assert_eq!(known.intersects(&shape), meets, "intersects, {note}");
        assert_eq!(known.is_covered_by(&shape), holds, "is covered by, {note}");
        let prepared = PreparedShape::new(shape.clone()).unwrap();
        assert_eq!(prepared.covers(known.shape()), holds, "covers, {note}");
        assert_eq!(known.covers(&shape), one.taken.is_subset(&other.taken), "covers back, {note}");
        seen[0][usize::from(meets)] += 1;
        seen[1][usize::from(holds)] += 1;
    }
    assert!(seen.iter().flatten().all(|count| *count > 40), "{seen:?}");
}

#[test]
fn lines_and_places_over_cells_65_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 6_567);
    let mut covered = 0;
    for round in 0..3_000 {
        let [cells, _] = maps(&mut draws);
        let known = PreparedShape::new(cells.shape()).unwrap();
        let (x, y) = (draws.below(13) as f64 / 2.0, draws.below(13) as f64 / 2.0);
        if cells.south + y > 90.0 {
            continue;
        }
        let note = format!("seed {seed}, round {round}: ({x}, {y}) of {cells:?}");
        let at = cells.at(x, y);
        let place = LonLat::new(at.x, at.y).unwrap();
        assert_eq!(known.covers_place(place), cells.has(x, y), "place, {note}");
        for name in [Some(place), place.across_antimeridian()].into_iter().flatten() {
            let point: Geometry<f64> = name.into();
            assert_eq!(known.intersects(&point), cells.has(x, y), "intersects, {note}");
            assert_eq!(known.covers(&point), cells.has(x, y), "covers, {note}");
            assert_eq!(PreparedShape::from(name).is_covered_by(&cells.shape()), cells.has(x, y), "covered, {note}");
        }
        // A walk of half steps, cut at the antimeridian; each step is inside of a cell, along its edge, or outside.
        let (mut x, mut y) = ((x * 2.0) as i32, (y * 2.0) as i32);
        let (mut lines, mut steps) = (Vec::new(), Vec::new());
        for _ in 0..=draws.below(3) {
            let (dx, dy) = (draws.below(3) as i32 - 1, draws.below(3) as i32 - 1);
            let (next_x, next_y) = ((x + dx).clamp(0, 12), (y + dy).clamp(0, 12));
            let half = |x: i32| f64::from(x) / 2.0;
            if cells.south + half(next_y.max(y)) > 90.0 {
                break;
            }
            let (mut from, mut to) = (cells.at(half(x), half(y)), cells.at(half(next_x), half(next_y)));
            // The antimeridian has the name of the side that the step is on.
            if (from.x - to.x).abs() > 180.0 {
                if from.x == 180.0 { from.x = -180.0 } else { to.x = -180.0 }
            }
            lines.push(LineString(vec![from, to]));
            steps.push((half(x), half(y)));
            steps.push((f64::midpoint(half(x), half(next_x)), f64::midpoint(half(y), half(next_y))));
            steps.push((half(next_x), half(next_y)));
            (x, y) = (next_x, next_y);
        }
        if lines.is_empty() {
            continue;
        }
        let walk: Geometry<f64> = geo::MultiLineString(lines).into();
        let (all, any) = (steps.iter().all(|(x, y)| cells.has(*x, *y)), steps.iter().any(|(x, y)| cells.has(*x, *y)));
        assert_eq!(known.covers(&walk), all, "covers {walk:?}, {note}");
        assert_eq!(known.intersects(&walk), any, "intersects {walk:?}, {note}");
        let prepared = PreparedShape::new(walk.clone()).unwrap();
        assert_eq!(prepared.is_covered_by(&cells.shape()), all, "is covered by, {walk:?}, {note}");
        assert_eq!(prepared.intersects(&cells.shape()), any, "intersects back, {walk:?}, {note}");
        assert!(prepared.covers(&walk) && !prepared.covers(&cells.shape()), "{walk:?}, {note}");
        covered += usize::from(all);
    }
    assert!(covered > 200, "{covered} were covered");
}

/// Shapes with corners at whole degrees, so that edges and corners meet often.
fn whole_shape(draws: &mut Draws) -> Geometry<f64> {
    let mut vertex = || Coord { x: draws.below(9) as f64, y: draws.below(9) as f64 };
    let vertices: Vec<Coord<f64>> = (0..6).map(|_| vertex()).collect();
    match draws.below(5) {
        0 => Point(vertices[0]).into(),
        1 => LineString(vertices[..2].to_vec()).into(),
        2 => LineString(vertices[..3].to_vec()).into(),
        3 => Polygon::new(LineString(vertices[..3].to_vec()), vec![]).into(),
        _ => {
            let hole = LineString(vertices[3..].to_vec());
            let corners = [(0.0, 0.0), (8.0, 0.0), (9.0, 9.0), (1.0, 8.0)];
            Polygon::new(LineString::from(corners.to_vec()), vec![hole]).into()
        }
    }
}

#[test]
fn shapes_relate_as_geo_says_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 7);
    let mut seen = [[0, 0], [0, 0]];
    for round in 0..8_000 {
        let (one, other) = (whole_shape(&mut draws), whole_shape(&mut draws));
        let (Ok(prepared), Ok(second)) = (PreparedShape::new(one.clone()), PreparedShape::new(other.clone())) else {
            continue;
        };
        // A line without length is a place, and to `geo` nothing.
        if [&one, &other].iter().any(
            |shape| matches!(shape, Geometry::LineString(line) if line.0.windows(2).any(|pair| pair[0] == pair[1])),
        ) {
            continue;
        }
        let relation = one.relate(&other);
        let note = format!("seed {seed}, round {round}: {one:?} and {other:?}");
        assert_eq!(prepared.intersects(&other), relation.is_intersects(), "intersects, {note}");
        assert_eq!(prepared.covers(&other), relation.is_covers(), "covers, {note}");
        assert_eq!(prepared.is_covered_by(&other), relation.is_coveredby(), "is covered by, {note}");
        assert_eq!(second.intersects(&one), relation.is_intersects(), "back, {note}");
        seen[0][usize::from(relation.is_intersects())] += 1;
        seen[1][usize::from(relation.is_covers())] += 1;
    }
    assert!(seen.iter().flatten().all(|count| *count > 200), "{seen:?}");
}

fn shape(text: &str) -> Geometry<f64> {
    from_wkt(text).unwrap()
}

fn prepared(text: &str) -> PreparedShape {
    PreparedShape::new(shape(text)).unwrap()
}

#[test]
fn holes_gaps_and_what_fills_them() {
    let ring = prepared("POLYGON((0 0,9 0,9 9,0 9,0 0),(3 3,6 3,6 6,3 6,3 3))");
    for (other, intersects, covers) in [
        ("POLYGON((3 3,6 3,6 6,3 6,3 3))", true, false), // Fills the hole.
        ("POLYGON((4 4,5 4,5 5,4 4))", false, false),
        ("POLYGON((2 2,7 2,7 7,2 7,2 2))", true, false), // Around the hole.
        ("POLYGON((2 2,7 2,7 7,2 7,2 2),(3 3,6 3,6 6,3 6,3 3))", true, true), // A collar.
        ("LINESTRING(3 3,6 3)", true, true),
        ("LINESTRING(3 3,6 6)", true, false),
        ("LINESTRING(0 0,3 3)", true, true),
        ("POINT(3 4)", true, true),
        ("POINT(4 4)", false, false),
        ("GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,9 0))", true, true),
    ] {
        assert_eq!((ring.intersects(&shape(other)), ring.covers(&shape(other))), (intersects, covers), "{other}");
    }
    // Two halves cover what goes over their common edge, and what is on it; not what is in the gap of their ends.
    let halves = prepared("MULTIPOLYGON(((0 0,5 0,5 5,0 5,0 0)),((5 1,9 1,9 9,5 9,5 1)))");
    for (other, covers) in [
        ("POLYGON((4 2,6 2,6 4,4 4,4 2))", true),
        ("LINESTRING(1 1,9 8)", true),
        ("LINESTRING(5 0,5 9)", true),
        ("POLYGON((4 0.5,6 0.5,6 2,4 2,4 0.5))", false),
        ("LINESTRING(4 0,6 2)", true),
        ("LINESTRING(4 0,6 1.5)", false),
    ] {
        assert_eq!(halves.covers(&shape(other)), covers, "{other}");
    }
    // Lines cover lines that others go on with.
    let way = prepared("MULTILINESTRING((0 0,4 4),(2 2,9 9))");
    assert!(way.covers(&shape("LINESTRING(1 1,8 8)")) && !way.covers(&shape("LINESTRING(1 1,10 10)")));
    assert!(!way.covers(&shape("POLYGON((1 1,2 1,2 2,1 1))")));
}

#[test]
fn places_have_all_their_names_65() {
    let fiji = prepared("POLYGON((178 -20,180 -20,180 -15,178 -15,178 -20))");
    for (other, intersects, covers) in [
        ("LINESTRING(-180 -18,-180 -16)", true, true),
        ("LINESTRING(-180 -18,-179 -16)", true, false),
        ("POINT(-180 -15)", true, true),
        ("POLYGON((-180 -16,-179 -16,-179 -15,-180 -16))", true, false),
        ("POLYGON((-180 -14,-179 -14,-179 -13,-180 -14))", false, false),
    ] {
        assert_eq!((fiji.intersects(&shape(other)), fiji.covers(&shape(other))), (intersects, covers), "{other}");
        let known = prepared(other);
        assert_eq!(
            (known.intersects(fiji.shape()), known.is_covered_by(fiji.shape())),
            (intersects, covers),
            "{other}"
        );
    }
    let cap = prepared("POLYGON((20 80,30 80,30 90,20 90,20 80))");
    for (other, intersects, covers) in [
        ("POINT(-100 90)", true, true),
        ("LINESTRING(-100 90,-90 90)", true, true),
        ("LINESTRING(-100 80,-100 90)", true, false),
        ("LINESTRING(-100 80,-100 89)", false, false),
    ] {
        assert_eq!((cap.intersects(&shape(other)), cap.covers(&shape(other))), (intersects, covers), "{other}");
        assert_eq!(prepared(other).is_covered_by(cap.shape()), covers, "{other}");
    }
}

#[test]
fn boxes_are_shapes_66() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 66);
    let lons = [-180.0, -179.0, -10.0, 0.0, 10.0, 179.0, 180.0];
    let lats = [-90.0_f64, -89.0, 0.0, 1.0, 89.0, 90.0];
    for round in 0..2_000 {
        let mut lon = || lons[draws.below(7) as usize];
        let (west, east, at) = (lon(), lon(), lon());
        let mut lat = || lats[draws.below(6) as usize];
        let (a, b, y) = (lat(), lat(), lat());
        let area = GeoBox::new(west, a.min(b), east, a.max(b)).unwrap();
        let (known, place) = (PreparedShape::from(area), LonLat::new(at, y).unwrap());
        let note = format!("seed {seed}, round {round}: {place} in {area:?}");
        assert_eq!(known.covers_place(place), area.contains(place), "{note}");
        // The same by its outline.
        assert_eq!(known.covers(&place.into()), area.contains(place), "{note}");
        assert_eq!(known.intersects(&geo::MultiPoint(vec![Point::from(place)]).into()), area.contains(place), "{note}");
    }
}

#[test]
fn what_is_nowhere_is_in_nothing_68() {
    let globe = PreparedShape::from(GeoBox::globe());
    for nowhere in [
        Geometry::GeometryCollection(GeometryCollection(vec![])),
        LineString::new(vec![]).into(),
        LineString::from(vec![(0.0, 0.0), (200.0, 0.0)]).into(),
        Polygon::new(LineString::from(vec![(0.0, 0.0), (1.0, f64::NAN), (1.0, 1.0)]), vec![]).into(),
    ] {
        assert!(
            !globe.intersects(&nowhere) && !globe.covers(&nowhere) && !globe.is_covered_by(&nowhere),
            "{nowhere:?}"
        );
        assert!(PreparedShape::new(nowhere).is_err());
    }
    let bow = PreparedShape::new(shape("POLYGON((0 0,1 1,1 0,0 1,0 0))")).unwrap_err().to_string();
    assert!(bow.contains("crosses itself"), "{bow}");
    assert!(Region::from_geometry(globe.shape()).is_ok());
}
