//! Which points are inside an area: the walk that radius, box and region share.

use crate::{
    geometry::LonLat,
    index::{Cardinality, IndexError, SlotSet, Work, search::slot_set},
};

use super::tree::{FANOUT, Leaf, Node, Tree};

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
    #[inline]
    pub(super) fn by(inside: impl Fn(usize) -> bool, outside: impl Fn(usize) -> bool) -> Self {
        let inside = bits(std::array::from_fn(|i| u8::from(inside(i))));
        let outside = bits(std::array::from_fn(|i| u8::from(outside(i))));
        Self { inside, unsure: !(inside | outside) }
    }

    /// Inside both.
    #[inline]
    pub(super) fn and(self, other: Self) -> Self {
        let inside = self.inside & other.inside;
        Self { inside, unsure: (self.inside | self.unsure) & (other.inside | other.unsure) & !inside }
    }

    /// Inside one of two.
    #[inline]
    pub(super) fn or(self, other: Self) -> Self {
        let inside = self.inside | other.inside;
        Self { inside, unsure: (self.unsure | other.unsure) & !inside }
    }

    /// Only the first so many.
    #[inline]
    fn first(self, count: usize) -> Self {
        Self { inside: self.inside & existing(count), unsure: self.unsure & existing(count) }
    }
}

/// Sixteen ones and zeros as bits: a product gathers the lowest bits of eight bytes in its highest byte.
#[inline]
pub(super) fn bits(flags: [u8; FANOUT]) -> u16 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let flags = u128::from_le_bytes(flags);
    let half = |eight: u64| (eight.wrapping_mul(GATHER) >> 56) as u16;
    half(flags as u64) | half((flags >> 64) as u64) << 8
}

/// The first so many of sixteen, as bits.
#[inline]
pub(super) fn existing(count: usize) -> u16 {
    ((1_u32 << count) - 1) as u16
}

/// The numbers of the set bits.
#[inline]
pub(super) fn ones(mut bits: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (bits != 0).then_some(bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(next)
    })
}

/// The slots of all points inside.
pub(super) fn inside(tree: &Tree, area: &impl Area, work: &mut Work) -> Result<SlotSet, IndexError> {
    let mut walk = Walk { tree, area, slots: Vec::with_capacity(128), work };
    if let Some(root) = tree.shape.root() {
        walk.node(root, 0)?;
    }
    Ok(slot_set(walk.slots, walk.work))
}

struct Walk<'a, A> {
    tree: &'a Tree,
    area: &'a A,
    slots: Vec<u32>,
    work: &'a mut Work,
}

impl<A: Area> Walk<'_, A> {
    fn node(&mut self, level: usize, number: usize) -> Result<(), IndexError> {
        let shape = &self.tree.shape;
        self.work.visited += 1;
        let sorted = self.area.boxes(self.tree.node(level, number)?).first(shape.children(level, number));
        for child in ones(sorted.inside) {
            let positions = shape.positions(level - 1, number * FANOUT + child);
            self.slots.extend_from_slice(self.tree.slots(positions)?);
        }
        for child in ones(sorted.unsure) {
            let below = number * FANOUT + child;
            if level == 1 { self.leaf(below) } else { self.node(level - 1, below) }?;
        }
        Ok(())
    }

    fn leaf(&mut self, number: usize) -> Result<(), IndexError> {
        let positions = self.tree.shape.positions(0, number);
        let sorted = self.area.points(self.tree.leaf(number)?).first(positions.len());
        self.work.visited += 1;
        self.work.distances += positions.len() as u64;
        if sorted.inside | sorted.unsure == 0 {
            return Ok(());
        }
        let slots = self.tree.slots(positions.clone())?;
        self.slots.extend(ones(sorted.inside).map(|point| slots[point]));
        for point in ones(sorted.unsure) {
            if self.area.contains(self.tree.place(positions.start + point)?) {
                self.slots.push(slots[point]);
            }
        }
        Ok(())
    }
}

/// How many points are inside, by looking at no more than `nodes` nodes; and how many nodes on the border were left.
pub(super) fn estimate(tree: &Tree, area: &impl Area, nodes: usize) -> Result<(Cardinality, usize), IndexError> {
    let shape = &tree.shape;
    let mut border: Vec<(usize, usize)> = shape.root().map(|root| (root, 0)).into_iter().collect();
    let (mut inside, mut next) = (0_u64, 0);
    // Level by level, so that the budget goes to the largest subtrees.
    while next < border.len().min(nodes) && border[next].0 > 0 {
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
