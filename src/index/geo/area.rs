//! Which points are inside an area: the walk that radius, box and region share.

use crate::{
    geometry::LonLat,
    index::{
        Cardinality, IndexError, SlotSet, Work,
        search::slot_set,
        widest::{Task, widest},
    },
};

use super::{
    kernel::{bits, flags},
    tree::{FANOUT, Leaf, Node, Tree},
    view::View,
};

/// An area on the globe. What is sorted out must be certain; `contains` decides the rest.
pub(super) trait Area {
    /// Sorts out the boxes of a node.
    fn boxes(&self, node: &Node) -> Sorted;

    /// Sorts out the points of a leaf.
    fn points(&self, _leaf: &Leaf) -> Sorted {
        Sorted { inside: 0, unsure: u16::MAX }
    }

    /// Whether a place is inside.
    fn contains(&self, place: LonLat) -> bool;
}

/// Sixteen boxes or points, as bits. What is in neither set is outside.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sorted {
    /// Wholly inside.
    pub inside: u16,
    /// To be looked at more closely.
    pub unsure: u16,
}

impl Sorted {
    /// Sorts by number.
    #[inline(always)]
    pub(super) fn by(inside: impl Fn(usize) -> bool, outside: impl Fn(usize) -> bool) -> Self {
        let (inside, outside) = (bits(flags(inside)), bits(flags(outside)));
        Self { inside, unsure: !(inside | outside) }
    }

    /// Only the first so many.
    #[inline(always)]
    fn first(self, count: usize) -> Self {
        Self { inside: self.inside & existing(count), unsure: self.unsure & existing(count) }
    }
}

/// The first so many of sixteen, as bits.
#[inline(always)]
pub(super) fn existing(count: usize) -> u16 {
    ((1_u32 << count) - 1) as u16
}

/// The numbers of the set bits.
#[inline(always)]
pub(super) fn ones(mut bits: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (bits != 0).then_some(bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(next)
    })
}

/// The slots of all points inside.
pub(super) fn inside(tree: &Tree, area: &impl Area, work: &mut Work) -> Result<SlotSet, IndexError> {
    let walk = Walk { view: tree.view()?, area, slots: Vec::with_capacity(128), work };
    let found = widest(walk);
    tree.sound()?;
    if let Some(last) = found.iter().max() {
        tree.known(*last)?;
    }
    Ok(slot_set(found, work))
}

struct Walk<'a, A> {
    view: View<'a>,
    area: &'a A,
    slots: Vec<u32>,
    work: &'a mut Work,
}

impl<A: Area> Task for Walk<'_, A> {
    type Output = Vec<u32>;

    #[inline(always)]
    fn run(mut self) -> Vec<u32> {
        let mut open: Vec<(usize, usize)> = Vec::with_capacity(64);
        open.extend(self.view.shape.root().map(|root| (root, 0)));
        while let Some((level, number)) = open.pop() {
            if level == 0 { self.leaf(number) } else { self.node(level, number, &mut open) }
        }
        self.slots
    }
}

impl<A: Area> Walk<'_, A> {
    #[inline(always)]
    fn node(&mut self, level: usize, number: usize, open: &mut Vec<(usize, usize)>) {
        let shape = self.view.shape;
        self.work.visited += 1;
        let Some(node) = self.view.node(level, number) else { return };
        let sorted = self.area.boxes(node).first(shape.children(level, number));
        for child in ones(sorted.inside) {
            let positions = shape.positions(level - 1, number * FANOUT + child);
            self.slots.extend_from_slice(self.view.slots.get(positions).unwrap_or_default());
        }
        open.extend(ones(sorted.unsure).map(|child| (level - 1, number * FANOUT + child)));
    }

    #[inline(always)]
    fn leaf(&mut self, number: usize) {
        let positions = self.view.shape.positions(0, number);
        let Some(leaf) = self.view.leaves.one(number) else { return };
        let sorted = self.area.points(leaf).first(positions.len());
        self.work.visited += 1;
        self.work.distances += positions.len() as u64;
        if sorted.inside | sorted.unsure == 0 {
            return;
        }
        let Some(slots) = self.view.slots.get(positions.clone()) else { return };
        self.slots.extend(ones(sorted.inside).map(|point| slots[point]));
        for point in ones(sorted.unsure) {
            if self.view.place(positions.start + point).is_some_and(|place| self.area.contains(place)) {
                self.slots.push(slots[point]);
            }
        }
    }
}

/// Nodes looked at for an estimate.
const ESTIMATE_NODES: usize = 32;

/// How many points are inside, by looking at some nodes; and how many nodes on the border were left.
pub(super) fn estimate(tree: &Tree, area: &impl Area) -> Result<(Cardinality, usize), IndexError> {
    let shape = &tree.shape;
    let mut border: Vec<(usize, usize)> = shape.root().map(|root| (root, 0)).into_iter().collect();
    let (mut inside, mut next) = (0_u64, 0);
    // Level by level, so that the budget goes to the largest subtrees.
    while next < border.len().min(ESTIMATE_NODES) && border[next].0 > 0 {
        let (level, number) = border[next];
        next += 1;
        let sorted = area.boxes(tree.node(level, number)?).first(shape.children(level, number));
        let below = |child| (level - 1, number * FANOUT + child);
        inside += ones(sorted.inside)
            .map(below)
            .map(|(level, number)| shape.positions(level, number).len() as u64)
            .sum::<u64>();
        border.extend(ones(sorted.unsure).map(below));
    }
    let border = &border[next..];
    let unsure: u64 = border.iter().map(|&(level, number)| shape.positions(level, number).len() as u64).sum();
    Ok((Cardinality { min: inside, expected: inside + unsure / 2, max: inside + unsure }, border.len()))
}

/// What is said instead of an estimate that came upon damage, which is reported by whoever asks for the candidates: an offer without an estimate
/// is still an offer.
pub(super) fn unknown(tree: &Tree) -> (Cardinality, usize) {
    let max = u64::from(tree.header.slots);
    (Cardinality { min: 0, expected: max, max }, max as usize)
}
