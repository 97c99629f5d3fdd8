//! What a shape is made of on the map of longitude and latitude, and how two such outlines lie to each other.
//!
//! All is decided by on which side of a straight piece a place is, which `geo`'s robust kernel knows without rounding, and no crossing is
//! ever computed: a piece is cut only where vertices stand on it, and what is between two cuts is as a whole inside, outside, along
//! a boundary, or crossed by one. So answers are exact, also for shapes whose parts share edges, as those do that were cut in two.
//!
//! A shape that is cut at the antimeridian, or reaches a pole, stands on the map at both edges, or all along one. An outline that
//! goes [`Outline::round_the_globe`] has these places under all their names; the other outline of a pair needs but one.

use geo::{
    Coord, Geometry, Intersects, Line, LineString, LinesIter, Orient, Polygon, kernels::Orientation, orient::Direction,
};

use super::{
    members::{Member, each_member},
    pieces::{Area, Pieces, cross, cuts, overlap, side},
    place::on_globe,
};

/// The places, lines and areas of a shape.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    /// Lines, and places as lines of no length.
    lines: Pieces,
    /// The boundary of all areas together, the area to the left of each piece.
    boundary: Pieces,
    /// A vertex of each line and ring, and each place.
    anchors: Vec<Coord<f64>>,
    bounds: Area,
}

/// Nothing, nowhere.
impl Default for Outline {
    fn default() -> Self {
        let at = |x: f64| Coord { x, y: x };
        let bounds = Area { low: at(f64::INFINITY), high: at(f64::NEG_INFINITY) };
        Self { lines: Pieces::default(), boundary: Pieces::default(), anchors: Vec::new(), bounds }
    }
}

/// How a piece between two cuts lies to an area.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lies {
    Inside,
    Outside,
    /// On the boundary, with the area to the left or to the right.
    Along {
        left: bool,
    },
    Crossing,
}

impl Outline {
    /// The outline of a shape; `None` when it has no coordinates, or any that are not on the globe.
    pub(super) fn of(shape: &Geometry<f64>) -> Option<Self> {
        Self::gathered(shape, Pieces::listed)
    }

    /// The same, for many questions to it.
    pub(super) fn prepared(shape: &Geometry<f64>) -> Option<Self> {
        Self::gathered(shape, Pieces::indexed)
    }

    fn gathered(shape: &Geometry<f64>, pieces: fn(Vec<Line<f64>>) -> Pieces) -> Option<Self> {
        let mut made = Made::default();
        made.shape(shape)?;
        let boundary = made.boundary();
        let areas = made.lines.iter().chain(&boundary).map(|line| Area::around(*line));
        let bounds = areas.reduce(Area::join)?;
        Some(Self { lines: pieces(made.lines), boundary: pieces(boundary), anchors: made.anchors, bounds })
    }

    /// Adds the other names of places on the antimeridian and at the poles.
    pub(super) fn round_the_globe(mut self) -> Self {
        let all = || self.lines.all().iter().chain(self.boundary.all());
        let mut more: Vec<Line<f64>> = Vec::new();
        for line in all().filter(|line| line.start.x.abs() == 180.0 || line.end.x.abs() == 180.0) {
            let across = |at: Coord<f64>| Coord { x: -at.x, ..at };
            let names = [line.start, line.end].into_iter().filter(|at| at.x.abs() == 180.0).map(across);
            more.extend(names.map(|at| Line::new(at, at)));
            if line.start.x == line.end.x {
                more.push(Line::new(across(line.start), across(line.end)));
            }
        }
        for pole in [-90.0, 90.0] {
            if all().any(|line| line.start.y == pole || line.end.y == pole) {
                more.push(Line::new(Coord { x: -180.0, y: pole }, Coord { x: 180.0, y: pole }));
            }
        }
        if !more.is_empty() {
            self.bounds = more.iter().map(|line| Area::around(*line)).fold(self.bounds, Area::join);
            more.extend(self.lines.all());
            self.lines = Pieces::indexed(more);
        }
        self
    }

