//! Which shapes cover a place? A tree of small cells answers from a handful of edges.
//!
//! Edges are straight in longitude and latitude, so cells are boxes of the plane of both: a root grid of 2^bits x 2^bits cells, addressed
//! directly, of which those with many edges are cut into 4 x 4 again and again, until they hold at most eight, or cutting no longer
//! helps. A cell knows a reference inside of it, which areas contain that, and all edges that come near the cell. A place is inside of
//! an area when the way from it to the reference, which does not leave the cell, crosses that area's edges so often that it must be;
//! a place on an edge is covered by what the edge belongs to. See [`legs`] for why that is exact.
//!
//! | section | holds |
//! | --- | --- |
//! | `shape cells` | version, bits of the root grid, and two numbers that are not read (u32); the area that the root grid is laid over: west, south, east, north (f64) |
//! | `shape cell tree` | u32: the root grid by row and column, then nodes of sixteen. 0 is a cell without anything, a number below 2^31 the node with that number counted from 1, from 2^31 on where in `shape cell runs` a cell starts |
//! | `shape cell runs` | u64: by cell the number of its words after this, longitude and latitude of its reference, runs |
//! | `shape poles` | u32: the number of shapes with a vertex at the north pole, these, those with one at the south pole |
//!
//! A run is the number of its shape (32 bits), how many vertices follow (16 bits), and flags (16 bits): 1 where a polygon, line or point
//! begins to which also the following runs without this flag belong, 2 where the reference is inside of it, 4 where it has an inside
//! at all. Two vertices that follow each other are an edge.

mod build;
mod cell;
mod legs;
mod split;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, Section},
    geometry::LonLat,
    index::IndexError,
};

pub(super) use build::Built;

const HEADER: &str = "shape cells";
const TREE: &str = "shape cell tree";
const RUNS: &str = "shape cell runs";
const POLES: &str = "shape poles";

const VERSION: u32 = 1;

/// The grid that all cells are cut from has 2^BITS columns and rows.
const BITS: u32 = 26;

/// Levels of the tree at most: each takes two bits.
const LEVELS: u32 = BITS / 2;

/// Children of a node in one direction, as bits.
const NODE_BITS: u32 = 2;

/// What marks an entry of the tree as a cell.
const IS_CELL: u32 = 1 << 31;

/// Degrees by which a cell is larger than the places that are looked up in it: more than rounding moves a place, or a cell's edge.
const MARGIN: f64 = 1e-9;

#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Header {
    version: u32,
    /// The root grid has 2^bits columns and rows.
    bits: u32,
    /// 0. Early versions wrote 1 into the first where a collection holds several areas.
    unread: [u32; 2],
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Header {
    fn column(&self, lon: f64) -> u32 {
        steps(lon, self.west, self.east)
    }

    fn row(&self, lat: f64) -> u32 {
        steps(lat, self.south, self.north)
    }

    fn holds(&self, place: LonLat) -> bool {
        place.lon >= self.west && place.lon <= self.east && place.lat >= self.south && place.lat <= self.north
    }
}

/// The column or row of the finest grid in which a coordinate lies.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is outside goes to the first or last")]
fn steps(at: f64, low: f64, high: f64) -> u32 {
    const END: u32 = 1 << BITS;
    (((at - low) * (f64::from(END) / (high - low))) as u32).min(END - 1)
}

/// The cells of one part.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    header: Header,
    tree: Section,
    runs: Section,
    poles: Section,
}

fn broken(what: &str) -> IndexError {
    IndexError::Invariant(format!("geo: cells: {what}"))
}

