//! Cutting a cell into smaller ones.

use geo::{
    Coord,
    kernels::{Kernel, Orientation, RobustKernel},
};

use super::{
    super::outline::Member,
    BITS, Header, MARGIN,
    legs::{Legs, can_be_reference},
};

/// An edge and what it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub from: Coord<f64>,
    pub to: Coord<f64>,
    pub member: u32,
}

/// A polygon, line or point, by the number of its shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub shape: u32,
    pub is_area: bool,
}

/// All edges, member by member.
#[derive(Debug, Default)]
pub(super) struct Edges {
    pub edges: Vec<Edge>,
    pub members: Vec<Owner>,
}

impl Edges {
    pub(super) fn add(&mut self, shape: u32, member: &Member) {
        let number = self.members.len() as u32;
        self.members.push(Owner { shape, is_area: member.is_area });
        self.edges.extend(member.edges().map(|[from, to]| Edge { from, to, member: number }));
    }

    /// The box around all, a margin larger; at the point 0, 0 when there is none.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let ends = || self.edges.iter().flat_map(|edge| [edge.from, edge.to]);
        if self.edges.is_empty() {
            return [-MARGIN, -MARGIN, MARGIN, MARGIN];
        }
        let west = ends().fold(f64::INFINITY, |west, at| west.min(at.x)) - MARGIN;
        let south = ends().fold(f64::INFINITY, |south, at| south.min(at.y)) - MARGIN;
        let east = ends().fold(f64::NEG_INFINITY, |east, at| east.max(at.x)) + MARGIN;
        let north = ends().fold(f64::NEG_INFINITY, |north, at| north.max(at.y)) + MARGIN;
        [west, south, east, north]
    }
}

/// A cell while cells are made.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Its first column and row in the finest grid.
    pub column: u32,
    pub row: u32,
    /// It has 2^bits columns and rows.
    pub bits: u32,
    pub reference: Coord<f64>,
    /// The edges that come near it, ascending.
    pub edges: Vec<u32>,
    /// The members that the reference is inside of, ascending.
    pub inside: Vec<u32>,
}

/// Places that are tried for references.
const TRIES: u32 = 32;

impl Cell {
    /// The one cell that holds everything; its reference is in the west of all.
    pub(super) fn whole(header: &Header, edges: usize) -> Self {
        let reference = Coord { x: header.west - 1.0, y: header.south.midpoint(header.north) };
        let edges = (0..edges as u32).collect();
        Self { column: 0, row: 0, bits: BITS, reference, edges, inside: Vec::new() }
    }

    /// How much it takes to hold it.
    pub(super) fn size(&self) -> usize {
        self.edges.len() + self.inside.len()
    }

    /// The cell in 2^bits x 2^bits pieces, by row and column; `None` when it is too small, or references can't be found.
    pub(super) fn split(&self, bits: u32, header: &Header, all: &Edges) -> Option<Vec<Self>> {
        let left = self.bits.checked_sub(bits)?;
        let piece = |number: u32| -> Option<Self> {
            let (row, column) = (number >> bits, number & ((1 << bits) - 1));
            let (column, row) = (self.column + (column << left), self.row + (row << left));
            let area = area(header, column, row, left);
            let reference = self.reference_in(&area, all)?;
            let inside = self.inside_at(reference, all)?;
            let edges = self.edges.iter().copied().filter(|edge| area.is_near(&all.edges[*edge as usize])).collect();
            Some(Self { column, row, bits: left, reference, edges, inside })
        };
        (0..1 << (2 * bits)).map(piece).collect()
    }

    fn pairs<'a>(&'a self, all: &'a Edges) -> impl Iterator<Item = [Coord<f64>; 2]> + 'a {
        self.edges.iter().map(|edge| &all.edges[*edge as usize]).map(|edge| [edge.from, edge.to])
    }

    fn reference_in(&self, area: &Area, all: &Edges) -> Option<Coord<f64>> {
        let share = |number: u32, step: f64| 0.2 + 0.6 * (0.5 + f64::from(number) * step).fract();
        let place = |number: u32| Coord {
            x: area.west + share(number, 0.618_033_988_75) * (area.east - area.west),
            y: area.south + share(number, 0.754_877_666_25) * (area.north - area.south),
        };
        (0..TRIES).map(place).find(|at| can_be_reference(*at, self.pairs(all)))
    }

    /// The members that contain a place of the cell which can be a reference.
    fn inside_at(&self, at: Coord<f64>, all: &Edges) -> Option<Vec<u32>> {
        let legs = Legs { at, reference: self.reference };
        let mut crossed = Vec::new();
        let member = |edge: &u32| all.edges[*edge as usize].member;
        for edges in self.edges.chunk_by(|a, b| member(a) == member(b)) {
            let mut odd = false;
            for edge in edges {
                let edge = &all.edges[*edge as usize];
                odd ^= legs.cross(edge.from, edge.to)?;
            }
            if odd && all.members[member(&edges[0]) as usize].is_area {
                crossed.push(member(&edges[0]));
            }
        }
        Some(in_one_only(&self.inside, &crossed))
    }
}

/// What is in one of two ascending lists and not in the other, ascending.
fn in_one_only(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    let mut one = Vec::new();
    loop {
        match (a.peek(), b.peek()) {
            (None, None) => return one,
            (Some(x), Some(y)) if x == y => {
                a.next();
                b.next();
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => one.extend(a.next()),
            _ => one.extend(b.next()),
        }
    }
}

/// The area of a cell, a margin larger.
struct Area {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

fn area(header: &Header, column: u32, row: u32, bits: u32) -> Area {
    let share = |steps: u32| f64::from(steps) / f64::from(1_u32 << BITS);
    let (lon, lat) = (
        |steps: u32| header.west + share(steps) * (header.east - header.west),
        |steps: u32| header.south + share(steps) * (header.north - header.south),
    );
    Area {
        west: lon(column) - MARGIN,
        south: lat(row) - MARGIN,
        east: lon(column + (1 << bits)) + MARGIN,
        north: lat(row + (1 << bits)) + MARGIN,
    }
}

impl Area {
    /// Whether an edge may have a place in common with the area: false only when it certainly has none.
    fn is_near(&self, edge: &Edge) -> bool {
        let (west, east) = (edge.from.x.min(edge.to.x), edge.from.x.max(edge.to.x));
        let (south, north) = (edge.from.y.min(edge.to.y), edge.from.y.max(edge.to.y));
        if west > self.east || east < self.west || south > self.north || north < self.south {
            return false;
        }
        let holds = |at: Coord<f64>| at.x >= self.west && at.x <= self.east && at.y >= self.south && at.y <= self.north;
        if holds(edge.from) || holds(edge.to) {
            return true;
        }
        let corners =
            [(self.west, self.south), (self.east, self.south), (self.east, self.north), (self.west, self.north)];
        let side = |corner: (f64, f64)| RobustKernel::orient2d(edge.from, edge.to, corner.into());
        let first = side(corners[0]);
        first == Orientation::Collinear || corners[1..].iter().any(|corner| side(*corner) != first)
    }
}
