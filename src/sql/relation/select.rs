//! SELECT, clause by clause.

use sqlparser::ast::{
    Distinct, Expr as Ast, GroupByExpr, Ident, OrderByExpr, Query as SqlQuery, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier,
};

use crate::{
    object::FieldPath,
    query::{Aggregation, Combination, Item, OrderKey, Query, Scalar},
};

use super::{
    super::{
        computed::position,
        condition,
        operand::Scope,
        prepared::limit,
        selection,
        statement::{check_query, check_select},
        tree::Tree,
    },
    SqlError, World, aggregate,
    found::{Found, field},
    grouped::Grouped,
    joins::Joining,
    sides::{Joined, Sides},
};

/// Compiles a statement.
pub fn query(query: &SqlQuery, filter: Option<&Tree>, world: &World<'_>) -> Result<Found, SqlError> {
    check_query(query)?;
    let mut common = world.common.to_vec();
    if let Some(with) = &query.with {
        if with.recursive {
            return Err(SqlError::unsupported("WITH RECURSIVE", "write WITH"));
        }
        for named in &with.cte_tables {
            let inner = World { common: &common, ..*world };
            let found = self::query(&named.query, None, &inner)?;
            if !named.alias.columns.is_empty() {
                return Err(SqlError::unsupported(&named.alias, "rename columns in the statement itself"));
            }
            common.push((named.alias.name.value.clone(), found));
        }
    }
    let world = World { common: &common, ..*world };
    let order = super::super::statement::order(query.order_by.clone())?;
    let (most, skipped) = super::super::statement::limits(query.limit_clause.clone())?;
    let nothing = Joined { sides: &Sides::default(), world: &world };
    let (most, skipped) =
        (limit("LIMIT", most.as_ref(), nothing.scope())?, limit("OFFSET", skipped.as_ref(), nothing.scope())?);
    let limited = |mut query: Query<'static>| {
        if let Some(skipped) = skipped {
            query = query.offset(skipped);
        }
        match most {
            Some(most) => query.limit(most),
            None => query,
        }
    };
    match &*query.body {
        SetExpr::Select(select) => selected(select, filter, &order, &limited, &world),
        body => {
            let found = combined(body, &world)?;
            let mut query = found.query.then();
            for key in &order {
                query = query.order_by_key(by_column(key, &found.items)?);
            }
            let items = found.items.iter().map(renewed).collect::<Vec<_>>();
            Ok(Found { query: limited(query).select(items.clone()), items })
        }
    }
}

/// A statement, or several that are combined.
fn combined(body: &SetExpr, world: &World<'_>) -> Result<Found, SqlError> {
    match body {
        SetExpr::Select(select) => selected(select, None, &[], &|query| query, world),
        SetExpr::Query(inner) => query(inner, None, world),
        SetExpr::SetOperation { left, op, set_quantifier, right } => {
            let all = match set_quantifier {
                SetQuantifier::All => true,
                SetQuantifier::None | SetQuantifier::Distinct => false,
                other => return Err(SqlError::unsupported(format!("{op} {other}"), "write it with ALL, or without")),
            };
            let by = match (op, all) {
                (SetOperator::Union, false) => Combination::Union,
                (SetOperator::Union, true) => Combination::UnionAll,
                (SetOperator::Intersect, false) => Combination::Intersect,
                (SetOperator::Intersect, true) => Combination::IntersectAll,
                (SetOperator::Except | SetOperator::Minus, false) => Combination::Except,
                (SetOperator::Except | SetOperator::Minus, true) => Combination::ExceptAll,
            };
            let (left, right) = (combined(left, world)?, combined(right, world)?);
            let right = match left.columns() {
                Some(names) => right.renamed(&names)?,
                None => right,
            };
            let items = left.items.iter().map(renewed).collect();
            Ok(Found { query: left.query.combine(right.query, by), items })
        }
        other => Err(SqlError::unsupported(other, "write SELECT")),
    }
}

