//! Packing edges into leaves and leaves into nodes.

use zerocopy::IntoBytes;

use crate::{codec::ContainerWriter, index::IndexError};

use super::{
    super::{
        grid::Point,
        outline::Outline,
        pack::{self, Item},
        tree::FANOUT,
    },
    ENDS, HEADER, Header, LEAVES, NODES, OWNERS, VERSION,
    leaf::{Leaf, Line, lines},
};

/// A line on its way to its leaf.
struct Piece {
    line: Line,
    ends: [f64; 4],
    owner: u32,
}

/// Writes the edge tree of shapes, nothing when there are more pieces of edges than positions can be.
pub(in super::super) fn write(shapes: &[Outline], out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
    let pieces = pieces(shapes);
    let Some(count) = u32::try_from(pieces.len()).ok().filter(|count| *count < u32::MAX) else { return Ok(()) };
    let mut order: Vec<Item> =
        pieces.iter().zip(0..count).map(|(piece, from)| Item { at: middle(&piece.line), from }).collect();
    pack::split(&mut order);
    let leaves: Vec<Leaf> = order
        .chunks(FANOUT)
        .map(|items| Leaf::new(&items.iter().map(|item| pieces[item.from as usize].line).collect::<Vec<_>>()))
        .collect();
    let ends: Vec<[f64; 4]> = order.iter().map(|item| pieces[item.from as usize].ends).collect();
    let owners: Vec<u32> = order.iter().map(|item| pieces[item.from as usize].owner).collect();
    out.put(HEADER, Header { version: VERSION, pieces: count }.as_bytes())?;
    out.put(LEAVES, leaves.as_bytes())?;
    out.put(NODES, pack::nodes(leaves.iter().map(Leaf::bounds)).as_bytes())?;
    out.put(ENDS, ends.as_bytes())?;
    Ok(out.put(OWNERS, owners.as_bytes())?)
}

fn pieces(shapes: &[Outline]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (outline, owner) in shapes.iter().zip(0..) {
        for [from, to] in outline.edges() {
            let ends = [from.x, from.y, to.x, to.y];
            pieces.extend(lines([from, to]).map(|line| Piece { line, ends, owner }));
        }
    }
    pieces
}

fn middle(line: &Line) -> Point {
    [0, 1, 2].map(|d| line.from[d].midpoint(line.to[d]))
}
