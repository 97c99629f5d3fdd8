//! Collections whose areas overlap, against fractions of whole numbers: a way is cut at every place where it may leave an area, and what is
//! in the middle between two cuts, or a trifle beside it, is in one of the areas or it is not.

use geo::{Coord, Geometry, GeometryCollection, Intersects, LineString, Polygon};

use super::{LonLat, PreparedShape, from_wkt, twin::Draws};

/// A vertex.
type At = (i128, i128);

/// A place between vertices: (x / of, y / of).
#[derive(Clone, Copy, Debug)]
struct Place {
    x: i128,
    y: i128,
    of: i128,
}

/// A triangle, or what is around one.
#[derive(Clone, Debug)]
struct Piece {
    triangle: [At; 3],
    is_hole: bool,
}

/// The greatest coordinate.
const END: i128 = 8;

/// What a place is moved aside by is one in so many: nearer than any two crossings are.
const TRIFLE: i128 = 100_000_000;

fn side(a: At, b: At, at: Place) -> i128 {
    (b.0 - a.0) * (at.y - a.1 * at.of) - (b.1 - a.1) * (at.x - a.0 * at.of)
}

impl Piece {
    fn draw(draws: &mut Draws) -> Self {
        loop {
            let mut vertex = || (draws.below(END as u64 + 1) as i128, draws.below(END as u64 + 1) as i128);
            let [a, b, c] = [vertex(), vertex(), vertex()];
            let turn = side(a, b, Place { x: c.0, y: c.1, of: 1 });
            let is_hole = draws.below(6) == 0;
            let inner = [a, b, c].iter().all(|(x, y)| (1..END).contains(x) && (1..END).contains(y));
            if turn != 0 && (inner || !is_hole) {
                return Self { triangle: if turn > 0 { [a, b, c] } else { [a, c, b] }, is_hole };
            }
        }
    }

    fn edges(&self) -> Vec<(At, At)> {
        let [a, b, c] = self.triangle;
        let frame = [(0, 0), (END, 0), (END, END), (0, END)];
        let around = (0..4).filter(|_| self.is_hole).map(|at| (frame[at], frame[(at + 1) % 4]));
        [(a, b), (b, c), (c, a)].into_iter().chain(around).collect()
    }

    fn has(&self, at: Place) -> bool {
        let [a, b, c] = self.triangle;
        let sides = [side(a, b, at), side(b, c, at), side(c, a, at)];
        let end = END * at.of;
        match self.is_hole {
            true => (0..=end).contains(&at.x) && (0..=end).contains(&at.y) && sides.iter().any(|side| *side <= 0),
            false => sides.iter().all(|side| *side >= 0),
        }
    }

    fn polygon(&self) -> Polygon<f64> {
        let ring = |vertices: &[At]| vertices.iter().map(|(x, y)| (*x as f64, *y as f64)).collect::<LineString<f64>>();
        match self.is_hole {
            true => Polygon::new(ring(&[(0, 0), (END, 0), (END, END), (0, END)]), vec![ring(&self.triangle)]),
            false => Polygon::new(ring(&self.triangle), vec![]),
        }
    }
}

fn collection(pieces: &[Piece]) -> Geometry<f64> {
    Geometry::GeometryCollection(GeometryCollection(pieces.iter().map(|piece| piece.polygon().into()).collect()))
}

fn any_has(pieces: &[Piece], at: Place) -> bool {
    pieces.iter().any(|piece| piece.has(at))
}

/// The middles between places where the way may leave one of the pieces.
fn middles((from, to): (At, At), pieces: &[&[Piece]]) -> Vec<Place> {
    let mut cuts = vec![(0, 1), (1, 1)];
    for (a, b) in pieces.iter().flat_map(|pieces| pieces.iter()).flat_map(Piece::edges) {
        let [start, end] = [from, to].map(|at| side(a, b, Place { x: at.0, y: at.1, of: 1 }));
        let (share, of) = if start > end { (start, start - end) } else { (-start, end - start) };
        if of > 0 && share >= 0 && share <= of {
            cuts.push((share, of));
        }
    }
    cuts.sort_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
    let between = |pair: &[(i128, i128)]| {
        let [(a, b), (c, d)] = [pair[0], pair[1]];
        let (share, of) = (a * d + c * b, 2 * b * d);
        let along = |from: i128, to: i128| from * of + (to - from) * share;
        (a * d != c * b).then(|| Place { x: along(from.0, to.0), y: along(from.1, to.1), of })
    };
    cuts.windows(2).filter_map(between).collect()
}

fn covers_way(pieces: &[Piece], way: (At, At)) -> bool {
    middles(way, &[pieces]).into_iter().all(|at| any_has(pieces, at))
}

fn covers_all(pieces: &[Piece], others: &[Piece]) -> bool {
    let edges = pieces.iter().chain(others).flat_map(Piece::edges);
    let mut places = edges.flat_map(|(a, b)| {
        let aside = |by: i128| {
            move |at: Place| Place {
                x: at.x * TRIFLE + by * (a.1 - b.1) * at.of,
                y: at.y * TRIFLE + by * (b.0 - a.0) * at.of,
                of: at.of * TRIFLE,
            }
        };
        let middles = middles((a, b), &[pieces, others]);
        middles.iter().map(|at| aside(1)(*at)).chain(middles.iter().map(|at| aside(-1)(*at))).collect::<Vec<_>>()
    });
    places.all(|at| any_has(pieces, at) || !any_has(others, at))
}

