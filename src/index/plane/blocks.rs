//! The blocks as they lie in a part: points that are near each other stand together, 64 to a block, under boxes of boxes.

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, Section},
    index::{IndexError, levels::Levels, search::damaged},
};

use super::NAME;

/// Points in a block, and children of a node.
pub(super) const FANOUT: usize = 64;

/// The version of the sections of blocks.
const VERSION: u32 = 1;

pub(super) const HEADER: &str = "block header";
pub(super) const SLOTS: &str = "block slots";
pub(super) const CODES: &str = "block codes";
pub(super) const BOXES: &str = "block boxes";

/// Where blocks and nodes are.
pub(super) type Shelves = Levels<FANOUT>;

/// The codes of 64 points in one dimension.
pub(super) type Codes = [u8; FANOUT];

/// What the sections of blocks are made of.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Header {
    pub version: u32,
    pub slots: u32,
    /// Slots that have a number in some dimension.
    pub points: u32,
    pub dimensions: u32,
}

impl Header {
    pub fn new(slots: u32, points: usize, dimensions: usize) -> Self {
        Self { version: VERSION, slots, points: points as u32, dimensions: dimensions as u32 }
    }
}

/// The ends of 64 children in one dimension.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Side {
    /// By child, the least number; NaN where there is none.
    pub low: [f64; FANOUT],
    /// By child, the greatest number; NaN where there is none.
    pub high: [f64; FANOUT],
    /// By child, a bit: whether all its points have a number.
    pub complete: u64,
}

/// The blocks of an opened part.
#[derive(Debug)]
pub(super) struct Blocks {
    pub shelves: Shelves,
    pub dimensions: usize,
    total: u32,
    slots: Section,
    codes: Section,
    boxes: Section,
}

impl Blocks {
    /// Opens the sections and compares their sizes with the header; reads nothing else. `None` where there are none: parts of early versions
    /// have only planes.
    pub fn open(part: &Container, dimensions: usize, slots: u32) -> Result<Option<Self>, IndexError> {
        let Some(header) = part.find(HEADER) else { return Ok(None) };
        let header = header.array::<Header>(0..1)?[0];
        let expected = Header { points: header.points, ..Header::new(slots, 0, dimensions) };
        if header != expected || header.points > slots {
            let Header { version, slots: of, points, dimensions: wide } = header;
            return Err(damaged(
                NAME,
                format!(
                    "blocks of version {version}, {points} points in {of} slots, {wide} dimensions: expected version {VERSION}, {slots} \
                     slots, {dimensions} dimensions"
                ),
            ));
        }
        let shelves = Shelves::new(header.points as usize);
        Ok(Some(Self {
            slots: sized(part, SLOTS, shelves.points * size_of::<u32>())?,
            codes: sized(part, CODES, shelves.leaves() * dimensions * size_of::<Codes>())?,
            boxes: sized(part, BOXES, shelves.nodes() * dimensions * size_of::<Side>())?,
            total: slots,
            dimensions,
            shelves,
        }))
    }

    /// By dimension, the ends of a node's children.
    #[inline]
    pub fn sides(&self, level: usize, number: usize) -> Result<&[Side], IndexError> {
        let at = self.shelves.node(level, number) * self.dimensions;
        Ok(self.boxes.array(at..at + self.dimensions)?)
    }

    /// By dimension, the codes of a block's points.
    #[inline]
    pub fn codes(&self, block: usize) -> Result<&[Codes], IndexError> {
        let at = block * self.dimensions;
        Ok(self.codes.array(at..at + self.dimensions)?)
    }

    /// The slots of some positions, in the order of positions.
    #[inline]
    pub fn slots(&self, positions: Range<usize>) -> Result<&[u32], IndexError> {
        let slots = self.slots.array::<u32>(positions)?;
        // Sets of slots are made of them, as large as the greatest. No branch a slot: there are 64 or many.
        if slots.iter().fold(0, |greatest, slot| slot.max(&greatest).to_owned()) >= self.total.max(1) {
            return Err(damaged(NAME, "a slot past the segment's end"));
        }
        Ok(slots)
    }
}

fn sized(part: &Container, name: &str, bytes: usize) -> Result<Section, IndexError> {
    let section = part.section(name)?;
    if section.len() == bytes {
        return Ok(section);
    }
    Err(damaged(NAME, format!("section '{name}' has {} bytes: expected {bytes}", section.len())))
}
