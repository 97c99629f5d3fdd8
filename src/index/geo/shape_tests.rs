//! Cells and edge tree against every shape asked one by one.

use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};

use crate::{
    codec::{Container, ContainerWriter},
    geometry::{LonLat, PreparedShape, distance_to_shape, twin::Draws},
    index::{IndexError, Work},
};

use super::{
    cells::{Built, Cells},
    edges::{self, Edges, Wanted},
    outline::Outline,
};

const KIND: [u8; 8] = *b"geo-test";

struct Index {
    shapes: Vec<Geometry<f64>>,
    outlines: Vec<Outline>,
    cells: Cells,
    edges: Edges,
}

fn container(outlines: &[Outline]) -> Container {
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, KIND).unwrap();
    Built::new(outlines).unwrap().write(&mut out).unwrap();
    edges::write(outlines, &mut out).unwrap();
    out.finish().unwrap();
    Container::open("part", KIND, bytes.into()).unwrap()
}

impl Index {
    fn new(shapes: Vec<Geometry<f64>>) -> Self {
        let outlines: Vec<Outline> = shapes.iter().map(Outline::of).collect();
        let part = container(&outlines);
        let cells = Cells::open(&part).unwrap().unwrap();
        let edges = Edges::open(&part).unwrap().unwrap();
        cells.verify(&Built::new(&outlines).unwrap()).unwrap();
        edges.verify(&outlines).unwrap();
        Self { shapes, outlines, cells, edges }
    }

    /// By shape, its distance.
    fn distances(&self, place: LonLat) -> Vec<(u32, f64)> {
        let numbered = self.shapes.iter().zip(0..);
        numbered.filter_map(|(shape, number)| Some((number, distance_to_shape(place, shape)?))).collect()
    }

    fn check(&self, place: LonLat, draws: &mut Draws, note: &str) {
        let (distances, known) = (self.distances(place), PreparedShape::from(place));
        let (covering, _) = self.cells.covering(place).unwrap();
        let expected: Vec<u32> =
            (0..).zip(&self.shapes).filter(|(_, shape)| known.is_covered_by(shape)).map(|(n, _)| n).collect();
        assert_eq!(covering, expected, "{note}: {place} is covered");
        assert!(covering.iter().all(|shape| distances.contains(&(*shape, 0.0))), "{note}: {place}");
        let metres = [0.0, 1_000.0, 300_000.0, 5.0e6, 1.6e7, f64::INFINITY][draws.below(6) as usize];
        let mut within = covering.clone();
        self.edges.within(place, metres, &mut within, &mut Work::default()).unwrap();
        within.sort_unstable();
        within.dedup();
        let expected: Vec<u32> = distances.iter().filter(|hit| hit.1 <= metres).map(|hit| hit.0).collect();
        assert_eq!(within, expected, "{note}: within {metres} of {place}");
        let k = [1, 2, 5, 40][draws.below(4) as usize];
        let odd = draws.below(2) == 0;
        let accepts = |shape: u32| covering.binary_search(&shape).is_err() && (odd || shape.is_multiple_of(3));
        let asked: &dyn Fn(u32) -> Result<bool, IndexError> = &|shape| Ok(accepts(shape));
        let wanted = Wanted { place, k, bound: metres, budget: u64::MAX, accepts: asked };
        let mut hits = self.edges.nearest(&wanted, &mut Work::default()).unwrap().unwrap();
        hits.retain(|hit| hit.1 <= metres);
        let mut expected: Vec<(u32, f64)> =
            distances.into_iter().filter(|(shape, found)| accepts(*shape) && *found <= metres).collect();
        for list in [&mut hits, &mut expected] {
            list.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            list.truncate(k);
        }
        assert_eq!(hits, expected, "{note}: {k} nearest to {place} within {metres}");
    }

