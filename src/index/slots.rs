//! Sets of slots: what candidate sets and accept sets are made of.

/// A dense number of an object version inside one segment, in the segment's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// A set of slots.
#[derive(Clone, Debug)]
pub enum SlotSet {
    /// No slot.
    Empty,
}
