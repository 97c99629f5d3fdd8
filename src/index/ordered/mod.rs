//! Which objects lie between two values, and in which order?
//!
//! All slots that have a value, sorted by (value, slot) in the total order of [`order`](crate::object::order). A range is a run of
//! ranks, found by two binary searches, which also say how many match. A short run is collected; a long one is made of prefix bitmaps:
//! a few word operations and at most a block of corrections at either end, not one step for each match.
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
mod keys;
mod part;
mod run;
mod segments;
mod sorted;
#[cfg(test)]
mod tests;
mod verify;
mod walk;

use crate::{
    codec::Container,
    object::{FieldPath, ValueRef},
};

use super::{BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options, search::check_declaration};
use build::OrderedBuilder;
use part::OrderedPart;

pub(super) use build::SortedFieldBuilder;
pub(super) use sorted::{Answer, SortedField};

/// The kind for ranges and order: sorted values, ranks and prefix bitmaps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ordered;

/// The kind's name.
const NAME: &str = "ordered";

impl IndexKind for Ordered {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "< <= > >= BETWEEN, =, IN, text prefixes and ORDER BY, by sorted values"
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        check_declaration(NAME, fields.len(), 1..=1, options)
    }

    /// Every value has its place in the total order.
    fn check_values(
        &self,
        _fields: &[FieldPath],
        _options: &Options,
        _values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        Ok(())
    }

    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        self.check(fields, options)?;
        Ok(Box::new(OrderedBuilder::new(effort)))
    }

    fn open(
        &self,
        fields: &[FieldPath],
        options: &Options,
        part: Container,
        _columns: Columns,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        self.check(fields, options)?;
        let field = SortedField::open(&part, "", slots)?;
        Ok(Box::new(OrderedPart { path: fields[0].clone(), part, field }))
    }
}
