//! The edges of a shape, found by where they are on the globe.
//!
//! A packed binary tree of boxes in space over the pieces of all edges: neither the antimeridian nor the poles are special.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use geo::{Coord, Geometry, LineString};

use super::{
    LonLat,
    members::{Member, each_member},
    place::on_globe,
    span::{Cube, Span},
    surface::Surface,
    unit_vector,
};

/// A leaf has no more pieces of edges.
const LEAF: usize = 6;

/// The edges between vertices of a shape; a place is an edge without length.
#[derive(Clone, Debug, Default)]
pub(super) struct EdgeTree {
    edges: Vec<[Coord<f64>; 2]>,
    pieces: Vec<Piece>,
    /// In preorder: what is below a node to the left comes after it.
    nodes: Vec<Node>,
}

/// A piece of an edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) span: Span,
    pub(super) cube: Cube,
    edge: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    cube: Cube,
    /// Where the right child stands; zero in leaves.
    right: u32,
    pieces: (u32, u32),
}

impl EdgeTree {
    /// Of a shape; `None` when a coordinate is not on the globe.
    pub(super) fn of(shape: &Geometry<f64>) -> Option<Self> {
        let mut tree = Self { edges: edges(shape)?, ..Self::default() };
        for (edge, number) in tree.edges.iter().zip(0..) {
            tree.pieces.extend(Span::of(*edge).map(|span| Piece { span, cube: span.cube(), edge: number }));
        }
        if !tree.pieces.is_empty() {
            tree.split(0..tree.pieces.len());
        }
        Some(tree)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The whole edge that a piece is of.
    fn edge(&self, piece: &Piece) -> [Coord<f64>; 2] {
        self.edges[piece.edge as usize]
    }

    /// Sorts some pieces into a subtree.
    fn split(&mut self, pieces: Range<usize>) -> Cube {
        let cubes = self.pieces[pieces.clone()].iter().map(|piece| piece.cube);
        let cube = cubes.reduce(Cube::join).unwrap_or(Cube::around([0.0; 3]));
        let number = self.nodes.len();
        self.nodes.push(Node { cube, right: 0, pieces: (pieces.start as u32, pieces.end as u32) });
        if pieces.len() > LEAF {
            let width = |d: &usize| cube.high[*d] - cube.low[*d];
            let axis = (0..3).max_by(|a, b| width(a).total_cmp(&width(b))).unwrap_or(0);
            let half = pieces.len() / 2;
            let middle = |piece: &Piece| piece.cube.middle()[axis];
            self.pieces[pieces.clone()].select_nth_unstable_by(half, |a, b| middle(a).total_cmp(&middle(b)));
            self.split(pieces.start..pieces.start + half);
            self.nodes[number].right = self.nodes.len() as u32;
            self.split(pieces.start + half..pieces.end);
        }
        cube
    }

    /// Visits the pieces that may be near a box, about the nearest first. A visit says beyond which square of a chord nothing matters any
    /// more.
    pub(super) fn near(&self, to: &Cube, mut limit: f64, mut visit: impl FnMut(&Piece) -> f64) {
        let gap = |node: usize| self.nodes[node].cube.gap(to);
        let mut open: Vec<(f64, usize)> = self.nodes.first().map(|_| (gap(0), 0)).into_iter().collect();
        while let Some((square, number)) = open.pop() {
            if square > limit {
                continue;
            }
            let node = &self.nodes[number];
            if node.right == 0 {
                for piece in &self.pieces[node.pieces.0 as usize..node.pieces.1 as usize] {
                    if piece.cube.gap(to) <= limit {
                        limit = limit.min(visit(piece));
                    }
                }
                continue;
            }
            let (left, right) = (number + 1, node.right as usize);
            let (a, b) = ((gap(left), left), (gap(right), right));
            open.extend(if a.0 < b.0 { [b, a] } else { [a, b] });
        }
    }

    /// The distance from a place to the nearest edge; where it is above the limit, any number above that. Infinite without edges.
    pub(super) fn distance<S: Surface>(&self, from: LonLat, limit: f64) -> f64 {
        let surface = S::at(from);
        let (mut least, mut last) = (f64::INFINITY, u32::MAX);
        self.near(&Cube::around(unit_vector(from)), S::chord_square(limit), |piece| {
            // Pieces of one edge are mostly together.
            if last != piece.edge {
                last = piece.edge;
                least = least.min(surface.to_edge(self.edge(piece), least.min(limit)));
            }
            S::chord_square(least.min(limit))
        });
        least
    }
}

/// The edges of a shape, sorted when the first one asks how far it is.
#[derive(Clone, Debug, Default)]
pub(super) struct SortedEdges(OnceLock<Arc<EdgeTree>>);

impl SortedEdges {
    pub(super) fn of(&self, shape: &Geometry<f64>) -> &EdgeTree {
        self.0.get_or_init(|| Arc::new(EdgeTree::of(shape).unwrap_or_default()))
    }
}

/// The edges of a shape; `None` when a coordinate is not on the globe.
pub(super) fn edges(shape: &Geometry<f64>) -> Option<Vec<[Coord<f64>; 2]>> {
    let mut edges = Vec::new();
    let mut path = |vertices: &[Coord<f64>]| {
        vertices.iter().try_for_each(on_globe)?;
        match vertices {
            [only] => edges.push([*only, *only]),
            _ => edges.extend(vertices.windows(2).map(|pair| [pair[0], pair[1]])),
        }
        Some(())
    };
    each_member(shape, &mut |member| match member {
        Member::Path(vertices) => path(vertices),
        Member::Area(area) => {
            let mut rings = std::iter::once(area.exterior()).chain(area.interiors());
            rings.try_for_each(|LineString(ring)| path(ring))
        }
    })?;
    Some(edges)
}
