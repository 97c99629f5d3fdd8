//! The edges of shapes, as both indexes of shapes take them.

use geo::{Coord, Geometry, LineString};

use crate::geometry::{self, each_member};

/// A shape by its edges.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outline {
    /// In the order of vertices.
    pub members: Vec<Member>,
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
        let all = each_member(shape, &mut |member| {
            members.push(match member {
                geometry::Member::Path(vertices) => Member { is_area: false, paths: vec![vertices.to_vec()] },
                geometry::Member::Area(polygon) => area(polygon),
            });
            Some(())
        });
        debug_assert_eq!(all, Some(()), "none is refused");
        Self { members }
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = [Coord<f64>; 2]> + '_ {
        self.members.iter().flat_map(Member::edges)
    }
}

fn area(polygon: &geo::Polygon<f64>) -> Member {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    Member { is_area: true, paths: rings.map(|ring: &LineString<f64>| ring.0.clone()).collect() }
}
