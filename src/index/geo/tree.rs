//! The tree as it lies in a part file, read in place.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, Section},
    geometry::LonLat,
    index::{IndexError, Slot, levels::Levels},
};

use super::grid::Point;

/// Points in a leaf, and children of a node.
pub(super) const FANOUT: usize = 16;

/// The position of a slot that has no point.
pub(super) const NOWHERE: u32 = u32::MAX;

const VERSION: u32 = 1;

/// Sixteen points. The last leaf is filled up with copies of its last point.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Leaf {
    /// By dimension, by point.
    pub at: [[i32; FANOUT]; 3],
}

/// The boxes of sixteen children. The last node of a level is filled up with copies of its last box.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Node {
    /// By dimension, by child.
    pub low: [[i32; FANOUT]; 3],
    /// By dimension, by child.
    pub high: [[i32; FANOUT]; 3],
}

/// What the part is made of.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Header {
    pub version: u32,
    pub slots: u32,
    pub points: u32,
    /// Slots whose value is a shape, but no point.
    pub shapes: u32,
}

impl Header {
    pub(super) fn new(slots: u32, points: u32, shapes: u32) -> Self {
        Self { version: VERSION, slots, points, shapes }
    }
}

/// Where leaves and nodes are.
pub(super) type Shape = Levels<FANOUT>;

/// An opened part.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub header: Header,
    pub shape: Shape,
    leaves: Section,
    nodes: Section,
    slots: Section,
    places: Section,
    positions: Section,
}

impl Tree {
    /// Opens the sections and compares their sizes with the header; reads nothing else.
    pub(super) fn open(part: &Container, slots: u32) -> Result<Self, IndexError> {
        let header = part.section("header")?.array::<Header>(0..1)?[0];
        if header.version != VERSION || header.slots != slots || header.points > slots || header.points == NOWHERE {
            let Header { version, slots: of, points, .. } = header;
            return Err(IndexError::Invariant(format!(
                "geo: version {version}, {points} points in {of} slots: expected version {VERSION}, {slots} slots"
            )));
        }
        let shape = Shape::new(header.points as usize);
        let leaves = shape.leaves();
        let nodes = shape.nodes();
        Ok(Self {
            header,
            leaves: sized(part, "leaves", leaves * size_of::<Leaf>())?,
            nodes: sized(part, "nodes", nodes * size_of::<Node>())?,
            slots: sized(part, "slots", shape.points * size_of::<u32>())?,
            places: sized(part, "places", shape.points * size_of::<[f64; 2]>())?,
            positions: sized(part, "positions", slots as usize * size_of::<u32>())?,
            shape,
        })
    }

    #[inline]
    pub(super) fn leaf(&self, number: usize) -> Result<&Leaf, IndexError> {
        Ok(&self.leaves.array::<Leaf>(number..number + 1)?[0])
    }

    #[inline]
    pub(super) fn node(&self, level: usize, number: usize) -> Result<&Node, IndexError> {
        let at = self.shape.node(level, number);
        Ok(&self.nodes.array::<Node>(at..at + 1)?[0])
    }

    #[inline]
    pub(super) fn slot(&self, position: usize) -> Result<Slot, IndexError> {
        Ok(Slot(self.slots(position..position + 1)?[0]))
    }

    /// The slots of some positions, in the order of positions.
    #[inline]
    pub(super) fn slots(&self, positions: std::ops::Range<usize>) -> Result<&[u32], IndexError> {
        let slots = self.slots.array::<u32>(positions)?;
        // Sets of slots are made of them, as large as the greatest. No branch a slot: there are sixteen or many.
        if slots.iter().fold(0, |greatest, slot| slot.max(&greatest).to_owned()) >= self.header.slots.max(1) {
            return Err(IndexError::Invariant("geo: a slot past the segment's end".to_owned()));
        }
        Ok(slots)
    }

    #[inline]
    pub(super) fn place(&self, position: usize) -> Result<LonLat, IndexError> {
        let [lon, lat] = self.places.array::<[f64; 2]>(position..position + 1)?[0];
        LonLat::new(lon, lat).map_err(|error| IndexError::Invariant(format!("geo: position {position}: {error}")))
    }

    /// The grid point at a position.
    #[inline]
    pub(super) fn point(&self, position: usize) -> Result<Point, IndexError> {
        let leaf = self.leaf(position / FANOUT)?;
        Ok(leaf.at.map(|along| along[position % FANOUT]))
    }

    /// All positions by slot; [`NOWHERE`] where a slot has no point.
    pub(super) fn all_positions(&self) -> Result<&[u32], IndexError> {
        Ok(self.positions.whole_array::<u32>()?)
    }
}

fn sized(part: &Container, name: &str, bytes: usize) -> Result<Section, IndexError> {
    let section = part.section(name)?;
    if section.len() == bytes {
        return Ok(section);
    }
    Err(IndexError::Invariant(format!("geo: section '{name}' has {} bytes: expected {bytes}", section.len())))
}
