//! What does a statement do: answer, write, declare, or begin and end a transaction?

use sqlparser::{
    ast::{Statement as AstStatement, TransactionAccessMode, TransactionIsolationLevel, TransactionMode},
    parser::Parser,
    tokenizer::Token,
};

use crate::database::{Isolation, Transaction};

use super::{
    Answer, Parameters, SqlError,
    change::Change,
    define::Definition,
    dialect::ProtobaseDialect,
    insert::Insert,
    remove::Remove,
    runs,
    statement::{Statement, syntax},
};

/// One parsed statement of any sort.
#[derive(Debug)]
pub(super) enum Command {
    /// SELECT, or EXPLAIN of one.
    Select(Box<Statement>),
    /// INSERT, UPDATE, DELETE.
    Write(Write),
    /// CREATE, ALTER, DROP.
    Define(Definition),
    /// BEGIN.
    Begin(Isolation),
    /// COMMIT.
    Commit,
    /// ROLLBACK.
    Rollback,
}

/// A statement that writes objects.
#[derive(Debug)]
pub(super) enum Write {
    Insert(Box<Insert>),
    Change(Box<Change>),
    Remove(Box<Remove>),
}

impl Write {
    /// Stages what it writes.
    pub fn run(&self, transaction: &mut Transaction, parameters: &Parameters) -> Result<Answer, SqlError> {
        match self {
            Self::Insert(insert) => insert.run(transaction, parameters),
            Self::Change(change) => change.run(transaction, parameters),
            Self::Remove(remove) => remove.run(transaction, parameters),
        }
    }
}

impl Command {
    /// Parses one statement.
    pub fn parse(text: &str) -> Result<Self, SqlError> {
        match first_word(text).to_ascii_uppercase().as_str() {
            "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" => {
                one(text, |parser| parser.parse_statement().map_err(|error| syntax(text, error))).and_then(Self::of)
            }
            "CREATE" | "ALTER" | "DROP" => one(text, |parser| Definition::parse(parser, text)).map(Self::Define),
            _ => Ok(Self::Select(Box::new(Statement::parse(text)?))),
        }
    }

    fn of(statement: AstStatement) -> Result<Self, SqlError> {
        match statement {
            AstStatement::Insert(insert) => Ok(Self::Write(Write::Insert(Box::new(Insert::new(insert)?)))),
            AstStatement::Update(update) => Ok(Self::Write(Write::Change(Box::new(Change::new(update)?)))),
            AstStatement::Delete(delete) => Ok(Self::Write(Write::Remove(Box::new(Remove::new(delete)?)))),
            AstStatement::StartTransaction { modes, modifier: None, statements, exception: None, .. }
                if statements.is_empty() =>
            {
                isolation(&modes).map(Self::Begin)
            }
            AstStatement::Commit { chain: false, modifier: None, .. } => Ok(Self::Commit),
            AstStatement::Rollback { chain: false, savepoint: None } => Ok(Self::Rollback),
            other => Err(SqlError::unsupported(
                other,
                "write SELECT, INSERT, UPDATE, DELETE, BEGIN, COMMIT or ROLLBACK, or CREATE, ALTER or DROP of a SET or INDEX",
            )),
        }
    }
}

/// The isolation that a BEGIN asks for. What the standard calls weaker than a snapshot gets one: no level forbids to see less of others.
fn isolation(modes: &[TransactionMode]) -> Result<Isolation, SqlError> {
    let mut isolation = Isolation::Snapshot;
    for mode in modes {
        match mode {
            TransactionMode::IsolationLevel(TransactionIsolationLevel::Serializable) => {
                isolation = Isolation::Serializable;
            }
            TransactionMode::IsolationLevel(_) => isolation = Isolation::Snapshot,
            TransactionMode::AccessMode(TransactionAccessMode::ReadWrite) => {}
            TransactionMode::AccessMode(TransactionAccessMode::ReadOnly) => {
                return Err(SqlError::unsupported(
                    "BEGIN READ ONLY",
                    "write BEGIN: a transaction without writes costs nothing",
                ));
            }
        }
    }
    Ok(isolation)
}

