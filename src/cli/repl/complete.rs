//! What the editor asks while somebody types: how a word may end, and whether the statement is whole.

use std::collections::BTreeSet;

use rustyline::{
    Context, Helper,
    completion::Completer,
    highlight::Highlighter,
    hint::Hinter,
    validate::{ValidationContext, ValidationResult, Validator},
};

use crate::{database::Database, sql::pieces};

use super::meta::first_objects;

/// The words of statements.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ALTER",
    "ANALYZE",
    "AND",
    "ARRAY",
    "AS",
    "ASC",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CAST",
    "COMMIT",
    "CONFLICT",
    "COUNT",
    "CREATE",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DO",
    "DROP",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FORMAT",
    "FROM",
    "IF",
    "IN",
    "INDEX",
    "INSERT",
    "INTO",
    "IS",
    "ISOLATION",
    "JSON",
    "LEVEL",
    "LIKE",
    "LIMIT",
    "MISSING",
    "NOT",
    "NOTHING",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "RETURNING",
    "ROLLBACK",
    "SELECT",
    "SERIALIZABLE",
    "SET",
    "TIMESTAMP",
    "TRUE",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHERE",
    "WITH",
];

/// So many objects of each set are looked at for the names of fields.
const LOOKED_AT: usize = 20;

/// Knows the names of the database's sets, fields and kinds of index.
pub(super) struct Typing<'db> {
    database: &'db Database,
}

impl<'db> Typing<'db> {
    pub const fn new(database: &'db Database) -> Self {
        Self { database }
    }

    /// Sets, fields, indexes and kinds of index, as of now.
    fn names(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.database.registry().kinds().map(|kind| kind.name().to_owned()).collect();
        let snapshot = self.database.snapshot();
        for (family, declaration) in snapshot.families() {
            names.insert(declaration.name.clone());
            names.extend(declaration.indexed().chain(&declaration.unique).map(ToString::to_string));
            names.extend(declaration.indexes.iter().map(|index| declaration.index_name(index)));
            // Whoever cannot be read is not completed; a statement will say why.
            let objects = snapshot.view(family, None).ok().and_then(|view| first_objects(&view, LOOKED_AT).ok());
            for object in objects.unwrap_or_default() {
                names.extend(object.iter().map(|(name, _)| name.to_owned()));
            }
        }
        names
    }

    /// The words that begin with what is typed: names as they are, keywords in upper or lower case as they are begun.
    fn endings(&self, begun: &str) -> Vec<String> {
        if begun.is_empty() {
            return Vec::new();
        }
        let names = self.names().into_iter().filter(|name| name.starts_with(begun));
        let upper = begun.to_uppercase();
        let is_lower = begun.chars().all(|c| !c.is_uppercase());
        let spelled = |word: &&str| if is_lower { word.to_lowercase() } else { (*word).to_owned() };
        let keywords = KEYWORDS.iter().filter(|word| word.starts_with(&upper)).map(spelled);
        names.chain(keywords).collect()
    }
}

impl Completer for Typing<'_> {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..pos];
        let start = typed
            .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
            .map_or(0, |at| at + typed[at..].chars().next().map_or(1, char::len_utf8));
        Ok((start, self.endings(&typed[start..])))
    }
}

impl Validator for Typing<'_> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_whole(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

/// Whether a semicolon ends what was typed; what begins with a backslash, or says nothing, needs none.
fn is_whole(input: &str) -> bool {
    input.trim_start().starts_with('\\') || pieces(input).last().is_none_or(|piece| piece.is_ended)
}

impl Hinter for Typing<'_> {
    type Hint = String;
}

impl Highlighter for Typing<'_> {}

impl Helper for Typing<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{object::Object, set::SetSchema};

    #[test]
    fn statements_go_on_until_their_semicolon() {
        for whole in ["SELECT 1;", "", "  ", "\\d", "-- nothing", "a; b;"] {
            assert!(is_whole(whole), "{whole}");
        }
        for unfinished in ["SELECT 1", "SELECT ';", "a; b", "a /* ;"] {
            assert!(!is_whole(unfinished), "{unfinished}");
        }
    }

    #[test]
    fn words_end_as_names_and_keywords_do() {
        let database = Database::options().background(false).in_memory();
        let set = database.declare::<Object>(SetSchema::new("places").index("country", "hash")).unwrap();
        set.insert(&Object::new().with("Planet", "Earth")).unwrap();
        let typing = Typing::new(&database);
        let history = rustyline::history::MemHistory::new();
        let complete = |line: &str| typing.complete(line, line.len(), &Context::new(&history)).unwrap();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(complete("SELECT co"), (7, words(&["country", "commit", "conflict", "count"])));
        assert_eq!(complete("select Pl"), (7, words(&["Planet"])));
        assert_eq!(complete("SELECT * FROM places WH"), (21, words(&["WHERE"])));
        assert_eq!(complete("DROP INDEX places_"), (11, words(&["places_country_hash"])));
        assert_eq!(complete("SELECT (pla"), (8, words(&["places", "places_country_hash", "plane"])));
        assert_eq!(complete("SELECT é "), (10, Vec::new()));
    }
}
