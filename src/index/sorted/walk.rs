//! The slots of a field in the order of its values.

use std::ops::Range;

use crate::index::{IndexError, Slot, search::damaged};

use super::{NAME, field::SortedField};

/// How many slots are read at once.
const BATCH: u32 = 256;

/// Slots by value. The end is early wherever the caller stops: nothing is read ahead but one batch.
pub(super) struct Walk<'a> {
    field: &'a SortedField,
    /// The values that are still to come, by number.
    values: Range<usize>,
    descending: bool,
    /// The ranks that are still to come of the current stretch, in which slots come as they stand.
    ranks: Range<u32>,
    /// Descending: where the run of the next value must end, as runs lie side by side. So a walk ends, whatever was written.
    end: u32,
    batch: std::slice::Iter<'a, u32>,
}

impl SortedField {
    /// All slots whose value is not null, by value, ties by ascending slot.
    pub fn walk(&self, descending: bool) -> Box<dyn Iterator<Item = Result<Slot, IndexError>> + '_> {
        match self.start_walk(descending) {
            Ok(walk) => Box::new(walk),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    fn start_walk(&self, descending: bool) -> Result<Walk<'_>, IndexError> {
        let first = self.first_valued()?;
        let nulls = usize::from(first > 0);
        // Ascending, all values are one stretch; descending, each value is one.
        let (values, ranks) = if descending { (nulls..self.distinct(), 0..0) } else { (0..0, first..self.ranked()) };
        let end = self.ranked();
        Ok(Walk { field: self, values, descending, ranks, end, batch: [].iter() })
    }
}

impl Walk<'_> {
    /// Reads the next batch; false at the end.
    fn advance(&mut self) -> Result<bool, IndexError> {
        while self.ranks.is_empty() {
            let Some(value) = (if self.descending { self.values.next_back() } else { None }) else { return Ok(false) };
            self.ranks = self.field.start(value)?..self.field.start(value + 1)?;
            if self.ranks.is_empty() || self.ranks.end != self.end {
                return Err(damaged(NAME, "a run that does not end where the next one starts"));
            }
            self.end = self.ranks.start;
        }
        let end = self.ranks.end.min(self.ranks.start + BATCH);
        self.batch = self.field.by_rank(self.ranks.start..end)?.iter();
        self.ranks.start = end;
        Ok(true)
    }

    fn fail(&mut self, error: IndexError) -> Result<Slot, IndexError> {
        (self.values, self.ranks, self.batch) = (0..0, 0..0, [].iter());
        Err(error)
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Slot, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.batch.next() {
                Some(slot) if *slot < self.field.slots => return Some(Ok(Slot(*slot))),
                Some(_) => return Some(self.fail(damaged(NAME, "a slot past the segment's end"))),
                None => match self.advance() {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(error) => return Some(self.fail(error)),
                },
            }
        }
    }
}
