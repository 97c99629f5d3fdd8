//! `a < 3`, `embedding <=> $q <= 0.4`, `2 * a = b`: two sides of an operator, compared.

use std::ops::Bound;

use sqlparser::ast::{BinaryOperator, Expr as Ast};

use crate::{
    expr::{Comparison, Expr, Predicate, Target, Test},
    object::{FieldPath, Value},
    query::Scalar,
};

use super::{
    SqlError,
    condition::{Wanted, flip, test},
    edits::Edits,
    operand::{self, Operand, Scope},
    selection,
    texts::{self, Matched},
};

/// Two sides compared.
pub(super) fn comparison(
    left: &Ast,
    op: &BinaryOperator,
    right: &Ast,
    wanted: Wanted,
    scope: Scope<'_>,
) -> Result<Expr, SqlError> {
    if let Some(Matched { predicate, negated }) = matched(left, op, right, scope)? {
        return Ok(predicate.map_or_else(Expr::none, |predicate| test(predicate, flip(wanted, negated))));
    }
    let Some(written) = self::written(op) else {
        return Err(SqlError::unsupported(
            format!("operator {op} as a condition"),
            "write = <> < <= > >=, BETWEEN, IN, LIKE, ~, IS NULL, AND, OR, NOT",
        ));
    };
    let asked = if wanted == Wanted::True { written } else { negated(written) };
    match (operand::operand(left, scope)?, operand::operand(right, scope)?) {
        (Operand::Constant(a), Operand::Constant(b)) => Ok(constants(&a, asked, &b)),
        (Operand::Constant(value), other) => against_constant(other, asked.reversed(), value, op),
        (other, Operand::Constant(value)) => against_constant(other, asked, value, op),
        (a, b) => Ok(selection::to_scalar(left, a)?.compare(asked, selection::to_scalar(right, b)?)),
    }
}

/// A test of a text that an operator of its own stands for.
#[cfg(feature = "text")]
fn matched(left: &Ast, op: &BinaryOperator, right: &Ast, scope: Scope<'_>) -> Result<Option<Matched>, SqlError> {
    match op {
        BinaryOperator::AtAt => super::words::matched(left, right, scope).map(Some),
        _ => texts::matched(left, op, right, scope),
    }
}

#[cfg(not(feature = "text"))]
use texts::matched;

/// Two constants: what `evaluate` says of the one about a field that holds the other.
fn constants(a: &Value, comparison: Comparison, b: &Value) -> Expr {
    let object = crate::object::Object::new().with("a", a.clone());
    let holds = crate::expr::evaluate(&field_test("a".into(), comparison, b.clone()), &object);
    if holds { Expr::all() } else { Expr::none() }
}

/// A side against a constant.
pub(super) fn against_constant(
    side: Operand,
    comparison: Comparison,
    value: Value,
    op: &BinaryOperator,
) -> Result<Expr, SqlError> {
    match side {
        Operand::Field(path) => {
            let value = operand::comparand(&path, value)?;
            Ok(field_test(path, comparison, value))
        }
        Operand::Distance(target) => distance_test(target, comparison, &value, op),
        Operand::Edits(edits) => edits_test(&edits, comparison, &value, op),
        other @ Operand::Scalar(Scalar::Longitude(_) | Scalar::Latitude(_)) => Err(SqlError::operand(
            op,
            other,
            "a field or a distance; places between meridians and parallels are found by \
             ST_Within(field, ST_MakeEnvelope(west, south, east, north))",
        )),
        Operand::Scalar(scalar) => Ok(scalar.compare(comparison, value)),
        other => Err(SqlError::operand(op, other, "a field or a distance")),
    }
}

