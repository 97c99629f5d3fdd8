//! The nearest points, exactly.
//!
//! The tree is descended to the leaf that seems nearest, then everything that the k-th distance so far does not rule out is visited.
//! The grid only rules out: what it leaves is measured by the distance function and sorted by (distance, slot).

use std::sync::Arc;

use crate::{
    geometry::{DistanceFrom, LonLat},
    index::{
        IndexError, SearchPath, Slot, SlotSet, Work,
        widest::{Task, widest},
    },
};

use super::{
    area::{existing, ones},
    best::Best,
    cost::{self, MaskCost, Way},
    filter::{Filter, Mask},
    grid,
    kernel::{Target, at_most},
    masks::{Known, Masks},
    step::{MOST_LEVELS, Step},
    tree::{FANOUT, Tree},
    view::View,
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
        if tree.shape.points == 0 || k == 0 || accept.is_empty() || bound.is_nan() || bound < 0.0 {
            return Ok((Vec::new(), SearchPath::Empty));
        }
        let search = Search { view: tree.view()?, target: Target::new(place), budget: usize::MAX };
        let best = Best::new(k, grid::outer_square(bound));
        let (best, path) = match self.way() {
            (Way::Scan, _) => (self.scanned(&search, best, work)?, SearchPath::Flat),
            (Way::Traverse, _) => (search.visited(&Filter::All, best, work).0, SearchPath::Tree),
            (_, Some(mask)) => (search.visited(&Filter::Mask(mask), best, work).0, SearchPath::Tree),
            (Way::Mask, None) => (self.masked(&search, best, work)?, SearchPath::Tree),
            (Way::Probe { leaves }, None) => {
                let tried = Search { budget: leaves, ..search };
                let (mut best, finished) = tried.visited(&Filter::Probe(accept), best, work);
                if !finished {
                    // What the given-up try has learned about the k-th distance holds.
                    best = self.masked(&search, Best::new(k, best.limit()), work)?;
                }
                (best, SearchPath::Tree)
            }
        };
        let hits = measure(self, &search.view, best, work)?;
        tree.sound()?;
        Ok((hits, path))
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
    fn masked(&self, search: &Search<'_>, best: Best, work: &mut Work) -> Result<Best, IndexError> {
        let mask = self.masks.make(self.tree, self.accept)?;
        work.visited += self.accept.len();
        Ok(search.visited(&Filter::Mask(mask), best, work).0)
    }

    /// Measures each accepted slot.
    fn scanned(&self, search: &Search<'_>, mut best: Best, work: &mut Work) -> Result<Best, IndexError> {
        let positions = self.tree.positions()?;
        for Slot(slot) in self.accept {
            let position = positions.at(slot as usize).map_or(usize::MAX, |position| position as usize);
            if position < search.view.shape.points
                && let Some(turns) = search.view.turns(position)
            {
                let square = search.target.point(turns);
                if square <= best.limit() {
                    best.offer(square, position);
                    best.settle();
                }
            }
        }
        work.visited += self.accept.len();
        work.distances += self.accept.len();
        Ok(best)
    }
}

/// So many places are measured at once.
const BLOCK: usize = 16;

/// Measures what the grid has left over.
fn measure(asked: &Nearest<'_>, view: &View<'_>, best: Best, work: &mut Work) -> Result<Hits, IndexError> {
    let (found, from) = (best.finish(), DistanceFrom::new(asked.place));
    work.distances += found.len() as u64;
    let mut hits = Hits::with_capacity(found.len());
    for block in found.chunks(BLOCK) {
        let (mut slots, mut places) = ([Slot(0); BLOCK], [asked.place; BLOCK]);
        let mut known = 0;
        for (_, position) in block {
            if let (Some(slot), Some(place)) = (view.slots.at(*position as usize), view.place(*position as usize)) {
                (slots[known], places[known]) = (asked.tree.known(slot)?, place);
                known += 1;
            }
        }
        let metres = widest(Measured { from, places: &places });
        let measured = slots.into_iter().zip(metres).take(known);
        hits.extend(measured.filter(|(_, metres)| *metres <= asked.bound));
    }
    // No distance is negative: then they are ordered as their bits are.
    hits.sort_unstable_by_key(|(slot, metres)| (metres.to_bits(), *slot));
    hits.truncate(asked.k);
    Ok(hits)
}

/// Distances to places, all at once.
struct Measured<'a> {
    from: DistanceFrom,
    places: &'a [LonLat; BLOCK],
}

impl Task for Measured<'_> {
    type Output = [f64; BLOCK];

    #[inline(always)]
    fn run(self) -> [f64; BLOCK] {
        self.from.to_all(self.places)
    }
}

#[derive(Clone, Copy, Debug)]
struct Search<'a> {
    view: View<'a>,
    target: Target,
    /// The leaves that may be visited.
    budget: usize,
}

impl Search<'_> {
    /// What is nearest of what a filter leaves, and whether the budget was enough.
    fn visited(&self, filter: &Filter<'_>, best: Best, work: &mut Work) -> (Best, bool) {
        widest(Visit { view: self.view, target: self.target, budget: self.budget, filter, best, work })
    }
}

/// A walk down the tree, the nearest child of each node first.
struct Visit<'a> {
    view: View<'a>,
    target: Target,
    budget: usize,
    filter: &'a Filter<'a>,
    best: Best,
    work: &'a mut Work,
}

impl Task for Visit<'_> {
    type Output = (Best, bool);

    #[inline(always)]
    fn run(mut self) -> (Best, bool) {
        let mut path = [Step::default(); MOST_LEVELS];
        let mut depth = 1;
        if let Some(root) = self.view.shape.root() {
            path[0] = self.step(root, 0);
        }
        while depth > 0 {
            let step = &mut path[depth - 1];
            let level = step.level;
            let Some(below) = step.next(self.best.limit()) else {
                depth -= 1;
                continue;
            };
            if level > 1 && depth < MOST_LEVELS {
                path[depth] = self.step(level - 1, below);
                depth += 1;
            } else if self.budget == 0 {
                return (self.best, false);
            } else {
                self.budget -= 1;
                self.leaf(below);
            }
        }
        (self.best, true)
    }
}

impl Visit<'_> {
    #[inline(always)]
    fn step(&mut self, level: usize, number: usize) -> Step {
        self.work.visited += 1;
        let Some(node) = self.view.node(level, number) else { return Step::default() };
        let squares = self.target.boxes(node);
        let near = at_most(&squares, self.best.limit());
        let open = near & existing(self.view.shape.children(level, number)) & self.filter.children(level, number);
        Step { level, number, open, squares }
    }

    #[inline(always)]
    fn leaf(&mut self, number: usize) {
        let Some(leaf) = self.view.leaves.one(number) else { return };
        let squares = self.target.points(leaf);
        let points = self.view.shape.children(0, number);
        self.work.visited += 1;
        self.work.distances += points as u64;
        let near = at_most(&squares, self.best.limit()) & existing(points) & self.filter.children(0, number);
        for point in ones(near) {
            if self.filter.accepts(&self.view, number, point) {
                self.best.offer(squares[point], number * FANOUT + point);
            }
        }
        if near != 0 {
            self.best.settle();
        }
    }
}
