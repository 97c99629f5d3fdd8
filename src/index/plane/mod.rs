//! Which objects lie in a box, in a ball, or nearest, in 2 to 16 numeric dimensions?
//!
//! One ordered plane for each dimension, a `SortedField`, which also answers tests on its own field and gives its order; all coordinates by
//! slot; and *blocks*: points that are near each other, 64 together, under boxes of boxes. A point's place in its block's box is kept in
//! one byte a dimension, so that 64 points are sorted into inside, outside and unsure by a few vector instructions, and hardly any is looked
//! at by its coordinates. What these say counts: answers equal a scan's.
//!
//! A box or a ball goes the cheapest of three ways, by what `cost` foresees:
//!
//! - by the blocks that reach into it: those that lie inside are taken whole;
//! - by the narrowest slab: each of its slots is looked at;
//! - by intersecting the slabs, the most selective first, until looking at what is left is cheaper.
//!
//! The nearest are found block by block, the nearest box first; where blocks say little (few of many dimensions), by widening the slab around
//! the target until the k-th distance lies inside; where few are accepted, by measuring each.
//!
//! # Planes, blocks, or a k-d tree
//!
//! A k-d tree over the same fields answers boxes and balls in all of them well while they are few: up to about four dimensions, where a shape's
//! border is small beside what it holds. The blocks are one, of 64 points a leaf and 64 children a node. A tree says nothing of a range of one
//! field, or of two of ten, and in eight dimensions a cube that holds a tenth of the points is three quarters wide in each: nearly every
//! leaf reaches across its border. There planes win: a slab of any width is a few operations on bitmaps, whatever the other
//! dimensions. They also win where one dimension alone narrows it down, as a box one day wide and open elsewhere. A tree that is nothing else takes
//! less: planes are 24 bytes a point and dimension, coordinates eight, blocks 1.25, and 4 a point. Who never asks for a range or
//! an order of one field, and has memory for coordinates only, is better served by a k-d tree; so is who changes points one by one, as
//! parts are made anew. Small answers come from a k-d tree that only gathers sooner, too: ten to a thousand hits of a million points in two or three
//! dimensions two to ten times, the nearest ten eight to ten times; here they take 1 to 25 microseconds, planning and sorting by slot included.
//!
//! # Layout
//!
//! ```text
//! 0.segments 0.keys .. 0.prefixes    the first field's plane, as in an ordered index; 1. the second's, and so on
//! points                             slots x dimensions x f64: the coordinates by slot, NaN where there is no number
//! block header                       version, slots, slots with a number, dimensions: u32 each
//! block slots                        u32: the slots that have a number in some dimension, near ones together; 64 are a block
//! block codes                        by block, by dimension: 64 codes, a byte each; 255 where there is no number
//! block boxes                        by level from the lowest, by node, by dimension: 64 least, 64 greatest coordinates, a bit for each child
//!                                    without gaps
//! ```
//!
//! Parts of early versions have no blocks: they answer by their planes.

mod answer;
mod blocks;
mod build;
mod closest;
mod cost;
#[cfg(test)]
mod damage_tests;
mod estimate;
mod gather;
mod grid;
mod kernel;
mod measure;
mod nearest;
mod order;
mod part;
mod plan;
mod points;
mod question;
mod shape;
mod slabs;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin_tests;
mod verify;
mod widen;

use crate::{
    codec::Container,
    object::{FieldPath, Kind, ValueRef},
};

use super::{BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options, search::check_declaration};
use build::PlaneBuilder;
use part::PlanePart;

/// The kind for boxes, balls and nearest in numeric dimensions: blocks of near points, and one ordered plane a dimension.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plane;

/// The kind's name.
const NAME: &str = "plane";

impl IndexKind for Plane {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "boxes, balls and nearest in 2 to 16 numeric fields, by blocks of near points, and ranges of each, by one ordered plane a field"
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
        Ok(Box::new(PlanePart::open(fields, part, slots)?))
    }
}
