//! WHERE: SQL's three-valued conditions, compiled to two-valued expressions.
//!
//! SQL keeps an object when its condition is *true*; false and unknown both drop it. So each condition is compiled for the
//! outcome that is wanted ([`Wanted`]), and `NOT` only swaps the outcome: `NOT (a > 0)` becomes `a <= 0`, `NOT (a = x)` becomes "known and
//! different". Nothing to the right of this front end knows of unknown.

use std::ops::Bound;

use sqlparser::ast::{BinaryOperator, Expr as Ast, InTarget};

use crate::{
    expr::{self, Expr, Predicate, Target, Test},
    object::{FieldPath, Value},
    query::Scalar,
};

use super::{
    SqlError,
    dialect::MISSING,
    edits::Edits,
    function,
    operand::{self, Operand, Scope},
    selection,
    texts::{self, Matched},
    tree::Tree,
};

/// The outcome that a compiled condition selects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
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
            let any = !operand::found(subquery, scope)?.is_empty();
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

const fn flip(wanted: Wanted, negated: bool) -> Wanted {
    if negated { wanted.negated() } else { wanted }
}

/// A condition that is never unknown.
fn two_valued(expr: Expr, wanted: Wanted) -> Expr {
    if wanted == Wanted::True { expr } else { !expr }
}

/// A test that is unknown where its field is null or missing, and a distance where there is none to measure.
fn test(predicate: Predicate, wanted: Wanted) -> Expr {
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
            Ok(!(is(expr::Comparison::Equal).or(is(expr::Comparison::NotEqual))))
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

/// A comparison operator, as seen from its left side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    const fn of(op: &BinaryOperator) -> Option<Self> {
        Some(match op {
            BinaryOperator::Eq => Self::Equal,
            BinaryOperator::NotEq => Self::Different,
            BinaryOperator::Lt => Self::Less,
            BinaryOperator::LtEq => Self::LessOrEqual,
            BinaryOperator::Gt => Self::Greater,
            BinaryOperator::GtEq => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// The same comparison with its sides exchanged.
    const fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    const fn negated(self) -> Self {
        match self {
            Self::Equal => Self::Different,
            Self::Different => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }
}

fn comparison(
    left: &Ast,
    op: &BinaryOperator,
    right: &Ast,
    wanted: Wanted,
    scope: Scope<'_>,
) -> Result<Expr, SqlError> {
    if let Some(Matched { predicate, negated }) = matched(left, op, right, scope)? {
        return Ok(predicate.map_or_else(Expr::none, |predicate| test(predicate, flip(wanted, negated))));
    }
    let Some(written) = Comparison::of(op) else {
        return Err(SqlError::unsupported(
            format!("operator {op} as a condition"),
            "write = <> < <= > >=, BETWEEN, IN, LIKE, ~, IS NULL, AND, OR, NOT",
        ));
    };
    let asked = if wanted == Wanted::True { written } else { written.negated() };
    match (operand::operand(left, scope)?, operand::operand(right, scope)?) {
        (Operand::Constant(a), Operand::Constant(b)) => Ok(constants(&a, asked, &b)),
        (Operand::Constant(value), other) => against_constant(other, asked.mirrored(), value, op),
        (other, Operand::Constant(value)) => against_constant(other, asked, value, op),
        (a, b) => computed(selection::to_scalar(left, a)?, asked, selection::to_scalar(right, b)?),
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

/// Two values of one object.
#[expect(clippy::unnecessary_wraps, reason = "as the other comparisons")]
fn computed(left: Scalar, comparison: Comparison, right: Scalar) -> Result<Expr, SqlError> {
    let is = match comparison {
        Comparison::Equal => expr::Comparison::Equal,
        Comparison::Different => expr::Comparison::NotEqual,
        Comparison::Less => expr::Comparison::Less,
        Comparison::LessOrEqual => expr::Comparison::LessOrEqual,
        Comparison::Greater => expr::Comparison::Greater,
        Comparison::GreaterOrEqual => expr::Comparison::GreaterOrEqual,
    };
    Ok(left.compare(is, right))
}

/// Two constants: what `evaluate` says of the one about a field that holds the other.
fn constants(a: &Value, comparison: Comparison, b: &Value) -> Expr {
    let object = crate::object::Object::new().with("a", a.clone());
    let holds = crate::expr::evaluate(&field_test("a".into(), comparison, b.clone()), &object);
    if holds { Expr::all() } else { Expr::none() }
}

fn against_constant(
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
        Operand::Scalar(scalar) => computed(scalar, comparison, Scalar::Constant(value)),
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
        Comparison::Different => test(Predicate::new(path, Test::Equals(value)), Wanted::False),
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
        Comparison::Equal | Comparison::Different => {
            Err(SqlError::operand(op, value, "< <= > or >= beside a distance"))
        }
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
        Comparison::Equal | Comparison::Different => {
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
            let matches = Scalar::computed(expr::Function::Like, arguments);
            return Ok(matches.compare(expr::Comparison::Equal, Value::Bool(wanted == Wanted::True)));
        }
    };
    match operand::constant("LIKE", pattern, scope)? {
        Value::String(pattern) => Ok(test(Predicate::new(path, Test::Like(pattern)), wanted)),
        Value::Null => Ok(Expr::none()),
        other => Err(SqlError::operand("LIKE", other, "text with % and _")),
    }
}