    /// Whether a place is on a line, inside an area, or on its boundary.
    pub(super) fn contains(&self, at: Coord<f64>) -> bool {
        let here = Area { low: at, high: at };
        self.bounds.holds(&here) && (self.lines.near(here).any(|line| line.intersects(&at)) || self.area_contains(at))
    }

    /// Whether two shapes have a place in common. This one goes round the globe.
    pub(super) fn intersects(&self, other: &Self) -> bool {
        let meets = |line: &Line<f64>| {
            let area = Area::around(*line);
            self.bounds.touches(&area)
                && self.lines.near(area).chain(self.boundary.near(area)).any(|own| own.intersects(line))
        };
        self.bounds.touches(&other.bounds)
            && (other.anchors.iter().any(|at| self.contains(*at))
                || other.lines.all().iter().chain(other.boundary.all()).any(meets)
                || self.anchors.iter().any(|at| other.area_contains(*at)))
    }

    /// Whether every place of another shape is one of this shape. This one goes round the globe.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.bounds.holds(&other.bounds)
            && other.anchors.iter().all(|at| self.contains(*at))
            && other.lines.all().iter().all(|line| self.covers_line(*line))
            && self.covers_area(other)
    }

    fn covers_line(&self, line: Line<f64>) -> bool {
        if line.start == line.end {
            return self.contains(line.start);
        }
        let near: Vec<_> = self.lines.near(Area::around(line)).collect();
        let boundary: Vec<_> = self.boundary.near(Area::around(line)).collect();
        parts(line, near.iter().chain(&boundary)).all(|part| {
            near.iter().any(|own| own.intersects(&part.start) && own.intersects(&part.end))
                || matches!(self.lies(part, &boundary), Lies::Inside | Lies::Along { .. })
        })
    }

    /// Whether the other's area, if it has one, is in this one's: its boundary is, with its inside on the same side, and no piece of
    /// this boundary is inside of it. Then nothing of it is outside: that would be bounded by this boundary, and so reach the other's.
    fn covers_area(&self, other: &Self) -> bool {
        let is_inside = |piece: &Line<f64>| {
            let boundary: Vec<_> = self.boundary.near(Area::around(*piece)).collect();
            let fits = |part| matches!(self.lies(part, &boundary), Lies::Inside | Lies::Along { left: true });
            parts(*piece, boundary.iter()).all(fits)
        };
        let is_within_other = |piece: Line<f64>| {
            let boundary: Vec<_> = other.boundary.near(Area::around(piece)).collect();
            parts(piece, boundary.iter()).any(|part| other.lies(part, &boundary) == Lies::Inside)
        };
        other.boundary.all().is_empty()
            || (other.boundary.all().iter().all(is_inside) && !self.boundary.near(other.bounds).any(is_within_other))
    }

    /// How a part of a piece that was cut at all vertices on it lies to the area, given the pieces of the boundary around it.
    fn lies(&self, part: Line<f64>, boundary: &[Line<f64>]) -> Lies {
        if let Some(own) = boundary.iter().find(|own| own.intersects(&part.start) && own.intersects(&part.end)) {
            let forward = own.dx() * part.dx() + own.dy() * part.dy();
            return Lies::Along { left: forward > 0.0 };
        }
        if boundary.iter().any(|own| cross(*own, part)) {
            return Lies::Crossing;
        }
        if self.is_inside(part.start, part.end) { Lies::Inside } else { Lies::Outside }
    }

    fn area_contains(&self, at: Coord<f64>) -> bool {
        let here = Area { low: at, high: at };
        !self.boundary.all().is_empty()
            && self.bounds.holds(&here)
            && (self.boundary.near(here).any(|piece| piece.intersects(&at)) || self.is_inside(at, at))
    }

    /// Whether the first place on the way from one place to another is inside: the even-odd rule along the parallel to the east, for a
    /// place that is as little beside the start as one likes. The way starts along no piece of the boundary.
    fn is_inside(&self, start: Coord<f64>, end: Coord<f64>) -> bool {
        // Half open, so that a vertex on the parallel counts once.
        let is_below = |y: f64| y < start.y || (y == start.y && end.y >= start.y);
        let east = Area { low: start, high: Coord { x: 180.0, y: start.y } };
        let mut inside = false;
        for piece in self.boundary.near(east).filter(|piece| is_below(piece.start.y) != is_below(piece.end.y)) {
            let side = match side(piece, start) {
                Orientation::Collinear => side(piece, end),
                side => side,
            };
            inside ^= (side == Orientation::CounterClockwise) == (piece.end.y > piece.start.y);
        }
        inside
    }
}

