//! The nearest points, exactly.
//!
//! The tree is descended to the leaf that seems nearest, then everything that the k-th distance so far does not rule out is visited.
//! The grid only rules out: what it leaves is measured by the distance function and sorted by (distance, slot).

use std::sync::Arc;

use crate::{
    geometry::{DistanceFrom, LonLat},
    index::{IndexError, SearchPath, Slot, SlotSet, Work},
};

use super::{
    area::{bits, existing, ones},
    best::Best,
    cost::{self, MaskCost, Way},
    filter::{Filter, Mask},
    grid,
    kernel::{Squares, Target},
    masks::{Known, Masks},
    tree::{FANOUT, Tree},
};

/// Hits, nearest first, ties by slot.
pub(super) type Hits = Vec<(Slot, f64)>;

/// A nearest search among a part's points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest<'a> {
    pub tree: &'a Tree,
    pub masks: &'a Masks,
    pub place: LonLat,
    /// Not more hits than these.
    pub k: usize,
    /// What may be a hit.
    pub accept: &'a SlotSet,
    /// Metres; nothing beyond.
    pub bound: f64,
}

impl Nearest<'_> {
    /// The k nearest accepted places within the bound, and how they were found.
    pub(super) fn run(&self, work: &mut Work) -> Result<(Hits, SearchPath), IndexError> {
        let Self { tree, place, k, accept, bound, .. } = *self;
        let Some(root) = tree.shape.root().filter(|_| k > 0 && !accept.is_empty() && bound >= 0.0) else {
            return Ok((Vec::new(), SearchPath::Empty));
        };
        let mut search = Search { tree, target: Target::new(place), budget: usize::MAX, work };
        let best = Best::new(k, grid::outer_square(bound));
        let (best, path) = match self.way() {
            (Way::Scan, _) => (search.scan(accept, best)?, SearchPath::Flat),
            (Way::Traverse, _) => (search.filtered(root, &Filter::All, best)?, SearchPath::Tree),
            (_, Some(mask)) => (search.filtered(root, &Filter::Mask(mask), best)?, SearchPath::Tree),
            (Way::Mask, None) => (self.masked(&mut search, root, best)?, SearchPath::Tree),
            (Way::Probe { leaves }, None) => {
                search.budget = leaves;
                let mut best = best;
                if !search.visit(root, 0, &Filter::Probe(accept), &mut best)? {
                    search.budget = usize::MAX;
                    // What the given-up try has learned about the k-th distance holds.
                    best = self.masked(&mut search, root, Best::new(k, best.limit()))?;
                }
                (best, SearchPath::Tree)
            }
        };
        Ok((measure(tree, place, best, k, bound, search.work)?, path))
    }

    /// Which way to go, with the mask where it is made. It is made for a set that comes again.
    fn way(&self) -> (Way, Option<Arc<Mask>>) {
        let (accepted, slots) = (self.accept.len() as usize, self.tree.header.slots as usize);
        let choose = |mask| cost::choose(self.tree.shape.points, slots, accepted, self.k, mask);
        let way = choose(MaskCost::Making);
        if way == Way::Traverse || choose(MaskCost::Made) == Way::Scan {
            return (way, None);
        }
        match self.masks.of(self.accept) {
            Known::Made(mask) => (Way::Mask, Some(mask)),
            Known::Seen => (Way::Mask, None),
            Known::New => (way, None),
        }
    }

    /// Traverses with the accept set in leaf order, which is kept.
    fn masked(&self, search: &mut Search<'_>, root: usize, best: Best) -> Result<Best, IndexError> {
        let mask = self.masks.make(self.tree, self.accept)?;
        search.work.visited += self.accept.len();
        search.filtered(root, &Filter::Mask(mask), best)
    }
}

/// Measures what the grid has left over.
fn measure(tree: &Tree, place: LonLat, best: Best, k: usize, bound: f64, work: &mut Work) -> Result<Hits, IndexError> {
    let from = DistanceFrom::new(place);
    let found = best.finish();
    work.distances += found.len() as u64;
    let (mut slots, mut places) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    for (_, position) in found {
        slots.push(tree.slot(position as usize)?);
        places.push(tree.place(position as usize)?);
    }
    let distances = slots.into_iter().zip(from.to_all(&places));
    let mut hits: Hits = distances.filter(|(_, metres)| *metres <= bound).collect();
    hits.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    hits.truncate(k);
    Ok(hits)
}

struct Search<'a> {
    tree: &'a Tree,
    target: Target,
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
                best.offer(self.target.point(self.tree.turns(position)?), position);
                best.settle();
            }
        }
        self.work.visited += accept.len();
        self.work.distances += accept.len();
        Ok(best)
    }

    /// Traverses what a filter leaves.
    fn filtered(&mut self, root: usize, filter: &Filter<'_>, mut best: Best) -> Result<Best, IndexError> {
        self.visit(root, 0, filter, &mut best)?;
        Ok(best)
    }

    /// Visits a node and what is below; false when the budget ran out.
    fn visit(&mut self, level: usize, number: usize, filter: &Filter<'_>, best: &mut Best) -> Result<bool, IndexError> {
        let node = self.tree.node(level, number)?;
        self.work.visited += 1;
        let squares = self.target.boxes(node);
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
        let squares = self.target.points(self.tree.leaf(number)?);
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
fn nearest_of(squares: &Squares, open: u16) -> usize {
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
fn at_most(squares: &Squares, limit: f32) -> u16 {
    bits(std::array::from_fn(|i| u8::from(squares[i] <= limit)))
}
