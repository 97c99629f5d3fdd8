//! What is nearest to a line or an area, exactly.
//!
//! Nodes, points, lines and areas wait in the order of how near they may be; what comes first is looked at, until it can't be among the
//! nearest.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::index::{IndexError, NearestRequest, SearchPath, Work};

use super::{
    flat,
    near_shape::NearShape,
    nearest::Hits,
    shapes::{Known, Shapes, broken},
    tree::{FANOUT, Tree},
    view::View,
};

/// A search among a part's points, lines and areas.
pub(super) struct NearestToShape<'a> {
    pub tree: &'a Tree,
    pub shapes: &'a Shapes,
    pub near: &'a NearShape<'a>,
    pub request: &'a NearestRequest<'a>,
}

/// How near something may be, as bits, which order as distances do, which are not negative; and what it is.
type Waiting = Reverse<(u64, Item)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Node {
        level: usize,
        number: usize,
    },
    /// A line or an area that is in a disc.
    Disc {
        shape: usize,
    },
    /// The same, once the disc was compared with the shape itself.
    Shape {
        shape: usize,
    },
}

impl NearestToShape<'_> {
    pub(super) fn run(&self, work: &mut Work) -> Result<(Hits, SearchPath), IndexError> {
        let NearestRequest { k, accept, bound, .. } = *self.request;
        if k == 0 || accept.is_empty() || bound.is_nan() || bound < 0.0 {
            return Ok((Vec::new(), SearchPath::Empty));
        }
        let (view, mut hits) = (self.tree.view()?, Hits::new());
        let mut waiting: BinaryHeap<Waiting> = BinaryHeap::new();
        let path = if self.is_sparse() {
            self.measure_all(&view, &mut hits, work)?;
            SearchPath::Flat
        } else {
            waiting.extend(self.tree.shape.root().map(|level| waits(0.0, Item::Node { level, number: 0 })));
            SearchPath::Tree
        };
        if let Shapes::Known(known) = self.shapes {
            self.gather(known, &mut waiting, work)?;
        }
        while let Some(Reverse((bits, item))) = waiting.pop() {
            if f64::from_bits(bits) > self.limit(&hits) {
                break;
            }
            match item {
                Item::Node { level: 0, number } => self.leaf(&view, number, &mut hits, work)?,
                Item::Node { level, number } => self.node(&view, (level, number), &mut waiting, work),
                Item::Disc { shape } => waiting.extend(self.disc(shape)?),
                Item::Shape { shape } => self.shape(shape, &mut hits, work)?,
            }
        }
        self.tree.sound()?;
        // Damaged positions or slots may name one slot more than once.
        if hits.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(broken(format!("a slot twice among {} hits", hits.len())));
        }
        Ok((hits, path))
    }

    /// Beyond which distance nothing is wanted.
    fn limit(&self, hits: &Hits) -> f64 {
        let last = hits.last().filter(|_| hits.len() >= self.request.k);
        last.map_or(self.request.bound, |last| last.1.min(self.request.bound))
    }

    /// Whether so few points are accepted that as many would be measured on the way to the nearest of them.
    fn is_sparse(&self) -> bool {
        let (accepted, slots) = (self.request.accept.len() as f64, f64::from(self.tree.header.slots));
        accepted < slots && accepted * accepted <= self.request.k as f64 * slots / 4.0
    }

    fn measure_all(&self, view: &View<'_>, hits: &mut Hits, work: &mut Work) -> Result<(), IndexError> {
        let positions = self.tree.all_positions()?;
        for slot in self.request.accept {
            let position = positions.get(slot.0 as usize).map_or(usize::MAX, |position| *position as usize);
            if position < view.shape.points
                && let Some(place) = view.place(position)
            {
                work.distances += 1;
                flat::add(hits, (slot, self.near.to_place(place)), self.request);
            }
        }
        Ok(())
    }

    /// The accepted lines and areas, by the discs around them.
    fn gather(&self, known: &Known, to: &mut BinaryHeap<Waiting>, work: &mut Work) -> Result<(), IndexError> {
        work.visited += known.count as u64;
        for (shape, disc) in known.surroundings()?.enumerate() {
            if self.request.accept.contains(known.slot(shape, self.tree)?) {
                to.push(waits(self.near.least_by_disc(&disc?), Item::Disc { shape }));
            }
        }
        Ok(())
    }

    fn node(&self, view: &View<'_>, (level, number): (usize, usize), to: &mut BinaryHeap<Waiting>, work: &mut Work) {
        work.visited += 1;
        let Some(node) = view.node(level, number) else { return };
        for child in 0..view.shape.children(level, number) {
            let (low, _) = self.near.range_of(node, child);
            to.push(waits(low, Item::Node { level: level - 1, number: number * FANOUT + child }));
        }
    }

    fn leaf(&self, view: &View<'_>, number: usize, hits: &mut Hits, work: &mut Work) -> Result<(), IndexError> {
        work.visited += 1;
        for position in view.shape.positions(0, number) {
            let (Some(slot), Some(place)) = (view.slots.at(position), view.place(position)) else { continue };
            let slot = self.tree.known(slot)?;
            if self.request.accept.contains(slot) {
                work.distances += 1;
                flat::add(hits, (slot, self.near.to_place(place)), self.request);
            }
        }
        Ok(())
    }

    fn disc(&self, shape: usize) -> Result<Option<Waiting>, IndexError> {
        let Shapes::Known(known) = self.shapes else { return Ok(None) };
        Ok(Some(waits(self.near.least_by_shape(&known.disc(shape)?), Item::Shape { shape })))
    }

    fn shape(&self, shape: usize, hits: &mut Hits, work: &mut Work) -> Result<(), IndexError> {
        let Shapes::Known(known) = self.shapes else { return Ok(()) };
        let slot = known.slot(shape, self.tree)?;
        work.distances += 1;
        let metres = self.near.to_shape(&known.shape(shape)?);
        let metres = metres.ok_or_else(|| broken(format!("shape {shape} is nowhere")))?;
        flat::add(hits, (slot, metres), self.request);
        Ok(())
    }
}

fn waits(metres: f64, item: Item) -> Waiting {
    Reverse((metres.max(0.0).to_bits(), item))
}
