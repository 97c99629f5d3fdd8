//! What stands on either side of an operator: a field, a constant, or a distance between the two.

use std::{fmt, sync::Arc};

use sqlparser::ast::{BinaryOperator, Expr as Ast, Ident, Query as SqlQuery, UnaryOperator, Value as Literal};

use crate::{
    expr::{Function, Target, asked},
    geometry::{Globe, PreparedShape},
    metric::Metric,
    object::{FieldPath, Object, Offset, Standing, Value, VectorBuf, hexadecimal},
    query::Scalar,
};

use super::{Parameters, SqlError, cast, computed, edits::Edits, function, parameters::parameter_name, places};

/// The names that stand for an object's offset and for its owner's; in double quotes they are fields like any other.
const OFFSET: &str = "_offset";
const OWNER: &str = "_owner";
/// The owner's short name, in nested sets only.
const SHORT_OWNER: &str = "owner";

/// One side of an operator, or one argument of a function, with everything constant already computed.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// A field of the object.
    Field(FieldPath),
    /// Several numeric fields taken as coordinates: `POINT(lon, lat)`.
    Coordinates(Vec<FieldPath>),
    /// A value known before the query runs.
    Constant(Value),
    /// A shape that is no value: a box between meridians and parallels, `ST_MakeEnvelope(..)`, or one whose edges are great circles,
    /// `..::geography`.
    Shape(Arc<PreparedShape>),
    /// How far the object is from a target.
    Distance(Target),
    /// How many edits a field's text is from another.
    Edits(Edits),
    /// Another computed value, such as `ST_X(location)`.
    Scalar(Scalar),
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(path) => path.fmt(f),
            Self::Coordinates(paths) => {
                let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
                write!(f, "POINT({})", paths.join(", "))
            }
            Self::Constant(value) => value.fmt(f),
            Self::Shape(shape) if shape.as_box().is_some() => f.write_str("ST_MakeEnvelope(..)"),
            Self::Shape(shape) => shape.fmt(f),
            Self::Distance(target) => write!(f, "the distance to {target}"),
            Self::Edits(edits) => edits.fmt(f),
            Self::Scalar(Scalar::Longitude(path)) => write!(f, "ST_X({path})"),
            Self::Scalar(Scalar::Latitude(path)) => write!(f, "ST_Y({path})"),
            Self::Scalar(scalar) => scalar.fmt(f),
        }
    }
}

/// What names mean while a statement is compiled.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The values of `$name`.
    pub parameters: &'a Parameters,
    /// Prefixes that stand for the set itself: its name and its alias.
    pub prefixes: &'a [String],
    /// The set's full name: `countries.cities`.
    pub set: &'a str,
    /// What more there is to say of names, in statements over several sets and over groups.
    pub names: Option<&'a dyn Names>,
}

/// What parts of a statement mean that is over more than one set's objects.
pub(super) trait Names {
    /// What this part of the statement is, if it is for this to say.
    fn operand(&self, ast: &Ast) -> Option<Result<Operand, SqlError>>;

    /// What a statement inside of this one finds: the values of its one column.
    fn values(&self, query: &SqlQuery) -> Result<Vec<Value>, SqlError>;

    /// Whether a statement inside of this one finds anything.
    fn any(&self, query: &SqlQuery) -> Result<bool, SqlError>;
}

impl Scope<'_> {
    /// A field, or where an object stands, from the pieces of a name.
    fn named(&self, names: &[Ident]) -> Result<FieldPath, SqlError> {
        let names = self.unqualified(names);
        let Some(standing) = names.first().and_then(|first| self.standing(first)) else {
            let names: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
            return Ok(FieldPath::of(&names));
        };
        let written = || names.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
        let first = &names[0].value;
        match standing {
            _ if names.len() > 1 => Err(SqlError::unsupported(
                written(),
                format!("{first} is an offset and has no fields; a stored field of this name is written \"{first}\""),
            )),
            Standing::Owner if !self.is_nested() => Err(SqlError::unsupported(
                format!("{first} in the top-level set '{}'", self.set),
                format!("only objects of nested sets have an owner; a stored field is written \"{first}\""),
            )),
            Standing::Owner => Ok(FieldPath::owner()),
            Standing::Offset => Ok(FieldPath::offset()),
        }
    }

    fn standing(&self, name: &Ident) -> Option<Standing> {
        match name.value.as_str() {
            _ if name.quote_style.is_some() => None,
            OFFSET => Some(Standing::Offset),
            OWNER => Some(Standing::Owner),
            SHORT_OWNER if self.is_nested() => Some(Standing::Owner),
            _ => None,
        }
    }

    /// Whether a name is the set's own, or its alias.
    pub fn is_set(&self, name: &str) -> bool {
        name == self.set || self.prefixes.iter().any(|prefix| prefix == name)
    }

    fn is_nested(&self) -> bool {
        self.set.contains('.')
    }

    /// The pieces of a name without the set's name or alias in front.
    fn unqualified<'n>(&self, names: &'n [Ident]) -> &'n [Ident] {
        let full = self.set.split('.').count();
        if names.len() > full && self.set.split('.').eq(names[..full].iter().map(|name| name.value.as_str())) {
            return &names[full..];
        }
        match names {
            [first, rest @ ..] if !rest.is_empty() && self.prefixes.contains(&first.value) => rest,
            _ => names,
        }
    }
}

