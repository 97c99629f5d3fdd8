//! Regular expressions, as they are asked for: compiled once, and as an automaton for indexes that walk one.

use std::sync::{Arc, OnceLock};

use regex::Regex;
use regex_automata::dfa::{
    StartKind,
    dense::{self, DFA},
};
use regex_syntax::hir::{Hir, HirKind, Look};

/// A regular expression in the syntax of the crate `regex`, searched for: it matches a text that has a match anywhere, as PostgreSQL's `~`
/// does; `^` and `$` tie it to the ends. No references back and no look-around, so that the time is linear in the text. Cheap to clone.
///
/// One that cannot be read matches nothing, and is refused by [`Expr::check`](super::Expr::check).
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    text: String,
    regex: Result<Regex, String>,
    /// What every text that matches starts with.
    prefix: String,
    /// Made when an index asks for it.
    automaton: OnceLock<Option<DFA<Vec<u32>>>>,
}

/// An automaton that needs more bytes is not made.
const LARGEST: usize = 1 << 20;

impl Pattern {
    /// Compiles a pattern.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let regex = Regex::new(&text).map_err(|error| reason(&error));
        let prefix = regex_syntax::parse(&text).ok().and_then(|parsed| literal_start(&parsed)).unwrap_or_default();
        Self(Arc::new(Compiled { text, regex, prefix, automaton: OnceLock::new() }))
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Why the pattern cannot be read, if it cannot.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.0.regex.as_ref().err().map(String::as_str)
    }

    /// Whether a text has a match.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.regex.as_ref().is_ok_and(|regex| regex.is_match(text))
    }

    /// What every text that matches starts with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// The automaton that reads a text byte by byte and comes to a match when there is one; `None` when it would be too large, and for
    /// boundaries of words, which are between characters and not between bytes. Made on first use.
    pub(crate) fn automaton(&self) -> Option<&DFA<Vec<u32>>> {
        self.0.automaton.get_or_init(|| automaton(&self.0.text)).as_ref()
    }
}

/// Patterns are the same when they are written alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Pattern {}

fn automaton(pattern: &str) -> Option<DFA<Vec<u32>>> {
    // An empty match inside of a character is none, which bytes don't tell: only what is no boundary of a word could be one.
    if regex_syntax::parse(pattern).ok()?.properties().look_set().contains_word() {
        return None;
    }
    let config = dense::Config::new()
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(Some(LARGEST))
        .determinize_size_limit(Some(4 * LARGEST));
    dense::Builder::new().configure(config).build(pattern).ok()
}

/// The last line of an error, which says what is wrong; those before it draw the place.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The text between the start, to which a pattern is tied, and its first part that is no plain text.
fn literal_start(parsed: &Hir) -> Option<String> {
    let HirKind::Concat(parts) = parsed.kind() else { return None };
    let (first, rest) = parts.split_first()?;
    if !matches!(first.kind(), HirKind::Look(Look::Start)) {
        return None;
    }
    let literal = |part: &Hir| match part.kind() {
        HirKind::Literal(literal) => Some(literal.0.to_vec()),
        _ => None,
    };
    String::from_utf8(rest.iter().map_while(literal).flatten().collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_searched_for() {
        let pattern = Pattern::new("^Mon|tery$");
        assert!(pattern.is_match("Monaco") && pattern.is_match("monastery") && !pattern.is_match("a Monk"));
        assert_eq!((pattern.error(), pattern.prefix()), (None, ""));
    }

    #[test]
    fn what_every_match_starts_with() {
        for (pattern, prefix) in [("^Mon.*o$", "Mon"), ("Mon", ""), ("^(?i)mon", ""), ("^a☃b*", "a☃"), ("^a|^ab", "")]
        {
            assert_eq!(Pattern::new(pattern).prefix(), prefix, "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_read_matches_nothing() {
        let pattern = Pattern::new("a(b");
        assert!(!pattern.is_match("a(b") && !pattern.is_match(""));
        assert_eq!(pattern.error(), Some("unclosed group"));
        assert!(pattern.automaton().is_none());
        assert!(Pattern::new(r"\bone\b").automaton().is_none() && Pattern::new("^one.*two$").automaton().is_some());
    }
}
