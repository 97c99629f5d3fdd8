//! WHERE: SQL's three-valued conditions, compiled to two-valued expressions.
//!
//! SQL keeps an object when its condition is *true*; false and unknown both drop it. So each condition is compiled for the
//! outcome that is wanted ([`Wanted`]), and `NOT` only swaps the outcome: `NOT (a > 0)` becomes `a <= 0`, `NOT (a = x)` becomes "known and
//! different". Nothing to the right of this front end knows of unknown.

use std::ops::Bound;

use sqlparser::ast::{BinaryOperator, Expr as Ast, InTarget};

use crate::{
    expr::{Comparison, Expr, Function, Predicate, Test},
    object::{FieldPath, Value},
    query::Scalar,
};

use super::{
    SqlError,
    comparison::{against_constant, comparison},
    dialect::MISSING,
    function,
    operand::{self, Operand, Scope},
    selection,
    tree::Tree,
};

/// The outcome that a compiled condition selects.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    True,
    False,
}

impl Wanted {
    const fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
        }
    }
}

/// Compiles a condition to the expression that selects the objects for which it is true.
pub(super) fn compile(tree: &Tree, scope: Scope<'_>) -> Result<Expr, SqlError> {
    condition(tree, Wanted::True, scope)
}

fn condition(tree: &Tree, wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    let all = |terms: &[Tree]| terms.iter().map(|term| condition(term, wanted, scope)).collect::<Result<Vec<_>, _>>();
    // De Morgan: an AND is false when any of its terms is.
    match (tree, wanted) {
        (Tree::And(terms), Wanted::True) | (Tree::Or(terms), Wanted::False) => Ok(Expr::And(all(terms)?)),
        (Tree::Or(terms), Wanted::True) | (Tree::And(terms), Wanted::False) => Ok(Expr::Or(all(terms)?)),
        (Tree::Not(inner), _) => condition(inner, wanted.negated(), scope),
        (Tree::Leaf(ast), _) => leaf(ast, wanted, scope),
    }
}

/// `(condition) IS TRUE` and the like: a condition inside a leaf.
fn inner(ast: &Ast, wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    condition(&Tree::of(ast.clone()), wanted, scope)
}

fn leaf(ast: &Ast, wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    match ast {
        Ast::BinaryOp { left, op, right } => comparison(left, op, right, wanted, scope),
        Ast::Between { expr, negated, low, high } => between(expr, low, high, flip(wanted, *negated), scope),
        Ast::In { expr, target: InTarget::List(list), negated, global: false } => {
            in_list(expr, list, flip(wanted, *negated), scope)
        }
        Ast::In { expr, target: InTarget::Subquery(query), negated, global: false } => {
            in_values(expr, operand::found(query, scope)?, flip(wanted, *negated), scope)
        }
        Ast::Exists { subquery, negated } => {
            let any = operand::any(subquery, scope)?;
            Ok(constant_outcome(Some(any), flip(wanted, *negated)))
        }
        Ast::Like { expr, pattern, negated, any: false, escape_char: None } => {
            like(expr, pattern, flip(wanted, *negated), scope)
        }
        Ast::IsNull(expr) => Ok(two_valued(unknown(expr, scope)?, wanted)),
        Ast::IsNotNull(expr) => Ok(two_valued(unknown(expr, scope)?, wanted.negated())),
        Ast::Prefixed { prefix, value } if prefix.value == MISSING => {
            let path = operand::field("IS MISSING", value, scope)?;
            Ok(two_valued(Predicate::new(path, Test::IsMissing).into(), wanted))
        }
        Ast::IsTrue(expr) => Ok(two_valued(inner(expr, Wanted::True, scope)?, wanted)),
        Ast::IsFalse(expr) => Ok(two_valued(inner(expr, Wanted::False, scope)?, wanted)),
        Ast::IsNotTrue(expr) => Ok(two_valued(inner(expr, Wanted::True, scope)?, wanted.negated())),
        Ast::IsNotFalse(expr) => Ok(two_valued(inner(expr, Wanted::False, scope)?, wanted.negated())),
        Ast::Function(call) => match function::condition(call, scope)? {
            Some(predicate) => Ok(test(predicate, wanted)),
            None => Err(SqlError::operand("WHERE", ast, "a condition, not a value")),
        },
        _ => boolean(ast, wanted, scope),
    }
}

