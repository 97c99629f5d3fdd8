//! FROM: each set, nested set or statement that is named there, under its alias.

use sqlparser::ast::{ObjectName, TableAlias, TableFactor};

use crate::query::Query;

use super::{
    super::statement::pieces,
    SqlError, World, select,
    sides::{Side, Sides},
};

/// One thing that FROM names.
pub struct Source {
    pub query: Query<'static>,
    pub side: Side,
    /// The side whose nested sets these are: `customers c, c.invoices i`.
    pub owner: Option<usize>,
}

/// Compiles one thing that FROM names, where some have been named before.
pub fn source(factor: &TableFactor, before: &Sides, world: &World<'_>) -> Result<Source, SqlError> {
    let source = match factor {
        TableFactor::Table {
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
        } if with_hints.is_empty() && partitions.is_empty() && index_directives.is_empty() => {
            named(name, self::alias(alias.as_ref())?, before, world)?
        }
        TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
            let found = select::query(subquery, None, world)?;
            let Some(alias) = self::alias(alias.as_ref())? else {
                return Err(SqlError::unsupported(factor, "give the statement in FROM a name: (SELECT ..) AS x"));
            };
            let side = Side { alias, full: Vec::new(), view: None, columns: found.columns() };
            Source { query: found.query.then(), side, owner: None }
        }
        TableFactor::NestedJoin { .. } => {
            return Err(SqlError::unsupported(factor, "write joins one after the other, without parentheses"));
        }
        other => return Err(SqlError::unsupported(other, "name a set, or a statement in parentheses")),
    };
    if before.all.iter().any(|side| side.alias == source.side.alias) {
        let instead = "give each its own name with AS";
        return Err(SqlError::unsupported(format!("the name '{}' for two things in FROM", source.side.alias), instead));
    }
    Ok(Source { query: source.query.named(&source.side.alias), ..source })
}

fn alias(alias: Option<&TableAlias>) -> Result<Option<String>, SqlError> {
    match alias {
        None => Ok(None),
        Some(TableAlias { explicit: _, name, columns, at: None }) if columns.is_empty() => Ok(Some(name.value.clone())),
        Some(other) => Err(SqlError::unsupported(other, "rename columns in the statement itself")),
    }
}

fn named(name: &ObjectName, alias: Option<String>, before: &Sides, world: &World<'_>) -> Result<Source, SqlError> {
    let pieces = pieces(name)?;
    let alias = alias.or_else(|| pieces.last().cloned()).unwrap_or_default();
    if let [one] = pieces.as_slice()
        && let Some((_, found)) = world.common.iter().rev().find(|(name, _)| name == one)
    {
        let side = Side { alias, full: Vec::new(), view: None, columns: found.columns() };
        return Ok(Source { query: found.query.clone().then(), side, owner: None });
    }
    if let [of, field] = pieces.as_slice()
        && let Some(at) = before.all.iter().position(|side| side.alias == *of)
        && let Some(view) = &before.all[at].view
        && let Some(nested) = world.views.nested(view, field)?
    {
        let full = nested.declaration().name.split('.').map(str::to_owned).collect();
        let side = Side { alias, full, view: Some(nested.unnoted()), columns: None };
        return Ok(Source { query: Query::over(nested), side, owner: Some(at) });
    }
    let view = world.views.named(&pieces.join("."))?;
    let side = Side { alias, full: pieces, view: Some(view.unnoted()), columns: None };
    Ok(Source { query: Query::over(view), side, owner: None })
}
