//! Which objects lie between two values, and in which order?
//!
//! The one field's values, sorted: a `SortedField` over the whole part.

mod build;
mod part;
#[cfg(test)]
mod tests;

use crate::{
    codec::Container,
    object::{FieldPath, ValueRef},
};

use super::{
    BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options, search::check_declaration,
    sorted::SortedField,
};
use build::OrderedBuilder;
use part::OrderedPart;

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
        check_declaration(NAME, fields, 1..=1, options)
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
