//! Where does code decide by a name in quotes what to do?

use super::tokens::{Token, closing, enclosing, tokens};

/// The names that some code branches on: what it compares with them, and patterns that have them. Naming one to somebody else, or listing
/// names, decides nothing.
pub fn branches_on<'n>(code: &str, names: impl IntoIterator<Item = &'n String>) -> Vec<&'n str> {
    let tokens = tokens(code);
    let decides = |at: usize| is_compared(&tokens, at) || is_pattern(&tokens, at, at);
    let is_branched_on = |name: &str| (0..tokens.len()).any(|at| tokens[at].quoted() == Some(name) && decides(at));
    names.into_iter().map(String::as_str).filter(|name| is_branched_on(name)).collect()
}

fn is_compared(tokens: &[Token<'_>], at: usize) -> bool {
    let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|beside| tokens.get(beside));
    beside.into_iter().any(|token| token.is_mark("==") || token.is_mark("!="))
}

/// Whether what stands from `first` to `last` is a pattern, or what something is looked for in, by itself or in brackets.
fn is_pattern(tokens: &[Token<'_>], first: usize, last: usize) -> bool {
    let follows = |mark: &str| tokens.get(last + 1).is_some_and(|token| token.is_mark(mark));
    let guarded = tokens.get(last + 1).is_some_and(|token| token.text == "if");
    let sought_in = follows(".") && tokens.get(last + 2).is_some_and(|token| token.text == "contains");
    if ["=>", "|", "="].into_iter().any(follows) || guarded || sought_in {
        return true;
    }
    let Some(open) = enclosing(tokens, first).filter(|open| !tokens[*open].is_mark("{")) else { return false };
    let is_macro = |name: &str| open >= 2 && tokens[open - 1].is_mark("!") && tokens[open - 2].text == name;
    is_macro("matches") || is_pattern(tokens, open, closing(tokens, open))
}
