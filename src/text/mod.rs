//! Which words does a text have?
//!
//! An [`Analysis`] makes terms of a text: its words by the rules of Unicode (UAX 29), in lower case, each reduced to its stem by the rules of a
//! [`Language`], without its stop words. Conditions and indexes that take the same analysis agree on what matches. Words are numbered as they
//! stand, stop words too, so that a phrase is words at the right distances.
//!
//! Characters are compared as they are: a letter and its accent are one character or two, as the text has it. Of scripts that don't part their
//! words, each ideograph is a word.

mod analysis;
mod language;
mod stop_words;

pub use analysis::{Analysis, Term};
pub use language::Language;
pub use stop_words::StopWords;