#[test]
fn areas_that_overlap_are_one_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed + 670);
    let mut seen = [[0; 2]; 4];
    for round in 0..4_000 {
        let mut some = |most: u64| (0..1 + draws.below(most)).map(|_| Piece::draw(&mut draws)).collect::<Vec<_>>();
        let (mut one, other) = (some(5), some(2));
        if draws.below(3) == 0 {
            one.extend(other.iter().cloned());
        }
        let note = format!("seed {seed}, round {round}: {one:?} and {other:?}");
        let (shape, second) = (collection(&one), collection(&other));
        let (known, known_second) =
            (PreparedShape::new(shape.clone()).unwrap(), PreparedShape::new(second.clone()).unwrap());

        let holds = covers_all(&one, &other);
        assert_eq!(known.covers(&second), holds, "covers, {note}");
        assert_eq!(known_second.is_covered_by(&shape), holds, "is covered by, {note}");

        let meets = one.iter().any(|a| other.iter().any(|b| a.polygon().intersects(&b.polygon())));
        assert_eq!(known.intersects(&second), meets, "intersects, {note}");
        assert_eq!(known_second.intersects(&shape), meets, "intersects back, {note}");

        let mut vertex = || (draws.below(END as u64 + 1) as i128, draws.below(END as u64 + 1) as i128);
        let way @ (from, to) = (vertex(), vertex());
        let line: Geometry<f64> =
            LineString([from, to].map(|(x, y)| Coord { x: x as f64, y: y as f64 }).to_vec()).into();
        let inside = covers_way(&one, way) && any_has(&one, Place { x: from.0, y: from.1, of: 1 });
        assert_eq!(known.covers(&line), inside, "covers {line:?}, {note}");
        assert_eq!(PreparedShape::new(line.clone()).unwrap().is_covered_by(&shape), inside, "{line:?} covered, {note}");

        let (x, y) = (from.0 + to.0, from.1 + to.1);
        let place = LonLat { lon: x as f64 / 2.0, lat: y as f64 / 2.0 };
        let has = any_has(&one, Place { x, y, of: 2 });
        assert_eq!(known.covers_place(place), has, "{place}, {note}");
        assert_eq!(PreparedShape::from(place).is_covered_by(&shape), has, "{place} covered, {note}");
        assert_eq!(PreparedShape::from(place).intersects(&shape), has, "{place} intersects, {note}");
        for (counts, answer) in seen.iter_mut().zip([holds, meets, inside, has]) {
            counts[usize::from(answer)] += 1;
        }
    }
    assert!(seen.iter().flatten().all(|count| *count > 150), "{seen:?}");
}

#[test]
fn what_two_areas_have_in_common_is_inside() {
    let shape = |text: &str| from_wkt(text).unwrap();
    let both = "GEOMETRYCOLLECTION(POLYGON((0 0,4 0,4 4,0 4,0 0)),POLYGON((2 2,6 2,6 6,2 6,2 2)))";
    let known = PreparedShape::new(shape(both)).unwrap();
    for (other, intersects, covers) in [
        ("POINT(3 3)", true, true),
        ("LINESTRING(1 2.5,5 3.5)", true, true),
        ("LINESTRING(1 1,5 5)", true, true),
        ("LINESTRING(1 3,3 5)", true, true),
        ("LINESTRING(1 3.5,2.5 5)", true, false),
        ("POLYGON((1 3,3 1,5 3,3 5,1 3))", true, true),
        ("POLYGON((1 3.5,3.5 1,5 2.5,2.5 5,1 3.5))", true, false),
        ("POLYGON((2.5 2.5,3.5 2.5,3.5 3.5,2.5 3.5,2.5 2.5))", true, true),
        ("POLYGON((0 0,4 0,4 4,0 4,0 0))", true, true),
        ("POLYGON((0 0,4 0,4 2,6 2,6 6,2 6,2 4,0 4,0 0))", true, true),
        (both, true, true),
    ] {
        let (stored, asked) = (shape(other), PreparedShape::new(shape(other)).unwrap());
        assert_eq!((known.intersects(&stored), known.covers(&stored)), (intersects, covers), "{other}");
        assert_eq!(
            (asked.intersects(known.shape()), asked.is_covered_by(known.shape())),
            (intersects, covers),
            "{other}"
        );
    }
    // The same area twice, and its neighbour once: the edge that they share is inside, and nothing beyond them is.
    let twice = "GEOMETRYCOLLECTION(POLYGON((0 0,4 0,4 4,0 4,0 0)),POLYGON((0 0,4 0,4 4,0 4,0 0)),POLYGON((4 0,8 0,8 4,4 4,4 0)))";
    let known = PreparedShape::new(shape(twice)).unwrap();
    assert!(known.covers(&shape("POLYGON((0 0,8 0,8 4,0 4,0 0))")) && known.covers(&shape("LINESTRING(1 1,7 3)")));
    assert!(!known.covers(&shape("POINT(-1 2)")) && !known.covers(&shape("LINESTRING(1 1,9 3)")));
}
