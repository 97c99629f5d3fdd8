//! Is the name of a field that an option makes free?

use crate::object::{FieldPath, Object};

use super::{ImportError, Place};

/// A field that no file has: an option makes it.
#[derive(Debug)]
pub(super) struct Made {
    /// The option, as it was given.
    option: String,
    field: String,
    /// Whether the option reads a field of the same name, and so takes its place.
    takes_the_place: bool,
}

impl Made {
    /// A field that an option makes of others.
    pub fn new(option: String, field: &str, of: &[&FieldPath]) -> Self {
        let path = FieldPath::from(field);
        Self { option, field: field.to_owned(), takes_the_place: of.contains(&&path) }
    }

    /// Refuses a field that two options make: the second would overwrite the first.
    pub fn check_once(all: &[Self]) -> Result<(), ImportError> {
        for (at, made) in all.iter().enumerate() {
            if let Some(first) = all[..at].iter().find(|first| first.field == made.field) {
                let (option, first) = (&made.option, &first.option);
                return Err(ImportError::Option(format!(
                    "{option}: {first} makes this field, too: choose another FIELD"
                )));
            }
        }
        Ok(())
    }

    /// Refuses an object of a file that has the field already: its value would be lost.
    pub fn check_free(&self, object: &Object, place: impl FnOnce() -> Place) -> Result<(), ImportError> {
        if self.takes_the_place || object.get(&self.field).is_none() {
            return Ok(());
        }
        let (option, place, field) = (&self.option, place(), &self.field);
        Err(ImportError::Option(format!(
            "{option}: {place} has a field '{field}' already, which would be overwritten: choose another FIELD"
        )))
    }
}
