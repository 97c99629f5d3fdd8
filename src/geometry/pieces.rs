//! Straight pieces of lines and boundaries on the map of longitude and latitude, found by where they are.

use geo::{
    Coord, Intersects, Line,
    kernels::{Kernel, Orientation, RobustKernel},
};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

/// Fewer pieces than this are looked through one by one.
const LISTED: usize = 24;

type Boxed = GeomWithData<Rectangle<[f64; 2]>, u32>;

/// Many pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    all: Vec<Line<f64>>,
    boxes: Option<RTree<Boxed>>,
}

/// A box on the map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) low: Coord<f64>,
    pub(super) high: Coord<f64>,
}

impl Area {
    pub(super) fn around(line: Line<f64>) -> Self {
        let (a, b) = (line.start, line.end);
        Self { low: Coord { x: a.x.min(b.x), y: a.y.min(b.y) }, high: Coord { x: a.x.max(b.x), y: a.y.max(b.y) } }
    }

    pub(super) fn join(self, other: Self) -> Self {
        let (low, high) = (self.low, self.high);
        Self {
            low: Coord { x: low.x.min(other.low.x), y: low.y.min(other.low.y) },
            high: Coord { x: high.x.max(other.high.x), y: high.y.max(other.high.y) },
        }
    }

    pub(super) fn touches(&self, other: &Self) -> bool {
        self.low.x <= other.high.x
            && other.low.x <= self.high.x
            && self.low.y <= other.high.y
            && other.low.y <= self.high.y
    }

    pub(super) fn holds(&self, other: &Self) -> bool {
        self.low.x <= other.low.x
            && other.high.x <= self.high.x
            && self.low.y <= other.low.y
            && other.high.y <= self.high.y
    }
}

impl Pieces {
    /// Pieces that are looked through one by one, however many.
    pub(super) const fn listed(all: Vec<Line<f64>>) -> Self {
        Self { all, boxes: None }
    }

    /// Pieces in a tree of their boxes, when there are enough of them.
    pub(super) fn indexed(all: Vec<Line<f64>>) -> Self {
        if all.len() < LISTED {
            return Self::listed(all);
        }
        let boxed = |(line, number): (&Line<f64>, u32)| {
            let Area { low, high } = Area::around(*line);
            Boxed::new(Rectangle::from_corners([low.x, low.y], [high.x, high.y]), number)
        };
        let boxes = RTree::bulk_load(all.iter().zip(0..).map(boxed).collect());
        Self { all, boxes: Some(boxes) }
    }

    pub(super) fn all(&self) -> &[Line<f64>] {
        &self.all
    }

    /// The pieces whose boxes touch an area.
    pub(super) fn near(&self, area: Area) -> impl Iterator<Item = Line<f64>> + '_ {
        self.numbered_near(area).map(|(_, line)| line)
    }

    /// The same, with their numbers among all.
    pub(super) fn numbered_near(&self, area: Area) -> impl Iterator<Item = (usize, Line<f64>)> + '_ {
        let touches = move |(_, line): &(usize, &Line<f64>)| Area::around(**line).touches(&area);
        let listed = self.boxes.is_none().then(|| self.all.iter().enumerate().filter(touches));
        let envelope = AABB::from_corners(area.low.into(), area.high.into());
        let found = self.boxes.iter().flat_map(move |tree| tree.locate_in_envelope_intersecting(envelope));
        let found = found.map(|boxed| (boxed.data as usize, &self.all[boxed.data as usize]));
        listed.into_iter().flatten().chain(found).map(|(number, line)| (number, *line))
    }
}

/// Both ends of a piece, and between them, in order, those of some places that stand on it.
pub(super) fn cuts(piece: Line<f64>, at: impl Iterator<Item = Coord<f64>>) -> Vec<Coord<f64>> {
    let mut cuts: Vec<Coord<f64>> = at.filter(|at| piece.intersects(at)).collect();
    cuts.extend([piece.start, piece.end]);
    // Along the longer side, whose order rounding can't change.
    let flat = piece.dx().abs() >= piece.dy().abs();
    let backward = if flat { piece.dx() < 0.0 } else { piece.dy() < 0.0 };
    cuts.sort_unstable_by(|a, b| if flat { a.x.total_cmp(&b.x) } else { a.y.total_cmp(&b.y) });
    cuts.dedup();
    if backward {
        cuts.reverse();
    }
    cuts
}

/// Whether two pieces have more than a point in common: they lie on one line and run along each other.
pub(super) fn overlap(a: Line<f64>, b: Line<f64>) -> bool {
    let (one, other) = (Area::around(a), Area::around(b));
    let (west, east) = (one.low.x.max(other.low.x), one.high.x.min(other.high.x));
    let (south, north) = (one.low.y.max(other.low.y), one.high.y.min(other.high.y));
    let is_long = if one.low.x == one.high.x { south < north } else { west < east };
    is_long && side(a, b.start) == Orientation::Collinear && side(a, b.end) == Orientation::Collinear
}

/// Which side of a piece, prolonged to a line, a place is on.
pub(super) fn side(piece: Line<f64>, at: Coord<f64>) -> Orientation {
    RobustKernel::orient2d(piece.start, piece.end, at)
}

/// A piece, cut where others end on it.
pub(super) fn parts<'a>(
    piece: Line<f64>,
    others: impl Iterator<Item = &'a Line<f64>>,
) -> impl Iterator<Item = Line<f64>> {
    let cuts = cuts(piece, others.flat_map(|other| [other.start, other.end]));
    let starts = cuts.clone();
    starts.into_iter().zip(cuts.into_iter().skip(1)).map(|(start, end)| Line::new(start, end))
}

/// Whether a piece holds all of a part of another, which was cut where this one ends on it.
pub(super) fn holds(piece: &Line<f64>, part: &Line<f64>) -> bool {
    piece.intersects(&part.start) && piece.intersects(&part.end)
}

/// Whether two pieces that lie along each other go the same way.
pub(super) fn same_way(a: &Line<f64>, b: &Line<f64>) -> bool {
    a.dx() * b.dx() + a.dy() * b.dy() > 0.0
}

/// Whether each of two pieces has an end on either side of the other.
pub(super) fn cross(a: Line<f64>, b: Line<f64>) -> bool {
    let apart = |a: Orientation, b: Orientation| a != Orientation::Collinear && b != Orientation::Collinear && a != b;
    apart(side(a, b.start), side(a, b.end)) && apart(side(b, a.start), side(b, a.end))
}
