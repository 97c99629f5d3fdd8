//! Which objects have a text like this?
//!
//! The field's distinct texts, each with its slots. A beginning is a run of texts; a LIKE pattern, a misspelling and a regular expression are
//! automata that walk through the texts together, all that begin alike at once, and turn back where no text can match any more. What has no
//! automaton, or one too large, is asked of each text; every answer is exact. What is no text has no place here: a question for it is left
//! to another index.
//!
//! ```text
//! texts      the distinct texts and their numbers, in order of their bytes: a transducer of the crate fst, version 3, from text to number
//! starts     (texts + 1) x u32: where each text's slots start in the next section
//! slots      u32 by text, ascending for each
//! ```

mod build;
mod fuzzy;
mod like;
mod part;
mod question;
mod regex;
mod runs;
#[cfg(test)]
mod tests;

use crate::{
    codec::Container,
    object::{FieldPath, ValueRef},
};

use super::{
    BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options, lexicon::Lexicon,
    search::check_declaration,
};
use build::TrieBuilder;
use part::TriePart;
use runs::Runs;

/// The kind for texts that are not known exactly: distinct texts, walked by automata.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trie;

/// The kind's name.
const NAME: &str = "trie";

impl IndexKind for Trie {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "text prefixes, LIKE, edit distance, regular expressions, =, IN, by automata over distinct texts"
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        check_declaration(NAME, fields, 1..=1, options)
    }

    /// What is no text is left out.
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
        _effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        self.check(fields, options)?;
        Ok(Box::new(TrieBuilder::default()))
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
        let runs = Runs::open(&part, slots)?;
        let texts = Lexicon::open(&part, "texts", runs.texts())?;
        Ok(Box::new(TriePart { path: fields[0].clone(), part, texts, runs }))
    }
}