/// A constant to compare a field with. Where an object stands is compared with offsets and references only.
pub(super) fn comparand(path: &FieldPath, value: Value) -> Result<Value, SqlError> {
    match (path.standing(), value) {
        (Some(_), Value::Reference(_, offset)) => {
            i64::try_from(offset.0).map(Value::Int).map_err(|_| SqlError::operand(path, offset, "an offset"))
        }
        (Some(_), value @ (Value::Int(_) | Value::Float(_) | Value::Null)) | (None, value) => Ok(value),
        (Some(_), other) => Err(SqlError::operand(path, other, "an offset or a reference")),
    }
}

/// Compiles one operand.
pub(super) fn operand(ast: &Ast, scope: Scope<'_>) -> Result<Operand, SqlError> {
    if let Some(told) = scope.names.and_then(|names| names.operand(ast)) {
        return told;
    }
    match ast {
        Ast::Identifier(name) => scope.named(std::slice::from_ref(name)).map(Operand::Field),
        Ast::CompoundIdentifier(names) => scope.named(names).map(Operand::Field),
        Ast::Value(literal) => literal_value(&literal.value, scope).map(Operand::Constant),
        Ast::UnaryOp { op: UnaryOperator::Minus, expr } if smallest(expr) => {
            Ok(Operand::Constant(Value::Int(i64::MIN)))
        }
        Ast::UnaryOp { op: UnaryOperator::Minus, expr } if !is_constant(expr, scope)? => {
            computed::call(Function::Negate, &[expr], scope)
        }
        Ast::UnaryOp { op: UnaryOperator::Minus, expr } => match constant("-", expr, scope)? {
            // Of the smallest integer, the negative is none.
            Value::Int(number) => {
                Ok(Operand::Constant(number.checked_neg().map_or(Value::Float(-(number as f64)), Value::Int)))
            }
            Value::Float(number) => Ok(Operand::Constant(Value::Float(-number))),
            other => Err(SqlError::operand("-", other, "a number")),
        },
        Ast::Nested(expr) => operand(expr, scope),
        Ast::UnaryOp { op: UnaryOperator::Plus, expr } => {
            let value = constant("+", expr, scope)?;
            number(&value)
                .map(|_| Operand::Constant(value.clone()))
                .ok_or_else(|| SqlError::operand("+", value, "a number"))
        }
        Ast::Cast { kind, expr, data_type, format } => cast::cast(kind, expr, data_type, format.as_ref(), scope),
        Ast::BinaryOp { left, op, right } => binary(left, op, right, scope),
        Ast::Function(call) => computed::named(call, scope).unwrap_or_else(|| function::call(call, scope)),
        Ast::Array(array) => {
            let items = array.elem.iter().map(|item| constant("ARRAY", item, scope)).collect::<Result<_, _>>()?;
            Ok(Operand::Constant(Value::List(items)))
        }
        Ast::TypedString(string) => cast::typed(string, scope),
        Ast::Subquery(query) => subquery(query, scope).map(Operand::Constant),
        _ if computed::is_computed(ast) => computed::computed(ast, scope),
        other => {
            Err(SqlError::unsupported(other, "write a field, a constant, a parameter, a distance or an ST_ function"))
        }
    }
}

/// Whether a number is the one that only fits 64 bits as a negative one.
fn smallest(ast: &Ast) -> bool {
    matches!(ast, Ast::Value(value) if matches!(&value.value, Literal::Number(digits, _) if digits == "9223372036854775808"))
}

