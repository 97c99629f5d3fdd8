//! From text to a checked SELECT: every clause is understood or refused by name, none is passed over.

use sqlparser::{
    ast::{
        Expr as Ast, GroupByExpr, Ident, LimitClause, ObjectName, OrderByExpr, OrderByKind, Query, Select,
        SelectItem as AstItem, SetExpr, Statement as AstStatement, TableFactor,
    },
    parser::{Parser, ParserError},
};

use super::{SqlError, dialect::ProtobaseDialect, runs, tree::Tree};

/// What is asked of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The answer.
    Run,
    /// The plan with its estimates.
    Explain,
    /// The plan with what each node did.
    Analyze,
}

/// One SELECT, its clauses still as written.
#[derive(Debug)]
pub(super) struct Statement {
    pub mode: Mode,
    /// The set's name: `cities`, or `countries.cities`.
    pub set: String,
    /// What may stand before a field's name: the set's name and its alias.
    pub prefixes: Vec<String>,
    pub items: Vec<AstItem>,
    pub filter: Option<Tree>,
    pub order: Vec<OrderByExpr>,
    pub limit: Option<Ast>,
    pub offset: Option<Ast>,
}

impl Statement {
    /// Parses one statement.
    pub fn parse(text: &str) -> Result<Self, SqlError> {
        runs::check(text)?;
        // What was let through is no deeper than that.
        let parser = Parser::new(&ProtobaseDialect).with_recursion_limit(10 * runs::DEEPEST);
        let parsed = parser.try_with_sql(text).and_then(|mut parser| parser.parse_statements());
        let mut statements = parsed.map_err(|error| match error {
            ParserError::ParserError(what) | ParserError::TokenizerError(what) => SqlError::Syntax(what),
            error @ ParserError::RecursionLimitExceeded => SqlError::Syntax(error.to_string()),
        })?;
        match (statements.pop(), statements.is_empty()) {
            (Some(statement), true) => Self::of(statement),
            (None, _) => Err(SqlError::Syntax("the statement is empty; write SELECT .. FROM set".into())),
            _ => Err(SqlError::Syntax("one statement at a time".into())),
        }
    }

    fn of(statement: AstStatement) -> Result<Self, SqlError> {
        match statement {
            AstStatement::Query(query) => Self::select(*query, Mode::Run),
            AstStatement::Explain { analyze, statement, format: None, options: None, .. } => match *statement {
                AstStatement::Query(query) => Self::select(*query, if analyze { Mode::Analyze } else { Mode::Explain }),
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
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        refuse("WITH", with.is_some())?;
        refuse("FETCH", fetch.is_some())?;
        refuse("FOR UPDATE", !locks.is_empty() || for_clause.is_some())?;
        refuse("SETTINGS or FORMAT", settings.is_some() || format_clause.is_some())?;
        refuse("|>", !pipe_operators.is_empty())?;
        let SetExpr::Select(select) = *body else {
            return Err(SqlError::unsupported("UNION, EXCEPT, INTERSECT or VALUES", "write one SELECT"));
        };
        let order = match order_by.map(|order| order.kind) {
            None => Vec::new(),
            Some(OrderByKind::Expressions(keys)) => keys,
            Some(OrderByKind::All(_)) => return Err(SqlError::unsupported("ORDER BY ALL", "name the fields")),
        };
        let (limit, offset) = limits(limit_clause)?;
        let (set, prefixes) = source(&select)?;
        check_clauses(&select)?;
        Ok(Self { mode, set, prefixes, items: select.projection, filter, order, limit, offset })
    }
}

fn refuse(clause: &str, present: bool) -> Result<(), SqlError> {
    if present {
        Err(SqlError::unsupported(clause, "write SELECT .. FROM .. WHERE .. ORDER BY .. LIMIT .. OFFSET .."))
    } else {
        Ok(())
    }
}

/// Refuses every clause of a SELECT that this version does not answer.
fn check_clauses(select: &Select) -> Result<(), SqlError> {
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, modifiers) if keys.is_empty() && modifiers.is_empty());
    refuse("GROUP BY", grouped)?;
    refuse("HAVING", select.having.is_some())?;
    refuse("DISTINCT", select.distinct.is_some())?;
    refuse("TOP", select.top.is_some())?;
    refuse("INTO", select.into.is_some())?;
    refuse("LATERAL VIEW", !select.lateral_views.is_empty())?;
    refuse("WINDOW or QUALIFY", !select.named_window.is_empty() || select.qualify.is_some())?;
    refuse("PREWHERE", select.prewhere.is_some())?;
    refuse("CONNECT BY", !select.connect_by.is_empty())?;
    refuse("EXCLUDE", select.exclude.is_some())?;
    refuse(
        "CLUSTER, DISTRIBUTE or SORT BY",
        !(select.cluster_by.is_empty() && select.distribute_by.is_empty() && select.sort_by.is_empty()),
    )
}

fn limits(clause: Option<LimitClause>) -> Result<(Option<Ast>, Option<Ast>), SqlError> {
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
    refuse("JOIN", !table.joins.is_empty())?;
    let TableFactor::Table { name, alias, args: None, version: None, sample: None, .. } = &table.relation else {
        return Err(SqlError::unsupported(&table.relation, "name one set"));
    };
    let mut prefixes = vec![pieces(name)?.pop().unwrap_or_default()];
    if let Some(alias) = alias {
        refuse("a list of column aliases", !alias.columns.is_empty())?;
        prefixes.push(alias.name.value.clone());
    }
    Ok((pieces(name)?.join("."), prefixes))
}

fn pieces(name: &ObjectName) -> Result<Vec<String>, SqlError> {
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
            ("SELECT a FROM s GROUP BY a", "GROUP BY"),
            ("SELECT DISTINCT a FROM s", "DISTINCT"),
            ("SELECT a FROM s JOIN t ON s.a = t.a", "JOIN"),
            ("SELECT a FROM s, t", "2 sets"),
            ("WITH x AS (SELECT a FROM s) SELECT a FROM x", "WITH"),
            ("SELECT a FROM s UNION SELECT a FROM t", "UNION"),
            ("SELECT a FROM s FOR UPDATE", "FOR UPDATE"),
            ("DELETE FROM s", "DELETE"),
            ("SELECT a FROM s; SELECT b FROM s", "one statement"),
            ("", "empty"),
            ("SELEC a", "SELEC"),
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