/// An item as a field of what has been made of it.
fn renewed(item: &Item) -> Item {
    match item {
        Item::All | Item::Below(_) => Item::All,
        Item::Named { name, .. } => field(name),
    }
}

type Limited<'l> = dyn Fn(Query<'static>) -> Query<'static> + 'l;

fn selected(
    select: &Select,
    filter: Option<&Tree>,
    order: &[OrderByExpr],
    limited: &Limited<'_>,
    world: &World<'_>,
) -> Result<Found, SqlError> {
    check_select(select)?;
    let inner = select.selection.clone().map(Tree::of);
    let (mut query, sides) = Joining::new(&select.from, filter.or(inner.as_ref()), world)?.finish()?;
    let joined = Joined { sides: &sides, world };
    let (items, keys, made) = match keys(select, &joined)? {
        None => (items(select, Some(&sides), joined.scope())?, None, None),
        Some(keys) => {
            let grouped = Grouped::new(&joined, keys);
            let items = items(select, None, grouped.scope())?;
            let compile = |having: &Ast| condition::compile(&Tree::of(having.clone()), grouped.scope());
            let having = select.having.as_ref().map(compile).transpose()?;
            let sorted = ordered(order, select, &items, grouped.scope(), select.distinct.is_some())?;
            (items, Some(sorted), Some((grouped.finish(), having)))
        }
    };
    let sorted = match keys {
        Some(sorted) => sorted,
        None => ordered(order, select, &items, joined.scope(), select.distinct.is_some())?,
    };
    if let Some((by, having)) = made {
        query = query.aggregated(by);
        query = having.into_iter().fold(query, Query::filter);
    }
    let items = match &select.distinct {
        None | Some(Distinct::All) => items,
        Some(Distinct::Distinct) => {
            query = query.aggregated(Aggregation { keys: distinct(&items)?, values: Vec::new() });
            items.iter().map(renewed).collect()
        }
        Some(on @ Distinct::On(_)) => return Err(SqlError::unsupported(on, "write GROUP BY, or DISTINCT")),
    };
    query = sorted.into_iter().fold(query, Query::order_by_key);
    Ok(Found { query: limited(query).select(items.clone()), items })
}

/// What to group by; `None` where nothing is grouped.
fn keys(select: &Select, joined: &Joined<'_>) -> Result<Option<Vec<Scalar>>, SqlError> {
    let GroupByExpr::Expressions(written, modifiers) = &select.group_by else {
        return Err(SqlError::unsupported("GROUP BY ALL", "name the keys"));
    };
    if let Some(modifier) = modifiers.first() {
        return Err(SqlError::unsupported(modifier, "write plain keys"));
    }
    let in_items = select.projection.iter().filter_map(expression).any(aggregate::mentions);
    if written.is_empty() && !in_items && select.having.is_none() {
        return Ok(None);
    }
    let key = |written: &Ast| {
        let meant = position(written).and_then(|at| select.projection.get(at.checked_sub(1)?)).and_then(expression);
        let alias = |name: &Ident| select.projection.iter().find_map(|item| aliased(item, name));
        let meant = match (meant, written) {
            (Some(item), _) => item,
            // A field comes before an alias of the same name.
            (None, Ast::Identifier(name)) if joined.sides.resolve(std::slice::from_ref(name)).is_err() => {
                alias(name).unwrap_or(written)
            }
            (None, written) => written,
        };
        selection::scalar(meant, joined.scope())
    };
    written.iter().map(key).collect::<Result<_, _>>().map(Some)
}

/// What an item is computed from.
pub fn expression(item: &SelectItem) -> Option<&Ast> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn aliased<'s>(item: &'s SelectItem, name: &Ident) -> Option<&'s Ast> {
    match item {
        SelectItem::ExprWithAlias { expr, alias } if alias.value == name.value => Some(expr),
        _ => None,
    }
}

fn items(select: &Select, sides: Option<&Sides>, scope: Scope<'_>) -> Result<Vec<Item>, SqlError> {
    let items: Vec<Item> =
        select.projection.iter().map(|item| self::item(item, sides, scope)).collect::<Result<_, _>>()?;
    selection::unambiguous(items)
}

