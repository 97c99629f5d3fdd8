//! What an import did that nobody asked for and is no fault.

use std::fmt;

use super::Place;

/// A decision about a field that whoever imports should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What led to it.
    pub place: Place,
    /// The field.
    pub field: String,
    /// What was decided, and how to decide otherwise.
    pub what: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, field '{}': {}", self.place, self.field, self.what)
    }
}
