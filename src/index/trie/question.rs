//! Which texts does a test ask for?

use crate::{
    expr::{Test, like_prefix},
    index::{IndexError, Work, lexicon::Lexicon},
    object::{Value, ValueRef},
};

use super::{fuzzy::FuzzyAutomaton, like::LikeAutomaton, regex::RegexAutomaton};

/// What is looked up, or walked through.
#[derive(Clone, Debug)]
pub(super) enum Question<'t> {
    /// These texts.
    Texts(Vec<&'t str>),
    /// All that start with this.
    Prefix(&'t str),
    /// Those that start with this and pass the test.
    Walk(String, &'t Test),
}

impl<'t> Question<'t> {
    /// `None` for a test that asks for anything but texts.
    pub fn of(test: &'t Test) -> Option<Self> {
        match test {
            Test::Equals(value) => texts(std::slice::from_ref(value)),
            Test::In(values) => texts(values),
            Test::Prefix(prefix) => Some(Self::Prefix(prefix)),
            Test::Like(pattern) => Some(Self::Walk(like_prefix(pattern), test)),
            Test::ContainsText(_) | Test::Fuzzy { .. } => Some(Self::Walk(String::new(), test)),
            Test::Regex(pattern) => Some(Self::Walk(pattern.prefix().to_owned(), test)),
            _ => None,
        }
    }
}

/// `None` when one of the values is no text.
fn texts<'t>(values: &'t [Value]) -> Option<Question<'t>> {
    let text = |value: &'t Value| match value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    values.iter().map(text).collect::<Option<Vec<_>>>().map(Question::Texts)
}

/// The numbers of the texts that start with a prefix and pass a test, ascending: by the test's automaton, and where it has none by testing
/// each.
pub(super) fn walk(lexicon: &Lexicon, prefix: &str, test: &Test, work: &mut Work) -> Result<Vec<usize>, IndexError> {
    let mut found = Vec::new();
    let accepted = |_: &[u8], number| found.push(number);
    match test {
        Test::Like(pattern) => match LikeAutomaton::new(pattern) {
            Some(automaton) => lexicon.walk(prefix, automaton, work, accepted)?,
            None => return tested(lexicon, prefix, test, work),
        },
        Test::Fuzzy { text, edits } => match FuzzyAutomaton::new(text, *edits) {
            Some(automaton) => lexicon.walk(prefix, automaton, work, accepted)?,
            None => return tested(lexicon, prefix, test, work),
        },
        Test::Regex(pattern) => match pattern.automaton().and_then(RegexAutomaton::new) {
            Some(automaton) => lexicon.walk(prefix, automaton, work, accepted)?,
            None => return tested(lexicon, prefix, test, work),
        },
        _ => return tested(lexicon, prefix, test, work),
    }
    Ok(found)
}

fn tested(lexicon: &Lexicon, prefix: &str, test: &Test, work: &mut Work) -> Result<Vec<usize>, IndexError> {
    let mut found = Vec::new();
    lexicon.walk_all(prefix, work, |text, number| {
        if std::str::from_utf8(text).is_ok_and(|text| test.matches(Some(ValueRef::String(text)))) {
            found.push(number);
        }
    })?;
    Ok(found)
}
