//! What is a shape made of, however it is nested?

use geo::{Coord, Geometry, Polygon};

/// A part of a shape that is not itself made of several.
pub(crate) enum Member<'a> {
    /// The vertices of a line; of a point, its place.
    Path(&'a [Coord<f64>]),
    Area(&'a Polygon<f64>),
}

/// Hands on the members of a shape in their order, until one is refused with `None`.
pub(crate) fn each_member(shape: &Geometry<f64>, take: &mut dyn FnMut(Member<'_>) -> Option<()>) -> Option<()> {
    match shape {
        Geometry::Point(point) => take(Member::Path(&[point.0])),
        Geometry::Line(line) => take(Member::Path(&[line.start, line.end])),
        Geometry::LineString(line) => take(Member::Path(&line.0)),
        Geometry::MultiPoint(points) => points.0.iter().try_for_each(|point| take(Member::Path(&[point.0]))),
        Geometry::MultiLineString(lines) => lines.0.iter().try_for_each(|line| take(Member::Path(&line.0))),
        Geometry::Polygon(polygon) => take(Member::Area(polygon)),
        Geometry::MultiPolygon(polygons) => polygons.0.iter().try_for_each(|polygon| take(Member::Area(polygon))),
        Geometry::Rect(rect) => take(Member::Area(&rect.to_polygon())),
        Geometry::Triangle(triangle) => take(Member::Area(&triangle.to_polygon())),
        Geometry::GeometryCollection(shapes) => shapes.0.iter().try_for_each(|shape| each_member(shape, take)),
    }
}

/// The same shape with polygons for boxes and triangles; `None` when it has none.
pub(super) fn without_boxes(shape: &Geometry<f64>) -> Option<Geometry<f64>> {
    match shape {
        Geometry::Rect(rect) => Some(rect.to_polygon().into()),
        Geometry::Triangle(triangle) => Some(triangle.to_polygon().into()),
        Geometry::GeometryCollection(members) => {
            let plain: Vec<_> = members.iter().map(without_boxes).collect();
            plain.iter().any(Option::is_some).then(|| {
                let members = plain.into_iter().zip(members.iter());
                let members = members.map(|(plain, member)| plain.unwrap_or_else(|| member.clone()));
                Geometry::GeometryCollection(members.collect())
            })
        }
        _ => None,
    }
}
