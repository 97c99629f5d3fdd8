//! Which objects lie in a box, in a ball, or nearest, in 2 to 16 numeric dimensions?
//!
//! One ordered plane for each dimension, a `SortedField`, and all coordinates by slot. A box is the
//! merge-intersection of its slabs, from the most selective on; a ball is its box with the distance as residual, measured here, so that
//! both are exact. The nearest are found by widening the box around the target until the k-th distance lies inside. Each plane also answers
//! tests on its own field, and gives its order.
//!
//! ```text
//! 0.segments 0.keys .. 0.prefixes    the first field's plane, as in an ordered index; 1. the second's, and so on
//! points                             slots x dimensions x f64: the coordinates by slot, NaN where there is no number
//! ```

mod build;
mod nearest;
mod part;
mod points;
mod shape;
#[cfg(test)]
mod tests;

use crate::{
    codec::Container,
    object::{FieldPath, Kind, ValueRef},
};

use super::{
    BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options, search::check_declaration,
    sorted::SortedField,
};
use build::PlaneBuilder;
use part::PlanePart;
use points::Points;

/// The kind for boxes, balls and nearest in numeric dimensions: one ordered plane a dimension.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plane;

/// The kind's name.
const NAME: &str = "plane";

impl IndexKind for Plane {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "boxes, balls and nearest in 2 to 16 numeric fields, and ranges of each, by one ordered plane a field"
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        check_declaration(NAME, fields, 2..=16, options)?;
        if let Some((at, twice)) = fields.iter().enumerate().find(|(at, field)| fields[..*at].contains(field)) {
            let (option, value) = (format!("field {}", at + 1), twice.to_string());
            return Err(IndexError::Option { kind: NAME, option, value, expected: "each field once".to_owned() });
        }
        Ok(())
    }

    /// What is no number has no place in the space, but still one in its field's order.
    fn check_values(
        &self,
        _fields: &[FieldPath],
        _options: &Options,
        _values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        Ok(())
    }

    fn wants(&self) -> Option<Kind> {
        Some(Kind::Number)
    }

    fn trials(&self) -> Vec<(Vec<FieldPath>, Options)> {
        let fields = |names: &[&str]| names.iter().map(|name| FieldPath::from(*name)).collect();
        vec![(fields(&["x", "y"]), Options::new()), (fields(&["x", "y", "z"]), Options::new())]
    }

    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        self.check(fields, options)?;
        Ok(Box::new(PlaneBuilder::new(fields.len(), effort)))
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
        let planes: Result<Vec<SortedField>, IndexError> =
            (0..fields.len()).map(|dimension| SortedField::open(&part, &format!("{dimension}."), slots)).collect();
        let points = Points::open(&part, fields.len(), slots)?;
        Ok(Box::new(PlanePart { fields: fields.to_vec(), planes: planes?, points, part }))
    }
}
