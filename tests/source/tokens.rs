//! Rust source as tokens: what is a literal, what is a comment, and what is code.

/// What a piece of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// An identifier, a keyword or a number.
    Word,
    /// Text in quotes of any kind, quotes included.
    Text,
    /// A character or a lifetime.
    Character,
    /// Punctuation: two characters where they belong together (`=>`, `==`, `::`).
    Mark,
    Comment,
}

/// One piece of source and where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'c> {
    pub sort: Sort,
    pub text: &'c str,
    pub start: usize,
}

impl Token<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub fn is_mark(&self, mark: &str) -> bool {
        self.sort == Sort::Mark && self.text == mark
    }

    /// What stands between the quotes.
    pub fn quoted(&self) -> Option<&str> {
        (self.sort == Sort::Text)
            .then(|| self.text.trim_start_matches(['b', 'c', 'r', '#']).trim_end_matches('#').trim_matches('"'))
    }
}

/// Marks of two characters.
const PAIRS: [&str; 8] = ["=>", "==", "!=", "||", "&&", "::", "..", "->"];

/// All tokens of some source, comments included.
pub fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let (sort, length) = measure(rest, first);
        let (text, after) = rest.split_at(length);
        found.push(Token { sort, text, start: code.len() - rest.len() });
        rest = after.trim_start();
    }
    found
}

/// What some source starts with, and its length.
fn measure(rest: &str, first: char) -> (Sort, usize) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if rest.starts_with("//") {
        return (Sort::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Sort::Comment, block_comment(rest));
    }
    if let Some(length) = raw_text(rest).or_else(|| text(rest)) {
        return (Sort::Text, length);
    }
    if first == '\'' {
        return (Sort::Character, character(rest));
    }
    if is_word(first) {
        return (Sort::Word, rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
    }
    let pair = PAIRS.iter().any(|pair| rest.starts_with(pair));
    (Sort::Mark, if pair { 2 } else { first.len_utf8() })
}

/// The length of a block comment, in which others may be nested.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let (step, deeper) = match &rest[at..] {
            inner if inner.starts_with("/*") => (2, 1),
            inner if inner.starts_with("*/") => (2, -1),
            inner => (inner.chars().next().map_or(1, char::len_utf8), 0),
        };
        (at, depth) = (at + step, depth + deeper);
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of `"..."`, `b"..."` or `c"..."`.
fn text(rest: &str) -> Option<usize> {
    let prefix = usize::from(rest.starts_with("b\"") || rest.starts_with("c\""));
    let inner = rest[prefix..].strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    Some(end.map_or(rest.len(), |end| prefix + end + 2))
}

/// The length of `r"..."`, `r#"..."#`, `br"..."` and so on.
fn raw_text(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| rest.strip_prefix(prefix).is_some_and(|inner| inner.trim_start_matches('#').starts_with('"')))?;
    let hashes = rest[prefix.len()..].find('"')?;
    let open = prefix.len() + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len()))
}

/// The length of `'a'`, `'\n'` or, for a lifetime, `'a`.
fn character(rest: &str) -> usize {
    let inner = &rest[1..];
    let first = inner.chars().next().map_or(0, char::len_utf8);
    if inner.starts_with('\\') {
        return inner[2..].find('\'').map_or(rest.len(), |end| end + 4);
    }
    if inner[first..].starts_with('\'') {
        return first + 2;
    }
    1 + inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len())
}

/// The place of the bracket that closes the one at `open`; the end, when none does.
pub fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        depth += bracket(token);
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// The place of the bracket that the token at `at` stands in.
pub fn enclosing(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    (0..at).rev().find(|before| {
        depth += bracket(&tokens[*before]);
        depth == 1
    })
}

/// 1 for a bracket that opens, -1 for one that closes.
fn bracket(token: &Token<'_>) -> i32 {
    match (token.sort, token.text) {
        (Sort::Mark, "(" | "[" | "{") => 1,
        (Sort::Mark, ")" | "]" | "}") => -1,
        _ => 0,
    }
}
