//! The edges of shapes, as both indexes of shapes take them.

use geo::{Coord, Geometry, LineString};

/// A shape by its edges.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outline {
    /// In the order of vertices.
    pub members: Vec<Member>,
    /// Whether areas in it may have places in common: only those of a collection may.
    pub may_overlap: bool,
}

/// What of a shape has an inside of its own, or none: one polygon, one line, one point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    /// Whether its paths are rings around an inside.
    pub is_area: bool,
    /// Its rings, its line, or its one vertex.
    pub paths: Vec<Vec<Coord<f64>>>,
}

impl Member {
    /// Its edges in order, without those of no length; a path that stays in one place is one edge without length.
    pub(super) fn edges(&self) -> impl Iterator<Item = [Coord<f64>; 2]> + '_ {
        self.paths.iter().flat_map(|path| {
            let stays = path.first().filter(|first| path.iter().all(|at| at == *first)).map(|at| [*at, *at]);
            let moving = path.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| [pair[0], pair[1]]);
            stays.into_iter().chain(moving)
        })
    }
}

impl Outline {
    pub(super) fn of(shape: &Geometry<f64>) -> Self {
        let mut members = Vec::new();
        collect(shape, &mut members);
        let areas = members.iter().filter(|member| member.is_area).count();
        Self { may_overlap: areas > 1 && matches!(shape, Geometry::GeometryCollection(_)), members }
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = [Coord<f64>; 2]> + '_ {
        self.members.iter().flat_map(Member::edges)
    }
}

fn collect(shape: &Geometry<f64>, members: &mut Vec<Member>) {
    let mut path = |path: Vec<Coord<f64>>| members.push(Member { is_area: false, paths: vec![path] });
    match shape {
        Geometry::Point(point) => path(vec![point.0]),
        Geometry::MultiPoint(points) => points.0.iter().for_each(|point| path(vec![point.0])),
        Geometry::Line(line) => path(vec![line.start, line.end]),
        Geometry::LineString(line) => path(line.0.clone()),
        Geometry::MultiLineString(lines) => lines.0.iter().for_each(|line| path(line.0.clone())),
        Geometry::Polygon(polygon) => members.push(area(polygon)),
        Geometry::MultiPolygon(polygons) => members.extend(polygons.0.iter().map(area)),
        Geometry::Rect(rect) => members.push(area(&rect.to_polygon())),
        Geometry::Triangle(triangle) => members.push(area(&triangle.to_polygon())),
        Geometry::GeometryCollection(shapes) => shapes.0.iter().for_each(|shape| collect(shape, members)),
    }
}

fn area(polygon: &geo::Polygon<f64>) -> Member {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    Member { is_area: true, paths: rings.map(|ring: &LineString<f64>| ring.0.clone()).collect() }
}
