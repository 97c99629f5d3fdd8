//! Does the part hold what it must?

use crate::index::{IndexError, Slot, search::damaged};

use super::{NAME, blocks::Side, build::Made, part::PlanePart};

fn broken(what: String) -> Result<(), IndexError> {
    Err(damaged(NAME, what))
}

impl PlanePart {
    /// Checks that points say the same as the planes.
    pub(super) fn verify_points(&self) -> Result<(), IndexError> {
        for slot in (0..self.planes[0].slots()).map(Slot) {
            for (plane, at) in self.planes.iter().zip(self.points.all(slot)?) {
                let rank = plane.rank(slot)?;
                if at.is_nan() == plane.slab(f64::NEG_INFINITY, f64::INFINITY)?.contains(&rank)
                    || !at.is_nan() && !plane.slab(*at, *at)?.contains(&rank)
                {
                    return broken(format!("slot {} is not where its planes say", slot.0));
                }
            }
        }
        Ok(())
    }

    /// Checks that every slot with a number somewhere stands in one block, and that codes and boxes are those of the points.
    pub(super) fn verify_blocks(&self) -> Result<(), IndexError> {
        let Some(blocks) = &self.blocks else { return Ok(()) };
        let (points, dimensions) = (self.points.every()?, blocks.dimensions);
        let order = blocks.slots(0..blocks.shelves.points)?;
        let mut wanted: Vec<bool> =
            points.chunks(dimensions).map(|at| at.iter().any(|number| !number.is_nan())).collect();
        for slot in order {
            if !std::mem::take(&mut wanted[*slot as usize]) {
                return broken(format!("slot {slot} stands in two blocks, or has no numbers"));
            }
        }
        if let Some(slot) = wanted.iter().position(|wanted| *wanted) {
            return broken(format!("slot {slot} stands in no block"));
        }
        let made = Made::new(order, points, dimensions);
        for (block, codes) in made.codes.chunks(dimensions).enumerate() {
            if blocks.codes(block)? != codes {
                return broken(format!("the codes of block {block} are not those of its points"));
            }
        }
        let shelves = &blocks.shelves;
        for level in 1..shelves.counts.len() {
            for number in 0..shelves.counts[level] {
                let at = shelves.node(level, number) * dimensions;
                if !blocks.sides(level, number)?.iter().zip(&made.boxes[at..]).all(|(side, made)| is_same(side, made)) {
                    return broken(format!(
                        "the boxes of node {number} on level {level} are not those of its children"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// By their bits, as NaN is written in one way only.
fn is_same(a: &Side, b: &Side) -> bool {
    let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
    a.complete == b.complete && same(&a.low, &b.low) && same(&a.high, &b.high)
}
