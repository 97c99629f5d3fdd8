//! What do the objects of a set have in a field?
//!
//! Sets have no schema: what a field holds is known from the objects alone. Most often the first object that has the field tells; a field
//! that the first objects lack is looked for in each segment's names, which are found out once.

use crate::object::{FieldPath, Value, ValueRef};

use super::{SetError, SetView};

/// So many objects are looked at one by one before the segments' names are asked for.
const LOOKED_AT: usize = 1_000;

/// What some field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// What was asked for, in one object at least.
    Fitting,
    /// Other values only, such as this one.
    Other(Value),
    /// Nothing but null, in no object.
    Nothing,
}

impl SetView {
    /// Whether any object has such a field: of a top-level one also an object that is dead, where only that is said cheaply. What lies deeper is
    /// looked for in the objects, up to the first that has it. Where damage hides the answer, the question itself will say so, if it minds.
    #[must_use]
    pub fn has_field(&self, field: &FieldPath) -> bool {
        let Some(name) = field.names().first() else { return false };
        self.has_name(name) && (field.names().len() == 1 || self.reaches(field))
    }

    fn has_name(&self, name: &str) -> bool {
        let field = FieldPath::of(&[name]);
        let loose = self.loose();
        self.segments().iter().any(|segment| segment.has_field(name).unwrap_or(true))
            || loose.places().any(|at| loose.field(at, &field).is_some())
    }

    fn reaches(&self, field: &FieldPath) -> bool {
        let mut found = false;
        let read = self.read_while(|object| {
            found = object.field(field).is_some();
            !found
        });
        found || read.is_err()
    }

    /// Whether a field has a fitting value in any object. Looks no further than the first; at all objects that have the field, when none fits.
    pub fn held(&self, field: &FieldPath, fits: impl Fn(ValueRef<'_>) -> bool) -> Result<Held, SetError> {
        let first = self.held_among(field, &fits, LOOKED_AT)?;
        if first != Held::Nothing || !self.has_field(field) {
            return Ok(first);
        }
        self.held_among(field, &fits, usize::MAX)
    }

    /// [`SetView::held`] that gives up after so many objects that have nothing there.
    fn held_among(
        &self,
        field: &FieldPath,
        fits: &impl Fn(ValueRef<'_>) -> bool,
        at_most: usize,
    ) -> Result<Held, SetError> {
        let (mut held, mut looked_at) = (Held::Nothing, 0);
        self.read_while(|object| {
            looked_at += 1;
            match object.field(field) {
                None | Some(ValueRef::Null) => {}
                Some(value) if fits(value) => held = Held::Fitting,
                Some(other) if held == Held::Nothing => held = Held::Other(other.to_value()),
                Some(_) => {}
            }
            held != Held::Fitting && (held != Held::Nothing || looked_at < at_most)
        })?;
        Ok(held)
    }
}
