//! What is a field to become: a constant, or something computed of the object as it is?

use sqlparser::ast::{BinaryOperator, DataType, Expr as Ast, Function, TypedString};

use crate::{
    object::{FieldPath, Fields, Object, Offset, Value},
    query::Scalar,
};

use super::{
    SqlError, computed, function,
    operand::{self, Operand, Scope},
    selection,
};

/// The name of the object that an INSERT could not add, in ON CONFLICT DO UPDATE.
const EXCLUDED: &str = "excluded";
/// PostgreSQL's function that adds a value at the end of a list.
const APPEND: &str = "array_append";

/// The right side of `SET field = ..`, or one of VALUES.
#[derive(Debug)]
pub(super) enum Given {
    /// Known before the first object is read.
    Constant(Value),
    /// DEFAULT: the field is missing.
    Nothing,
    /// Computed of the object as it was.
    Scalar(Scalar),
    /// A field of the object that could not be added.
    Excluded(FieldPath),
    /// `a + 1`.
    Arithmetic(Box<Self>, BinaryOperator, Box<Self>),
    /// `a || b`: of texts or lists; a value beside a list becomes its first or last.
    Joined(Box<Self>, Box<Self>),
}

/// An object that is being written.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    /// Where it stands.
    pub offset: Offset,
    /// As it was.
    pub old: &'a dyn Fields,
    /// The one that could not be added.
    pub excluded: Option<&'a Object>,
}

impl Given {
    /// Compiles it. `excluded` says whether there is such an object.
    pub fn of(ast: &Ast, excluded: bool, scope: Scope<'_>) -> Result<Self, SqlError> {
        let of = |ast: &Ast| Self::of(ast, excluded, scope);
        match ast {
            Ast::Nested(inner) => of(inner),
            Ast::Identifier(name) if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default") => {
                Ok(Self::Nothing)
            }
            Ast::CompoundIdentifier(names) if excluded && names[0].value.eq_ignore_ascii_case(EXCLUDED) => {
                let names: Vec<&str> = names[1..].iter().map(|name| name.value.as_str()).collect();
                Ok(Self::Excluded(FieldPath::of(&names)))
            }
            Ast::BinaryOp { left, op: BinaryOperator::StringConcat, right } => {
                Ok(Self::Joined(Box::new(of(left)?), Box::new(of(right)?)))
            }
            Ast::BinaryOp { left, op, right } if is_arithmetic(op) => {
                Ok(Self::Arithmetic(Box::new(of(left)?), op.clone(), Box::new(of(right)?)))
            }
            Ast::Function(call) if is_append(call) => match function::arguments(call)?[..] {
                [list, value] => Ok(Self::Joined(Box::new(of(list)?), Box::new(of(value)?))),
                _ => Err(SqlError::operand(APPEND, ast, "a list and a value")),
            },
            Ast::Cast { data_type, expr, .. } if is_vector(data_type) => vector(ast, expr, scope),
            Ast::TypedString(TypedString { data_type, value, .. }) if is_vector(data_type) => {
                vector(ast, &Ast::Value(value.clone()), scope)
            }
            other => Self::plain(other, scope),
        }
    }

    fn plain(ast: &Ast, scope: Scope<'_>) -> Result<Self, SqlError> {
        Ok(match operand::operand(ast, scope)? {
            Operand::Constant(value) => Self::Constant(value),
            Operand::Shape(shape) => Self::Constant(Value::from(shape.shape().clone())),
            Operand::Coordinates(_) | Operand::Edits(_) => return Err(SqlError::operand("SET", ast, "one value")),
            computed => Self::Scalar(selection::to_scalar(ast, computed)?),
        })
    }

    /// A value that must be known before anything is read.
    pub fn constant(ast: &Ast, scope: Scope<'_>) -> Result<Option<Value>, SqlError> {
        let given = Self::of(ast, false, scope)?;
        let of_an_object = || SqlError::operand("VALUES", ast, "a constant or a parameter");
        if given.reads_objects() { Err(of_an_object()) } else { given.value(None) }
    }

    fn reads_objects(&self) -> bool {
        match self {
            Self::Constant(_) | Self::Nothing => false,
            Self::Scalar(_) | Self::Excluded(_) => true,
            Self::Arithmetic(a, _, b) | Self::Joined(a, b) => a.reads_objects() || b.reads_objects(),
        }
    }

    /// The value; `None` where the field is to be missing.
    pub fn value(&self, written: Option<Written<'_>>) -> Result<Option<Value>, SqlError> {
        Ok(match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Nothing => None,
            Self::Scalar(scalar) => written.and_then(|written| scalar.evaluate(written.offset, written.old)),
            Self::Excluded(path) => written
                .and_then(|written| written.excluded)
                .and_then(|object| object.field(path).map(|value| value.to_value())),
            // SQL's null: what is computed of null or of a missing field is null.
            Self::Arithmetic(a, op, b) => match (a.value(written)?, b.value(written)?) {
                (Some(Value::Null) | None, _) | (_, Some(Value::Null) | None) => Some(Value::Null),
                (Some(a), Some(b)) => Some(operand::arithmetic(&a, op, &b)?),
            },
            Self::Joined(a, b) => match (a.value(written)?, b.value(written)?) {
                (Some(Value::List(mut list)), Some(Value::List(more))) => {
                    list.extend(more);
                    Some(Value::List(list))
                }
                (Some(Value::List(mut list)), Some(value)) => {
                    list.push(value);
                    Some(Value::List(list))
                }
                (Some(value), Some(Value::List(mut list))) => {
                    list.insert(0, value);
                    Some(Value::List(list))
                }
                (Some(Value::Null) | None, _) | (_, Some(Value::Null) | None) => Some(Value::Null),
                (Some(Value::String(a)), Some(Value::String(b))) => Some(Value::String(a + &b)),
                (Some(a), Some(b)) => {
                    return Err(SqlError::operand("||", format!("{a} || {b}"), "two texts, or a list on either side"));
                }
            },
        })
    }
}

fn is_arithmetic(op: &BinaryOperator) -> bool {
    computed::of_operator(op).is_some_and(|function| function.is_arithmetic())
}

fn is_append(call: &Function) -> bool {
    call.name.to_string().eq_ignore_ascii_case(APPEND)
}

fn is_vector(written: &DataType) -> bool {
    written.to_string().eq_ignore_ascii_case("vector")
}

/// A vector to be stored, where conditions would take any form of one.
fn vector(ast: &Ast, inner: &Ast, scope: Scope<'_>) -> Result<Given, SqlError> {
    Ok(match operand::constant("a vector", inner, scope)? {
        Value::Null => Given::Constant(Value::Null),
        value => Given::Constant(Value::Vector(operand::vector(ast, &value)?)),
    })
}
