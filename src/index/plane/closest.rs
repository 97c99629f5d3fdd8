//! The nearest slots by blocks: boxes in the order of how near they are, until the next one is farther than what was found.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use crate::index::{
    IndexError, Slot, Work,
    widest::{Task, widest},
};

use super::{
    blocks::{Blocks, FANOUT, Side},
    kernel::{self, ones},
    measure::Search,
    question::Question,
};

/// A number in its total order.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A node or block that is still to be looked at: the square of how near it may be, level, number.
type Waiting = Reverse<(Ordered, usize, usize)>;

/// The children of a node that are no farther than to be reached, and the squares of how far each is at least.
struct Near<'a> {
    dimensions: &'a [usize],
    center: &'a [f64],
    sides: &'a [Side],
    reach: f64,
}

impl Task for Near<'_> {
    type Output = (u64, [f64; FANOUT]);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut squares = [0.0; FANOUT];
        for (dimension, center) in self.dimensions.iter().zip(self.center) {
            kernel::add_nearest(&mut squares, &self.sides[*dimension], *center);
        }
        (kernel::at_most(&squares, self.reach), squares)
    }
}

/// A search that can be broken off and gone on with.
pub(super) struct Closest<'a> {
    search: &'a Search<'a>,
    blocks: &'a Blocks,
    waiting: BinaryHeap<Waiting>,
    /// The nearest so far, the farthest of them on top, ties by slot.
    hits: BinaryHeap<(Ordered, Slot)>,
    /// Blocks looked at.
    seen: u64,
}

impl<'a> Closest<'a> {
    pub fn new(search: &'a Search<'a>, blocks: &'a Blocks) -> Self {
        let root = blocks.shelves.root().map(|root| Reverse((Ordered(0.0), root, 0)));
        Self { search, blocks, waiting: root.into_iter().collect(), hits: BinaryHeap::new(), seen: 0 }
    }

    /// Goes on until `most` blocks have been looked at; whether the search has come to its end.
    pub fn search(&mut self, most: u64, work: &mut Work) -> Result<bool, IndexError> {
        while self.seen < most {
            let Some(Reverse((near, level, number))) = self.waiting.pop() else { return Ok(true) };
            if near.0 > self.reach() {
                return Ok(true);
            }
            if level == 0 { self.block(number, work) } else { self.node(level, number, work) }?;
        }
        Ok(self.waiting.is_empty())
    }

    /// The hits, nearest first.
    pub fn hits(self) -> Vec<(Slot, f64)> {
        self.hits.into_sorted_vec().into_iter().map(|(distance, slot)| (slot, distance.0)).collect()
    }

    /// Nothing farther can be a hit; what is as far can, by its slot.
    pub fn bound(&self) -> f64 {
        let is_full = self.hits.len() >= self.search.request.k;
        self.hits.peek().filter(|_| is_full).map_or(self.search.bound, |(farthest, _)| farthest.0)
    }

    /// The square of the bound, and more than it may be off by rounding.
    fn reach(&self) -> f64 {
        let bound = self.bound();
        bound * bound * (1.0 + 1e-9) + 1e-300
    }

    fn node(&mut self, level: usize, number: usize, work: &mut Work) -> Result<(), IndexError> {
        let sides = self.blocks.sides(level, number)?;
        let near = Near { dimensions: self.search.dimensions, center: self.search.center, sides, reach: self.reach() };
        let (near, squares) = widest(near);
        let near = near & kernel::existing(self.blocks.shelves.children(level, number));
        let below = |child: usize| Reverse((Ordered(squares[child]), level - 1, number * FANOUT + child));
        self.waiting.extend(ones(near).map(below));
        work.visited += 1;
        Ok(())
    }

    fn block(&mut self, number: usize, work: &mut Work) -> Result<(), IndexError> {
        let positions = self.blocks.shelves.positions(0, number);
        let question = Question::ball(self.search.dimensions, self.search.center, self.bound());
        let (sides, child) = (self.blocks.sides(1, number / FANOUT)?, number % FANOUT);
        let sorted = question.points(sides, child, self.blocks.codes(number)?).first(positions.len());
        self.seen += 1;
        work.visited += positions.len() as u64;
        let near = sorted.inside | sorted.unsure;
        if near == 0 {
            return Ok(());
        }
        let slots = self.blocks.slots(positions)?;
        for slot in ones(near).map(|point| Slot(slots[point])) {
            if self.search.request.accept.contains(slot) {
                self.take(slot, work)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, slot: Slot, work: &mut Work) -> Result<(), IndexError> {
        let distance = self.search.distance(slot)?;
        work.distances += 1;
        // NaN is no distance.
        if distance <= self.search.bound {
            let hit = (Ordered(distance), slot);
            if self.hits.len() < self.search.request.k {
                self.hits.push(hit);
            } else if self.hits.peek().is_some_and(|farthest| hit < *farthest) {
                self.hits.pop();
                self.hits.push(hit);
            }
        }
        Ok(())
    }
}