fn is_constant(ast: &Ast, scope: Scope<'_>) -> Result<bool, SqlError> {
    operand(ast, scope).map(|operand| matches!(operand, Operand::Constant(_)))
}

/// The one value of a statement in parentheses; null of none.
fn subquery(query: &SqlQuery, scope: Scope<'_>) -> Result<Value, SqlError> {
    let mut values = found(query, scope)?;
    match values.len() {
        0 => Ok(Value::Null),
        1 => Ok(values.remove(0)),
        several => Err(SqlError::operand("(SELECT ..)", format!("{several} objects"), "one, or none")),
    }
}

/// Whether a statement inside of another finds anything.
pub(super) fn any(query: &SqlQuery, scope: Scope<'_>) -> Result<bool, SqlError> {
    match scope.names {
        Some(names) => names.any(query),
        None => Err(SqlError::unsupported(query, "write a condition on the objects themselves")),
    }
}

/// What a statement inside of another finds.
pub(super) fn found(query: &SqlQuery, scope: Scope<'_>) -> Result<Vec<Value>, SqlError> {
    match scope.names {
        Some(names) => names.values(query),
        None => Err(SqlError::unsupported(query, "write a constant here")),
    }
}

/// Compiles what must be known before the query runs.
pub(super) fn constant(place: &str, ast: &Ast, scope: Scope<'_>) -> Result<Value, SqlError> {
    match operand(ast, scope)? {
        Operand::Constant(value) => Ok(value),
        _ => Err(SqlError::operand(place, ast, "a constant or a parameter")),
    }
}

/// Compiles a field name.
pub(super) fn field(place: &str, ast: &Ast, scope: Scope<'_>) -> Result<FieldPath, SqlError> {
    match operand(ast, scope)? {
        Operand::Field(path) => Ok(path),
        _ => Err(SqlError::operand(place, ast, "a field")),
    }
}

/// A literal, or the value of a parameter.
pub(super) fn literal_value(literal: &Literal, scope: Scope<'_>) -> Result<Value, SqlError> {
    match literal {
        Literal::Number(text, _) => match text.parse::<i64>() {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => text.parse().map(Value::Float).map_err(|_| SqlError::operand("number", text, "digits")),
        },
        Literal::SingleQuotedString(text) | Literal::EscapedStringLiteral(text) => Ok(Value::String(text.clone())),
        Literal::DollarQuotedString(text) => Ok(Value::String(text.value.clone())),
        Literal::HexStringLiteral(digits) => {
            let bytes =
                hexadecimal(digits).ok_or_else(|| SqlError::operand("X'..'", digits, "pairs of hexadecimal digits"))?;
            Ok(Value::Bytes(bytes))
        }
        Literal::Boolean(value) => Ok(Value::Bool(*value)),
        Literal::Null => Ok(Value::Null),
        Literal::Placeholder(name) => {
            let name = parameter_name(name);
            scope.parameters.get(name).cloned().ok_or_else(|| SqlError::MissingParameter(name.to_owned()))
        }
        other => Err(SqlError::unsupported(other, "write a number, 'text', X'00ff', true, false, null or $name")),
    }
}

fn binary(left: &Ast, op: &BinaryOperator, right: &Ast, scope: Scope<'_>) -> Result<Operand, SqlError> {
    let metric = match op {
        BinaryOperator::LtDashGt => Some(Metric::L2),
        BinaryOperator::Spaceship => Some(Metric::Cosine),
        BinaryOperator::Custom(text) if text == "<#>" => Some(Metric::InnerProduct),
        BinaryOperator::Custom(text) if text == "<~>" => Some(Metric::Hamming),
        BinaryOperator::Custom(text) if text == "<%>" => Some(Metric::Jaccard),
        _ => None,
    };
    let Some(metric) = metric else {
        if let Some(function) = computed::of_operator(op)
            && !(is_constant(left, scope)? && is_constant(right, scope)? && function.is_arithmetic())
        {
            return computed::call(function, &[left, right], scope);
        }
        let (a, b) = (constant(&op.to_string(), left, scope)?, constant(&op.to_string(), right, scope)?);
        return arithmetic(&a, op, &b).map(Operand::Constant);
    };
    // Distance is symmetric: the constant may stand on either side.
    match (operand(left, scope)?, operand(right, scope)?) {
        (Operand::Constant(value), other) | (other, Operand::Constant(value)) => distance(op, metric, other, &value),
        (Operand::Field(path), Operand::Shape(shape)) | (Operand::Shape(shape), Operand::Field(path))
            if metric == Metric::L2 =>
        {
            Ok(Operand::Distance(Target::shape(path, shape, Globe::Sphere)))
        }
        (a, b) => Err(SqlError::operand(op, format!("{a} and {b}"), "a field on one side and a constant on the other")),
    }
}

