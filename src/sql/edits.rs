//! Edit distance, as the extension fuzzystrmatch spells it.

use std::fmt;

use crate::{
    expr::{Predicate, Test},
    object::FieldPath,
};

/// `levenshtein(name, 'Tbilsi')`: beside a number it is a condition.
#[derive(Clone, Debug)]
pub(super) struct Edits {
    /// The field.
    pub path: FieldPath,
    /// The text that its text is compared with.
    pub text: String,
}

impl Edits {
    /// At most so many edits.
    pub fn at_most(&self, edits: u32) -> Predicate {
        Predicate::new(self.path.clone(), Test::Fuzzy { text: self.text.clone(), edits })
    }
}

impl fmt::Display for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "levenshtein({}, '{}')", self.path, self.text)
    }
}
