//! The tree as it lies in a part file, read in place.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, Section},
    index::{
        IndexError, Slot,
        array::{Array, Fault},
        levels::Levels,
    },
};

/// Points in a leaf, and children of a node.
pub(super) const FANOUT: usize = 16;

/// The position of a slot that has no point.
pub(super) const NOWHERE: u32 = u32::MAX;

const VERSION: u32 = 2;

/// Sixteen points. The last leaf is filled up with copies of its last point.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Leaf {
    /// Longitudes on the [lattice](super::lattice).
    pub lon: [i32; FANOUT],
    /// Latitudes on the lattice.
    pub lat: [i32; FANOUT],
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
    /// Points that stand in full beside the lattice: those that it does not give back, or all.
    pub in_full: u32,
}

impl Header {
    pub(super) fn new(slots: u32, points: u32, shapes: u32, in_full: u32) -> Self {
        Self { version: VERSION, slots, points, shapes, in_full }
    }
}

/// Where leaves and nodes are.
pub(super) type Shape = Levels<FANOUT>;

/// An opened part.
#[derive(Debug)]
pub(super) struct Tree {
    pub header: Header,
    pub shape: Shape,
    pub(super) leaves: Section,
    pub(super) nodes: Section,
    pub(super) slots: Section,
    positions: Section,
    pub(super) full_positions: Section,
    pub(super) full_places: Section,
    pub(super) fault: Fault,
}

impl Tree {
    /// Opens the sections and compares their sizes with the header; reads nothing else.
    pub(super) fn open(part: &Container, slots: u32) -> Result<Self, IndexError> {
        let section = part.section("header")?;
        // What every version has in front.
        let [version, of, points] = section.array::<[u32; 3]>(0..1)?[0];
        if version != VERSION || of != slots || points > slots || points == NOWHERE {
            return Err(IndexError::Invariant(format!(
                "geo: version {version}, {points} points in {of} slots: expected version {VERSION}, {slots} slots"
            )));
        }
        let header = section.array::<Header>(0..1)?[0];
        let shape = Shape::new(points as usize);
        let leaves = shape.leaves();
        let nodes = shape.nodes();
        let in_full = header.in_full as usize;
        Ok(Self {
            header,
            leaves: sized(part, "leaves", leaves * size_of::<Leaf>())?,
            nodes: sized(part, "nodes", nodes * size_of::<Node>())?,
            slots: sized(part, "slots", shape.points * size_of::<u32>())?,
            positions: sized(part, "positions", slots as usize * size_of::<u32>())?,
            full_positions: sized(part, "full positions", if in_full < shape.points { in_full * 4 } else { 0 })?,
            full_places: sized(part, "full places", in_full * size_of::<[f64; 2]>())?,
            shape,
            fault: Fault::default(),
        })
    }

    /// By slot, its position; for reading without errors.
    pub(super) fn positions(&self) -> Result<Array<'_, u32>, IndexError> {
        Ok(Array::of(&self.positions, &self.fault)?)
    }

    /// Fails with the damage that reading through a [`View`] came upon.
    pub(super) fn sound(&self) -> Result<(), IndexError> {
        Ok(self.fault.check()?)
    }

    /// A slot of the segment; else there is something wrong with the part.
    #[inline]
    pub(super) fn known(&self, slot: u32) -> Result<Slot, IndexError> {
        if slot < self.header.slots {
            return Ok(Slot(slot));
        }
        Err(IndexError::Invariant(format!("geo: slot {slot} of {}", self.header.slots)))
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

    /// The positions that stand in full, where not all do.
    pub(super) fn full_positions(&self) -> Result<&[u32], IndexError> {
        Ok(self.full_positions.whole_array::<u32>()?)
    }

    /// All positions by slot; [`NOWHERE`] where a slot has no point.
    pub(super) fn all_positions(&self) -> Result<&[u32], IndexError> {
        Ok(self.positions.whole_array::<u32>()?)
    }
}

/// A section of so many bytes.
pub(super) fn sized(part: &Container, name: &str, bytes: usize) -> Result<Section, IndexError> {
    let section = part.section(name)?;
    if section.len() == bytes {
        return Ok(section);
    }
    Err(IndexError::Invariant(format!("geo: section '{name}' has {} bytes: expected {bytes}", section.len())))
}