impl Cells {
    /// Opens the sections; `None` in parts of versions that had none.
    pub(super) fn open(part: &Container) -> Result<Option<Self>, IndexError> {
        let Some(header) = part.find(HEADER) else { return Ok(None) };
        let header = header.array::<Header>(0..1)?[0];
        if header.version != VERSION || header.bits > LEVELS {
            let Header { version, bits, .. } = header;
            return Err(broken(&format!(
                "version {version}, {bits} bits: expected version {VERSION}, at most {LEVELS}"
            )));
        }
        let [tree, runs, poles] = [TREE, RUNS, POLES].map(|name| part.section(name));
        Ok(Some(Self { header, tree: tree?, runs: runs?, poles: poles? }))
    }

    /// The numbers of the shapes that cover a place, ascending, and how many edges were looked at.
    pub(super) fn covering(&self, place: LonLat) -> Result<(Vec<u32>, u64), IndexError> {
        let mut shapes = Vec::new();
        if place.is_pole() {
            self.at_pole(place.lat > 0.0, &mut shapes)?;
            return Ok((shapes, 0));
        }
        let mut edges = self.look_up(place, &mut shapes)?;
        if let Some(other) = place.across_antimeridian() {
            edges += self.look_up(other, &mut shapes)?;
        }
        if shapes.len() > 1 {
            shapes.sort_unstable();
            shapes.dedup();
        }
        Ok((shapes, edges))
    }

    fn at_pole(&self, north: bool, shapes: &mut Vec<u32>) -> Result<(), IndexError> {
        let poles = self.poles.whole_array::<u32>()?;
        let (count, poles) = poles.split_first().ok_or_else(|| broken("nothing is said of poles"))?;
        let halves = poles.split_at_checked(*count as usize);
        let (northern, southern) = halves.ok_or_else(|| broken("fewer shapes at the poles than are said to be"))?;
        shapes.extend_from_slice(if north { northern } else { southern });
        Ok(())
    }

    /// Looks up a place of the plane.
    fn look_up(&self, place: LonLat, shapes: &mut Vec<u32>) -> Result<u64, IndexError> {
        if !self.header.holds(place) {
            return Ok(0);
        }
        let (column, row) = (self.header.column(place.lon), self.header.row(place.lat));
        let mut left = BITS - self.header.bits;
        let mut at = ((row >> left) as usize) << self.header.bits | (column >> left) as usize;
        loop {
            let entry = self.tree.array::<u32>(at..at + 1)?[0];
            if entry & IS_CELL != 0 {
                return self.in_cell((entry ^ IS_CELL) as usize, place, shapes);
            }
            let Some(node) = entry.checked_sub(1) else { return Ok(0) };
            left = left.checked_sub(NODE_BITS).ok_or_else(|| broken("the tree is too deep"))?;
            let child = (row >> left & 3) << NODE_BITS | column >> left & 3;
            at = (1 << (2 * self.header.bits)) + ((node as usize) << (2 * NODE_BITS)) + child as usize;
        }
    }

    fn in_cell(&self, start: usize, place: LonLat, shapes: &mut Vec<u32>) -> Result<u64, IndexError> {
        let words = self.runs.array::<u64>(start..start + 1)?[0];
        let words = usize::try_from(words).unwrap_or(usize::MAX);
        let end = start.checked_add(1).and_then(|first| first.checked_add(words)).unwrap_or(usize::MAX);
        cell::covering(self.runs.array::<u64>(start + 1..end)?, place, shapes)
            .ok_or_else(|| broken(&format!("the cell at {start} is cut off")))
    }

    /// The words of all cells.
    #[cfg(test)]
    pub(super) fn words(&self) -> usize {
        self.runs.len() / size_of::<u64>()
    }

    /// The sections are those that the shapes make: no rounding that another machine might do otherwise goes into them.
    pub(super) fn verify(&self, built: &Built) -> Result<(), IndexError> {
        let same = Header { unread: self.header.unread, ..built.header } == self.header
            && built.tree == self.tree.whole_array::<u32>()?
            && built.runs == self.runs.whole_array::<u64>()?
            && built.poles == self.poles.whole_array::<u32>()?;
        if same { Ok(()) } else { Err(broken("they are not those of the shapes")) }
    }
}