pub(super) const fn flip(wanted: Wanted, negated: bool) -> Wanted {
    if negated { wanted.negated() } else { wanted }
}

/// A condition that is never unknown.
fn two_valued(expr: Expr, wanted: Wanted) -> Expr {
    if wanted == Wanted::True { expr } else { !expr }
}

/// A test that is unknown where its field is null or missing, and a distance where there is none to measure.
pub(super) fn test(predicate: Predicate, wanted: Wanted) -> Expr {
    match (wanted, is_measured(&predicate)) {
        (Wanted::True, _) => predicate.into(),
        (Wanted::False, Some(is_measured)) => Expr::And(vec![is_measured.into(), !Expr::Leaf(predicate)]),
        (Wanted::False, None) => {
            let mut members: Vec<Expr> = predicate.paths.iter().map(|path| !is_null(path.clone())).collect();
            members.push(!Expr::Leaf(predicate));
            Expr::And(members)
        }
    }
}

/// Of a test of a distance, the one that every object passes which has such a distance.
fn is_measured(predicate: &Predicate) -> Option<Predicate> {
    /// In metres, more than half of the way round the Earth.
    const ALL_ROUND: f64 = 20_100_000.0;
    /// Beyond everything, and its square is a number.
    const FAR: f64 = 1e150;
    let test = match &predicate.test {
        Test::WithinRadius(place, _) => Test::WithinRadius(*place, ALL_ROUND),
        Test::WithinGeodesic(place, _) => Test::WithinGeodesic(*place, ALL_ROUND),
        Test::WithinShape { shape, globe, .. } => {
            Test::WithinShape { shape: shape.clone(), metres: ALL_ROUND, globe: *globe }
        }
        Test::Ball { center, .. } => Test::Ball { center: center.clone(), radius: FAR },
        Test::WithinDistance { target, metric, .. } => {
            Test::WithinDistance { target: target.clone(), metric: *metric, distance: f64::INFINITY, inclusive: true }
        }
        _ => return None,
    };
    Some(Predicate { paths: predicate.paths.clone(), test })
}

/// `IS NULL` of a field, or of a computed value: nothing that equals another, or differs from it.
fn unknown(ast: &Ast, scope: Scope<'_>) -> Result<Expr, SqlError> {
    match operand::operand(ast, scope)? {
        Operand::Field(path) => Ok(is_null(path)),
        other => {
            let scalar = selection::to_scalar(ast, other)?;
            let is = |is| scalar.clone().compare(is, scalar.clone());
            Ok(!(is(Comparison::Equal).or(is(Comparison::NotEqual))))
        }
    }
}

/// SQL's null: null or missing.
fn is_null(path: FieldPath) -> Expr {
    Expr::Or(vec![Predicate::new(path.clone(), Test::IsNull).into(), Predicate::new(path, Test::IsMissing).into()])
}

fn constant_outcome(outcome: Option<bool>, wanted: Wanted) -> Expr {
    if outcome == Some(wanted == Wanted::True) { Expr::all() } else { Expr::none() }
}

/// A field or a constant that stands where a condition is asked for.
fn boolean(ast: &Ast, wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    match operand::operand(ast, scope)? {
        Operand::Field(path) if path.standing().is_none() => {
            Ok(Predicate::new(path, Test::Equals(Value::Bool(wanted == Wanted::True))).into())
        }
        Operand::Constant(Value::Bool(value)) => Ok(constant_outcome(Some(value), wanted)),
        Operand::Constant(Value::Null) => Ok(constant_outcome(None, wanted)),
        _ => Err(SqlError::operand("WHERE", ast, "a condition")),
    }
}

