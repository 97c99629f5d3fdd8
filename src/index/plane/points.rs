//! The coordinates of every slot.

use crate::{
    codec::{Container, Section},
    index::{IndexError, Slot, search::damaged},
};

use super::NAME;

/// Coordinates by slot: one f64 for each dimension, NaN where there is no number.
#[derive(Debug)]
pub(super) struct Points {
    section: Section,
    dimensions: usize,
}

impl Points {
    pub fn open(part: &Container, dimensions: usize, slots: u32) -> Result<Self, IndexError> {
        let section = part.section("points")?;
        if section.len() != slots as usize * dimensions * 8 {
            return Err(damaged(NAME, "points whose length does not fit the number of slots"));
        }
        Ok(Self { section, dimensions })
    }

    /// The coordinates of all slots, one after the other.
    pub fn every(&self) -> Result<&[f64], IndexError> {
        Ok(self.section.whole_array()?)
    }

    /// The coordinates of a slot, in all dimensions.
    #[inline]
    pub fn all(&self, slot: Slot) -> Result<&[f64], IndexError> {
        let start = slot.0 as usize * self.dimensions;
        Ok(self.section.array(start..start + self.dimensions)?)
    }

    /// The coordinates of a slot in some dimensions, in their order.
    #[inline]
    pub fn some<'b>(
        &self,
        slot: Slot,
        dimensions: &[usize],
        buffer: &'b mut [f64; 16],
    ) -> Result<&'b [f64], IndexError> {
        let all = self.all(slot)?;
        let some = &mut buffer[..dimensions.len()];
        for (coordinate, dimension) in some.iter_mut().zip(dimensions) {
            *coordinate = all[*dimension];
        }
        Ok(some)
    }
}
