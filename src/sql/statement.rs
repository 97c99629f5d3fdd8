//! From text to a checked SELECT: every clause is understood or refused by name, none is passed over.

use std::sync::{OnceLock, Weak};

use sqlparser::{
    ast::{
        Expr as Ast, Ident, LimitClause, ObjectName, OrderBy, OrderByExpr, OrderByKind, Query, Select, SelectFlavor,
        SelectItem as AstItem, SetExpr, Statement as AstStatement, TableAlias, TableFactor,
    },
    parser::{Parser, ParserError},
};

use crate::set::SetDeclaration;

use super::{
    SqlError,
    dialect::ProtobaseDialect,
    explained::{self, Mode},
    relation::Relation,
    runs,
    tree::Tree,
};

/// One SELECT, its clauses still as written: parsed once, asked as often as is wanted, each time with other values for its parameters.
///
/// ```
/// use protobase::{Database, Object, Parameters, SetSchema, sql::Statement};
///
/// let database = Database::in_memory();
/// let cities = database.declare::<Object>(SetSchema::new("cities").index("country", "hash"))?;
/// cities.insert(&Object::new().with("name", "Tbilisi").with("country", "GE"))?;
/// cities.insert(&Object::new().with("name", "Oslo").with("country", "NO"))?;
///
/// let of_country = Statement::parse("SELECT name FROM cities WHERE country = $country")?;
/// for (country, name) in [("GE", "Tbilisi"), ("NO", "Oslo")] {
///     let answer = of_country.answer(&database.snapshot(), &Parameters::new().with("country", country))?;
///     assert_eq!(answer.first().unwrap().to_string(), name);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Statement {
    pub(super) mode: Mode,
    /// The set's name: `cities`, or `countries.cities`.
    pub(super) set: String,
    /// What may stand before a field's name: the set's name and its alias.
    pub(super) prefixes: Vec<String>,
    pub(super) items: Vec<AstItem>,
    pub(super) filter: Option<Tree>,
    pub(super) order: Vec<OrderByExpr>,
    pub(super) limit: Option<Ast>,
    pub(super) offset: Option<Ast>,
    /// The first set whose objects were seen to have the fields that are named.
    pub(super) known: OnceLock<Weak<SetDeclaration>>,
    /// What it is instead of all this, over several sets or over groups.
    pub(super) relation: Option<Box<Relation>>,
}

impl Statement {
    /// Parses one statement. Fields are only looked for when it is asked.
    pub fn parse(text: &str) -> Result<Self, SqlError> {
        runs::check(text)?;
        // What was let through is no deeper than that.
        let parser = Parser::new(&ProtobaseDialect).with_recursion_limit(10 * runs::DEEPEST);
        let parsed = parser.try_with_sql(text).and_then(|mut parser| parser.parse_statements());
        let mut statements = parsed.map_err(|error| syntax(text, error))?;
        match (statements.pop(), statements.is_empty()) {
            (Some(statement), true) => Self::of(statement),
            (None, _) => Err(SqlError::Syntax("the statement is empty; write SELECT .. FROM set".into())),
            _ => Err(SqlError::Syntax("one statement at a time".into())),
        }
    }

    pub(super) fn of(statement: AstStatement) -> Result<Self, SqlError> {
        match statement {
            AstStatement::Query(query) => Self::select(*query, Mode::Run),
            AstStatement::Explain {
                describe_alias: _,
                analyze,
                verbose: false,
                query_plan: false,
                estimate: false,
                statement,
                format: None,
                options,
            } => match *statement {
                AstStatement::Query(query) => Self::select(*query, explained::mode(analyze, options.as_deref())?),
                other => Err(SqlError::unsupported(other, "EXPLAIN takes a SELECT")),
            },
            other => Err(SqlError::unsupported(other, "write SELECT, or EXPLAIN [ANALYZE] SELECT")),
        }
    }

    fn select(mut query: Query, mode: Mode) -> Result<Self, SqlError> {
        // First of all: even to be dropped, a long chain must be flat.
        let filter = match &mut *query.body {
            SetExpr::Select(select) => select.selection.take().map(Tree::of),
            _ => None,
        };
        Self::filtered(query, filter, mode)
    }

    /// A SELECT without a condition, and the condition that it is to have.
    pub(super) fn finding(text: &str, condition: Option<Tree>) -> Result<Self, SqlError> {
        let parsed = Parser::parse_sql(&ProtobaseDialect, text).map_err(|error| syntax(text, error))?;
        match parsed.into_iter().next() {
            Some(AstStatement::Query(query)) => Self::filtered(*query, condition, Mode::Run),
            _ => Err(SqlError::Syntax(format!("'{text}' is no SELECT"))),
        }
    }

