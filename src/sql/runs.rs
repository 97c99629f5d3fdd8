//! Which statements would nest deeper than anybody's stack holds?
//!
//! Whoever walks or drops a syntax tree recurses as deep as its parentheses and NOTs go. And `1 + 1 + 1 ..` the parser reads in a loop, into a tree that is one level deeper with each
//! operator. Chains of AND and OR are taken apart in a loop ([`super::tree`]) and may be of any
//! length; other chains are short in every question that somebody means.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, Tokenizer},
};

use super::{SqlError, dialect::ProtobaseDialect};

/// How deep parentheses, and NOTs before them, may be nested.
pub(super) const DEEPEST: usize = 40;

/// How many words, values and operators may follow each other without a comma, an AND or an OR between them.
const LONGEST_RUN: usize = 256;

/// What stands between two parentheses, so far.
#[derive(Default)]
struct Run {
    length: usize,
    /// BETWEENs whose AND has not come: that one is no conjunction.
    betweens: usize,
    nots: usize,
}

/// Refuses a statement with a longer run.
pub(super) fn check(text: &str) -> Result<(), SqlError> {
    let tokens =
        Tokenizer::new(&ProtobaseDialect, text).tokenize().map_err(|error| SqlError::Syntax(error.to_string()))?;
    let mut outer: Vec<Run> = Vec::new();
    let mut run = Run::default();
    let mut depth = 0;
    let (mut statements, mut terms) = (0, 0);
    for token in tokens {
        if let Token::Word(word) = &token {
            statements += usize::from(BRANCHING.contains(&word.keyword));
            terms += usize::from(matches!(word.keyword, Keyword::AND | Keyword::OR));
        }
        match token {
            Token::Whitespace(_) => {}
            Token::LParen => {
                depth += 1 + run.nots;
                outer.push(std::mem::take(&mut run));
            }
            Token::RParen => {
                run = outer.pop().unwrap_or_default();
                depth = depth.saturating_sub(1 + run.nots);
            }
            Token::Comma => run = Run::default(),
            Token::Word(word) if word.keyword == Keyword::AND && run.betweens > 0 => run.betweens -= 1,
            Token::Word(word) if matches!(word.keyword, Keyword::AND | Keyword::OR) => run = Run::default(),
            other => {
                run.length += 1;
                let between = matches!(&other, Token::Word(word) if word.keyword == Keyword::BETWEEN);
                run.betweens += usize::from(between);
                run.nots += usize::from(matches!(&other, Token::Word(word) if word.keyword == Keyword::NOT));
            }
        }
        if depth + run.nots > DEEPEST {
            return Err(SqlError::Syntax(format!("parentheses and NOTs are nested more than {DEEPEST} deep")));
        }
        if run.length > LONGEST_RUN {
            return Err(SqlError::Syntax(format!(
                "more than {LONGEST_RUN} words, values and operators follow each other without a comma, AND or OR; \
                 split the expression, or give a computed value as a parameter"
            )));
        }
    }
    if statements > 1 && terms > MOST_TERMS {
        return Err(SqlError::Syntax(format!(
            "more than {MOST_TERMS} ANDs and ORs in a statement over several; give a list as a parameter"
        )));
    }
    Ok(())
}

/// Words that begin a statement, or a condition other than WHERE: chains in those are trees as deep as they are long.
const BRANCHING: [Keyword; 3] = [Keyword::SELECT, Keyword::JOIN, Keyword::HAVING];

/// How many ANDs and ORs a statement may have where not all of them are in its one WHERE.
const MOST_TERMS: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn long_runs_are_refused_and_long_chains_are_not() {
        let long = |part: &str| check(&format!("SELECT a FROM t WHERE a = 1{}", part.repeat(10_000)));
        for part in [" + 1", " IS NULL", " BETWEEN 1 AND 2", " + f(1, 2)", " = 1", "::int"] {
            let error = long(part).expect_err(part).to_string();
            assert!(error.contains("more than 256 words"), "{error}");
        }
        for part in [" OR a = 1", " AND b BETWEEN 1 AND 2", " OR (a = 1 AND b < 2)"] {
            assert!(long(part).is_ok(), "{part}");
        }
        let listed = format!("SELECT a FROM t WHERE a IN ({})", vec!["-1"; 10_000].join(", "));
        assert!(check(&listed).is_ok());
        assert!(check("SELECT a FROM t WHERE a = 'open").is_err());
    }
}
