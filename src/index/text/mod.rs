//! Which objects have these words in a text?
//!
//! An inverted index of the terms that an [`Analysis`] finds: for each the slots whose text has it, and where it stands there. Words that must
//! all occur are an intersection of posting lists, words of which one is enough a union, and a phrase looks at positions in the slots that
//! have all its terms. Answers are exact for questions by the same analysis; others are left to evaluation. Texts in lists and maps have no
//! place here.
//!
//! Options: `language`, one of those of [`Language`], `english` when it is left out, `none` for words as they are; and `stop_words`: `none`, which is
//! the default, `english`, or the words themselves with spaces between them.
//!
//! # Why no engine for it
//!
//! A search engine as a library brings its own segments, commits, threads, caches and deletes, which here are the database's, and some hundred
//! crates. What is needed of it is an inverted index that is read in place: two thin crates, one for the words of Unicode and one for stems,
//! and the posting lists and transducers that other kinds have anyway. So the kind is part of default builds.
//!
//! ```text
//! terms      the distinct terms and their numbers, in order of their bytes: a transducer of the crate fst, version 3, from term to number
//! entries    by term: place u64 | positions u64 | count u32 | length u32 | extent u32 | 0 u32
//!              place is the slot itself when count is 1, else a position in postings; positions is one in the section of that name, for extent bytes
//! postings   slot sets
//! positions  by term: where each block of 64 of its slots starts behind these starts, u32; then for each slot the number of positions, the first
//!              and the steps to the others, each as a varint: seven bits a byte, the lowest first, the eighth set where more follow
//! ```

mod build;
mod part;
mod phrase;
mod positions;
mod terms;
#[cfg(test)]
mod tests;

use crate::{
    codec::Container,
    object::{FieldPath, ValueRef},
    text::{Analysis, Language, StopWords},
};

use super::{BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options, search::check_declaration};
use build::TextBuilder;
use part::TextPart;
use terms::Terms;

/// The kind for words in texts: an inverted index with positions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text;

/// The kind's name.
const NAME: &str = "text";
/// The options.
const LANGUAGE: &str = "language";
const STOP_WORDS: &str = "stop_words";

/// How an index with these options finds terms.
fn analysis(options: &Options) -> Result<Analysis, IndexError> {
    let refused = |option: &str, value: &str, expected: String| IndexError::Option {
        kind: NAME,
        option: option.to_owned(),
        value: value.to_owned(),
        expected,
    };
    if let Some((option, value)) = options.iter().find(|(option, _)| ![LANGUAGE, STOP_WORDS].contains(option)) {
        return Err(refused(option, value, format!("the options {LANGUAGE} and {STOP_WORDS}")));
    }
    let language = match options.get(LANGUAGE) {
        None => Language::default(),
        Some(name) => {
            Language::parse(name).ok_or_else(|| refused(LANGUAGE, name, format!("one of {}", Language::names())))?
        }
    };
    Ok(Analysis { language, stop_words: StopWords::parse(options.get(STOP_WORDS).unwrap_or("none")) })
}

impl IndexKind for Text {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "words and phrases in texts, stemmed by language, by an inverted index with positions"
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        check_declaration(NAME, fields, 1..=1, &Options::new())?;
        analysis(options).map(drop)
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

    fn analysis(&self, options: &Options) -> Option<Analysis> {
        analysis(options).ok()
    }

    fn trials(&self) -> Vec<(Vec<FieldPath>, Options)> {
        let options = [
            Options::new(),
            Options::new().with(LANGUAGE, "none").with(STOP_WORDS, "the á"),
            Options::new().with(LANGUAGE, "german").with(STOP_WORDS, "english"),
        ];
        options.into_iter().map(|options| (vec!["v".into()], options)).collect()
    }

    /// Texts are long: the bytes that a hundred words of one take.
    fn build_bytes(&self, _options: &Options, _effort: BuildEffort) -> u64 {
        1024
    }

    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        _effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        self.check(fields, options)?;
        Ok(Box::new(TextBuilder::new(analysis(options)?)))
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
        let terms = Terms::open(&part, slots)?;
        Ok(Box::new(TextPart { path: fields[0].clone(), part, analysis: analysis(options)?, terms, slots }))
    }
}
