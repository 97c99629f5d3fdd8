//! Which shapes are near? A packed tree over all their edges.
//!
//! An edge is straight in longitude and latitude, on the globe a curve. In the tree it stands as the straight line between its ends in
//! space, rounded to the grid of 6 mm, and a number that says how far from that line the curve may bulge; an edge of more than a
//! hundred kilometres stands there in pieces. That rules out, and what it leaves is measured by [`ToEdges`](crate::geometry::ToEdges), so that the distances
//! are those of [`distance_to_shape`](crate::geometry::distance_to_shape), to the bit.
//!
//! | section | holds |
//! | --- | --- |
//! | `shape edges` | version, and how many edges and pieces of edges there are |
//! | `shape edge leaves` | by leaf: 16 x, y, z of where a line starts, 16 x, y, z of how far it goes, 16 bulges in steps of the grid (f32) |
//! | `shape edge nodes` | by level from the lowest, by node: the boxes of 16 children with their bulges, low x y z, high x y z |
//! | `shape edge ends` | by position (leaf x 16 + place in the leaf): longitude and latitude of both ends of the whole edge, f64 |
//! | `shape edge owners` | by position: the number of the shape |

mod build;
mod leaf;
mod nearest;
mod verify;
mod within;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use geo::Coord;

use crate::{
    codec::{Container, Section},
    geometry::LonLat,
    index::IndexError,
};

use super::tree::{Node, Shape, sized};

pub(super) use build::write;
use leaf::Leaf;
pub(super) use nearest::Wanted;

const HEADER: &str = "shape edges";
const LEAVES: &str = "shape edge leaves";
const NODES: &str = "shape edge nodes";
const ENDS: &str = "shape edge ends";
const OWNERS: &str = "shape edge owners";

const VERSION: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Header {
    version: u32,
    pieces: u32,
}

/// The edge tree of one part.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    shape: Shape,
    leaves: Section,
    nodes: Section,
    ends: Section,
    owners: Section,
}

fn broken(what: String) -> IndexError {
    IndexError::Invariant(format!("geo: edges: {what}"))
}

impl Edges {
    /// Opens the sections and compares their sizes; `None` in parts of versions that had none.
    pub(super) fn open(part: &Container) -> Result<Option<Self>, IndexError> {
        let Some(header) = part.find(HEADER) else { return Ok(None) };
        let Header { version, pieces } = header.array::<Header>(0..1)?[0];
        if version != VERSION {
            return Err(broken(format!("version {version}: expected {VERSION}")));
        }
        let shape = Shape::new(pieces as usize);
        let leaves = shape.counts.first().copied().unwrap_or(0);
        Ok(Some(Self {
            leaves: sized(part, LEAVES, leaves * size_of::<Leaf>())?,
            nodes: sized(part, NODES, shape.nodes() * size_of::<Node>())?,
            ends: sized(part, ENDS, shape.points * size_of::<[f64; 4]>())?,
            owners: sized(part, OWNERS, shape.points * size_of::<u32>())?,
            shape,
        }))
    }

    /// How many edges and pieces of edges there are.
    pub(super) fn len(&self) -> usize {
        self.shape.points
    }

    #[inline]
    fn leaf(&self, number: usize) -> Result<&Leaf, IndexError> {
        Ok(&self.leaves.array::<Leaf>(number..number + 1)?[0])
    }

    #[inline]
    fn node(&self, level: usize, number: usize) -> Result<&Node, IndexError> {
        let at = self.shape.node(level, number);
        Ok(&self.nodes.array::<Node>(at..at + 1)?[0])
    }

    #[inline]
    fn ends(&self, position: usize) -> Result<[Coord<f64>; 2], IndexError> {
        let [from_lon, from_lat, to_lon, to_lat] = self.ends.array::<[f64; 4]>(position..position + 1)?[0];
        let end = |lon: f64, lat: f64| match LonLat::new(lon, lat) {
            Ok(place) => Ok(Coord { x: place.lon, y: place.lat }),
            Err(error) => Err(broken(format!("an end of the edge at {position}: {error}"))),
        };
        Ok([end(from_lon, from_lat)?, end(to_lon, to_lat)?])
    }

    #[inline]
    fn owners(&self, positions: std::ops::Range<usize>) -> Result<&[u32], IndexError> {
        Ok(self.owners.array::<u32>(positions)?)
    }
}
