//! Words that are passed over.

use std::sync::Arc;

/// Words so common that they say nothing of a text. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopWords(Arc<[Box<str>]>);

/// What `english` stands for.
const ENGLISH: &str = "a an and are as at be but by for from had has have if in into is it its no nor not of on or so such than that the \
                       their them then there these they this those to was were which will with";

impl StopWords {
    /// Words from an option's text: `none`, `english`, or the words themselves with spaces between them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let words = match text {
            "none" => "",
            "english" => ENGLISH,
            words => words,
        };
        let mut words: Vec<Box<str>> = words.split_whitespace().map(|word| word.to_lowercase().into()).collect();
        words.sort_unstable();
        words.dedup();
        Self(words.into())
    }

    /// Whether a word in lower case is one of them.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(word)).is_ok()
    }
}
