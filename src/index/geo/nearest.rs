//! The nearest points, exactly.
//!
//! The tree is descended to the leaf that seems nearest, then everything that the k-th distance so far does not rule out is visited.
//! The grid only rules out: what it leaves is measured by the distance function and sorted by (distance, slot).

use crate::{
    geometry::{DistanceFrom, LonLat},
    index::{IndexError, SearchPath, Slot, SlotSet, Work},
};

use super::{
    area::{bits, existing, ones},
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
    let (best, path) = match cost::choose(tree.shape.points, slots, accepted, k) {
        Way::Scan => (search.scan(accept, Best::new(k, limit))?, SearchPath::Flat),
        Way::Traverse => {
            let mut best = Best::new(k, limit);
            search.visit(root, 0, &Filter::All, &mut best)?;
            (best, SearchPath::Tree)
        }
        Way::Mask => (search.mask(root, accept, Best::new(k, limit))?, SearchPath::Tree),
        Way::Probe { leaves } => {
            search.budget = leaves;
            let mut best = Best::new(k, limit);
            if !search.visit(root, 0, &Filter::Probe(accept), &mut best)? {
                search.budget = usize::MAX;
                // What the given-up try has learned about the k-th distance holds.
                best = search.mask(root, accept, Best::new(k, best.limit()))?;
            }
            (best, SearchPath::Tree)
        }
    };
    Ok((measure(tree, place, best, k, bound, work)?, path))
}

/// Measures what the grid has left over.
fn measure(tree: &Tree, place: LonLat, best: Best, k: usize, bound: f64, work: &mut Work) -> Result<Hits, IndexError> {
    let from = DistanceFrom::new(place);
    let found = best.finish();
    work.distances += found.len() as u64;
    // All reads before the first sine: memory answers them side by side.
    let mut read = Vec::with_capacity(found.len());
    for (_, position) in found {
        read.push((tree.slot(position as usize)?, tree.place(position as usize)?));
    }
    let distances = read.into_iter().map(|(slot, place)| (slot, from.to(place)));
    let mut hits: Hits = distances.filter(|(_, metres)| *metres <= bound).collect();
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
        let positions = self.tree.all_positions()?;
        for Slot(slot) in accept {
            let position = positions.get(slot as usize).map_or(usize::MAX, |&position| position as usize);
            if position < self.tree.shape.points {
                best.offer(square(self.tree.point(position)?, self.target), position);
                best.settle();
            }
        }
        self.work.visited += accept.len();
        self.work.distances += accept.len();
        Ok(best)
    }

    /// Traverses with the accept set in leaf order.
    fn mask(&mut self, root: usize, accept: &SlotSet, mut best: Best) -> Result<Best, IndexError> {
        let mask = Mask::new(self.tree, accept)?;
        self.work.visited += accept.len();
        if !mask.is_empty() {
            self.visit(root, 0, &Filter::Mask(mask), &mut best)?;
        }
        Ok(best)
    }

    /// Visits a node and what is below; false when the budget ran out.
    fn visit(&mut self, level: usize, number: usize, filter: &Filter<'_>, best: &mut Best) -> Result<bool, IndexError> {
        let node = self.tree.node(level, number)?;
        self.work.visited += 1;
        let squares = box_squares(node, self.target);
        let mut open = existing(self.tree.shape.children(level, number)) & filter.children(level, number);
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
        let near = at_most(&squares, best.limit()) & existing(points);
        for point in ones(near) {
            if filter.accepts(self.tree, number, point)? {
                best.offer(squares[point], number * FANOUT + point);
            }
        }
        best.settle();
        Ok(true)
    }
}

/// The set bit whose square is smallest. `open` is not zero.
#[inline]
pub(super) fn nearest_of(squares: &[f32; FANOUT], open: u16) -> usize {
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
pub(super) fn at_most(squares: &[f32; FANOUT], limit: f32) -> u16 {
    bits(std::array::from_fn(|i| u8::from(squares[i] <= limit)))
}

#[inline]
fn square(a: Point, b: Point) -> f32 {
    (0..3).map(|d| a[d].wrapping_sub(b[d]) as f32).map(|side| side * side).sum()
}

/// The squares of the chords to sixteen points. Differences are exact in i32.
#[inline]
pub(super) fn point_squares(leaf: &Leaf, target: Point) -> [f32; FANOUT] {
    let mut squares = [0.0; FANOUT];
    for (along, target) in leaf.at.iter().zip(target) {
        for (square, at) in squares.iter_mut().zip(along) {
            let side = at.wrapping_sub(target) as f32;
            *square += side * side;
        }
    }
    squares
}

/// The squares of the chords to the nearest corner, edge, side or inside of sixteen boxes.
#[inline]
pub(super) fn box_squares(node: &Node, target: Point) -> [f32; FANOUT] {
    let mut squares = [0.0; FANOUT];
    for ((low, high), target) in node.low.iter().zip(&node.high).zip(target) {
        for ((square, low), high) in squares.iter_mut().zip(low).zip(high) {
            let side = greater(greater(low.wrapping_sub(target) as f32, target.wrapping_sub(*high) as f32), 0.0);
            *square += side * side;
        }
    }
    squares
}

/// The greater of two numbers, neither of which is NaN: one instruction, unlike `f32::max`.
#[inline]
pub(super) fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
