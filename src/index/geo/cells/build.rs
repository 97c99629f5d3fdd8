//! Making cells: first the root grid, as fine as there are edges for; then whatever holds most is cut again.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
};

use zerocopy::IntoBytes;

use crate::{codec::ContainerWriter, index::IndexError};

use super::{
    super::outline::Outline,
    BITS, HEADER, Header, IS_CELL, LEVELS, NODE_BITS, POLES, RUNS, TREE, VERSION, cell,
    split::{Cell, Edges},
};

/// Edges in a cell that is not worth cutting.
const FEW: usize = 8;

/// All cells together hold no more than so many times the edges there are, however these cross.
const SIZE_AN_EDGE: usize = 16;

/// What is allowed to any number of edges.
const SIZE_ALWAYS: usize = 1 << 12;

/// All sections of cells, made.
#[derive(Debug)]
pub(in super::super) struct Built {
    pub(super) header: Header,
    pub(super) tree: Vec<u32>,
    pub(super) runs: Vec<u64>,
    pub(super) poles: Vec<u32>,
}

impl Built {
    /// The cells of shapes, each as its members; `None` when there are more edges or words than they can count.
    pub(in super::super) fn new(shapes: &[Outline]) -> Option<Self> {
        let mut all = Edges::default();
        for (outline, shape) in shapes.iter().zip(0..) {
            outline.members.iter().for_each(|member| all.add(shape, member));
        }
        u32::try_from(all.edges.len().max(all.members.len())).ok()?;
        let [west, south, east, north] = all.bounds();
        let header = Header { version: VERSION, bits: 0, unread: [0; 2], west, south, east, north };
        let (bits, cells) = root_grid(&header, &all);
        let mut grown = Grown { header: Header { bits, ..header }, all, slots: Vec::new(), size: 0 };
        grown.size = cells.iter().map(Cell::size).sum();
        grown.slots = cells.into_iter().map(Slot::Cell).collect();
        grown.cut();
        let (tree, runs) = grown.write()?;
        Some(Self { header: grown.header, tree, runs, poles: poles(shapes) })
    }

    pub(in super::super) fn write(&self, out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
        out.put(HEADER, self.header.as_bytes())?;
        out.put(TREE, self.tree.as_bytes())?;
        out.put(RUNS, self.runs.as_bytes())?;
        Ok(out.put(POLES, self.poles.as_bytes())?)
    }
}

/// The shapes with a vertex at a pole: how many at the north pole, these, those at the south pole.
fn poles(shapes: &[Outline]) -> Vec<u32> {
    let at = |lat: f64| {
        let reaches = move |outline: &Outline| outline.edges().any(|[from, to]| from.y == lat || to.y == lat);
        let numbered = shapes.iter().zip(0_u32..);
        numbered.filter(move |(outline, _)| reaches(outline)).map(|(_, shape)| shape)
    };
    let mut poles = vec![0];
    poles.extend(at(90.0));
    poles[0] = poles.len() as u32 - 1;
    poles.extend(at(-90.0));
    poles
}

/// What all cells may hold together.
fn allowed(all: &Edges) -> usize {
    SIZE_AN_EDGE * all.edges.len() + SIZE_ALWAYS
}

/// The root grid: no more cells than edges.
fn root_grid(header: &Header, all: &Edges) -> (u32, Vec<Cell>) {
    let mut cells = vec![Cell::whole(header, all.edges.len())];
    let mut bits = 0;
    while bits < LEVELS && 1 << (2 * (bits + 1)) <= all.edges.len() {
        let Some(halves) = cells.iter().map(|cell| cell.split(1, header, all)).collect::<Option<Vec<_>>>() else {
            break;
        };
        let mut next: Vec<Cell> = halves.into_iter().flatten().collect();
        if next.iter().map(Cell::size).sum::<usize>() > allowed(all) {
            break;
        }
        next.sort_unstable_by_key(|cell| (cell.row, cell.column));
        cells = next;
        bits += 1;
    }
    (bits, cells)
}

/// A place in the tree.
enum Slot {
    Cell(Cell),
    /// Where its sixteen children start.
    Node(usize),
}

/// The tree while it grows: first the root grid.
struct Grown {
    header: Header,
    all: Edges,
    slots: Vec<Slot>,
    size: usize,
}

impl Grown {
    /// Cuts the cells with most edges, as long as that helps and there is room.
    fn cut(&mut self) {
        let many = |slot: &Slot| match slot {
            Slot::Cell(cell) if cell.edges.len() > FEW => Some(cell.edges.len()),
            _ => None,
        };
        let numbered = self.slots.iter().enumerate();
        let mut open: BinaryHeap<(usize, Reverse<usize>)> =
            numbered.filter_map(|(at, slot)| Some((many(slot)?, Reverse(at)))).collect();
        while let Some((edges, Reverse(at))) = open.pop() {
            let Slot::Cell(cell) = &self.slots[at] else { continue };
            let Some(pieces) = cell.split(NODE_BITS, &self.header, &self.all) else { continue };
            let size = self.size - cell.size() + pieces.iter().map(Cell::size).sum::<usize>();
            if size > allowed(&self.all) || !helps(edges, &pieces) {
                continue;
            }
            self.size = size;
            let first = self.slots.len();
            self.slots[at] = Slot::Node(first);
            self.slots.extend(pieces.into_iter().map(Slot::Cell));
            let children = self.slots[first..].iter().zip(first..);
            open.extend(children.filter_map(|(slot, at)| Some((many(slot)?, Reverse(at)))));
        }
    }

    /// The tree and the runs as they are stored, nodes level by level.
    fn write(&self) -> Option<(Vec<u32>, Vec<u64>)> {
        let (mut tree, mut runs) = (Vec::new(), Vec::new());
        let mut same: HashMap<Vec<u64>, u32> = HashMap::new();
        let roots = 1 << (2 * self.header.bits);
        let mut waiting = VecDeque::new();
        let (mut nodes, mut next) = (0_u32, Some(0..roots));
        while let Some(slots) = next {
            for slot in &self.slots[slots] {
                let entry = match slot {
                    Slot::Node(first) => {
                        waiting.push_back(*first..first + (1 << (2 * NODE_BITS)));
                        nodes += 1;
                        nodes
                    }
                    Slot::Cell(cell) => self.write_cell(cell, &mut runs, &mut same)?,
                };
                tree.push(entry);
            }
            next = waiting.pop_front();
        }
        (nodes < IS_CELL).then_some((tree, runs))
    }

    /// Cells without edges are stored once.
    fn write_cell(&self, cell: &Cell, runs: &mut Vec<u64>, same: &mut HashMap<Vec<u64>, u32>) -> Option<u32> {
        let words = cell::words(cell, &self.all);
        if words.is_empty() {
            return Some(0);
        }
        let start = u32::try_from(runs.len()).ok().filter(|start| start & IS_CELL == 0)? | IS_CELL;
        if !cell.edges.is_empty() {
            runs.extend(words);
            return Some(start);
        }
        Some(*same.entry(words).or_insert_with_key(|words| {
            runs.extend(words);
            start
        }))
    }
}

/// Whether cutting made less work of a cell, or at least no more to store.
fn helps(edges: usize, pieces: &[Cell]) -> bool {
    let most = pieces.iter().map(|piece| piece.edges.len()).max().unwrap_or(0);
    let sum: usize = pieces.iter().map(|piece| piece.edges.len()).sum();
    most * 2 <= edges || sum <= edges * 2
}

const _: () = assert!(LEVELS * NODE_BITS == BITS);
