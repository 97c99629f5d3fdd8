//! SELECT and ORDER BY: what comes back of each object, and in what order.

use sqlparser::ast::{
    Expr as Ast, OrderByExpr, OrderBySort, SelectItem, SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use crate::{
    object::Standing,
    query::{Direction, Item, Nulls, OrderKey, Scalar},
};

use super::{
    SqlError, function,
    operand::{self, Operand, Scope},
};

/// What is selected.
#[derive(Debug)]
pub(super) enum Selection {
    /// `COUNT(*)`, under this name.
    Count(String),
    Items(Vec<Item>),
}

/// The selected names; none yet when `*` is among them.
pub(super) fn columns(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .map(|item| match item {
            Item::Named { name, .. } => Some(name.clone()),
            Item::All | Item::Below(_) => None,
        })
        .collect::<Option<_>>()
        .unwrap_or_default()
}

pub(super) fn selection(items: &[SelectItem], scope: Scope<'_>) -> Result<Selection, SqlError> {
    if let [item] = items {
        let counted = match item {
            SelectItem::UnnamedExpr(Ast::Function(call)) if function::is_count(call)? => Some("count"),
            SelectItem::ExprWithAlias { expr: Ast::Function(call), alias } if function::is_count(call)? => {
                Some(alias.value.as_str())
            }
            _ => None,
        };
        if let Some(name) = counted {
            return Ok(Selection::Count(name.to_owned()));
        }
    }
    let items: Vec<Item> = items.iter().map(|item| self::item(item, scope)).collect::<Result<_, _>>()?;
    unambiguous(items).map(Selection::Items)
}

/// Refuses two items of one name.
pub(super) fn unambiguous(items: Vec<Item>) -> Result<Vec<Item>, SqlError> {
    let names = columns(&items);
    match names.iter().enumerate().find_map(|(at, name)| names[..at].contains(name).then_some(name)) {
        Some(twice) => {
            Err(SqlError::unsupported(format!("the name '{twice}' for two items"), "give each its own with AS"))
        }
        None => Ok(items),
    }
}

fn item(item: &SelectItem, scope: Scope<'_>) -> Result<Item, SqlError> {
    match item {
        SelectItem::Wildcard(options) => all(options),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options)
            if scope.is_set(&name.to_string()) =>
        {
            all(options)
        }
        SelectItem::QualifiedWildcard(..) => {
            Err(SqlError::unsupported(item, "write * or the name of the set before .*"))
        }
        SelectItem::UnnamedExpr(expr) => {
            let computed = operand::operand(expr, scope)?;
            Ok(Item::computed(default_name(expr, &computed), to_scalar(expr, computed)?))
        }
        SelectItem::ExprWithAlias { expr, alias } => Ok(Item::computed(alias.value.as_str(), scalar(expr, scope)?)),
        other @ SelectItem::ExprWithAliases { .. } => Err(SqlError::unsupported(other, "give one alias")),
    }
}

/// `*`, with nothing said about it.
pub(super) fn all(options: &WildcardAdditionalOptions) -> Result<Item, SqlError> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let bare = opt_ilike.is_none() && opt_exclude.is_none() && opt_except.is_none();
    if bare && opt_replace.is_none() && opt_rename.is_none() && opt_alias.is_none() {
        return Ok(Item::All);
    }
    Err(SqlError::unsupported(format!("*{options}"), "name the fields"))
}

/// A field's path, a function's name, or `distance` for the operators.
pub(super) fn default_name(ast: &Ast, computed: &Operand) -> String {
    match (ast, computed) {
        (Ast::Identifier(name), Operand::Field(path)) if path.standing().is_some() => name.value.clone(),
        (_, Operand::Field(path)) => path.to_string(),
        (Ast::Function(call), _) => function::name_of(call),
        (_, Operand::Distance(_)) => "distance".to_owned(),
        _ => ast.to_string(),
    }
}

pub(super) fn scalar(ast: &Ast, scope: Scope<'_>) -> Result<Scalar, SqlError> {
    to_scalar(ast, operand::operand(ast, scope)?)
}

pub(super) fn to_scalar(ast: &Ast, computed: Operand) -> Result<Scalar, SqlError> {
    match computed {
        Operand::Field(path) if path.standing() == Some(Standing::Offset) => Ok(Scalar::Offset),
        Operand::Field(path) => Ok(Scalar::Field(path)),
        Operand::Constant(value) => Ok(Scalar::Constant(value)),
        Operand::Distance(target) => Ok(Scalar::Distance(target)),
        Operand::Scalar(scalar) => Ok(scalar),
        Operand::Coordinates(_) | Operand::Shape(_) | Operand::Edits(_) => {
            Err(SqlError::operand("SELECT", ast, "a field, a distance or a constant"))
        }
    }
}

/// An order key; the name of an alias stands for its item.
pub(super) fn order_key(
    key: &OrderByExpr,
    items: &[SelectItem],
    selection: &Selection,
    scope: Scope<'_>,
) -> Result<OrderKey, SqlError> {
    let is_alias = |item: &SelectItem| match (item, &key.expr) {
        (SelectItem::ExprWithAlias { alias, .. }, Ast::Identifier(name)) => alias.value == name.value,
        _ => false,
    };
    let aliased = match (items.iter().position(is_alias), selection) {
        (Some(at), Selection::Items(compiled)) => compiled.get(at).and_then(Item::scalar),
        _ => None,
    };
    let sorted = aliased.map_or_else(|| scalar(&key.expr, scope), |scalar| Ok(scalar.clone()))?;
    if matches!(sorted, Scalar::Constant(_)) && aliased.is_none() {
        // The number of an item, too, is only a number here.
        let expected = "a field, an alias, a distance or an ST_ function: a constant orders nothing";
        return Err(SqlError::operand("ORDER BY", &key.expr, expected));
    }
    order_key_of(key, sorted)
}

/// A key by a value, in the direction that is written.
pub(super) fn order_key_of(key: &OrderByExpr, sorted: Scalar) -> Result<OrderKey, SqlError> {
    let direction = match &key.options.sort {
        None | Some(OrderBySort::Asc) => Direction::Ascending,
        Some(OrderBySort::Desc) => Direction::Descending,
        Some(OrderBySort::Using(_)) => return Err(SqlError::unsupported("ORDER BY .. USING", "write ASC or DESC")),
    };
    let order = OrderKey::new(sorted, direction);
    Ok(match key.options.nulls_first {
        None => order,
        Some(first) => order.nulls(if first { Nulls::First } else { Nulls::Last }),
    })
}