    /// A vertex, the middle of an edge, beside one of them, or anywhere.
    fn place(&self, draws: &mut Draws) -> LonLat {
        let outline = &self.outlines[draws.below(self.outlines.len() as u64) as usize];
        let edges: Vec<[Coord<f64>; 2]> = outline.edges().collect();
        let [from, to] = edges[draws.below(edges.len() as u64) as usize];
        let middle = Coord { x: from.x.midpoint(to.x), y: from.y.midpoint(to.y) };
        let reach = [1e-7, 0.01, 3.0][draws.below(3) as usize];
        let at = match draws.below(6) {
            0 => from,
            1 => middle,
            2 => Coord { x: from.x, y: middle.y },
            3 => Coord { x: middle.x, y: from.y },
            4 => return draws.place_near(&Geometry::Point(middle.into())),
            _ => Coord { x: from.x + draws.between(-reach, reach), y: from.y + draws.between(-reach, reach) },
        };
        LonLat::new(at.x.clamp(-180.0, 180.0), at.y.clamp(-90.0, 90.0)).unwrap()
    }
}

/// Fields beside each other that share their borders, on whole numbers or not, up to the edges of the map.
fn mosaic(draws: &mut Draws) -> Vec<Geometry<f64>> {
    let corners =
        [(-180.0, -90.0, 60.0, 30.0), (150.0, 60.0, 5.0, 5.0), (0.0, 0.0, 0.01, 0.01), (-3.0, -3.0, 1.0, 1.0)];
    let (west, south, width, height) = corners[draws.below(4) as usize];
    let jitter = [0.0, 0.4][draws.below(2) as usize];
    let mut vertex = |column: u32, row: u32| {
        let aside = |low: bool, draws: &mut Draws| if low { 0.0 } else { draws.between(-jitter, jitter) };
        let is_rim = column == 0 || row == 0 || column == 6 || row == 6;
        let (x, y) = (f64::from(column) + aside(is_rim, draws), f64::from(row) + aside(is_rim, draws));
        Coord { x: west + x * width, y: south + y * height }
    };
    let vertices: Vec<Vec<Coord<f64>>> =
        (0..=6).map(|row| (0..=6).map(|column| vertex(column, row)).collect()).collect();
    let field = |column: usize, row: usize| {
        let ring = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| vertices[row + y][column + x]);
        Polygon::new(LineString(ring.to_vec()), vec![])
    };
    // Some fields have two parts, some lie there twice.
    let mut shapes: Vec<Geometry<f64>> = Vec::new();
    for row in 0..6 {
        for column in 0..3 {
            match draws.below(4) {
                0 => shapes.push(MultiPolygon(vec![field(column, row), field(5 - column, row)]).into()),
                1 => shapes.extend([field(column, row).into(), field(column, row).into()]),
                _ => shapes.extend([field(column, row).into(), field(5 - column, row).into()]),
            }
        }
    }
    shapes
}

/// Rings around a middle, each a hole of the next, with an island in the hole.
fn lake(draws: &mut Draws) -> Geometry<f64> {
    let middle = Coord { x: draws.between(-170.0, 170.0), y: draws.between(-80.0, 80.0) };
    let (vertices, reach) = (3 + draws.below(40), draws.between(0.01, 9.0));
    let ring = |share: f64| {
        let step = std::f64::consts::TAU / vertices as f64;
        let at = |n: u64| (n as f64 * step).sin_cos();
        let vertex =
            |(sin, cos): (f64, f64)| Coord { x: middle.x + share * reach * cos, y: middle.y + share * reach * sin };
        LineString((0..vertices).map(at).map(vertex).collect())
    };
    MultiPolygon(vec![Polygon::new(ring(1.0), vec![ring(0.7)]), Polygon::new(ring(0.4), vec![])]).into()
}

#[test]
fn places_are_covered_and_shapes_near_as_each_says_itself_65_67_69() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed ^ 0x11);
    let mut covered = 0;
    for round in 0..40 {
        let count = [1, 3, 30, 120][round % 4];
        let shapes: Vec<Geometry<f64>> = match round % 5 {
            0 => mosaic(&mut draws),
            1 => (0..count).map(|_| lake(&mut draws)).collect(),
            2 => vec![draws.nested_shape(); count],
            _ => (0..count).map(|_| draws.nested_shape()).collect(),
        };
        let index = Index::new(shapes);
        for question in 0..40 {
            let place = index.place(&mut draws);
            let note = format!("seed {seed}, round {round}, question {question}");
            index.check(place, &mut draws, &note);
            covered += index.cells.covering(place).unwrap().0.len();
        }
    }
    assert!(covered > 400, "only {covered} places were covered");
}

