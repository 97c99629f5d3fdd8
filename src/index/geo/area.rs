//! Which points are inside an area: the walk that radius, box and region share.

use crate::{
    geometry::{LonLat, Relation},
    index::{Cardinality, IndexError, SlotSet, Work},
};

use super::tree::{FANOUT, Leaf, Node, Tree};

/// An area on the globe. `Outside` and `Inside` must be certain; `contains` decides.
pub(super) trait Area {
    /// How the sixteen boxes of a node lie to the area.
    fn relations(&self, node: &Node) -> [Relation; FANOUT];

    /// The points of a leaf that are certainly inside, and those to decide one by one, as bits.
    fn sort_out(&self, _leaf: &Leaf) -> (u16, u16) {
        (0, u16::MAX)
    }

    /// Whether a place is inside.
    fn contains(&self, place: LonLat) -> bool;
}

/// The slots of all points inside.
pub(super) fn inside(tree: &Tree, area: &impl Area, work: &mut Work) -> Result<SlotSet, IndexError> {
    let mut walk = Walk { tree, area, slots: Vec::new(), work };
    if let Some(root) = tree.shape.root() {
        walk.node(root, 0)?;
    }
    Ok(slot_set(walk.slots, tree.header.slots))
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
        let relations = self.area.relations(self.tree.node(level, number)?);
        for (child, relation) in relations.into_iter().take(shape.children(level, number)).enumerate() {
            let below = number * FANOUT + child;
            match relation {
                Relation::Outside => {}
                Relation::Inside => {
                    self.slots.extend_from_slice(self.tree.slots(shape.positions(level - 1, below))?);
                }
                Relation::Partial if level == 1 => self.leaf(below)?,
                Relation::Partial => self.node(level - 1, below)?,
            }
        }
        Ok(())
    }

    fn leaf(&mut self, number: usize) -> Result<(), IndexError> {
        let (inside, unsure) = self.area.sort_out(self.tree.leaf(number)?);
        self.work.visited += 1;
        let positions = self.tree.shape.positions(0, number);
        let existing = ((1_u32 << positions.len()) - 1) as u16;
        let mut open = (inside | unsure) & existing;
        self.work.distances += positions.len() as u64;
        if open == 0 {
            return Ok(());
        }
        let slots = self.tree.slots(positions.clone())?;
        while open != 0 {
            let point = open.trailing_zeros() as usize;
            open &= open - 1;
            if inside >> point & 1 == 1 || self.area.contains(self.tree.place(positions.start + point)?) {
                self.slots.push(slots[point]);
            }
        }
        Ok(())
    }
}

/// Above this share of a segment, setting bits is quicker than sorting.
const DENSE: usize = 64;

fn slot_set(mut found: Vec<u32>, slots: u32) -> SlotSet {
    if found.len() < slots as usize / DENSE {
        found.sort_unstable();
        return SlotSet::from_sorted(found);
    }
    let mut words = vec![0_u64; (slots as usize).div_ceil(64)];
    for slot in found {
        if let Some(word) = words.get_mut(slot as usize / 64) {
            *word |= 1 << (slot % 64);
        }
    }
    SlotSet::from_bitmap(words)
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
        let relations = area.relations(tree.node(level, number)?);
        for (child, relation) in relations.into_iter().take(shape.children(level, number)).enumerate() {
            let below = (level - 1, number * FANOUT + child);
            match relation {
                Relation::Outside => {}
                Relation::Inside => inside += shape.positions(below.0, below.1).len() as u64,
                Relation::Partial => border.push(below),
            }
        }
    }
    let border = &border[next..];
    let unsure: u64 = border.iter().map(|&(level, number)| shape.positions(level, number).len() as u64).sum();
    Ok((Cardinality { min: inside, expected: inside + unsure / 2, max: inside + unsure }, border.len()))
}
