//! Words that are looked for in a text.

use std::{fmt, sync::Arc};

use crate::text::{Analysis, Language, Term};

/// A text whose words are looked for in another: as [`Analysis`] finds them, in both. Cheap to clone.
///
/// A text of stop words alone, or of no words, matches nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    text: Arc<str>,
    how: Matching,
    /// As it was asked for; that of the field's index where nothing was said.
    language: Option<Language>,
    analysis: Analysis,
    terms: Arc<[Term]>,
}

/// Which of the words a text must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// All of them, anywhere.
    All,
    /// At least one.
    Any,
    /// All of them, as far from each other as they are in the text that is looked for.
    Phrase,
}

impl Words {
    /// The words of a text in a language, `None` for that of the field's index, which is English where there is no index.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>, how: Matching, language: Option<Language>) -> Self {
        Self::analysed(text.into(), how, language, Analysis::new(language.unwrap_or_default()))
    }

    fn analysed(text: Arc<str>, how: Matching, language: Option<Language>, analysis: Analysis) -> Self {
        let terms = analysis.terms(&text).collect();
        Self { text, how, language, analysis, terms }
    }

    /// The same words by the analysis of an index, if it is in the language that was asked for.
    #[must_use]
    pub fn by(&self, analysis: &Analysis) -> Option<Self> {
        let fits = self.language.is_none_or(|language| language == analysis.language);
        fits.then(|| Self::analysed(self.text.clone(), self.how, self.language, analysis.clone()))
    }

    /// How texts become terms.
    #[must_use]
    pub fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// Which of the words a text must have.
    #[must_use]
    pub fn how(&self) -> Matching {
        self.how
    }

    /// The text whose words these are.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is looked for, in order.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether a text has the words.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        let Some(first) = self.terms.first() else { return false };
        let found: Vec<Term> = self.analysis.terms(text).collect();
        let has = |wanted: &Term| found.iter().any(|term| term.text == wanted.text);
        let is_at = |position: u32, wanted: &Term| {
            let at = found.binary_search_by_key(&position, |term| term.position);
            at.is_ok_and(|at| found[at].text == wanted.text)
        };
        match self.how {
            Matching::All => self.terms.iter().all(has),
            Matching::Any => self.terms.iter().any(has),
            Matching::Phrase => found.iter().any(|start| {
                self.terms.iter().all(|term| is_at(start.position + (term.position - first.position), term))
            }),
        }
    }
}

impl fmt::Display for Words {
    /// As PostgreSQL spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.replace('\'', "''");
        match self.how {
            Matching::All => write!(f, "plainto_tsquery('{}', '{text}')", self.analysis),
            Matching::Phrase => write!(f, "phraseto_tsquery('{}', '{text}')", self.analysis),
            Matching::Any => {
                let words = text.split_whitespace().collect::<Vec<_>>().join(" | ");
                write!(f, "to_tsquery('{}', '{words}')", self.analysis)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::StopWords;

    fn found(how: Matching, wanted: &str, text: &str) -> bool {
        Words::new(wanted, how, None).is_match(text)
    }

    #[test]
    fn words_match_by_their_stems() {
        let text = "The oldest monasteries of Georgia, and one old church.";
        assert!(found(Matching::All, "old monastery", text) && !found(Matching::All, "old castle", text));
        assert!(found(Matching::Any, "castle church", text) && !found(Matching::Any, "castle tower", text));
        assert!(found(Matching::Phrase, "Old Churches", text) && !found(Matching::Phrase, "monastery Georgia", text));
        assert!([Matching::All, Matching::Any, Matching::Phrase].iter().all(|how| !found(*how, "!", text)));
        assert!(!found(Matching::All, "monastery", "Klöster") && !found(Matching::Phrase, "a b a b", "a b a"));
    }

    #[test]
    fn the_analysis_of_an_index_is_taken_in_its_language_only() {
        let german = Analysis { language: Language::German, stop_words: StopWords::parse("die der") };
        let words = Words::new("die Klöster", Matching::All, None);
        assert!(words.by(&german).unwrap().is_match("ein Kloster") && !words.is_match("ein Kloster"));
        assert!(Words::new("Klöster", Matching::All, Some(Language::English)).by(&german).is_none());
        let phrase = Words::new("Haus der Kunst", Matching::Phrase, Some(Language::German)).by(&german).unwrap();
        assert!(phrase.is_match("Häuser die Kunst") && !phrase.is_match("Haus Kunst"));
        assert_eq!(phrase.to_string(), "phraseto_tsquery('german', 'Haus der Kunst')");
        assert_eq!(Words::new("a b", Matching::Any, None).to_string(), "to_tsquery('english', 'a | b')");
    }
}
