//! What a shape is made of on the map of longitude and latitude, and how two such outlines lie to each other.
//!
//! All is decided by on which side of a straight piece a place is, which `geo`'s robust kernel knows without rounding, and no crossing is
//! ever computed: a piece is cut only where vertices stand on it, and between two cuts it runs along a boundary, or the areas beside it are
//! counted from crossing to crossing. So answers are exact, also for shapes whose parts share edges, as those do that were cut in two, or
//! overlap, as those of a collection may.
//!
//! A shape that is cut at the antimeridian, or reaches a pole, stands on the map at both edges, or all along one. An outline that
//! goes [`Outline::round_the_globe`] has these places under all their names; the other outline of a pair needs but one.

use geo::{Coord, Geometry, Intersects, Line, LineString, LinesIter, Orient, Polygon, orient::Direction};

use super::{
    members::{Member, each_member},
    pieces::{Area, Pieces, holds, overlap, parts, same_way},
    place::on_globe,
    winding::{Beside, around, beside},
};

/// The places, lines and areas of a shape.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    /// Lines, and places as lines of no length.
    lines: Pieces,
    /// The boundaries of all areas, the area to the left of each piece, without what two have in common that lie side by side.
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
            near.iter().chain(&boundary).any(|own| holds(own, &part)) || self.has_beside(part, Beside::Left)
        })
    }

    /// Whether the other's area, if it has one, is in this one's: what is to the left of its boundary is, and what is to the right of this
    /// boundary is in this area or not in the other's. Then nothing of it is outside: that would be bounded by either.
    fn covers_area(&self, other: &Self) -> bool {
        let is_inside = |piece: &Line<f64>| {
            let boundary: Vec<_> = self.boundary.near(Area::around(*piece)).collect();
            let is_along = |part: &Line<f64>| boundary.iter().any(|own| holds(own, part) && same_way(own, part));
            parts(*piece, boundary.iter()).all(|part| is_along(&part) || self.has_beside(part, Beside::Left))
        };
        let leaves_out = |piece: Line<f64>| {
            let near = |of: &Self| of.boundary.near(Area::around(piece)).collect::<Vec<_>>();
            parts(piece, near(self).iter().chain(&near(other))).any(|part| self.leaves_out(part, other))
        };
        other.boundary.all().is_empty()
            || (other.boundary.all().iter().all(is_inside) && !self.boundary.near(other.bounds).any(leaves_out))
    }

    /// Whether there are areas all along a part of a way, on one side of it.
    fn has_beside(&self, part: Line<f64>, on: Beside) -> bool {
        beside(part, on, [&self.boundary]).all(|[around]| around != 0)
    }

    /// Whether somewhere to the right of a part of a way there is area of another outline, and none of this.
    fn leaves_out(&self, part: Line<f64>, other: &Self) -> bool {
        let on = Beside::Right;
        beside(part, on, [&other.boundary]).any(|[others]| others != 0)
            && beside(part, on, [&self.boundary, &other.boundary]).any(|[own, others]| own == 0 && others != 0)
    }

    fn area_contains(&self, at: Coord<f64>) -> bool {
        let here = Area { low: at, high: at };
        !self.boundary.all().is_empty()
            && self.bounds.holds(&here)
            && (self.boundary.near(here).any(|piece| piece.intersects(&at)) || around(at, &self.boundary) != 0)
    }
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

    /// The boundaries of all areas. Where they lie side by side, what they have in common is inside, and left out.
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
        all.all().iter().enumerate().flat_map(|(number, line)| unshared(number, *line, &all)).collect()
    }
}

/// What is left of a piece among others, when of two that lie along each other and go opposite ways none is left.
fn unshared(number: usize, line: Line<f64>, all: &Pieces) -> Vec<Line<f64>> {
    let along: Vec<(usize, Line<f64>)> = all
        .numbered_near(Area::around(line))
        .filter(|(other, piece)| *other != number && overlap(line, *piece))
        .collect();
    if along.iter().all(|(_, piece)| same_way(&line, piece)) {
        return vec![line];
    }
    let is_left = |part: &Line<f64>| {
        let (before, against) = along.iter().filter(|(_, piece)| holds(piece, part)).fold(
            (0, 0),
            |counts, (other, piece)| match same_way(&line, piece) {
                true => (counts.0 + usize::from(*other < number), counts.1),
                false => (counts.0, counts.1 + 1),
            },
        );
        before >= against
    };
    parts(line, along.iter().map(|(_, piece)| piece)).filter(is_left).collect()
}
