//! SQL's LIKE.

/// One part of a LIKE pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `%`: any text.
    Any,
    /// `_`: one character.
    One,
    /// The character itself.
    Char(char),
}

/// The parts of a pattern. A backslash takes the next character as it is; one at the very end stands for itself.
#[must_use]
pub fn parts(pattern: &str) -> Vec<Part> {
    let mut chars = pattern.chars();
    let mut parts = Vec::with_capacity(pattern.len());
    while let Some(char) = chars.next() {
        parts.push(match char {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Char(chars.next().unwrap_or('\\')),
            other => Part::Char(other),
        });
    }
    parts
}

/// Whether a text matches a pattern.
///
/// Only the last `%` is ever gone back to: what an earlier one could take besides, a later one can take as well. So the time is at
/// most the product of the lengths.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let parts = parts(pattern);
    let mut rest = text.chars();
    let mut at = 0;
    let mut retry = None;
    loop {
        let before = rest.clone();
        match (parts.get(at), rest.next()) {
            (Some(Part::Any), _) => {
                retry = Some((at + 1, before.clone()));
                rest = before;
                at += 1;
            }
            (None, None) => return true,
            (Some(Part::One), Some(_)) => at += 1,
            (Some(Part::Char(wanted)), Some(found)) if *wanted == found => at += 1,
            _ => {
                let Some((after, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                (at, rest) = (*after, from.clone());
            }
        }
    }
}

/// What a pattern asks for when it needs no pattern: text equal to this, or text that starts with this.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Simple {
    Equal(String),
    Prefix(String),
}

/// The simple form of a pattern that has no `_`, and `%` at most at its end.
pub(super) fn simple(pattern: &str) -> Option<Simple> {
    let parts = parts(pattern);
    let literal = literal_start(&parts);
    match &parts[literal.1..] {
        [] => Some(Simple::Equal(literal.0)),
        rest if rest.iter().all(|part| *part == Part::Any) => Some(Simple::Prefix(literal.0)),
        _ => None,
    }
}

/// What every text that matches a pattern starts with.
#[must_use]
pub fn like_prefix(pattern: &str) -> String {
    literal_start(&parts(pattern)).0
}

fn literal_start(parts: &[Part]) -> (String, usize) {
    let literal: String =
        parts.iter().map_while(|part| if let Part::Char(c) = part { Some(*c) } else { None }).collect();
    let length = literal.chars().count();
    (literal, length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, read off the pattern.
    fn twin(text: &[char], parts: &[Part]) -> bool {
        match parts.split_first() {
            None => text.is_empty(),
            Some((Part::Any, rest)) => (0..=text.len()).any(|from| twin(&text[from..], rest)),
            Some((Part::One, rest)) => !text.is_empty() && twin(&text[1..], rest),
            Some((Part::Char(c), rest)) => text.first() == Some(c) && twin(&text[1..], rest),
        }
    }

    proptest! {
        #[test]
        fn like_equals_its_definition(text in "[abá]{0,8}", pattern in r"[abá%_\\]{0,7}") {
            let chars: Vec<char> = text.chars().collect();
            let expected = twin(&chars, &parts(&pattern));
            prop_assert_eq!(like(&text, &pattern), expected);
            match simple(&pattern) {
                Some(Simple::Equal(wanted)) => prop_assert_eq!(text == wanted, expected),
                Some(Simple::Prefix(prefix)) => prop_assert_eq!(text.starts_with(&prefix), expected),
                None => {}
            }
            prop_assert!(!expected || text.starts_with(&like_prefix(&pattern)));
        }
    }

    #[test]
    fn many_wildcards_take_no_exponential_time() {
        let text = "a".repeat(2000);
        assert!(!like(&text, &("a%".repeat(50) + "b")));
    }
}