/// Unknown for null and missing, on either side.
fn field_test(path: FieldPath, comparison: Comparison, value: Value) -> Expr {
    if matches!(value, Value::Null) {
        return Expr::none();
    }
    let range = |low, high| Expr::Leaf(Predicate::new(path.clone(), Test::Range(low, high)));
    match comparison {
        Comparison::Equal => Predicate::new(path, Test::Equals(value)).into(),
        Comparison::NotEqual => test(Predicate::new(path, Test::Equals(value)), Wanted::False),
        Comparison::Less => range(Bound::Unbounded, Bound::Excluded(value)),
        Comparison::LessOrEqual => range(Bound::Unbounded, Bound::Included(value)),
        Comparison::Greater => range(Bound::Excluded(value), Bound::Unbounded),
        Comparison::GreaterOrEqual => range(Bound::Included(value), Bound::Unbounded),
    }
}

/// `embedding <=> $q < 0.4`, `location <-> ST_Point(..) <= 800000`: a complete range search.
fn distance_test(target: Target, comparison: Comparison, value: &Value, op: &BinaryOperator) -> Result<Expr, SqlError> {
    let limit = operand::number(value).filter(|limit| !limit.is_nan());
    let limit = limit.ok_or_else(|| SqlError::operand(op, value, "a distance"))?;
    let within = |limit: f64, inclusive: bool| {
        target
            .within(limit, inclusive)
            .ok_or_else(|| SqlError::operand(op, value, "a distance from one vector, place or shape"))
    };
    if is_never_nearer(&target, limit, comparison) {
        // Nothing is nearer, and all that has a distance is beyond. The field is named either way, for checks of names and kinds.
        let at_it = within(0.0, true)?;
        let beyond = test(at_it.clone(), Wanted::False);
        return Ok(match comparison {
            Comparison::Greater | Comparison::GreaterOrEqual => beyond.or(at_it.into()),
            _ => beyond.and(at_it.into()),
        });
    }
    match comparison {
        Comparison::LessOrEqual => Ok(within(limit, true)?.into()),
        Comparison::Less => Ok(within(limit, false)?.into()),
        Comparison::Greater => Ok(test(within(limit, true)?, Wanted::False)),
        Comparison::GreaterOrEqual => Ok(test(within(limit, false)?, Wanted::False)),
        Comparison::Equal | Comparison::NotEqual => Err(SqlError::operand(op, value, "< <= > or >= beside a distance")),
    }
}

/// `levenshtein(name, 'Tbilsi') <= 1`: a whole number of edits, so that less than 1.5 is at most 1.
fn edits_test(edits: &Edits, comparison: Comparison, value: &Value, op: &BinaryOperator) -> Result<Expr, SqlError> {
    let limit = operand::number(value).filter(|limit| !limit.is_nan());
    let limit = limit.ok_or_else(|| SqlError::operand(op, value, "a number of edits"))?;
    let (most, wanted) = match comparison {
        Comparison::LessOrEqual => (limit.floor(), Wanted::True),
        Comparison::Less => (limit.ceil() - 1.0, Wanted::True),
        Comparison::Greater => (limit.floor(), Wanted::False),
        Comparison::GreaterOrEqual => (limit.ceil() - 1.0, Wanted::False),
        Comparison::Equal | Comparison::NotEqual => {
            return Err(SqlError::operand(op, value, "< <= > or >= beside a number of edits"));
        }
    };
    if most >= 0.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is too many stays too many"
        )]
        return Ok(test(edits.at_most(most as u32), wanted));
    }
    // Nothing takes fewer edits than none, and everything known takes more. The field is named either way, for checks of names.
    let (none, some) = (edits.at_most(0), test(edits.at_most(0), Wanted::False));
    Ok(if wanted == Wanted::True { some.and(none.into()) } else { some.or(none.into()) })
}

/// Whether the limit is below all distances, so that every known one is beyond it. Distances of vectors may be negative: inner products.
fn is_never_nearer(target: &Target, limit: f64, comparison: Comparison) -> bool {
    let is_limit_out = matches!(comparison, Comparison::Less | Comparison::GreaterOrEqual);
    !matches!(target, Target::Vector { .. }) && (limit < 0.0 || limit == 0.0 && is_limit_out)
}

/// The comparison that an operator is.
const fn written(op: &BinaryOperator) -> Option<Comparison> {
    Some(match op {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// What holds of two known values where a comparison does not.
const fn negated(is: Comparison) -> Comparison {
    match is {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}
