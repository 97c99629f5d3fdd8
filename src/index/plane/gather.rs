//! The slots in a shape by going through the blocks that reach into it.

use crate::index::{IndexError, Slot, SlotSet, Work, search::slot_set};

use super::{
    blocks::{Blocks, FANOUT, Side},
    kernel::ones,
    part::PlanePart,
    question::Question,
    shape::Shape,
};

struct Gathering<'a> {
    part: &'a PlanePart,
    blocks: &'a Blocks,
    shape: &'a Shape<'a>,
    question: Question<'a>,
    slots: Vec<u32>,
    work: &'a mut Work,
}

impl PlanePart {
    pub(super) fn in_blocks(&self, blocks: &Blocks, shape: &Shape<'_>, work: &mut Work) -> Result<SlotSet, IndexError> {
        let question = shape.question();
        let mut gathering = Gathering { part: self, blocks, shape, question, slots: Vec::with_capacity(256), work };
        if let Some(root) = blocks.shelves.root() {
            gathering.node(root, 0)?;
        }
        Ok(slot_set(gathering.slots, gathering.work))
    }
}

impl Gathering<'_> {
    fn node(&mut self, level: usize, number: usize) -> Result<(), IndexError> {
        let shelves = &self.blocks.shelves;
        let sides = self.blocks.sides(level, number)?;
        let sorted = self.question.children(sides).first(shelves.children(level, number));
        self.work.visited += 1;
        for child in ones(sorted.inside | sorted.unsure) {
            let below = number * FANOUT + child;
            if sorted.inside >> child & 1 == 1 {
                let slots = self.blocks.slots(shelves.positions(level - 1, below))?;
                self.work.visited += slots.len() as u64;
                self.slots.extend_from_slice(slots);
            } else if level == 1 {
                self.block(sides, child, below)?;
            } else {
                self.node(level - 1, below)?;
            }
        }
        Ok(())
    }

    /// The points of a block: by their codes, and those that codes leave in doubt by their coordinates.
    fn block(&mut self, sides: &[Side], child: usize, number: usize) -> Result<(), IndexError> {
        let positions = self.blocks.shelves.positions(0, number);
        let sorted = self.question.points(sides, child, self.blocks.codes(number)?).first(positions.len());
        self.work.visited += positions.len() as u64;
        if sorted.inside | sorted.unsure == 0 {
            return Ok(());
        }
        let slots = self.blocks.slots(positions)?;
        self.slots.extend(ones(sorted.inside).map(|point| slots[point]));
        self.work.distances += u64::from(sorted.unsure.count_ones()) * u64::from(self.question.is_ball());
        let mut buffer = [0.0; 16];
        for slot in ones(sorted.unsure).map(|point| slots[point]) {
            if self.shape.holds(self.part.points.some(Slot(slot), &self.shape.dimensions, &mut buffer)?) {
                self.slots.push(slot);
            }
        }
        Ok(())
    }
}
