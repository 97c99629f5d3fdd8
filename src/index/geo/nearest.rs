//! The nearest points, exactly.
//!
//! The tree is descended to the leaf that seems nearest, then everything that the k-th distance so far does not rule out is visited.
//! The grid only rules out: what it leaves is measured by the distance function and sorted by (distance, slot).

use crate::{
    geometry::{DistanceFrom, LonLat},
    index::{IndexError, SearchPath, Slot, SlotSet, Work},
};

use super::{
    best::Best,
    cost::{self, Way},
    filter::{Filter, Mask},
    grid::{self, Point},
    tree::{FANOUT, Leaf, Node, Tree},
};

/// Hits, nearest first, ties by slot.
pub(super) type Hits = Vec<(Slot, f64)>;

/// The k nearest accepted places within `bound` metres, and how they were found.
pub(super) fn nearest(
    tree: &Tree,
    place: LonLat,
    k: usize,
    accept: &SlotSet,
    bound: f64,
    work: &mut Work,
) -> Result<(Hits, SearchPath), IndexError> {
    let Some(root) = tree.shape.root().filter(|_| k > 0 && !accept.is_empty() && bound >= 0.0) else {
        return Ok((Vec::new(), SearchPath::Empty));
    };
    let mut search = Search { tree, target: grid::quantize(place), budget: usize::MAX, work };
    let limit = grid::outer_square(bound);
    let (accepted, slots) = (accept.len() as usize, tree.header.slots as usize);
    let (best, path) = match cost::choose(tree.shape.points, accepted, slots, k) {
        Way::Scan => (search.scan(accept, Best::new(k, limit))?, SearchPath::Flat),
        Way::Traverse => {
            let mut best = Best::new(k, limit);
            search.visit(root, 0, &Filter::All, &mut best)?;
            (best, SearchPath::Tree)
        }
        Way::Probe { leaves } => (search.probe(root, accept, k, limit, leaves)?, SearchPath::Tree),
    };
    Ok((measure(tree, place, best, k, bound, work)?, path))
}

/// Measures what the grid has left over.
fn measure(tree: &Tree, place: LonLat, best: Best, k: usize, bound: f64, work: &mut Work) -> Result<Hits, IndexError> {
    let from = DistanceFrom::new(place);
    let found = best.finish();
    work.distances += found.len() as u64;
    let mut hits = Vec::with_capacity(found.len());
    for (_, position) in found {
        let distance = from.to(tree.place(position as usize)?);
        if distance <= bound {
            hits.push((tree.slot(position as usize)?, distance));
        }
    }
    hits.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    hits.truncate(k);
    Ok(hits)
}

struct Search<'a> {
    tree: &'a Tree,
    target: Point,
    /// The leaves that may still be visited.
    budget: usize,
    work: &'a mut Work,
}

impl Search<'_> {
    fn scan(&mut self, accept: &SlotSet, mut best: Best) -> Result<Best, IndexError> {
        for slot in accept {
            if let Some(position) = self.tree.position(slot)? {
                best.offer(square(self.tree.point(position)?, self.target), position);
                best.settle();
            }
        }
        self.work.visited += accept.len();
        self.work.distances += accept.len();
        Ok(best)
    }

    /// Traverses with a look-up for each near point, or, when that takes too many leaves, with the set in leaf order.
    fn probe(
        &mut self,
        root: usize,
        accept: &SlotSet,
        k: usize,
        limit: f32,
        leaves: usize,
    ) -> Result<Best, IndexError> {
        let mut best = Best::new(k, limit);
        if leaves > 0 {
            self.budget = leaves;
            if self.visit(root, 0, &Filter::Probe(accept), &mut best)? {
                return Ok(best);
            }
            self.budget = usize::MAX;
        }
        let mask = Mask::new(self.tree, accept)?;
        self.work.visited += accept.len();
        // What the given-up try has learned about the k-th distance holds.
        let mut again = Best::new(k, best.limit());
        if mask.accepted() > 0 {
            self.visit(root, 0, &Filter::Mask(mask), &mut again)?;
        }
        Ok(again)
    }

    /// Visits a node and what is below; false when the budget ran out.
    fn visit(&mut self, level: usize, number: usize, filter: &Filter<'_>, best: &mut Best) -> Result<bool, IndexError> {
        let node = self.tree.node(level, number)?;
        self.work.visited += 1;
        let squares = box_squares(node, self.target);
        let existing = ((1_u32 << self.tree.shape.children(level, number)) - 1) as u16;
        let mut open = existing & filter.children(level, number);
        // The nearest child first, which lowers the limit; then, nearest first, those that are still near enough.
        while open != 0 {
            let child = nearest_of(&squares, open);
            open &= !(1 << child);
            if squares[child] > best.limit() {
                break;
            }
            let below = number * FANOUT + child;
            let finished = if level == 1 {
                self.visit_leaf(below, filter, best)?
            } else {
                self.visit(level - 1, below, filter, best)?
            };
            if !finished {
                return Ok(false);
            }
            open &= at_most(&squares, best.limit());
        }
        Ok(true)
    }

    fn visit_leaf(&mut self, number: usize, filter: &Filter<'_>, best: &mut Best) -> Result<bool, IndexError> {
        if self.budget == 0 {
            return Ok(false);
        }
        self.budget -= 1;
        let squares = point_squares(self.tree.leaf(number)?, self.target);
        let points = self.tree.shape.children(0, number);
        self.work.visited += 1;
        self.work.distances += points as u64;
        for (point, &square) in squares[..points].iter().enumerate() {
            if square <= best.limit() && filter.accepts(self.tree, number, point)? {
                best.offer(square, number * FANOUT + point);
            }
        }
        best.settle();
        Ok(true)
    }
}

/// The set bit whose square is smallest. `open` is not zero.
#[inline]
fn nearest_of(squares: &[f32; FANOUT], open: u16) -> usize {
    let mut left = open;
    let mut nearest = open.trailing_zeros() as usize;
    while left != 0 {
        let child = left.trailing_zeros() as usize;
        left &= left - 1;
        if squares[child] < squares[nearest] {
            nearest = child;
        }
    }
    nearest
}

/// Which squares are at most a limit, as bits.
#[inline]
fn at_most(squares: &[f32; FANOUT], limit: f32) -> u16 {
    squares.iter().rev().fold(0, |bits, &square| bits << 1 | u16::from(square <= limit))
}

#[inline]
fn square(a: Point, b: Point) -> f32 {
    (0..3).map(|d| a[d].wrapping_sub(b[d]) as f32).map(|side| side * side).sum()
}

/// The squares of the chords to sixteen points. Differences are exact in i32.
#[inline]
pub(super) fn point_squares(leaf: &Leaf, target: Point) -> [f32; FANOUT] {
    std::array::from_fn(|i| {
        let [x, y, z] = [0, 1, 2].map(|d| leaf.at[d][i].wrapping_sub(target[d]) as f32);
        x * x + y * y + z * z
    })
}

/// The squares of the chords to the nearest corner, edge, side or inside of sixteen boxes.
#[inline]
pub(super) fn box_squares(node: &Node, target: Point) -> [f32; FANOUT] {
    std::array::from_fn(|i| {
        let [x, y, z] = [0, 1, 2].map(|d| {
            let below = node.low[d][i].wrapping_sub(target[d]) as f32;
            let above = target[d].wrapping_sub(node.high[d][i]) as f32;
            below.max(above).max(0.0)
        });
        x * x + y * y + z * z
    })
}