/// A piece, cut where others end on it.
fn parts<'a>(piece: Line<f64>, others: impl Iterator<Item = &'a Line<f64>>) -> impl Iterator<Item = Line<f64>> {
    let cuts = cuts(piece, others.flat_map(|other| [other.start, other.end]));
    let starts = cuts.clone();
    starts.into_iter().zip(cuts.into_iter().skip(1)).map(|(start, end)| Line::new(start, end))
}

/// An outline in the making.
#[derive(Default)]
struct Made {
    lines: Vec<Line<f64>>,
    areas: Vec<Vec<Line<f64>>>,
    anchors: Vec<Coord<f64>>,
}

impl Made {
    /// `None` when a coordinate is not on the globe.
    fn shape(&mut self, shape: &Geometry<f64>) -> Option<()> {
        each_member(shape, &mut |member| match member {
            Member::Path(vertices) => self.path(vertices),
            Member::Area(polygon) => self.polygon(polygon),
        })
    }

    /// The lines between vertices; vertices that are all one are a place.
    fn path(&mut self, vertices: &[Coord<f64>]) -> Option<()> {
        vertices.iter().try_for_each(on_globe)?;
        let Some(first) = vertices.first() else { return Some(()) };
        self.anchors.push(*first);
        let before = self.lines.len();
        let lines = vertices.windows(2).map(|pair| Line::new(pair[0], pair[1]));
        self.lines.extend(lines.filter(|line| line.start != line.end));
        if self.lines.len() == before {
            self.lines.push(Line::new(*first, *first));
        }
        Some(())
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) -> Option<()> {
        polygon.exterior().0.iter().try_for_each(on_globe)?;
        polygon.interiors().iter().flat_map(LineString::coords).try_for_each(on_globe)?;
        let ring: Vec<Line<f64>> =
            polygon.orient(Direction::Default).lines_iter().filter(|line| line.start != line.end).collect();
        if ring.is_empty() {
            // An island that shrank to a place.
            return self.path(&polygon.exterior().0);
        }
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        self.anchors.extend(rings.filter_map(|ring| ring.0.first()));
        self.areas.push(ring);
        Some(())
    }

    /// The boundary of all areas together: without what two of them share, which is inside.
    fn boundary(&mut self) -> Vec<Line<f64>> {
        let areas = std::mem::take(&mut self.areas);
        let bounds: Vec<Option<Area>> =
            areas.iter().map(|area| area.iter().map(|line| Area::around(*line)).reduce(Area::join)).collect();
        let touch = |a: &Option<Area>, b: &Option<Area>| a.zip(*b).is_some_and(|(a, b)| a.touches(&b));
        let mut pairs = bounds.iter().enumerate().flat_map(|(i, a)| bounds[i + 1..].iter().map(move |b| (a, b)));
        if !pairs.any(|(a, b)| touch(a, b)) {
            return areas.concat();
        }
        let all = Pieces::indexed(areas.concat());
        let mut boundary = Vec::with_capacity(all.all().len());
        for line in all.all() {
            let opposite =
                |other: &Line<f64>| overlap(*line, *other) && line.dx() * other.dx() + line.dy() * other.dy() < 0.0;
            let shared: Vec<_> = all.near(Area::around(*line)).filter(opposite).collect();
            if shared.is_empty() {
                boundary.push(*line);
                continue;
            }
            let is_shared = |part: &Line<f64>| {
                shared.iter().any(|other| other.intersects(&part.start) && other.intersects(&part.end))
            };
            boundary.extend(parts(*line, shared.iter()).filter(|part| !is_shared(part)));
        }
        boundary
    }
}