/// One item; `None` for the sides of groups, whose objects have none.
fn item(item: &SelectItem, sides: Option<&Sides>, scope: Scope<'_>) -> Result<Item, SqlError> {
    let wild =
        || sides.ok_or_else(|| SqlError::unsupported(format!("{item} of groups"), "name the keys and aggregates"));
    match item {
        SelectItem::Wildcard(options) => {
            let (all, sides) = (selection::all(options)?, wild()?);
            // What is kept of a join with what a condition asks for is one object alone.
            Ok(match sides.all.as_slice() {
                [one] if sides.joined => Item::Below(FieldPath::of(&[&one.alias])),
                _ => all,
            })
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
            let name = name.to_string();
            let sides = wild()?;
            let Some(side) = sides.all.iter().find(|side| side.alias == name || side.full.join(".") == name) else {
                return Err(SqlError::unsupported(item, "write the name of something in FROM before .*"));
            };
            let all = selection::all(options)?;
            Ok(if sides.joined { Item::Below(FieldPath::of(&[&side.alias])) } else { all })
        }
        SelectItem::UnnamedExpr(expr) => Ok(Item::computed(default_name(expr), selection::scalar(expr, scope)?)),
        SelectItem::ExprWithAlias { expr, alias } => {
            Ok(Item::computed(alias.value.as_str(), selection::scalar(expr, scope)?))
        }
        other => Err(SqlError::unsupported(other, "name the fields, or write * for all objects that are joined")),
    }
}

/// The last name of a field, a function's name, or the text of it.
fn default_name(ast: &Ast) -> String {
    match (Sides::names(ast), ast) {
        (Some([.., last]), _) => last.value.clone(),
        (_, Ast::Function(call)) => {
            aggregate::name(call).map_or_else(|| super::super::function::name_of(call), str::to_owned)
        }
        (_, other) => other.to_string(),
    }
}

fn distinct(items: &[Item]) -> Result<Vec<(String, Scalar)>, SqlError> {
    let key = |item: &Item| match item {
        Item::Named { name, scalar } => Ok((name.clone(), scalar.clone())),
        Item::All | Item::Below(_) => Err(SqlError::unsupported("SELECT DISTINCT *", "name the fields")),
    };
    items.iter().map(key).collect()
}

/// The keys of ORDER BY: of the selected items where DISTINCT has made new objects of those.
fn ordered(
    order: &[OrderByExpr],
    select: &Select,
    items: &[Item],
    scope: Scope<'_>,
    is_distinct: bool,
) -> Result<Vec<OrderKey>, SqlError> {
    let key = |key: &OrderByExpr| {
        if is_distinct {
            return by_column(key, items);
        }
        let at = position(&key.expr).and_then(|at| at.checked_sub(1)).or_else(|| {
            let Ast::Identifier(name) = &key.expr else { return None };
            select.projection.iter().position(|item| aliased(item, name).is_some())
        });
        let scalar = match at.map(|at| items.get(at).and_then(Item::scalar)) {
            Some(Some(scalar)) => scalar.clone(),
            Some(None) => return Err(SqlError::operand("ORDER BY", &key.expr, "the number of an item")),
            None => selection::scalar(&key.expr, scope)?,
        };
        selection::order_key_of(key, scalar)
    };
    order.iter().map(key).collect()
}

/// A key that is one of the columns, by its name or number.
fn by_column(key: &OrderByExpr, items: &[Item]) -> Result<OrderKey, SqlError> {
    let names = selection::columns(items);
    let wrong = || SqlError::operand("ORDER BY", &key.expr, format!("one of the columns: {}", names.join(", ")));
    let name = match (position(&key.expr), Sides::names(&key.expr)) {
        (Some(at), _) => at.checked_sub(1).and_then(|at| names.get(at)),
        (None, Some([.., last])) => names.iter().find(|name| **name == last.value),
        _ => None,
    };
    let name = name.ok_or_else(wrong)?;
    selection::order_key_of(key, Scalar::Field(FieldPath::of(&[name])))
}