fn between(expr: &Ast, low: &Ast, high: &Ast, wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    let is_constant = |ast| operand::operand(ast, scope).map(|operand| matches!(operand, Operand::Constant(_)));
    if !is_constant(low)? || !is_constant(high)? {
        let (at_least, at_most) = (BinaryOperator::GtEq, BinaryOperator::LtEq);
        let above = comparison(expr, &at_least, low, wanted, scope)?;
        let below = comparison(expr, &at_most, high, wanted, scope)?;
        return Ok(if wanted == Wanted::True { above.and(below) } else { above.or(below) });
    }
    let (low, high) = (operand::constant("BETWEEN", low, scope)?, operand::constant("BETWEEN", high, scope)?);
    let side = operand::operand(expr, scope)?;
    let op = &BinaryOperator::LtEq;
    if wanted == Wanted::False {
        let below = against_constant(side.clone(), Comparison::Less, low, op)?;
        return Ok(below.or(against_constant(side, Comparison::Greater, high, op)?));
    }
    match side {
        Operand::Field(path) if !matches!((&low, &high), (Value::Null, _) | (_, Value::Null)) => {
            let (low, high) = (operand::comparand(&path, low)?, operand::comparand(&path, high)?);
            Ok(Predicate::new(path, Test::Range(Bound::Included(low), Bound::Included(high))).into())
        }
        side => {
            let above = against_constant(side.clone(), Comparison::GreaterOrEqual, low, op)?;
            Ok(above.and(against_constant(side, Comparison::LessOrEqual, high, op)?))
        }
    }
}

fn in_list(expr: &Ast, list: &[Ast], wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    let is_constant = |item| operand::operand(item, scope).map(|operand| matches!(operand, Operand::Constant(_)));
    let constant = list.iter().map(is_constant).collect::<Result<Vec<_>, _>>()?.into_iter().all(|is| is);
    if !constant || !matches!(operand::operand(expr, scope)?, Operand::Field(_)) {
        let each = list.iter().map(|item| comparison(expr, &BinaryOperator::Eq, item, wanted, scope));
        let each = each.collect::<Result<_, _>>()?;
        return Ok(if wanted == Wanted::True { Expr::Or(each) } else { Expr::And(each) });
    }
    let mut values = Vec::with_capacity(list.len());
    for item in list {
        match operand::constant("IN", item, scope)? {
            // A list parameter stands for its items.
            Value::List(items) => values.extend(items),
            value => values.push(value),
        }
    }
    in_values(expr, values, wanted, scope)
}

/// A field with one of these values.
fn in_values(expr: &Ast, values: Vec<Value>, wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    let path = operand::field("IN", expr, scope)?;
    let mut values = values.into_iter().map(|value| operand::comparand(&path, value)).collect::<Result<Vec<_>, _>>()?;
    let known = values.len();
    values.retain(|value| !matches!(value, Value::Null));
    if wanted == Wanted::False && values.len() < known {
        // Different from null is unknown.
        return Ok(Expr::none());
    }
    if wanted == Wanted::False && values.is_empty() {
        return Ok(Expr::all());
    }
    Ok(test(Predicate::new(path, Test::In(values)), wanted))
}

fn like(tested: &Ast, pattern: &Ast, wanted: Wanted, scope: Scope<'_>) -> Result<Expr, SqlError> {
    let path = match operand::operand(tested, scope)? {
        Operand::Field(path) => path,
        computed => {
            let arguments = [selection::to_scalar(tested, computed)?, selection::scalar(pattern, scope)?];
            let matches = Scalar::computed(Function::Like, arguments);
            return Ok(matches.compare(Comparison::Equal, Value::Bool(wanted == Wanted::True)));
        }
    };
    match operand::constant("LIKE", pattern, scope)? {
        Value::String(pattern) => Ok(test(Predicate::new(path, Test::Like(pattern)), wanted)),
        Value::Null => Ok(Expr::none()),
        other => Err(SqlError::operand("LIKE", other, "text with % and _")),
    }
}
