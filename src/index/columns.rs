//! The originals that parts re-score from: vector columns of the segment's object file.

use std::sync::Arc;

use crate::object::{FieldPath, VectorRef, VectorType};

use super::{IndexError, Slot};

/// One vector field of a segment, stored once, in slot order, 64-byte aligned.
pub trait VectorColumn: Send + Sync {
    /// What every vector has for components, and how many.
    fn of(&self) -> VectorType;

    /// The number of slots.
    fn len(&self) -> usize;

    /// Whether the column covers no slot.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vector of a slot; `None` where the field is missing.
    fn vector(&self, slot: Slot) -> Result<Option<VectorRef<'_>>, IndexError>;
}

/// The vector columns of one segment, by field.
#[derive(Clone, Default)]
pub struct Columns(Vec<(FieldPath, Arc<dyn VectorColumn>)>);

impl Columns {
    /// No columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column.
    #[must_use]
    pub fn with(mut self, path: FieldPath, column: Arc<dyn VectorColumn>) -> Self {
        self.0.push((path, column));
        self
    }

    /// The column of a field.
    #[must_use]
    pub fn get(&self, path: &FieldPath) -> Option<&Arc<dyn VectorColumn>> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, column)| column)
    }
}
