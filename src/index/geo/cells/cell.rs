//! One cell as it is stored.

use geo::Coord;

use crate::geometry::LonLat;

use super::{
    legs::Legs,
    split::{Cell, Edges},
};

/// A polygon, line or point begins.
const BEGINS: u64 = 1 << 48;
/// The reference is inside of it.
const INSIDE: u64 = 1 << 49;
/// It has an inside.
const AREA: u64 = 1 << 50;

/// Adds the shapes of a cell that cover a place, and counts the edges; `None` when the cell is cut off.
pub(super) fn covering(words: &[u64], place: LonLat, shapes: &mut Vec<u32>) -> Option<u64> {
    let (reference, mut rest) = words.split_first_chunk::<2>()?;
    let legs = Legs { at: Coord { x: place.lon, y: place.lat }, reference: coord(reference) };
    let (mut edges, mut shape, mut covers, mut is_on) = (0, 0, false, false);
    while let Some((run, after)) = rest.split_first() {
        let (vertices, after) = after.split_at_checked(2 * (run >> 32 & 0xffff) as usize)?;
        rest = after;
        if run & BEGINS != 0 {
            if covers || is_on {
                shapes.push(shape);
            }
            (shape, covers, is_on) = (*run as u32, run & (INSIDE | AREA) == INSIDE | AREA, false);
        }
        let (mut vertices, _) = vertices.as_chunks::<2>();
        edges += (vertices.len() as u64).saturating_sub(1);
        while let [from, after @ ..] = vertices
            && let Some(to) = after.first()
            && !is_on
        {
            match legs.cross(coord(from), coord(to)) {
                Some(odd) => covers ^= odd && run & AREA != 0,
                None => is_on = true,
            }
            vertices = after;
        }
    }
    if covers || is_on {
        shapes.push(shape);
    }
    Some(edges)
}

#[inline]
fn coord([x, y]: &[u64; 2]) -> Coord<f64> {
    Coord { x: f64::from_bits(*x), y: f64::from_bits(*y) }
}

/// A cell in words, how many first; none when there is nothing in it.
pub(super) fn words(cell: &Cell, all: &Edges) -> Vec<u64> {
    if cell.edges.is_empty() && cell.inside.is_empty() {
        return Vec::new();
    }
    // Without edges the reference is never asked; then cells with the same areas around them are the same.
    let reference = if cell.edges.is_empty() { Coord { x: 0.0, y: 0.0 } } else { cell.reference };
    let mut words = vec![0, reference.x.to_bits(), reference.y.to_bits()];
    let mut edges = cell.edges.as_slice();
    let mut inside = cell.inside.as_slice();
    while let Some(member) = first_of(edges.first().map(|edge| all.edges[*edge as usize].member), inside.first()) {
        let is_inside = inside.first() == Some(&member);
        inside = &inside[usize::from(is_inside)..];
        let own = edges.iter().take_while(|edge| all.edges[**edge as usize].member == member).count();
        let (mine, others) = edges.split_at(own);
        edges = others;
        let known = all.members[member as usize];
        let flags = if is_inside { INSIDE } else { 0 } | if known.is_area { AREA } else { 0 };
        write_member(mine, all, u64::from(known.shape) | flags, &mut words);
    }
    words[0] = words.len() as u64 - 1;
    words
}

fn first_of(edge: Option<u32>, inside: Option<&u32>) -> Option<u32> {
    edge.into_iter().chain(inside.copied()).min()
}

/// The runs of one member: edges that go on where the one before ended are one run.
fn write_member(edges: &[u32], all: &Edges, head: u64, words: &mut Vec<u64>) {
    let follows = |a: &u32, b: &u32| *b == *a + 1 && all.edges[*a as usize].to == all.edges[*b as usize].from;
    let mut begins = BEGINS;
    if edges.is_empty() {
        words.push(head | begins);
    }
    for chain in edges.chunk_by(follows) {
        for run in chain.chunks(usize::from(u16::MAX) - 1) {
            words.push(head | begins | (run.len() as u64 + 1) << 32);
            begins = 0;
            let vertices = run.iter().map(|edge| all.edges[*edge as usize].to);
            let first = all.edges[run[0] as usize].from;
            words.extend(std::iter::once(first).chain(vertices).flat_map(|at| [at.x.to_bits(), at.y.to_bits()]));
        }
    }
}
