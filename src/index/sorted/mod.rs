//! How are the values of one field kept in order?
//!
//! What the `ordered` and the `plane` index are made of: all slots that have a value, sorted by (value, slot) in the total order of
//! [`order`](crate::object::order). A range is a run of ranks, found by two binary searches, which also say how many match. A short
//! run is collected; a long one is made of prefix bitmaps: a few word operations and at most a block of corrections at either end,
//! not one step for each match.
//!
//! The parts of a `SortedField` are sections of the index part, `P` standing for a prefix (nothing here, `0.`, `1.`, .. in a plane
//! index):
//!
//! ```text
//! Psegments  for each kind of value that occurs, in order (numbers and NaN are two):
//!              class u32 | form u32 | first distinct u32 | distinct values u32 | first rank u32 | ranks u32
//!              | position in keys u64 | length there u64
//! Pkeys      the distinct values of each segment, ascending; by form:
//!              0 nothing (one value: null, NaN)   1 i64   2 f64   3 tag u64 (0 integer, 1 float), bits u64
//!              4 (distinct + 1) x u64 positions in what follows, then key bytes
//! Pstarts    (distinct values + 1) x u32: the rank where each value's run starts
//! Pslots     u32 by rank
//! Pranks     u32 by slot; u32::MAX where the field is missing
//! Pprefixes  n bitmaps of all slots, u64 words: bitmap i (from 1) has the slots of ranks below i * ceil(ranks / n)
//! ```

mod build;
mod field;
mod keys;
mod offer;
mod run;
mod segments;
mod verify;
mod walk;

pub use build::SortedFieldBuilder;
pub use field::{Answer, SortedField};

/// What the layout is called in errors.
const NAME: &str = "sorted field";
