//! How does a SELECT over several sets, or over groups, become a question?
//!
//! Clause by clause, as the standard reads them: `from` joins what FROM names, each under its alias, and says which set an unqualified name belongs to;
//! WHERE filters the joined objects (the compiler of questions moves it to where it belongs); `grouped` makes one object of each group,
//! whose fields are the keys and the aggregates that SELECT, HAVING and ORDER BY mention; `select` projects, sorts and limits. UNION and its
//! kin combine such questions. A statement inside of another that knows nothing of it is answered first, and its values stand in its place.

mod aggregate;
mod found;
mod from;
mod grouped;
mod joins;
mod select;
mod sides;
mod views;

use sqlparser::ast::{Expr as Ast, GroupByExpr, Query as SqlQuery, Select, SelectItem, SetExpr, TableFactor};

use super::{Answer, Parameters, SqlError, explained::Mode, function, tree::Tree};

pub(super) use views::Views;

use found::Found;

/// A SELECT over several sets, or over groups, still as written.
#[derive(Debug)]
pub(super) struct Relation {
    mode: Mode,
    /// Without its WHERE, which is kept flat.
    query: Box<SqlQuery>,
    filter: Option<Tree>,
}

impl Relation {
    /// The statement, if it is more than a filter and an order over one set.
    pub fn of(query: Box<SqlQuery>, filter: Option<Tree>, mode: Mode) -> Result<Self, (Box<SqlQuery>, Option<Tree>)> {
        if is_relational(&query) || filter.as_ref().is_some_and(asks) {
            Ok(Self { mode, query, filter })
        } else {
            Err((query, filter))
        }
    }

    /// Answers over what a snapshot or a transaction sees.
    pub fn answer(&self, views: &dyn Views, parameters: &Parameters) -> Result<Answer, SqlError> {
        match self.mode {
            Mode::Run => self.found(views, parameters)?.answer(),
            Mode::Explain => Ok(Answer::plan(&self.explain(views, parameters)?)),
            Mode::Analyze => Ok(Answer::plan(&self.analyze(views, parameters)?)),
            Mode::Json { analyze } => {
                let found = self.found(views, parameters)?;
                let plan = if analyze { found.query.analyze()?.plan } else { found.query.explain()? };
                Ok(Answer::plan(&format!("{:#}", plan.to_json())))
            }
        }
    }
}

impl Relation {
    /// The plan with its estimates.
    pub fn explain(&self, views: &dyn Views, parameters: &Parameters) -> Result<String, SqlError> {
        Ok(self.found(views, parameters)?.query.explain()?.to_string())
    }

    /// The plan with what each node did.
    pub fn analyze(&self, views: &dyn Views, parameters: &Parameters) -> Result<String, SqlError> {
        Ok(self.found(views, parameters)?.query.analyze()?.to_string())
    }

    fn found(&self, views: &dyn Views, parameters: &Parameters) -> Result<Found, SqlError> {
        select::query(&self.query, self.filter.as_ref(), &World { views, parameters, common: &[] })
    }
}

/// What a statement is compiled in.
#[derive(Clone, Copy)]
struct World<'w> {
    views: &'w dyn Views,
    parameters: &'w Parameters,
    /// What WITH has named so far.
    common: &'w [(String, Found)],
}

fn is_relational(query: &SqlQuery) -> bool {
    let SetExpr::Select(select) = &*query.body else { return true };
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let from = match select.from.as_slice() {
        [one] => !one.joins.is_empty() || matches!(one.relation, TableFactor::Derived { .. }),
        several => several.len() > 1,
    };
    let clauses = query.with.is_some() || grouped || select.having.is_some() || select.distinct.is_some();
    // The number of objects alone has no order.
    clauses || from || aggregates(select) || query.order_by.is_some() && counts(select)
}

/// Whether something is computed of all objects; the number of them alone is not meant.
fn aggregates(select: &Select) -> bool {
    let mut items = select.projection.iter().filter_map(select::expression);
    !counts(select) && items.any(|item| aggregate::mentions(item) || has_query(item))
}

/// Whether the number of all objects is all that is selected.
fn counts(select: &Select) -> bool {
    match select.projection.as_slice() {
        [
            SelectItem::UnnamedExpr(Ast::Function(call)) | SelectItem::ExprWithAlias { expr: Ast::Function(call), .. },
        ] => matches!(function::is_count(call), Ok(true)),
        _ => false,
    }
}

/// Whether a condition asks another statement.
fn asks(filter: &Tree) -> bool {
    match filter {
        Tree::And(terms) | Tree::Or(terms) => terms.iter().any(asks),
        Tree::Not(inner) => asks(inner),
        Tree::Leaf(leaf) => has_query(leaf),
    }
}

/// Whether there is a statement inside.
fn has_query(ast: &Ast) -> bool {
    // Text in quotes may say so, too: then the longer way is taken, to the same answer.
    let text = ast.to_string();
    text.contains("(SELECT ") || text.contains("(WITH ")
}