/// The distance between a field and a constant.
fn distance(op: &BinaryOperator, metric: Metric, field: Operand, constant: &Value) -> Result<Operand, SqlError> {
    match (field, constant) {
        (Operand::Coordinates(paths), value) if metric == Metric::L2 => {
            let center = numbers(op, value)?;
            if center.len() != paths.len() {
                return Err(SqlError::operand(op, value, format!("{} coordinates", paths.len())));
            }
            Ok(Operand::Distance(Target::Coordinates { paths, center: center.into() }))
        }
        (Operand::Field(path), constant) if metric == Metric::L2 && is_shape(constant) => {
            let shape = places::known(&op.to_string(), constant)?;
            Ok(Operand::Distance(Target::shape(path, shape, Globe::Sphere)))
        }
        (Operand::Field(path), value) => {
            let vector = asked(&vector(op, value)?, metric).into_owned();
            Ok(Operand::Distance(Target::Vector { path, vector, metric }))
        }
        (other, value) => Err(SqlError::operand(op, format!("{other} and {value}"), "a field and a vector or a place")),
    }
}

/// Whether a constant is a shape, or says one as GeoJSON or WKT: nothing that a vector could be said by.
fn is_shape(constant: &Value) -> bool {
    match constant {
        Value::Geometry(_) | Value::Map(_) => true,
        Value::String(text) => text.trim_start().starts_with(|c: char| c.is_ascii_alphabetic()),
        _ => false,
    }
}

/// A constant as a vector: a vector, a list of numbers, pgvector's text form `'[1, 2, 3]'`, or bits as `'0110'`.
pub(super) fn vector(place: impl ToString, value: &Value) -> Result<VectorBuf, SqlError> {
    if let Value::Vector(vector) = value {
        return Ok(vector.clone());
    }
    if let Some(bits) = value.as_ref().as_str().and_then(bit_string) {
        return Ok(bits);
    }
    #[expect(clippy::cast_possible_truncation, reason = "query vectors are f32")]
    let narrowed = numbers(place, value)?.into_iter().map(|number| number as f32).collect();
    Ok(narrowed)
}

/// PostgreSQL's text form of bits: `'0110'`.
fn bit_string(text: &str) -> Option<VectorBuf> {
    let bits: Option<Vec<bool>> = text.chars().map(|bit| matches!(bit, '0' | '1').then_some(bit == '1')).collect();
    bits.filter(|bits| !bits.is_empty()).map(|bits| VectorBuf::bits(&bits))
}

/// A constant as numbers: a list of numbers, a vector, or text in brackets.
fn numbers(place: impl ToString, value: &Value) -> Result<Vec<f64>, SqlError> {
    let wrong = || SqlError::operand(place.to_string(), value, "a list of numbers, such as '[0.5, 1]'");
    match value {
        Value::List(items) => items.iter().map(|item| number(item).ok_or_else(wrong)).collect(),
        Value::Vector(vector) => Ok(vector.components().iter().map(|x| f64::from(*x)).collect()),
        Value::String(text) => {
            let inner = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(wrong)?;
            inner.split(',').map(|item| item.trim().parse().map_err(|_| wrong())).collect()
        }
        _ => Err(wrong()),
    }
}

/// A numeric constant as f64.
#[expect(clippy::cast_precision_loss, reason = "coordinates and distances are f64")]
pub(super) const fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Two numbers; as with fields, nothing by zero, and a float where whole numbers do not fit 64 bits.
pub(super) fn arithmetic(a: &Value, op: &BinaryOperator, b: &Value) -> Result<Value, SqlError> {
    let function = computed::of_operator(op).filter(Function::is_arithmetic);
    let function = function.ok_or_else(|| SqlError::unsupported(op, "write + - * / % on constants"))?;
    if number(a).is_none() || number(b).is_none() {
        return Err(SqlError::operand(op, format!("{a} {op} {b}"), "two numbers"));
    }
    let of = [a, b].map(|value| Scalar::Constant(value.clone()));
    Ok(Scalar::computed(function, of).evaluate(Offset(0), &Object::new()).unwrap_or(Value::Null))
}