/// Parses one statement, which a semicolon may end, and nothing after it.
fn one<T>(text: &str, parse: impl FnOnce(&mut Parser<'_>) -> Result<T, SqlError>) -> Result<T, SqlError> {
    runs::check(text)?;
    let parser = Parser::new(&ProtobaseDialect).with_recursion_limit(10 * runs::DEEPEST);
    let mut parser = parser.try_with_sql(text).map_err(|error| syntax(text, error))?;
    let parsed = parse(&mut parser)?;
    while parser.consume_token(&Token::SemiColon) {}
    match &parser.peek_token_ref().token {
        Token::EOF => Ok(parsed),
        Token::Word(word) if word.quote_style.is_none() && first_word(text).eq_ignore_ascii_case("begin") => {
            Err(SqlError::Syntax(format!("{word} after BEGIN: one statement at a time, or a script")))
        }
        other => Err(SqlError::Syntax(format!("'{other}' after the end of the statement: expected one statement"))),
    }
}

/// The first word of a statement, after comments.
fn first_word(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        rest = match rest {
            _ if rest.starts_with("--") => rest.split_once('\n').map_or("", |(_, after)| after).trim_start(),
            _ if rest.starts_with("/*") => rest.split_once("*/").map_or("", |(_, after)| after).trim_start(),
            _ => break,
        };
    }
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_found_behind_comments() {
        assert_eq!(first_word(" -- no\n /* nor this */ insert into t"), "insert");
        assert_eq!(first_word("-- nothing"), "");
    }

    #[test]
    fn transactions_are_begun_as_postgresql_writes_it() {
        let begun = |text| match Command::parse(text).unwrap() {
            Command::Begin(isolation) => isolation,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(begun("BEGIN;"), Isolation::Snapshot);
        assert_eq!(begun("begin work isolation level repeatable read"), Isolation::Snapshot);
        assert_eq!(begun("START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE"), Isolation::Serializable);
        for (text, named) in [
            ("BEGIN READ ONLY", "READ ONLY"),
            ("COMMIT AND CHAIN", "CHAIN"),
            ("ROLLBACK TO SAVEPOINT a", "SAVEPOINT"),
            ("COMMIT; COMMIT", "one statement"),
        ] {
            let error = Command::parse(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
        assert!(matches!(Command::parse("END"), Ok(Command::Commit)));
        assert!(matches!(Command::parse("rollback work;"), Ok(Command::Rollback)));
    }

    #[test]
    fn nothing_of_a_write_is_passed_over() {
        for (text, named) in [
            ("UPDATE a SET b = 1 FROM c", "FROM"),
            ("UPDATE a JOIN b ON a.x = b.x SET y = 1", "JOIN"),
            ("UPDATE a SET (b, c) = (1, 2)", "one by one"),
            ("DELETE FROM a USING b", "USING"),
            ("DELETE FROM a, b", "several"),
            ("INSERT INTO a DEFAULT VALUES", "VALUES"),
            ("INSERT INTO a (b) VALUES (1) ON CONFLICT DO UPDATE SET b = 2", "name it"),
            ("INSERT INTO a (b) VALUES (1) ON CONFLICT ON CONSTRAINT c DO NOTHING", "CONSTRAINT"),
        ] {
            // What is compiled only with parameters is refused when it runs, before anything is written.
            match Command::parse(text) {
                Err(error) => assert!(error.to_string().contains(named), "{text}: {error}"),
                Ok(Command::Write(_)) => assert_eq!(named, "one by one", "{text}"),
                Ok(other) => panic!("{text}: {other:?}"),
            }
        }
        let long = format!("DELETE FROM a WHERE {}", vec!["b = 1"; 50_000].join(" OR "));
        assert!(Command::parse(&long).is_ok());
        let refused = format!("UPDATE a SET b = 1 FROM c WHERE {}", vec!["b = 1"; 50_000].join(" AND "));
        assert!(Command::parse(&refused).is_err());
    }
}