    fn filtered(query: Query, filter: Option<Tree>, mode: Mode) -> Result<Self, SqlError> {
        let (query, filter) = match Relation::of(Box::new(query), filter, mode) {
            Ok(relation) => return Ok(Self::over(relation)),
            Err(simple) => simple,
        };
        check_query(&query)?;
        let Query { body, order_by, limit_clause, .. } = *query;
        let SetExpr::Select(select) = *body else {
            return Err(SqlError::unsupported(body, "write one SELECT"));
        };
        let order = order(order_by)?;
        let (limit, offset) = limits(limit_clause)?;
        let (set, prefixes) = source(&select)?;
        check_select(&select)?;
        let (items, known) = (select.projection, OnceLock::new());
        Ok(Self { mode, set, prefixes, items, filter, order, limit, offset, known, relation: None })
    }

    /// A statement that is more than a filter and an order over one set.
    fn over(relation: Relation) -> Self {
        Self {
            mode: Mode::Run,
            set: String::new(),
            prefixes: Vec::new(),
            items: Vec::new(),
            filter: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            known: OnceLock::new(),
            relation: Some(Box::new(relation)),
        }
    }
}

/// The parser's error.
pub(super) fn syntax(text: &str, error: ParserError) -> SqlError {
    match error {
        ParserError::ParserError(what) | ParserError::TokenizerError(what) => SqlError::Syntax(at_end(text, what)),
        error @ ParserError::RecursionLimitExceeded => SqlError::Syntax(error.to_string()),
    }
}

/// What the parser says, with the last words of a statement that ends too early.
fn at_end(text: &str, what: String) -> String {
    let Some(expected) = what.split(", found: EOF").next().filter(|expected| expected.len() < what.len()) else {
        return what;
    };
    let expected = expected.strip_prefix("Expected: ").unwrap_or(expected);
    let words: Vec<&str> = text.split_whitespace().collect();
    let last = words[words.len().saturating_sub(4)..].join(" ");
    format!("the statement ends after '{last}': expected {expected}")
}

fn refuse(clause: &str, present: bool) -> Result<(), SqlError> {
    if present {
        Err(SqlError::unsupported(clause, "write SELECT .. FROM .. WHERE .. ORDER BY .. LIMIT .. OFFSET .."))
    } else {
        Ok(())
    }
}

/// Refuses what stands around a SELECT and is not answered.
pub(super) fn check_query(query: &Query) -> Result<(), SqlError> {
    let Query {
        with: _,
        body: _,
        order_by: _,
        limit_clause: _,
        fetch,
        locks,
        for_clause,
        settings,
        format_clause,
        pipe_operators,
    } = query;
    refuse("FETCH", fetch.is_some())?;
    refuse("FOR UPDATE", !locks.is_empty() || for_clause.is_some())?;
    refuse("SETTINGS or FORMAT", settings.is_some() || format_clause.is_some())?;
    refuse("|>", !pipe_operators.is_empty())
}

/// Refuses every clause of a SELECT that this version does not answer. Taken apart whole, so that a clause that the parser learns cannot be forgotten.
pub(super) fn check_select(select: &Select) -> Result<(), SqlError> {
    let Select {
        select_token: _,
        optimizer_hints: _,
        distinct: _,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection: _,
        exclude,
        into,
        from: _,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by: _,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        named_window,
        qualify,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    refuse("FROM before SELECT", !matches!(flavor, SelectFlavor::Standard))?;
    refuse("a word after SELECT", select_modifiers.is_some())?;
    refuse("TOP", top.is_some())?;
    refuse("INTO", into.is_some())?;
    refuse("LATERAL VIEW", !lateral_views.is_empty())?;
    refuse("WINDOW or QUALIFY", !named_window.is_empty() || qualify.is_some())?;
    refuse("PREWHERE", prewhere.is_some())?;
    refuse("CONNECT BY", !connect_by.is_empty())?;
    refuse("EXCLUDE", exclude.is_some())?;
    refuse("SELECT AS VALUE or STRUCT", value_table_mode.is_some())?;
    refuse("CLUSTER, DISTRIBUTE or SORT BY", !(cluster_by.is_empty() && distribute_by.is_empty() && sort_by.is_empty()))
}

pub(super) fn order(order: Option<OrderBy>) -> Result<Vec<OrderByExpr>, SqlError> {
    let Some(OrderBy { kind, interpolate }) = order else { return Ok(Vec::new()) };
    refuse("INTERPOLATE", interpolate.is_some())?;
    let OrderByKind::Expressions(keys) = kind else {
        return Err(SqlError::unsupported("ORDER BY ALL", "name the fields"));
    };
    refuse("WITH FILL", keys.iter().any(|key| key.with_fill.is_some()))?;
    Ok(keys)
}

pub(super) fn limits(clause: Option<LimitClause>) -> Result<(Option<Ast>, Option<Ast>), SqlError> {
    match clause {
        None => Ok((None, None)),
        Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
            refuse("LIMIT BY", !limit_by.is_empty())?;
            Ok((limit, offset.map(|offset| offset.value)))
        }
        Some(LimitClause::OffsetCommaLimit { .. }) => {
            Err(SqlError::unsupported("LIMIT a, b", "write LIMIT b OFFSET a"))
        }
    }
}

