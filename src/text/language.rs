//! The languages whose words have stems.

use std::fmt;

use rust_stemmers::{Algorithm, Stemmer};

/// How words are reduced to stems: by one of the Snowball stemmers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Words stay as they are.
    None,
    /// Arabic.
    Arabic,
    /// Danish.
    Danish,
    /// Dutch.
    Dutch,
    /// English: what is meant where nothing is said.
    #[default]
    English,
    /// Finnish.
    Finnish,
    /// French.
    French,
    /// German.
    German,
    /// Greek.
    Greek,
    /// Hungarian.
    Hungarian,
    /// Italian.
    Italian,
    /// Norwegian.
    Norwegian,
    /// Portuguese.
    Portuguese,
    /// Romanian.
    Romanian,
    /// Russian.
    Russian,
    /// Spanish.
    Spanish,
    /// Swedish.
    Swedish,
    /// Tamil.
    Tamil,
    /// Turkish.
    Turkish,
}

/// Each with its name and its stemmer.
const LANGUAGES: [(Language, &str, Option<Algorithm>); 19] = [
    (Language::None, "none", None),
    (Language::Arabic, "arabic", Some(Algorithm::Arabic)),
    (Language::Danish, "danish", Some(Algorithm::Danish)),
    (Language::Dutch, "dutch", Some(Algorithm::Dutch)),
    (Language::English, "english", Some(Algorithm::English)),
    (Language::Finnish, "finnish", Some(Algorithm::Finnish)),
    (Language::French, "french", Some(Algorithm::French)),
    (Language::German, "german", Some(Algorithm::German)),
    (Language::Greek, "greek", Some(Algorithm::Greek)),
    (Language::Hungarian, "hungarian", Some(Algorithm::Hungarian)),
    (Language::Italian, "italian", Some(Algorithm::Italian)),
    (Language::Norwegian, "norwegian", Some(Algorithm::Norwegian)),
    (Language::Portuguese, "portuguese", Some(Algorithm::Portuguese)),
    (Language::Romanian, "romanian", Some(Algorithm::Romanian)),
    (Language::Russian, "russian", Some(Algorithm::Russian)),
    (Language::Spanish, "spanish", Some(Algorithm::Spanish)),
    (Language::Swedish, "swedish", Some(Algorithm::Swedish)),
    (Language::Tamil, "tamil", Some(Algorithm::Tamil)),
    (Language::Turkish, "turkish", Some(Algorithm::Turkish)),
];

impl Language {
    /// A language by its English name, in any case. `simple`, PostgreSQL's name for no language, is [`Language::None`] as well.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let name = if name.eq_ignore_ascii_case("simple") { "none" } else { name };
        LANGUAGES.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(language, ..)| *language)
    }

    /// The names of all, for errors and help texts.
    #[must_use]
    pub fn names() -> String {
        LANGUAGES.map(|(_, name, _)| name).join(", ")
    }

    pub(super) fn stemmer(self) -> Option<Stemmer> {
        LANGUAGES.iter().find(|(language, ..)| *language == self).and_then(|(.., stemmer)| stemmer.map(Stemmer::create))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = LANGUAGES.iter().find(|(language, ..)| language == self);
        f.write_str(named.map_or("none", |(_, name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for (language, name, stemmer) in LANGUAGES {
            assert_eq!((Language::parse(name), language.to_string().as_str()), (Some(language), name));
            assert_eq!(language.stemmer().is_some(), stemmer.is_some());
        }
        assert_eq!(Language::parse("English"), Some(Language::default()));
        assert_eq!((Language::parse("simple"), Language::parse("klingon")), (Some(Language::None), None));
    }
}
