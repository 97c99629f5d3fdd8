//! How many points are in a shape, and how many blocks would have to be looked at? From the boxes of a few nodes and the codes of a few blocks.

use crate::index::IndexError;

use super::{
    blocks::{Blocks, FANOUT},
    kernel::ones,
    question::Question,
};

/// Nodes of one level that are looked at; of more, so many spread over all.
const NODES: usize = 8;
/// Blocks that are looked at.
const BLOCKS: usize = 8;

/// What is known of a shape's answer before it is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Estimate {
    /// Points that are surely inside.
    pub min: u64,
    /// Points that may be.
    pub max: u64,
    pub expected: f64,
    /// Nodes, and blocks, that are neither inside nor outside.
    pub nodes: f64,
    pub blocks: f64,
}

/// Nodes of one level, or blocks, that reach across the shape's border; each stands for as many as `weight` says.
struct Border {
    numbers: Vec<usize>,
    weight: f64,
}

impl Border {
    fn count(&self) -> f64 {
        self.numbers.len() as f64 * self.weight
    }

    /// At most so many of them.
    fn sample(&self, most: usize) -> impl Iterator<Item = usize> {
        self.numbers.iter().copied().step_by(self.numbers.len().div_ceil(most).max(1))
    }

    /// How many each of the sample stands for.
    fn share(&self, most: usize) -> f64 {
        self.weight * self.numbers.len() as f64 / self.sample(most).count().max(1) as f64
    }
}

impl Estimate {
    pub fn new(blocks: &Blocks, question: &Question<'_>) -> Result<Self, IndexError> {
        let mut estimate = Self::default();
        let Some(root) = blocks.shelves.root() else { return Ok(estimate) };
        let mut border = Border { numbers: vec![0], weight: 1.0 };
        for level in (1..=root).rev() {
            border = estimate.descend(blocks, question, level, &border)?;
        }
        estimate.blocks = border.count();
        estimate.look(blocks, question, &border)?;
        Ok(estimate)
    }

    /// Sorts out the children of nodes; returns those on the border. Bounds are certain while no node is left out.
    fn descend(
        &mut self,
        blocks: &Blocks,
        question: &Question<'_>,
        level: usize,
        border: &Border,
    ) -> Result<Border, IndexError> {
        let shelves = &blocks.shelves;
        let points = |level: usize, number: usize| shelves.positions(level, number).len() as u64;
        let (weight, mut below) = (border.share(NODES), Vec::new());
        let (mut inside, mut unsure) = (0, 0);
        self.nodes += border.count();
        for number in border.sample(NODES) {
            let sorted = question.children(blocks.sides(level, number)?).first(shelves.children(level, number));
            inside += ones(sorted.inside).map(|child| points(level - 1, number * FANOUT + child)).sum::<u64>();
            unsure += ones(sorted.unsure).map(|child| points(level - 1, number * FANOUT + child)).sum::<u64>();
            below.extend(ones(sorted.unsure).map(|child| number * FANOUT + child));
        }
        self.expected += inside as f64 * weight;
        if weight == 1.0 {
            self.min += inside;
            self.max = self.min + unsure;
        }
        Ok(Border { numbers: below, weight })
    }

    /// Counts what is inside of a few blocks.
    fn look(&mut self, blocks: &Blocks, question: &Question<'_>, border: &Border) -> Result<(), IndexError> {
        let mut points = 0.0;
        for block in border.sample(BLOCKS) {
            let sorted = question.points(blocks.sides(1, block / FANOUT)?, block % FANOUT, blocks.codes(block)?);
            let sorted = sorted.first(blocks.shelves.children(0, block));
            points += f64::from(sorted.inside.count_ones()) + f64::from(sorted.unsure.count_ones()) / 2.0;
        }
        self.expected += points * border.share(BLOCKS);
        Ok(())
    }
}
