//! Values that are computed of an object's: arithmetic, functions of text and time, CASE.

use sqlparser::ast::{
    BinaryOperator, CeilFloorKind, DateTimeField, Expr as Ast, Function as Call, TrimWhereField, Value as Literal,
};

use crate::{
    expr::{DatePart, Function},
    query::Scalar,
};

use super::{
    SqlError, condition, function,
    operand::{Operand, Scope},
    selection,
    tree::Tree,
};

/// The functions that are called by name, with how many arguments they take at least and at most.
const NAMED: &[(&str, Function, usize, usize)] = &[
    ("ABS", Function::Abs, 1, 1),
    ("ROUND", Function::Round, 1, 2),
    ("FLOOR", Function::Floor, 1, 1),
    ("CEIL", Function::Ceil, 1, 1),
    ("CEILING", Function::Ceil, 1, 1),
    ("SQRT", Function::Sqrt, 1, 1),
    ("POWER", Function::Power, 2, 2),
    ("MOD", Function::Remainder, 2, 2),
    ("LOWER", Function::Lower, 1, 1),
    ("UPPER", Function::Upper, 1, 1),
    ("LENGTH", Function::Length, 1, 1),
    ("CHAR_LENGTH", Function::Length, 1, 1),
    ("SUBSTR", Function::Substring, 2, 3),
    ("TRIM", Function::Trim, 1, 1),
    ("REPLACE", Function::Replace, 3, 3),
    ("COALESCE", Function::Coalesce, 1, usize::MAX),
    ("NULLIF", Function::NullIf, 2, 2),
    ("LEAST", Function::Least, 1, usize::MAX),
    ("GREATEST", Function::Greatest, 1, usize::MAX),
];

/// What an operator computes of two values.
pub(super) const fn of_operator(op: &BinaryOperator) -> Option<Function> {
    Some(match op {
        BinaryOperator::Plus => Function::Add,
        BinaryOperator::Minus => Function::Subtract,
        BinaryOperator::Multiply => Function::Multiply,
        BinaryOperator::Divide => Function::Divide,
        BinaryOperator::Modulo => Function::Remainder,
        BinaryOperator::StringConcat => Function::Concat,
        _ => return None,
    })
}

/// Whether an expression is one of SQL's own forms for a computed value.
pub(super) const fn is_computed(ast: &Ast) -> bool {
    matches!(
        ast,
        Ast::Case { .. }
            | Ast::Extract { .. }
            | Ast::Substring { .. }
            | Ast::Trim { .. }
            | Ast::Ceil { .. }
            | Ast::Floor { .. }
    )
}

/// Compiles one of these forms.
pub(super) fn computed(ast: &Ast, scope: Scope<'_>) -> Result<Operand, SqlError> {
    match ast {
        Ast::Case { operand, conditions, else_result, .. } => {
            let mut asked = Vec::with_capacity(conditions.len());
            let mut values = Vec::with_capacity(conditions.len() + 1);
            for when in conditions {
                let condition = match operand {
                    None => when.condition.clone(),
                    Some(operand) => Ast::BinaryOp {
                        left: operand.clone(),
                        op: BinaryOperator::Eq,
                        right: Box::new(when.condition.clone()),
                    },
                };
                asked.push(condition::compile(&Tree::of(condition), scope)?);
                values.push(selection::scalar(&when.result, scope)?);
            }
            if let Some(otherwise) = else_result {
                values.push(selection::scalar(otherwise, scope)?);
            }
            Ok(Operand::Scalar(Scalar::case(asked, values)))
        }
        Ast::Extract { field, expr, .. } => call(Function::Part(part(field)?), &[expr], scope),
        Ast::Substring { expr, substring_from, substring_for, .. } => {
            let from =
                substring_from.as_deref().ok_or_else(|| SqlError::unsupported(ast, "write FROM and a number"))?;
            let arguments: Vec<&Ast> = [&**expr, from].into_iter().chain(substring_for.as_deref()).collect();
            call(Function::Substring, &arguments, scope)
        }
        Ast::Trim { trim_where: None | Some(TrimWhereField::Both), trim_what: None, expr, trim_characters: None } => {
            call(Function::Trim, &[expr], scope)
        }
        Ast::Ceil { expr, field } if is_plain(field) => call(Function::Ceil, &[expr], scope),
        Ast::Floor { expr, field } if is_plain(field) => call(Function::Floor, &[expr], scope),
        other => Err(SqlError::unsupported(other, "write the plain form of the function")),
    }
}

fn is_plain(kind: &CeilFloorKind) -> bool {
    matches!(kind, CeilFloorKind::DateTimeField(DateTimeField::NoDateTime))
}

/// A function that is called by a name of those above; `None` for other names.
pub(super) fn named(written: &Call, scope: Scope<'_>) -> Option<Result<Operand, SqlError>> {
    let name = written.name.to_string();
    let (_, function, least, most) = NAMED.iter().find(|(known, ..)| known.eq_ignore_ascii_case(&name))?;
    let compiled = function::arguments(written).and_then(|arguments| {
        if arguments.len() < *least || arguments.len() > *most {
            let expected = if least == most { least.to_string() } else { format!("{least} or more") };
            return Err(SqlError::operand(&name, format!("{} arguments", arguments.len()), expected));
        }
        call(function.clone(), &arguments, scope)
    });
    Some(compiled)
}

/// A function of some values; of constants, what it gives.
pub(super) fn call(function: Function, arguments: &[&Ast], scope: Scope<'_>) -> Result<Operand, SqlError> {
    let scalars = arguments.iter().map(|argument| selection::scalar(argument, scope)).collect::<Result<Vec<_>, _>>()?;
    let constant = scalars.iter().all(|scalar| matches!(scalar, Scalar::Constant(_)));
    let computed = Scalar::computed(function, scalars);
    Ok(match constant {
        false => Operand::Scalar(computed),
        true => {
            let nothing = crate::object::Object::new();
            let value = computed.evaluate(crate::object::Offset(0), &nothing);
            Operand::Constant(value.unwrap_or(crate::object::Value::Null))
        }
    })
}

/// The names of all of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|(name, ..)| *name)
}

fn part(field: &DateTimeField) -> Result<DatePart, SqlError> {
    Ok(match field {
        DateTimeField::Year => DatePart::Year,
        DateTimeField::Month => DatePart::Month,
        DateTimeField::Day => DatePart::Day,
        DateTimeField::Hour => DatePart::Hour,
        DateTimeField::Minute => DatePart::Minute,
        DateTimeField::Second => DatePart::Second,
        DateTimeField::Epoch => DatePart::Epoch,
        DateTimeField::Dow => DatePart::DayOfWeek,
        other => {
            let instead = "write YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, EPOCH or DOW";
            return Err(SqlError::unsupported(format!("EXTRACT({other} ..)"), instead));
        }
    })
}

/// Whether a literal is a whole number, and which: `ORDER BY 2`.
pub(super) fn position(ast: &Ast) -> Option<usize> {
    match ast {
        Ast::Value(value) => match &value.value {
            Literal::Number(text, _) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
