//! The lexical rules: PostgreSQL's, with the distance operators of pgvector, `$name` parameters and `IS MISSING`.

use sqlparser::{
    ast::{Expr, Ident},
    dialect::Dialect,
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::Token,
};

/// The prefix of the [`Expr::Prefixed`] that stands for `IS MISSING`.
pub(super) const MISSING: &str = "missing";

/// Between comparison (20) and addition (30), where PostgreSQL puts operators of its extensions.
const DISTANCE_PRECEDENCE: u8 = 25;

#[derive(Debug)]
pub(super) struct ProtobaseDialect;

impl Dialect for ProtobaseDialect {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    /// What may follow the first character of an operator: `<#>`, `<~>` and `<%>` become one token, `a <-5` stays two.
    fn is_custom_operator_part(&self, ch: char) -> bool {
        matches!(ch, '#' | '~' | '%' | '>')
    }

    /// Makes `<->` one token.
    fn supports_geometric_types(&self) -> bool {
        true
    }

    /// `EXPLAIN (ANALYZE, FORMAT JSON)`.
    fn supports_explain_with_utility_options(&self) -> bool {
        true
    }

    /// `COUNT(*) FILTER (WHERE ..)`.
    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_in_empty_list(&self) -> bool {
        true
    }

    /// `a IS MISSING` and `a IS NOT MISSING`.
    fn parse_infix(&self, parser: &mut Parser, left: &Expr, _precedence: u8) -> Option<Result<Expr, ParserError>> {
        let is_word = |n: usize, word: &str| match &parser.peek_nth_token_ref(n).token {
            Token::Word(found) => found.value.eq_ignore_ascii_case(word),
            _ => false,
        };
        let is = matches!(&parser.peek_token_ref().token, Token::Word(word) if word.keyword == Keyword::IS);
        let negated = is_word(1, "not") && is_word(2, MISSING);
        if !is || !(negated || is_word(1, MISSING)) {
            return None;
        }
        for _ in 0..if negated { 3 } else { 2 } {
            parser.next_token();
        }
        let missing = Expr::Prefixed { prefix: Ident::new(MISSING), value: Box::new(left.clone()) };
        Some(Ok(if negated {
            Expr::UnaryOp { op: sqlparser::ast::UnaryOperator::Not, expr: Box::new(missing) }
        } else {
            missing
        }))
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        match parser.peek_token_ref().token {
            Token::Spaceship | Token::TwoWayArrow | Token::CustomBinaryOperator(_) => Some(Ok(DISTANCE_PRECEDENCE)),
            _ => None,
        }
    }
}
