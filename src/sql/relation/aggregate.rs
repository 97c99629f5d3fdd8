//! `COUNT(DISTINCT x) FILTER (WHERE ..)` and its kin.

use sqlparser::ast::{
    DuplicateTreatment, Expr as Ast, Function, FunctionArg, FunctionArgExpr, FunctionArguments, OrderBySort,
};

use crate::query::{Aggregate, AggregateFunction};

use super::{
    super::{
        condition,
        operand::{self, Scope},
        selection,
        tree::Tree,
    },
    SqlError,
};

const NAMES: [&str; 8] = ["count", "sum", "avg", "min", "max", "array_agg", "percentile_cont", "median"];

/// The name of an aggregate, if a call is one.
pub fn name(call: &Function) -> Option<&'static str> {
    let written = call.name.to_string();
    NAMES.into_iter().find(|name| name.eq_ignore_ascii_case(&written))
}

/// Whether an aggregate is part of an expression.
pub fn mentions(ast: &Ast) -> bool {
    match ast {
        Ast::Function(call) => name(call).is_some() || arguments(call).any(mentions),
        Ast::BinaryOp { left, right, .. } => mentions(left) || mentions(right),
        Ast::UnaryOp { expr, .. }
        | Ast::Nested(expr)
        | Ast::Cast { expr, .. }
        | Ast::IsNull(expr)
        | Ast::IsNotNull(expr) => mentions(expr),
        Ast::Between { expr, low, high, .. } => mentions(expr) || mentions(low) || mentions(high),
        Ast::Case { operand, conditions, else_result, .. } => {
            operand.as_deref().is_some_and(mentions)
                || else_result.as_deref().is_some_and(mentions)
                || conditions.iter().any(|when| mentions(&when.condition) || mentions(&when.result))
        }
        _ => false,
    }
}

fn arguments(call: &Function) -> impl Iterator<Item = &Ast> {
    let list = match &call.args {
        FunctionArguments::List(list) => list.args.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    })
}

/// Compiles a call, its arguments about the objects of a group.
pub fn compile(call: &Function, scope: Scope<'_>) -> Result<Option<Aggregate>, SqlError> {
    let Some(name) = name(call) else { return Ok(None) };
    if call.over.is_some() {
        return Err(SqlError::unsupported(format!("{name} OVER (..)"), "write GROUP BY, or ORDER BY and LIMIT"));
    }
    let (distinct, all) = match &call.args {
        FunctionArguments::List(list) => {
            if let Some(clause) = list.clauses.first() {
                return Err(SqlError::unsupported(format!("{clause} in {name}(..)"), "give plain arguments"));
            }
            let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
            (
                distinct,
                list.args.iter().any(|argument| matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Wildcard))),
            )
        }
        _ => (false, false),
    };
    let given: Vec<&Ast> = arguments(call).collect();
    let mut aggregate = match (name, given.as_slice()) {
        ("count", []) if all && !distinct => Aggregate::count(),
        ("percentile_cont", [fraction]) => {
            let [order] = call.within_group.as_slice() else {
                return Err(SqlError::operand(name, call, "WITHIN GROUP (ORDER BY ..) with one key"));
            };
            let written = operand::constant(name, fraction, scope)?;
            let fraction = operand::number(&written).ok_or_else(|| SqlError::operand(name, &written, "a fraction"))?;
            // From the greatest downwards it is the other fraction from the least upwards.
            let fraction = if order.options.sort == Some(OrderBySort::Desc) { 1.0 - fraction } else { fraction };
            Aggregate::of(AggregateFunction::Percentile(fraction), selection::scalar(&order.expr, scope)?)
        }
        (_, [one]) if call.within_group.is_empty() => {
            let function = match name {
                "count" => AggregateFunction::Count,
                "sum" => AggregateFunction::Sum,
                "avg" => AggregateFunction::Avg,
                "min" => AggregateFunction::Min,
                "max" => AggregateFunction::Max,
                "median" => AggregateFunction::Percentile(0.5),
                _ => AggregateFunction::Collect,
            };
            Aggregate::of(function, selection::scalar(one, scope)?)
        }
        _ => return Err(SqlError::operand(name, call, "one argument")),
    };
    if let Some(filter) = &call.filter {
        aggregate = aggregate.filter(condition::compile(&Tree::of((**filter).clone()), scope)?);
    }
    Ok(Some(if distinct { aggregate.distinct() } else { aggregate }))
}
