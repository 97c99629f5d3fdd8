//! Where do the objects of a new segment come from?

use std::{ops::Range, sync::Arc};

use crate::{
    codec::CodecError,
    index::{Slot, SlotSet},
    object::Offset,
};

use super::{Segment, SegmentObjects};

/// A run of a segment whose living objects go into a new one.
pub(in crate::set) struct Origin {
    pub segment: Arc<Segment>,
    pub run: Range<u32>,
    /// Slots that are left behind.
    pub dead: SlotSet,
}

impl Origin {
    /// How many slots live on.
    pub fn living(&self) -> u32 {
        let dead = self.dead.iter().filter(|slot| self.run.contains(&slot.0)).count();
        self.run.len().saturating_sub(dead) as u32
    }

    /// The slot in the new segment of each slot of the old one. Both are in the family's order: one walk along both.
    pub fn moved(&self, new: &SegmentObjects) -> Result<Vec<Option<Slot>>, CodecError> {
        let old = &self.segment.objects;
        let mut moved = vec![None; old.slots() as usize];
        let mut at = 0;
        for slot in self.run.clone().filter(|slot| !self.dead.contains(Slot(*slot))) {
            let wanted = place(old, slot)?;
            while at < new.slots() && place(new, at)? < wanted {
                at += 1;
            }
            if at < new.slots() && place(new, at)? == wanted {
                moved[slot as usize] = Some(Slot(at));
            }
        }
        Ok(moved)
    }
}

fn place(objects: &SegmentObjects, slot: u32) -> Result<(Option<Offset>, Offset), CodecError> {
    Ok((objects.owner(slot)?, objects.offset(slot)?))
}