/// The set's name, and the prefixes that field names may carry.
fn source(select: &Select) -> Result<(String, Vec<String>), SqlError> {
    let [table] = select.from.as_slice() else {
        return Err(SqlError::unsupported(format!("FROM with {} sets", select.from.len()), "name one set"));
    };
    let TableFactor::Table {
        name,
        alias,
        args: None,
        with_hints,
        version: None,
        with_ordinality: false,
        partitions,
        json_path: None,
        sample: None,
        index_directives,
        inheritance: None,
    } = &table.relation
    else {
        return Err(SqlError::unsupported(&table.relation, "name one set"));
    };
    let hinted = !(with_hints.is_empty() && partitions.is_empty() && index_directives.is_empty());
    refuse("a hint or a partition of a set", hinted)?;
    let mut prefixes = vec![pieces(name)?.pop().unwrap_or_default()];
    if let Some(alias) = alias {
        let TableAlias { explicit: _, name, columns, at } = alias;
        refuse("a list of column aliases", !columns.is_empty() || at.is_some())?;
        prefixes.push(name.value.clone());
    }
    Ok((pieces(name)?.join("."), prefixes))
}

pub(super) fn pieces(name: &ObjectName) -> Result<Vec<String>, SqlError> {
    name.0
        .iter()
        .map(|part| part.as_ident().map(|Ident { value, .. }| value.clone()))
        .collect::<Option<_>>()
        .ok_or_else(|| SqlError::unsupported(name, "write a set's name, such as cities or countries.cities"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_select_is_taken_apart() {
        let statement = Statement::parse(
            "EXPLAIN ANALYZE SELECT p.name, 1 AS one FROM countries.places p WHERE p.year < 1500 ORDER BY p.embedding <=> $q LIMIT 5 OFFSET 2;",
        )
        .unwrap();
        assert_eq!((statement.mode, statement.set.as_str()), (Mode::Analyze, "countries.places"));
        assert_eq!(statement.prefixes, ["places", "p"]);
        assert_eq!((statement.items.len(), statement.order.len()), (2, 1));
        assert!(statement.limit.is_some() && statement.offset.is_some());
    }

    #[test]
    fn nothing_is_passed_over() {
        for (text, named) in [
            ("SELECT a FROM s FOR UPDATE", "FOR UPDATE"),
            ("DELETE FROM s", "DELETE"),
            ("SELECT a FROM s; SELECT b FROM s", "one statement"),
            ("", "empty"),
            ("SELEC a", "SELEC"),
            ("EXPLAIN VERBOSE SELECT a FROM s", "VERBOSE"),
            ("EXPLAIN (FORMAT YAML) SELECT a FROM s", "FORMAT YAML"),
            ("EXPLAIN (VERBOSE) SELECT a FROM s", "VERBOSE"),
            ("FROM s SELECT a", "FROM"),
            ("SELECT a FROM s FETCH FIRST 3 ROWS ONLY", "FETCH"),
            ("SELECT a FROM s TABLESAMPLE BERNOULLI (10)", "s"),
            ("SELECT a FROM s WITH ORDINALITY", "s"),
        ] {
            let message = Statement::parse(text).unwrap_err().to_string();
            assert!(message.contains(named), "{text}: {message}");
        }
    }

    #[test]
    fn distances_bind_tighter_than_comparisons() {
        let filter = |text: &str| Statement::parse(&format!("SELECT * FROM s WHERE {text}")).unwrap().filter.unwrap();
        for operator in ["<->", "<=>", "<#>"] {
            let Tree::And(terms) = filter(&format!("0.4 > e {operator} $q AND a <-5")) else {
                panic!("AND is the root")
            };
            let Tree::Leaf(first) = &terms[0] else { panic!("> is left of AND") };
            let Ast::BinaryOp { right, .. } = &**first else { panic!("> is left of AND") };
            assert_eq!(right.to_string(), format!("e {operator} $q"));
        }
        assert!(matches!(filter("a IS NOT MISSING OR b IS MISSING"), Tree::Or(terms) if terms.len() == 2));
    }

    #[test]
    fn long_chains_are_flat() {
        for operator in ["OR", "AND"] {
            let terms: Vec<String> = (0..50_000).map(|n| format!("a > {n}")).collect();
            let text = format!("SELECT * FROM s WHERE ({})", terms.join(&format!(" {operator} ")));
            let Some(Tree::Or(flat) | Tree::And(flat)) = Statement::parse(&text).unwrap().filter else {
                panic!("{operator}")
            };
            assert_eq!(flat.len(), terms.len());
        }
    }
}
