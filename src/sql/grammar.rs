//! The words, names and lists that declarations are made of, read off the parser's tokens.

use sqlparser::{
    parser::Parser,
    tokenizer::{Token, Word},
};

use crate::object::FieldPath;

use super::{SqlError, statement::syntax};

/// A place in a statement.
pub(super) struct Grammar<'a, 'p> {
    parser: &'a mut Parser<'p>,
    text: &'a str,
}

impl<'a, 'p> Grammar<'a, 'p> {
    /// The place that a parser is at.
    pub const fn new(parser: &'a mut Parser<'p>, text: &'a str) -> Self {
        Self { parser, text }
    }

    /// Takes these words, all or none.
    pub fn words(&mut self, words: &[&str]) -> bool {
        let are_next = words.iter().enumerate().all(|(at, word)| self.is_nth(at, word));
        if are_next {
            words.iter().for_each(|_| drop(self.parser.next_token()));
        }
        are_next
    }

    /// Whether a word is next.
    pub fn is_word(&self, word: &str) -> bool {
        self.is_nth(0, word)
    }

    fn is_nth(&self, at: usize, wanted: &str) -> bool {
        match &self.parser.peek_nth_token_ref(at).token {
            Token::Word(Word { value, quote_style: None, .. }) => value.eq_ignore_ascii_case(wanted),
            _ => false,
        }
    }

    /// Takes a word that must be next.
    pub fn expect(&mut self, word: &str) -> Result<(), SqlError> {
        if self.words(&[word]) { Ok(()) } else { Err(self.expected(word)) }
    }

    /// The error for what is next, where something else should be.
    pub fn expected(&self, what: &str) -> SqlError {
        let found = &self.parser.peek_token_ref().token;
        syntax(self.text, sqlparser::parser::ParserError::ParserError(format!("Expected: {what}, found: {found}")))
    }

    /// The first two words, for errors.
    pub fn first_words(&self) -> String {
        format!("{} {}", self.parser.peek_nth_token_ref(0).token, self.parser.peek_nth_token_ref(1).token)
    }

    /// A name.
    pub fn name(&mut self) -> Result<String, SqlError> {
        match &self.parser.peek_token_ref().token {
            Token::Word(word) => {
                let name = word.value.clone();
                self.parser.next_token();
                Ok(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    fn names(&mut self) -> Result<Vec<String>, SqlError> {
        let mut names = vec![self.name()?];
        while self.parser.consume_token(&Token::Period) {
            names.push(self.name()?);
        }
        Ok(names)
    }

    /// A set's name: `cities`, `countries.cities`.
    pub fn dotted(&mut self) -> Result<String, SqlError> {
        Ok(self.names()?.join("."))
    }

    /// A field's path.
    pub fn path(&mut self) -> Result<FieldPath, SqlError> {
        let names = self.names()?;
        Ok(FieldPath::of(&names.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// Whether a parenthesis is next.
    pub fn is_open(&self) -> bool {
        self.parser.peek_token_ref().token == Token::LParen
    }

    /// What stands in parentheses, with commas between.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, SqlError>) -> Result<Vec<T>, SqlError> {
        if !self.parser.consume_token(&Token::LParen) {
            return Err(self.expected("("));
        }
        let mut items = vec![item(self)?];
        while self.parser.consume_token(&Token::Comma) {
            items.push(item(self)?);
        }
        if self.parser.consume_token(&Token::RParen) { Ok(items) } else { Err(self.expected(", or )")) }
    }

    /// `name = value`, where the value is text, a number or a word.
    pub fn setting(&mut self) -> Result<(String, String), SqlError> {
        let name = self.name()?.to_ascii_lowercase();
        if !self.parser.consume_token(&Token::Eq) {
            return Err(self.expected("="));
        }
        let value = match &self.parser.peek_token_ref().token {
            Token::SingleQuotedString(value) | Token::Number(value, _) => value.clone(),
            Token::Word(word) => word.value.clone(),
            _ => return Err(self.expected("a value: text, a number or a word")),
        };
        self.parser.next_token();
        Ok((name, value))
    }
}
