//! From a text to its terms.

use std::{borrow::Cow, fmt};

use rust_stemmers::Stemmer;
use unicode_segmentation::UnicodeSegmentation;

use super::{Language, StopWords};

/// How texts become terms. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Whose stems words are reduced to.
    pub language: Language,
    /// The words, in lower case and not yet stems, that are passed over.
    pub stop_words: StopWords,
}

/// A word of a text as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The number of words before it, stop words too.
    pub position: u32,
    /// The stem.
    pub text: String,
}

impl Analysis {
    /// By a language, without stop words.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, stop_words: StopWords::default() }
    }

    /// The terms of a text, in order.
    pub fn terms<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Term> + 't {
        let stemmer = self.language.stemmer();
        (0..).zip(text.unicode_words()).filter_map(move |(position, word)| {
            let lower = word.to_lowercase();
            (!self.stop_words.contains(&lower)).then(|| Term { position, text: stem(stemmer.as_ref(), lower) })
        })
    }
}

fn stem(stemmer: Option<&Stemmer>, word: String) -> String {
    let Some(stemmer) = stemmer else { return word };
    match stemmer.stem(&word) {
        Cow::Owned(stem) => stem,
        Cow::Borrowed(stem) if stem.len() == word.len() => word,
        Cow::Borrowed(stem) => stem.to_owned(),
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.language.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(analysis: &Analysis, text: &str) -> Vec<(u32, String)> {
        analysis.terms(text).map(|term| (term.position, term.text)).collect()
    }

    fn words(analysis: &Analysis, text: &str) -> Vec<String> {
        analysis.terms(text).map(|term| term.text).collect()
    }

    #[test]
    fn words_become_stems() {
        let english = Analysis::default();
        assert_eq!(words(&english, "Old monasteries, BUILT on hills"), words(&english, "old monastery built on hill"));
        assert_eq!(words(&Analysis::new(Language::None), "Zwei Klöster!"), ["zwei", "klöster"]);
        let german = Analysis::new(Language::German);
        assert_eq!(words(&german, "Klöster"), words(&german, "Kloster"));
        assert_eq!(words(&english, "…  -- \u{0}"), [""; 0]);
    }

    #[test]
    fn stop_words_keep_their_place() {
        let analysis = Analysis { language: Language::English, stop_words: StopWords::parse("english") };
        let expected = [(1, "bank".to_owned()), (3, "america".to_owned())];
        assert_eq!(terms(&analysis, "The Bank of America"), expected);
        let own = Analysis { language: Language::None, stop_words: StopWords::parse("Der die") };
        assert_eq!(terms(&own, "die Stadt DER Türme"), [(1, "stadt".to_owned()), (3, "türme".to_owned())]);
    }

    proptest! {
        #[test]
        fn any_text_has_terms_in_order(text in any::<String>(), language in 0..19usize) {
            let names = Language::names();
            let language = Language::parse(names.split(", ").nth(language).unwrap()).unwrap();
            let found = terms(&Analysis::new(language), &text);
            prop_assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
