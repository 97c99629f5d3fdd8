//! Where does each statement of a script begin and end?

use sqlparser::tokenizer::{Location, Token, Tokenizer};

use super::dialect::ProtobaseDialect;

/// A statement of a script, without its semicolon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'t> {
    /// What is written.
    pub text: &'t str,
    /// The line that it begins in, counted from 1.
    pub line: usize,
    /// Whether a semicolon ends it; the last one may lack it.
    pub is_ended: bool,
}

/// The statements of a script, which are separated by semicolons: not those in texts, quoted names and comments. A text that is not closed
/// reaches to the end of the script, which is then no statement, as its parser will say.
///
/// ```
/// use protobase::sql::pieces;
///
/// let script = "DELETE FROM a WHERE b = 'x;y';\n-- and then\nSELECT * FROM a";
/// let texts: Vec<(usize, &str)> = pieces(script).map(|piece| (piece.line, piece.text)).collect();
/// assert_eq!(texts, [(1, "DELETE FROM a WHERE b = 'x;y'"), (3, "SELECT * FROM a")]);
/// ```
pub fn pieces(script: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut tokens = Vec::new();
    // What was read before an error stands.
    let read = Tokenizer::new(&ProtobaseDialect, script).tokenize_with_location_into_buf(&mut tokens);
    let mut pieces = Vec::new();
    let mut places = Places { script, at: 0, place: Location::new(1, 1) };
    let mut start: Option<(usize, usize)> = None;
    for token in &tokens {
        match token.token {
            Token::Whitespace(_) | Token::EOF => {}
            Token::SemiColon => {
                let end = places.position(token.span.start);
                if let Some((from, line)) = start.take() {
                    pieces.push(Piece { text: script[from..end].trim_end(), line, is_ended: true });
                }
            }
            _ if start.is_none() => {
                start = Some((places.position(token.span.start), token.span.start.line as usize));
            }
            _ => {}
        }
    }
    if read.is_err() && start.is_none() {
        // The text that is not closed is the first of its statement.
        let after = tokens.last().map_or(0, |token| places.position(token.span.end));
        let from = after + (script[after..].len() - script[after..].trim_start().len());
        start = Some((from, 1 + script[..from].matches('\n').count()));
    }
    if let Some((from, line)) = start {
        pieces.push(Piece { text: script[from..].trim_end(), line, is_ended: false });
    }
    pieces.into_iter()
}

/// Byte positions of places that come in ascending order, in one walk.
struct Places<'t> {
    script: &'t str,
    at: usize,
    place: Location,
}

impl Places<'_> {
    fn position(&mut self, wanted: Location) -> usize {
        for c in self.script[self.at..].chars() {
            if (self.place.line, self.place.column) >= (wanted.line, wanted.column) {
                break;
            }
            self.at += c.len_utf8();
            if c == '\n' {
                self.place = Location::new(self.place.line + 1, 1);
            } else {
                self.place.column += 1;
            }
        }
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<(usize, &str, bool)> {
        pieces(script).map(|piece| (piece.line, piece.text, piece.is_ended)).collect()
    }

    #[test]
    fn semicolons_of_texts_names_and_comments_separate_nothing() {
        let script = "SELECT ';\n;' FROM \"a;b\" -- ;\n /* ; */ ;;\n ж = 'ё;' ; end";
        let found = texts(script);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0], (1, "SELECT ';\n;' FROM \"a;b\" -- ;\n /* ; */", true));
        assert_eq!(found[1], (4, "ж = 'ё;'", true));
        assert_eq!(found[2], (4, "end", false));
        assert_eq!(texts(" -- nothing\n;"), []);
    }

    #[test]
    fn what_is_not_closed_reaches_to_the_end() {
        assert_eq!(texts("a; b 'c; d"), [(1, "a", true), (1, "b 'c; d", false)]);
        assert_eq!(texts("a;\n 'c; d"), [(1, "a", true), (2, "'c; d", false)]);
        assert_eq!(texts("a /* b; c"), [(1, "a /* b; c", false)]);
    }
}
