//! Which statements would nest deeper than anybody's stack holds?
//!
//! Whoever walks or drops a syntax tree recurses as deep as its parentheses and NOTs go. And `1 + 1 + 1 ..` the parser reads in a loop, into a tree that is one level deeper with each
//! operator. Chains of AND and OR in a statement's own WHERE are taken apart in a loop
//! ([`super::tree`]) and may be of any length; other chains are short in every question that somebody means.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, Tokenizer},
};

use super::{SqlError, dialect::ProtobaseDialect};

/// How deep parentheses, and NOTs before them, may be nested.
pub(super) const DEEPEST: usize = 40;

/// How many words, values and operators may follow each other without a comma, an AND or an OR between them.
const LONGEST_RUN: usize = 256;

/// How many may be combined to one.
const MOST_COMBINED: usize = 100;

/// Words with which a statement is more than one SELECT.
const COMBINING: [Keyword; 4] = [Keyword::UNION, Keyword::EXCEPT, Keyword::INTERSECT, Keyword::WITH];

/// What stands between two parentheses, so far.
#[derive(Default)]
struct Run {
    length: usize,
    /// BETWEENs whose AND has not come: that one is no conjunction.
    betweens: usize,
    nots: usize,
    /// Whether it is a part of a condition whose chains are taken apart.
    is_condition: bool,
}

impl Run {
    /// The run after this one, or inside of it.
    fn next(&self) -> Self {
        Self { is_condition: self.is_condition, ..Self::default() }
    }

    /// A word outside of all parentheses: WHERE begins the condition, which the next clause ends.
    fn clause(&mut self, word: Keyword, verb: &mut Verb) {
        match word {
            Keyword::WHERE => self.is_condition = verb.takes_conditions(),
            Keyword::EXPLAIN => verb.is_explained = true,
            Keyword::CONFLICT => verb.names_key = true,
            Keyword::DO => verb.names_key = false,
            Keyword::SELECT | Keyword::INSERT | Keyword::UPDATE | Keyword::DELETE | Keyword::WITH | Keyword::MERGE => {
                verb.word.get_or_insert(word);
                self.is_condition = false;
            }
            Keyword::FROM
            | Keyword::SET
            | Keyword::VALUES
            | Keyword::RETURNING
            | Keyword::GROUP
            | Keyword::HAVING
            | Keyword::ORDER
            | Keyword::LIMIT
            | Keyword::UNION
            | Keyword::EXCEPT
            | Keyword::INTERSECT => self.is_condition = false,
            _ => {}
        }
    }
}

/// What the statement does.
#[derive(Default)]
struct Verb {
    word: Option<Keyword>,
    is_explained: bool,
    /// Whether it is one of several SELECTs, whose conditions are kept as they were read.
    is_combined: bool,
    /// Between ON CONFLICT and DO, where a condition says nothing that is understood.
    names_key: bool,
}

impl Verb {
    /// Whether its condition is taken apart before anything else is done.
    fn takes_conditions(&self) -> bool {
        match self.word {
            Some(Keyword::SELECT) => !self.is_combined,
            Some(Keyword::INSERT | Keyword::UPDATE | Keyword::DELETE) => !self.is_explained && !self.names_key,
            _ => false,
        }
    }
}

/// Refuses a statement with a longer run.
pub(super) fn check(text: &str) -> Result<(), SqlError> {
    let tokens =
        Tokenizer::new(&ProtobaseDialect, text).tokenize().map_err(|error| SqlError::Syntax(error.to_string()))?;
    let mut outer: Vec<Run> = Vec::new();
    let mut run = Run::default();
    let mut depth = 0;
    let combines = |token: &Token| matches!(token, Token::Word(word) if COMBINING.contains(&word.keyword));
    if tokens.iter().filter(|token| combines(token)).count() > MOST_COMBINED {
        return Err(SqlError::Syntax(format!("more than {MOST_COMBINED} statements are combined")));
    }
    let mut verb = Verb { is_combined: tokens.iter().any(combines), ..Verb::default() };
    for token in tokens {
        if let (Token::Word(word), true) = (&token, outer.is_empty()) {
            run.clause(word.keyword, &mut verb);
        } else if matches!(&token, Token::Word(word) if word.keyword == Keyword::SELECT) {
            // The condition of a statement inside of another stays as it was read.
            run.is_condition = false;
        }
        match token {
            Token::Whitespace(_) => {}
            Token::LParen => {
                depth += 1 + run.nots;
                let inner = run.next();
                outer.push(std::mem::replace(&mut run, inner));
            }
            Token::RParen => {
                run = outer.pop().unwrap_or_default();
                depth = depth.saturating_sub(1 + run.nots);
            }
            Token::Comma => run = run.next(),
            Token::Word(word) if word.keyword == Keyword::AND && run.betweens > 0 => run.betweens -= 1,
            Token::Word(word) if run.is_condition && matches!(word.keyword, Keyword::AND | Keyword::OR) => {
                run = run.next();
            }
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
                "more than {LONGEST_RUN} words, values and operators follow each other without a comma, or an AND or OR of WHERE; \
                 split the expression, or give a computed value as a parameter"
            )));
        }
    }
    Ok(())
}

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
        // Elsewhere nobody takes chains apart.
        let chain = vec!["b = 1"; 10_000].join(" OR ");
        for text in [
            format!("SELECT {chain} FROM a"),
            format!("SELECT b FROM a WHERE c IN (SELECT b FROM a WHERE {chain})"),
            format!("SELECT b FROM a WHERE {chain} UNION SELECT b FROM a"),
            format!("WITH x AS (SELECT b FROM a) SELECT b FROM x WHERE {chain}"),
            format!("SELECT b FROM a JOIN c ON {chain}"),
            format!("SELECT b FROM a WHERE c = 1 ORDER BY {chain}"),
            format!("SELECT b FROM a WHERE c IN (SELECT d FROM e) GROUP BY {chain}"),
            format!("UPDATE a SET b = ({chain})"),
            format!("INSERT INTO a (b) VALUES ({chain})"),
            format!("DELETE FROM a WHERE b = 1 RETURNING {chain}"),
            format!("EXPLAIN DELETE FROM a WHERE {chain}"),
            format!("INSERT INTO a (b) VALUES (1) ON CONFLICT (b) WHERE {chain} DO NOTHING"),
        ] {
            assert!(check(&text).is_err(), "{text:.60}");
        }
        for text in ["DELETE FROM a", "UPDATE a SET b = 1", "EXPLAIN SELECT b FROM a", "INSERT INTO a SELECT b FROM a"]
        {
            assert!(check(&format!("{text} WHERE ({chain})")).is_ok(), "{text}");
        }
        let listed = format!("SELECT a FROM t WHERE a IN ({})", vec!["-1"; 10_000].join(", "));
        assert!(check(&listed).is_ok());
        assert!(check("SELECT a FROM t WHERE a = 'open").is_err());
    }
}
