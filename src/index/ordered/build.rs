//! Building a part: one sorted field.

use crate::{
    codec::ContainerWriter,
    index::{BuildEffort, Columns, IndexBuilder, IndexError, Slot, sorted::SortedFieldBuilder},
    object::ValueRef,
};

/// Builds the one field of an ordered index.
pub(super) struct OrderedBuilder {
    field: SortedFieldBuilder,
    effort: BuildEffort,
}

impl OrderedBuilder {
    pub fn new(effort: BuildEffort) -> Self {
        Self { field: SortedFieldBuilder::default(), effort }
    }
}

impl IndexBuilder for OrderedBuilder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        self.field.add(slot, values.first().copied().flatten())
    }

    fn finish(
        self: Box<Self>,
        _columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        self.field.finish("", slots, self.effort, out).map(drop)
    }
}
