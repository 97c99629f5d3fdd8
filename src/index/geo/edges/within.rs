//! All shapes with an edge within some metres of a place.

use crate::{
    geometry::{LonLat, ToEdges},
    index::{IndexError, Work},
};

use super::{
    super::{
        area::{Sorted, existing, ones},
        grid::{self, Point},
        kernel::Target,
        tree::FANOUT,
    },
    Edges,
};

impl Edges {
    /// Adds the numbers of the shapes, some more than once.
    pub(in super::super) fn within(
        &self,
        place: LonLat,
        metres: f64,
        shapes: &mut Vec<u32>,
        work: &mut Work,
    ) -> Result<(), IndexError> {
        let (inner, outer) = (grid::inner_square(metres), grid::outer_square(metres));
        let (to, target, at) = (ToEdges::new(place), Target::new(place), grid::quantize(place));
        let mut walk = Walk { edges: self, to, target, at, metres, inner, outer, shapes, work };
        self.shape.root().map_or(Ok(()), |root| walk.visit(root, 0))
    }
}

struct Walk<'a> {
    edges: &'a Edges,
    to: ToEdges,
    target: Target,
    at: Point,
    metres: f64,
    inner: f32,
    outer: f32,
    shapes: &'a mut Vec<u32>,
    work: &'a mut Work,
}

impl Walk<'_> {
    fn visit(&mut self, level: usize, number: usize) -> Result<(), IndexError> {
        if level == 0 {
            return self.leaf(number);
        }
        let node = self.edges.node(level, number)?;
        self.work.visited += 1;
        let (nearest, farthest) = (self.target.boxes(node), self.target.farthest(node));
        let sorted = Sorted::by(|i| farthest[i] <= self.inner, |i| nearest[i] > self.outer);
        let children = existing(self.edges.shape.children(level, number));
        for child in ones(sorted.inside & children) {
            let positions = self.edges.shape.positions(level - 1, number * FANOUT + child);
            self.add(positions)?;
        }
        ones(sorted.unsure & children).try_for_each(|child| self.visit(level - 1, number * FANOUT + child))
    }

    fn leaf(&mut self, number: usize) -> Result<(), IndexError> {
        self.work.visited += 1;
        let positions = self.edges.shape.positions(0, number);
        let (least, most) = self.edges.leaf(number)?.chords(self.at);
        let sorted = Sorted::by(|i| most[i] * most[i] <= self.inner, |i| least[i] * least[i] > self.outer);
        let edges = existing(positions.len());
        for edge in ones(sorted.inside & edges) {
            self.add(positions.start + edge..positions.start + edge + 1)?;
        }
        for edge in ones(sorted.unsure & edges) {
            let position = positions.start + edge;
            if self.shapes.last() == Some(&self.edges.owners(position..position + 1)?[0]) {
                continue;
            }
            let [from, to] = self.edges.ends(position)?;
            self.work.distances += 1;
            if self.to.metres(&self.to.to_edge(from, to)) <= self.metres {
                self.add(position..position + 1)?;
            }
        }
        Ok(())
    }

    /// Adds the owners of some edges; edges of one shape often lie together.
    fn add(&mut self, positions: std::ops::Range<usize>) -> Result<(), IndexError> {
        for owner in self.edges.owners(positions)? {
            if self.shapes.last() != Some(owner) {
                self.shapes.push(*owner);
            }
        }
        Ok(())
    }
}