#[test]
fn cells_are_small_and_few_edges_are_looked_at() {
    let mut shapes = Vec::new();
    for number in 0..400_u32 {
        let (x, y) = (f64::from(number % 20) * 10.0 - 100.0, f64::from(number / 20) * 5.0 - 50.0);
        let at = |n: u32| (f64::from(n) * 0.063).sin_cos();
        let ring = (0..100).map(at).map(|(sin, cos)| Coord { x: x + 4.0 * cos, y: y + 2.0 * sin });
        shapes.push(Polygon::new(LineString(ring.collect()), vec![]).into());
    }
    let index = Index::new(shapes);
    let (mut most, mut draws) = (0, Draws::new(3));
    for _ in 0..2_000 {
        let place = index.place(&mut draws);
        most = most.max(index.cells.covering(place).unwrap().1);
        let mut work = Work::default();
        let wanted = Wanted { place, k: 1, bound: f64::INFINITY, budget: u64::MAX, accepts: &|_| Ok(true) };
        index.edges.nearest(&wanted, &mut work).unwrap();
        assert!(work.distances < 60 && work.visited < 100, "{place}: {work:?}");
    }
    assert!(most <= 8, "{most} edges in a cell");
}

/// However many edges cross each other, cells stay linear in them.
#[test]
fn crossing_lines_make_no_more_cells_than_edges() {
    let across = |n: u32| f64::from(n) * 0.3 - 60.0;
    let line = |a: (f64, f64), b: (f64, f64)| Geometry::from(LineString::from(vec![a, b]));
    let rows = (0..300).map(|n| line((-100.0, across(n)), (100.0, across(n) + 0.01)));
    let columns = (0..300).map(|n| line((across(n), -80.0), (across(n) + 0.01, 80.0)));
    let index = Index::new(rows.chain(columns).collect());
    let mut draws = Draws::new(9);
    for _ in 0..50 {
        let place = index.place(&mut draws);
        index.check(place, &mut draws, "hatching");
    }
    // An edge alone in a cell takes eight words.
    assert!(index.cells.words() < (600 * 16 + (1 << 12)) * 8, "{} words", index.cells.words());
}

#[test]
fn a_search_out_of_budget_says_so() {
    let line = |x: u32| LineString::from(vec![(f64::from(x) * 0.1, 0.0), (f64::from(x) * 0.1, 1.0)]).into();
    let index = Index::new((0..1_000).map(line).collect());
    let accepts = |shape: u32| Ok(shape == 999);
    let wanted = |budget| Wanted {
        place: LonLat::new(0.0, 0.5).unwrap(),
        k: 1,
        bound: f64::INFINITY,
        budget,
        accepts: &accepts,
    };
    assert!(index.edges.nearest(&wanted(50), &mut Work::default()).unwrap().is_none());
    let found = index.edges.nearest(&wanted(u64::MAX), &mut Work::default()).unwrap().unwrap();
    assert_eq!(found.iter().map(|hit| hit.0).collect::<Vec<_>>(), [999]);
}

#[test]
fn nothing_and_a_ring_in_one_place() {
    let point = vec![(5.0, 5.0); 4];
    let ring: Geometry<f64> = Polygon::new(LineString::from(point), vec![]).into();
    let index = Index::new(vec![ring]);
    let place = LonLat::new(5.0, 5.0).unwrap();
    assert_eq!(index.cells.covering(place).unwrap().0, [0]);
    assert!(index.cells.covering(LonLat::new(5.0, 90.0).unwrap()).unwrap().0.is_empty());
    let wanted = Wanted { place, k: 1, bound: f64::INFINITY, budget: u64::MAX, accepts: &|_| Ok(true) };
    assert_eq!(index.edges.nearest(&wanted, &mut Work::default()).unwrap().unwrap(), [(0, 0.0)]);
    let none = Index::new(Vec::new());
    assert!(none.cells.covering(place).unwrap().0.is_empty());
    assert!(none.edges.nearest(&wanted, &mut Work::default()).unwrap().unwrap().is_empty());
}
